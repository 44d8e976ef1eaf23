"""A card number in many disguises: each must be found, and the finding must cover the whole disguise."""

import base64
import gzip
import urllib.parse
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.presidio import PresidioRecognizer
from gateway.core.model import Segment
from gateway.detect.hidden import find_all
from gateway.detect.normalize import unfolded
from gateway.detect.packs import load_packs
from gateway.detect.views import Edit, View, joined, plain, rewritten

FOLDER = Path(__file__).parents[2] / "classifiers" / "packs"
PACKS = load_packs({name: (FOLDER / name).read_text(encoding="utf-8") for name in ("banking.yaml", "contact.yaml")})
RECOGNIZER = PresidioRecognizer(PACKS)

CARD = "4539578763621486"
GROUPS = [CARD[start : start + 4] for start in range(0, 16, 4)]
GROUPED = " ".join(GROUPS)
RAW = CARD.encode()


def spelled(words: str, between: str = " ") -> str:
    return between.join(words.split()[int(digit)] for digit in CARD)


def script(zero: int) -> str:
    return "".join(chr(zero + int(digit)) for digit in CARD)


ENGLISH = "zero one two three four five six seven eight nine"
DISGUISES = {
    "dots": ".".join(GROUPS),
    "slashes": "/".join(GROUPS),
    "underscores": "_".join(GROUPS),
    "colons": ":".join(GROUPS),
    "pipes": " | ".join(GROUPS),
    "stars": "*".join(GROUPS),
    "parentheses": "(" + ")(".join(GROUPS) + ")",
    "two blanks": "  ".join(GROUPS),
    "no-break spaces": "\u00a0".join(GROUPS),
    "en dashes": "\u2013".join(GROUPS),
    "line breaks": "\n".join(GROUPS),
    "tabs": "\t".join(GROUPS),
    "escaped line breaks": "\\n".join(GROUPS),
    "single digits": " ".join(CARD),
    "single digits, dashes": "-".join(CARD),
    "single digits, commas": ", ".join(CARD),
    "single digits, lines": "\n".join(CARD),
    "threes": "-".join(CARD[start : start + 3] for start in range(0, 16, 3)),
    "letters between": "x".join(CARD),
    "pictures between": "\U0001f600".join(CARD),
    "words between": " then ".join(GROUPS),
    "html": "<b>" + "</b><b>".join(GROUPS) + "</b>",
    "html comments": "<!-- -->".join(GROUPS),
    "markdown": "**" + "** **".join(GROUPS) + "**",
    "concatenated": '" + "'.join(GROUPS),
    "array": '["' + '", "'.join(GROUPS) + '"]',
    "fullwidth": script(0xFF10),
    "mathematical": script(0x1D7CE),
    "segmented": script(0x1FBF0),
    "Arabic": script(0x660),
    "Devanagari": script(0x966),
    "Thai": script(0xE50),
    "circled": "".join("⓪①②③④⑤⑥⑦⑧⑨"[int(digit)] for digit in CARD),
    "negative circled": "".join("⓿❶❷❸❹❺❻❼❽❾"[int(digit)] for digit in CARD),
    "superscript": "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in CARD),
    "Chinese": "".join("〇一二三四五六七八九"[int(digit)] for digit in CARD),
    "keycaps": "".join(f"{digit}\ufe0f\u20e3" for digit in CARD),
    "tag characters": "".join(chr(0xE0000 + ord(digit)) for digit in CARD),
    "zero-width spaces": "\u200b".join(CARD),
    "soft hyphens": "\u00ad".join(CARD),
    "struck through": "".join(f"{digit}\u0336" for digit in CARD),
    "bidirectional override": f"\u202e{CARD[::-1]}\u202c",
    "direction marks": "\u200e".join(CARD),
    "look-alikes": CARD.replace("3", "З").replace("6", "б"),
    "letters for digits": CARD.replace("1", "l").replace("5", "S"),
    "percent": "".join(f"%{byte:02X}" for byte in RAW),
    "percent blanks": urllib.parse.quote(GROUPED),
    "html decimal": "".join(f"&#{byte};" for byte in RAW),
    "html hexadecimal": "".join(f"&#x{byte:x};" for byte in RAW),
    "json": "".join(f"\\u{byte:04x}" for byte in RAW),
    "hexadecimal escapes": "".join(f"\\x{byte:02x}" for byte in RAW),
    "octal escapes": "".join(f"\\{byte:03o}" for byte in RAW),
    "code points": " ".join(f"U+{byte:04X}" for byte in RAW),
    "quoted printable": "".join(f"={byte:02X}" for byte in RAW),
    "decimal codes": " ".join(str(byte) for byte in RAW),
    "bits": " ".join(f"{byte:08b}" for byte in RAW),
    "hexadecimal": RAW.hex(),
    "hexadecimal pairs": RAW.hex(" ").upper(),
    "base64": base64.b64encode(RAW).decode(),
    "base64url": base64.urlsafe_b64encode(b"card? " + RAW + b">>").decode(),
    "base64 twice": base64.b64encode(base64.b64encode(RAW)).decode(),
    "gzip in base64": base64.b64encode(gzip.compress(b"my card: " + RAW, mtime=0)).decode(),
    "zlib in base64": base64.b64encode(zlib.compress(b"my card: " + RAW)).decode(),
    "gzip in hexadecimal": gzip.compress(b"my card: " + RAW, mtime=0).hex(),
    "words": spelled(ENGLISH),
    "capital words": spelled(ENGLISH.title()),
    "words with commas": spelled(ENGLISH, ", "),
    "words with dashes": spelled(ENGLISH, "-"),
    "words and digits": " ".join(ENGLISH.split()[int(d)] if n % 2 else d for n, d in enumerate(CARD)),
    "pairs in words": "forty-five thirty-nine fifty-seven eighty-seven sixty-three sixty-two fourteen eighty-six",
    "German words": spelled("null eins zwei drei vier fünf sechs sieben acht neun"),
    "French words": spelled("zéro un deux trois quatre cinq six sept huit neuf"),
    "Spanish words": spelled("cero uno dos tres cuatro cinco seis siete ocho nueve"),
    "backwards": CARD[::-1],
    "backwards in groups": GROUPED[::-1],
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES.keys())
@pytest.mark.parametrize("frame", ["Please charge my card {}. Thanks!", "{}"])
def test_a_disguised_card_is_found(disguise: str, frame: str) -> None:
    text = frame.format(disguise)

    cards = [found for found in find_all((RECOGNIZER,), [Segment("/x", text)]) if found.entity_type == "CREDIT_CARD"]

    assert cards
    hidden = "".join(text[found.start : found.end] for found in cards)
    assert len(hidden) >= 0.85 * len(disguise.strip('*<>b/()[]"\u202e\u202c'))


