from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.literals import LiteralIndex, indexable

ALPHABET = "abst ß€-"
LITERALS = st.text(alphabet=ALPHABET, min_size=1, max_size=6).filter(indexable)


@given(st.sets(LITERALS, max_size=12), st.text(alphabet=ALPHABET, max_size=80), st.sampled_from(["", " " * 200]))
def test_all_places_of_all_literals_are_found(literals: set[str], text: str, padding: str) -> None:
    text += padding
    raw = text.encode()
    expected = {
        literal: [place for place in range(len(raw)) if raw.startswith(literal.encode(), place)] for literal in literals
    }

    found = LiteralIndex(literals).occurrences(text)

    assert {literal: sorted(places) for literal, places in found.items()} == {k: v for k, v in expected.items() if v}


def test_half_a_surrogate_pair_is_no_obstacle() -> None:
    assert LiteralIndex(["patient"]).occurrences("\ud800 patient") == {"patient": [4]}
