import random
from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationError
from gateway.detect import seeds
from gateway.detect.places import Reading
from gateway.detect.seeds import SeedPhrases

WORDS = (Path(__file__).parents[2] / "classifiers" / "lists" / "bip39-english.txt").read_text("ascii").split()
SEEDS = SeedPhrases(WORDS)
# Test vectors published with BIP-39.
TWELVE = "legal winner thank year wave sausage worth useful legal winner thank yellow"
TWENTY_FOUR = " ".join(["zoo"] * 23 + ["vote"])


@pytest.mark.parametrize(
    "phrase", [TWELVE, TWENTY_FOUR, TWELVE.replace(" ", "\n"), TWELVE.upper(), TWELVE.replace(" ", ", ")]
)
def test_a_phrase_with_a_good_checksum_is_certain(phrase: str) -> None:
    text = f"Restore it: {phrase}."
    (secret,) = SEEDS.find(Reading(text))

    assert text[secret.start : secret.end] == phrase
    assert secret.score == 1


def test_a_numbered_list_is_one_phrase() -> None:
    text = "\n".join(f"{number}. {word}" for number, word in enumerate(TWELVE.split(), 1))
    (secret,) = SEEDS.find(Reading(text))

    assert text[secret.start : secret.end].split()[-1] == "yellow"
    assert secret.score == 1


def test_a_phrase_with_a_wrong_last_word_is_likely() -> None:
    (secret,) = SEEDS.find(Reading(TWELVE.replace("yellow", "winner")))

    assert 0.5 < secret.score < 1


def test_eleven_words_are_not_a_phrase() -> None:
    assert SEEDS.find(Reading(" ".join(TWELVE.split()[:11]))) == []


def test_prose_is_not_a_phrase() -> None:
    prose = "Please write about what happens when people wait around during their long train journey home today"
    assert SEEDS.find(Reading(prose)) == []


def test_a_wrong_list_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        SeedPhrases(WORDS[:-1])
    with pytest.raises(ConfigurationError):
        SeedPhrases([*WORDS[:-1], WORDS[0]])


def test_rows_are_as_long_compiled_as_they_are_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)
    parts = [
        *WORDS[:9],
        "abandons",
        "aban",
        "don",
        "x",
        "abandonabandonabandon",
        "é",
        " ",
        "  ",
        ", ",
        "\n",
        "1",
        "-",
        "ß",
    ]
    texts = ["".join(chance.choices([*parts, *" " * 8], k=chance.randrange(20))) for _ in range(3000)]
    compiled = [SEEDS._row(text) for text in texts]
    monkeypatch.setattr(seeds, "_Rows", None)
    plain = SeedPhrases(WORDS)
    assert [plain._row(text) for text in texts] == compiled
    assert max(compiled) > 3
