import pytest

from gateway.core.model import Finding, Segment
from gateway.detect.beginnings import Sign, ends
from gateway.detect.joints import Seam, originals
from gateway.detect.seams import seams
from gateway.detect.unfinished import begins_at, continued, is_word

LINE = "MIIEpAIBAAKCAQEA7bQ7rT2xLm9Zk4aP8QwErTyUiOpAsDfGhJkLzXcVbNm12345"
BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." + "bQ7rT2xLm9Zk4aP8Qw" * 12
WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow".split()  # noqa: SIM905


def row(*texts: str) -> list[Segment]:
    return [Segment(f"/list/{place}", text, context=("list",)) for place, text in enumerate(texts)]


def read(segments: list[Segment]) -> list[str]:
    return [seam.text for seam in seams([segments], [ends(segments)])]


@pytest.mark.parametrize(
    ("text", "begin"),
    [
        (BEGIN, 0),
        (f"key:\n{BEGIN}\n{LINE}\n", 5),
        ("it is -----BEGIN RSA PRI", 6),
        ("it is -----B", 6),
        (f'  "{BEGIN}\\n" +', 3),
        (TOKEN, 0),
        (f"Bearer {TOKEN}", 7),
        (f'token="{TOKEN}', 7),
        (f"data:text/plain;base64,{LINE}", 23),
    ],
)
def test_what_is_long_and_goes_on_is_seen(text: str, begin: int) -> None:
    assert begins_at(text) == begin


@pytest.mark.parametrize(
    "text",
    [
        f"{BEGIN}\n{LINE}\n{END}",
        f"{BEGIN} is how (as you know) a key begins",
        "-----",
        "see eyJ",
        f"{TOKEN} is mine",
        "f3a9c17be04d82a6" * 8,
        "snake_case_of_a_very_long_name_" * 4,
        "x" * 5000,
        "eyJ" + "x" * 5000,
        "a" * 4000 + "!" + "b" * 20,
    ],
)
def test_what_is_whole_or_no_secret_is_passed_by(text: str) -> None:
    assert begins_at(text) is None


def test_a_key_in_armour_is_read_over_all_its_lines_and_no_further() -> None:
    lines = row("header", BEGIN, LINE, LINE, LINE, END, "and", "so", "on")

    assert read(lines) == [f"{BEGIN}{LINE}{LINE}{LINE}{END}"]


@pytest.mark.parametrize("cut", [12, 20, 28, 40, 80, 200])
def test_a_key_in_armour_is_read_wherever_it_is_cut(cut: int) -> None:
    key = f"{BEGIN}\n{LINE}\n{LINE}\n{LINE}\n{END}"

    assert key in read(row("my key is " + key[:cut], key[cut:], "Thanks"))


def test_a_long_token_is_read_to_its_end_in_the_next_leaf() -> None:
    assert TOKEN + "rest-of.It and more" in read(row(f"Bearer {TOKEN[:150]}", TOKEN[150:] + "rest-of.It and more"))


def test_a_turn_may_stand_between_the_pieces() -> None:
    turns = [Segment(f"/messages/{at}/content", text) for at, text in enumerate((TOKEN[:150], "Go on.", TOKEN[150:]))]

    assert TOKEN in read(turns)


def test_words_of_a_list_are_read_as_a_phrase() -> None:
    assert read(row("1", *WORDS, "Done.")) == [" ".join(WORDS)]
    assert read(row(*WORDS[:11])) == []
    assert is_word("legal")
    assert not is_word("Legal")
    assert not is_word("to")


def test_a_long_list_of_words_is_read_in_parts_that_hold_any_phrase() -> None:
    for before in range(0, 60, 7):
        texts = read(row(*["alpha"] * before, *WORDS, *WORDS, *["omega"] * 40))

        assert any(" ".join(WORDS + WORDS) in text for text in texts)
        assert sum(map(len, texts)) < 2 * 6 * (before + 24 + 40) + 300


def test_a_phrase_is_a_finding_in_each_of_its_words() -> None:
    segments = row(*WORDS)
    (seam,) = seams([segments], [ends(segments)])
    whole = Finding("x", "CREDENTIAL", 0, len(seam.text), 1.0, "seed_phrase")

    assert [(one.path, one.start, one.end) for one in originals([seam], [[whole]])] == [
        (f"/list/{place}", 0, len(word)) for place, word in enumerate(WORDS)
    ]


@pytest.mark.parametrize(
    "unit",
    [BEGIN, "-----B", LINE, f"{BEGIN}{LINE}", TOKEN[:120], TOKEN[3:], "legal", "-----BEGIN", f"{BEGIN} ", "eyJ" * 40],
)
def test_what_is_read_grows_with_the_leaves_and_no_faster(unit: str) -> None:
    def size(count: int) -> int:
        return sum(map(len, read(row(*[unit] * count))))

    assert size(400) <= 2.2 * size(200) + 1000
    assert size(400) <= 400 * len(unit) * 4


def test_one_opening_takes_no_more_than_a_key_has() -> None:
    texts = read(row(BEGIN, *[LINE] * 2000))

    assert max(map(len, texts)) < 40_000
    assert len(list(continued(row(BEGIN, *["A"] * 50_000), 0, 1))) < 33_000


def test_a_word_behind_a_whole_token_is_none_of_it() -> None:
    segments = row(f"use {TOKEN}.bQ7rT2xLm9Zk4aP8Qw", "Thanks")
    seam = next(one for one in seams([segments], [ends(segments)]) if isinstance(one, Seam))

    assert ends(segments)[1][0].sign & (Sign.LONG | Sign.GOES_ON)
    assert originals([seam], [[Finding("x", "CREDENTIAL", 0, len(seam.text), 1.0, "json_web_token")]]) == []
