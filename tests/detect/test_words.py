from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.words import TOKEN, WORD_LIMIT, Vocabulary, fold, hash_words, shape_of, without_surrogates

EMPTY = Vocabulary(64, 128, 32, np.zeros(0, np.uint64), np.zeros(0, np.uint16))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("Jean-Luc O’Brien's car", ["Jean-Luc", "O’Brien's", "car"]),
        ("mail ada.l@mail.example, now", ["mail", "ada.l@mail.example", ",", "now"]),
        ("born 03/04/1967.Next", ["born", "03/04/1967", ".", "Next"]),
        ("a 76-year-old", ["a", "76", "-", "year-old"]),
        ("Dr.Lovelace e.g. this", ["Dr", ".", "Lovelace", "e.g", ".", "this"]),
        ("first_name,Ada\n\n  x", ["first_name", ",", "Ada", "\n\n  ", "x"]),
        ("C4 5mg", ["C4", "5", "mg"]),
        ("Łódź 東京 _x", ["Łódź", "東京", "_x"]),
    ],
)
def test_a_token_is_a_word_a_number_or_a_mark(text: str, tokens: list[str]) -> None:
    assert TOKEN.findall(text) == tokens


@given(st.text())
def test_tokens_leave_out_nothing_but_white_space(text: str) -> None:
    kept = "".join("".join(token.split()) for token in TOKEN.findall(text))
    assert kept == "".join(text.split())


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("Ada", "Xxx"),
        ("lovelace", "xx"),
        ("ADA", "XX"),
        ("O’Brien", "X'Xxx"),
        ("12.03.1999", "dd.dd.dd"),
        ("Łódź", "Xxx"),
        ("\n", "\n"),
        ("\n \n", "\n\n"),
    ],
)
def test_shape_tells_case_digits_and_marks(word: str, shape: str) -> None:
    assert shape_of(word) == shape


def test_hashes_are_the_same_on_every_machine() -> None:
    assert [int(value) for value in hash_words(["ada", "1.5"])] == [1316076842639452360, 8120650781763425173]


@given(st.lists(st.text(min_size=1, max_size=60).filter(lambda word: word.strip() != ""), min_size=1, max_size=6))
def test_features_of_a_word_do_not_depend_on_its_company(words: list[str]) -> None:
    together = EMPTY.features(words)
    ends = np.append(together.starts[1:], together.grams.size)
    for place, word in enumerate(words):
        alone = EMPTY.features([word])
        assert (alone.single[0] == together.single[place]).all()
        assert (alone.grams == together.grams[together.starts[place] : ends[place]]).all()


@given(st.text(min_size=1, max_size=80))
def test_rows_lie_in_their_part_of_the_table(word: str) -> None:
    rows = EMPTY.features([word])
    assert 0 <= rows.single[0, 0] < 64
    assert ((rows.grams >= 64) & (rows.grams < 192)).all()
    assert rows.grams.size > 0
    assert ((rows.single[0, 1:] >= 192) & (rows.single[0, 1:] < EMPTY.rows)).all()


def test_digits_share_the_row_of_the_word_but_not_all_n_grams() -> None:
    rows = EMPTY.features(["1967", "2045"])
    assert rows.single[0, 0] == rows.single[1, 0]
    assert rows.grams[: rows.starts[1]].tolist() != rows.grams[rows.starts[1] :].tolist()


def test_gazetteer_marks_ignore_case_and_possessive() -> None:
    hashes = hash_words(["ada"])
    vocabulary = Vocabulary(64, 64, 32, hashes, np.array([5], dtype=np.uint16))
    marks = vocabulary.features(["ADA", "Ada's", "ada’s", "adam", "'s"]).marks
    assert marks.tolist() == [5, 5, 5, 0, 0]


@given(st.text(min_size=1, max_size=100))
def test_fold_never_grows_beyond_the_limit(word: str) -> None:
    assert 0 < len(fold(word)) <= WORD_LIMIT


def test_surrogates_differ_by_their_label_alone() -> None:
    text = "Ask <PERSON_cz2jk5bz6mj> or <PERSON_ab3de4fg5hj>, <DIABETES_wb7fv4jp7mf>, a_snake_casename, <b>x_y</b>"
    tokens = without_surrogates(TOKEN.findall(text), text)

    assert [token for token in tokens if "kt4qz7mw3bd" in token] == [
        "PERSON_kt4qz7mw3bd",
        "PERSON_kt4qz7mw3bd",
        "DIABETES_kt4qz7mw3bd",
    ]
    assert "a_snake_casename" in tokens
    assert without_surrogates(["PERSON_cz2jk5bz6mj"], "PERSON_cz2jk5bz6mj") == ["PERSON_cz2jk5bz6mj"]