@pytest.mark.parametrize(
    "text",
    [
        "The ratio is 1, 2, 3, 5, 8, 13, 21, 34, 55, 89",
        "from 192.168.101.112 to 192.168.101.113",
        "2024-01-15 10:22:33.123456",
        "one of the two or three things that one does for ten or eleven people",
        "https://docs.city-library.net/a%20b?q=1&amp;r=2",
        "deadbeefdeadbeefdeadbeefdeadbeef and aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ=",
        "Как дела? Сегодня 12 мая 2024 года",
        "naïve café — “quoted” … № 5",
        "x1x2x3x4",
        "ticket 6841263678759354 is open",
    ],
)
def test_what_is_no_disguise_is_no_finding(text: str) -> None:
    assert [found for found in find_all((RECOGNIZER,), [Segment("/x", text)]) if found.score >= 0.5] == []


def test_an_address_behind_a_look_alike_letter_is_found() -> None:
    found, *_ = find_all((RECOGNIZER,), [Segment("/x", "write to аnna.kowalski@kanzlei-kowalski.pl today")])

    assert (found.entity_type, found.start, found.end) == ("EMAIL_ADDRESS", 9, 42)


def test_half_a_surrogate_pair_is_no_obstacle() -> None:
    assert find_all((RECOGNIZER,), [Segment("/x", "\ud83d \\ud83d \\ud83d\\ude00 %ff &#xd83d; 1\ud8002")]) == []


def test_a_compressed_bomb_is_cut_short() -> None:
    bomb = base64.b64encode(gzip.compress(b"card " * 2_000_000, mtime=0)).decode()

    assert all(len(view.text) <= 70_000 for view in unfolded(bomb))


def test_a_rewritten_view_knows_where_it_came_from() -> None:
    first = rewritten(plain("a%34b"), [Edit(1, 4, "4")])
    second = rewritten(first, [Edit(1, 2, "four"), Edit(2, 3, "")])

    assert (first.text, second.text) == ("a4b", "afour")
    assert second.original(1, 3) == (1, 4)
    assert second.backwards() == View("ruofa", [1, 1, 1, 1, 0], [4, 4, 4, 4, 1])
    assert second.part(0, 1) == View("a", [0], [1])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from([*DISGUISES.values(), " ", "a", "%", "&", "\\u", "one ", "é", "\u200b"]), max_size=6))
def test_every_character_of_a_view_points_into_the_original(pieces: list[str]) -> None:
    text = "".join(pieces)
    for view in unfolded(text):
        assert len(view.text) == len(view.starts) == len(view.ends)
        places = zip(view.text, view.starts, view.ends, strict=True)
        assert all(
            0 <= start < end <= len(text)
            or (start, end) == (-1, -1)
            or (view.parted and one == " " and 0 <= start == end < len(text))
            for one, start, end in places
        )


def test_what_stands_between_two_excerpts_is_no_part_of_a_finding() -> None:
    view = joined([plain("ab"), plain("abcd", 2, 4)], "--")

    assert view.text == "ab--cd"
    assert view.is_whole(0, 2)
    assert view.is_whole(4, 6)
    assert not view.is_whole(1, 5)
    assert view.original(4, 6) == (2, 4)


def test_many_disguised_numbers_are_all_found() -> None:
    cards = ["4539-5787-63621486", "4716/2210/5188/5662", "4929 7226 5379 7141"]
    text = " and then there is more to say. ".join(f"card {card} of number {n}" for n, card in enumerate(cards * 4))
    found = [finding for finding in RECOGNIZER.analyze([Segment("/x", text)]) if finding.entity_type == "CREDIT_CARD"]

    assert {text[finding.start : finding.end] for finding in found} >= set(cards)
    assert len({finding.start for finding in found}) >= 12
