import random
import re
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


PARTS = [*WORDS[:9], "abandons", "aban", "don", "x", "abandonabandonabandon", "é", " ", "  ", ", ", "\n", "1", "-", "ß"]


def test_rows_are_the_same_compiled_as_they_are_in_python(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(5)
    texts = ["".join(chance.choices([*PARTS, *" " * 8], k=chance.randrange(20))) for _ in range(3000)]
    texts += [" ".join(chance.choices([*WORDS[:40], "of"], k=chance.randrange(40))) for _ in range(500)]
    compiled = [(SEEDS._row(text), SEEDS._listed(text)) for text in texts]
    monkeypatch.setattr(seeds, "_Rows", None)
    plain = SeedPhrases(WORDS)
    assert [(plain._row(text), plain._listed(text)) for text in texts] == compiled
    assert max(row for row, _ in compiled) > 12


def test_phrases_are_found_where_a_search_of_the_whole_text_finds_them() -> None:
    chance = random.Random(6)
    others = ["of", "the", "quick", "abandonment", "é", "a1", "wallet"]
    gaps = [*[" "] * 30, ", ", "\n", "\t1. ", ". . . . . ", "-", " - ", "é", "; -\n"]
    found = 0
    for _ in range(3000):
        share = chance.choice([1, 20, 60])
        words = chance.choices([*WORDS[:3] * share, *WORDS[500 : 510 + share], *others], k=chance.randrange(60))
        text = "".join(word + chance.choice(gaps) for word in words)
        expected = []
        for run in seeds._RUN.finditer(text):
            phrase: list[re.Match[str]] = []
            for word in [*seeds._WORD.finditer(text, run.start(), run.end()), None]:
                if word is not None and word[0] in SEEDS.words:
                    phrase.append(word)
                    continue
                expected += SEEDS._judged(phrase, text)
                phrase = []
        assert SEEDS.find(Reading(text)) == expected, text
        found += len(expected)
    assert found > 200
