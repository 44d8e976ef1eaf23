"""What may stand in a text again is looked for by its words."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.transforms.replayed import Replayed, _words_of, telling


@given(st.text(st.characters() | st.sampled_from("ab_1-\x1c\x85\xa0 é\ud800"), max_size=40))
def test_every_word_is_among_the_words(text: str) -> None:
    words = {*re.findall(r"\w+", text), *re.findall(r"[^\W_]+", text)}
    made = _words_of(text)

    assert words <= made
    assert all(not word.isascii() for word in made - words)


@given(st.text(alphabet="abé1_ -", max_size=20), st.text(alphabet="abé1_ -", min_size=5, max_size=12))
def test_a_value_whose_telling_word_stands_in_a_text_is_one_that_may_stand_there(text: str, value: str) -> None:
    word = value[slice(*telling(value))]
    past = Replayed("", "", {(value, "T"): word}, {})

    assert ((value, "T") in past.repeated([text, value])) == bool(word)
    assert ((value, "T") in past.repeated([text])) or word not in re.findall(r"\w+|[^\W_]+", text)
