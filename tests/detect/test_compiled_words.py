"""Hashes of tokens and features of words: what is compiled against its twin in Python."""

import random
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.words import SURROGATE, TOKEN, WORD_LIMIT, FeatureRows, Vocabulary, hash_words, without_surrogates

_tokens = pytest.importorskip("gateway.detect._tokens", reason="not compiled: no C compiler at installation")
_words = pytest.importorskip("gateway.detect._words", reason="not compiled: no C compiler at installation")

ODD = "aZ09_'’@-./:\n\t \x02\x03éİıſßΣςᾼǅ²٣½ⅷ中\U0001f600\U00010400\ud800\U0010ffffºª①"
NAMES = ["ada", "o'brien", "łódź", "σας", "i̇"]
ORDER = np.argsort(hash_words(NAMES))
LISTED = Vocabulary(64, 128, 31, hash_words(NAMES)[ORDER], np.arange(1, 6, dtype=np.uint16)[ORDER])
EMPTY = Vocabulary(49152, 65536, 2048, np.zeros(0, np.uint64), np.zeros(0, np.uint16))


def hashes(text: str, address: int = 0) -> dict[tuple[int, int], int]:
    starts, ends = np.empty(len(text), np.int32), np.empty(len(text), np.int32)
    values = np.empty(len(text), np.uint64)
    count = _tokens.hashed_tokens(text, starts, ends, values, address)
    places = zip(starts[:count].tolist(), ends[:count].tolist(), strict=True)
    return dict(zip(places, values[:count].tolist(), strict=True))


def same(left: FeatureRows, right: FeatureRows) -> bool:
    parts = ("single", "grams", "starts", "marks")
    return all(np.array_equal(getattr(left, part), getattr(right, part)) for part in parts)


def check_hashes(text: str) -> None:
    tokens = without_surrogates(TOKEN.findall(text), text)
    assert list(hashes(text)) == [match.span() for match in TOKEN.finditer(text)]
    assert list(hashes(text).values()) == [_tokens.hash_word(token[:WORD_LIMIT]) for token in tokens], repr(text)


@given(st.text())
def test_a_token_of_any_text_has_the_hash_of_the_word(text: str) -> None:
    check_hashes(text)


def test_surrogates_and_what_nearly_is_one_are_hashed_as_they_are_read() -> None:
    chance = random.Random(2)
    parts = ["<", ">", "PERSON", "A", "AB", "_", "__", "E" * 39, "E" * 40, "E" * 41, "wb7fv4jp7mf", "ab3de4fg5hj"]
    parts += ["wb7fv4jp7m", "wb7fv4jp7mF", "wb7fv4jp77f", "é", "a", "B", "-", ".", " ", "B_C", "\u0661"]
    surrogates = 0
    for _ in range(20_000):
        label = "".join(chance.choices(["A", "AB", "_", "E" * 39, "E" * 40], k=chance.randrange(4)))
        chunks = [
            *chance.choices(parts, k=chance.randrange(7)),
            f"{label}_{chance.choice(['wb7fv4jp7mf', 'ab3de4fg5hj'])}",
        ]
        text = "".join(chance.sample(chunks, len(chunks)))
        surrogates += "<" in text and any(SURROGATE.fullmatch(token) for token in TOKEN.findall(text))
        check_hashes(text)
    assert surrogates > 200


def test_surrogates_of_one_label_have_one_hash_and_of_two_labels_two() -> None:
    first, second, third, _ = hashes("PERSON_ab3de4fg5hj PERSON_wb7fv4jp7mf AGE_wb7fv4jp7mf <").values()
    assert first == second != third
    plain = list(hashes("PERSON_ab3de4fg5hj PERSON_wb7fv4jp7mf").values())
    assert plain[0] != plain[1]


def test_every_address_may_have_one_hash() -> None:
    text = "mail ada@mail.example or " + "b" * 50 + "@c"
    own = list(hashes(text).values())
    assert list(hashes(text, 77).values()) == [own[0], 77, own[2], 77]


def test_no_two_of_many_words_share_a_hash() -> None:
    words = [
        *(f"w{number}" for number in range(100_000)),
        *map(chr, range(0x3000)),
        "a\x00",
        "\x00a",
        "\x00",
        "\x00\x00",
    ]
    assert len({_tokens.hash_word(word) for word in words}) == len(set(words))
    assert all(0 < _tokens.hash_word(word) < 1 << 64 for word in words[:1000])


def test_hashes_are_others_in_another_process() -> None:
    code = "from gateway.detect._tokens import hash_word; print(hash_word('a'))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(told.stdout) != _tokens.hash_word("a")


def test_too_little_room_for_hashes_is_refused() -> None:
    with pytest.raises(ValueError, match="too little room"):
        _tokens.hashed_tokens("abc", np.empty(3, np.int32), np.empty(3, np.int32), np.empty(2, np.uint64))


@given(st.lists(st.text(min_size=1, max_size=60), max_size=5))
def test_features_of_any_words_are_those_of_the_twin(words: list[str]) -> None:
    for vocabulary in (LISTED, EMPTY):
        assert same(vocabulary.features(words), vocabulary.plain_features(words))


def test_features_of_odd_words_are_those_of_the_twin() -> None:
    chance = random.Random(3)
    words = ["".join(chance.choices(ODD, k=chance.randrange(1, 6))) for _ in range(20_000)]
    words += ["".join(chance.choices(ODD, k=chance.randrange(36, 46))) for _ in range(5_000)]
    words += [
        case(name) + end for name in NAMES for case in (str, str.upper, str.title) for end in ("", "'s", "’S", "x")
    ]
    words += ["a" * size for size in range(1, 60)] + ["ΑΣ" * 21, "İ" * 41, "'s", "’s", "x's"]
    for vocabulary in (LISTED, EMPTY):
        assert same(vocabulary.features(words), vocabulary.plain_features(words))
    assert set(LISTED.features(words).marks.tolist()) == {0, 1, 2, 3, 4, 5}


def test_every_code_point_has_the_features_of_the_twin() -> None:
    half = WORD_LIMIT // 2  # a mark between any two, since runs are cut
    words = [".".join(map(chr, range(start, start + half))) for start in range(0, 0x110000 - half, half)]
    assert same(EMPTY.features(words), EMPTY.plain_features(words))


def test_what_has_no_features_is_refused() -> None:
    with pytest.raises(ValueError, match="empty word"):
        EMPTY.features(["a", ""])
    with pytest.raises(ValueError, match="without rows"):
        _words.features(["a"], 0, 1, 1, EMPTY.gazetteer, EMPTY.gazetteer_marks)
    with pytest.raises(ValueError, match="does not fit"):
        _words.features(["a"], 1, 1, 1, LISTED.gazetteer, EMPTY.gazetteer_marks)


@given(st.lists(st.text(max_size=40), max_size=6))
def test_tokens_of_pieces_are_those_of_each_by_itself(pieces: list[str]) -> None:
    for address in (0, _tokens.hash_word("user@mail")):
        found, starts, ends, bounds = _tokens.Pieces(pieces, address).numbers()
        begin = 0
        for piece, end in zip(pieces, bounds.tolist(), strict=True):
            alone, room = np.empty(len(piece), np.uint64), np.empty((2, len(piece)), np.int32)
            count = _tokens.hashed_tokens(piece, room[0], room[1], alone, address)
            assert end - begin == count
            assert found[begin:end].tolist() == alone[:count].tolist()
            assert starts[begin:end].tolist() == room[0, :count].tolist()
            assert ends[begin:end].tolist() == room[1, :count].tolist()
            begin = end
        assert len(found) == begin


def test_places_of_wanted_hashes_are_found_in_the_stretch_alone() -> None:
    chance = random.Random(8)
    hashes_of_all = np.array([chance.randrange(1, 60) << chance.choice([0, 20]) for _ in range(300)], dtype=np.uint64)
    for count in (0, 1, 2, 3, 30):
        wanted = [chance.randrange(1, 60) for _ in range(count)]
        expected = [place for place in range(50, 250) if hashes_of_all[place] in wanted]
        assert _tokens.places_among(hashes_of_all, 50, 250, wanted) == expected
    for first, last in ((-1, 3), (4, 3), (0, 301)):
        with pytest.raises(ValueError, match="no such places"):
            _tokens.places_among(hashes_of_all, first, last, [1])
