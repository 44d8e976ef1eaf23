"""What stands near a match is the same whether both sides are searched or only the one that holds a cue."""

import re

from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.context import AFTER, BEFORE, Context
from gateway.detect.literals import LiteralIndex
from gateway.detect.profile import Profile

WORDS = ("account number", "iban", "konto*")
PIECES = st.sampled_from(
    [
        *("iban", "IBAN:", "xiban", "account number", "account", "number", "account_number", "Kontonummer", "konto"),
        *("\u0130ban", " ", "  ", "-", "x" * 9, "y " * 12, "é" * 20),
    ]
)
EXPRESSION = re.compile(
    r"(?<![^\W_])account[\s_-]{1,3}number(?![^\W_])|(?<![^\W_])konto|(?<![^\W_])iban(?![^\W_])", re.IGNORECASE
)


def searched(text: str, start: int, end: int) -> float | None:
    """Return the score of a match of 0.3, with all of the text around it searched."""
    before = list(EXPRESSION.finditer(text, max(start - BEFORE, 0), start))
    behind = EXPRESSION.search(text, end, end + AFTER)
    if before:
        distance = start - before[-1].end()
    elif behind is not None:
        distance = min(behind.start() - end + BEFORE - AFTER, BEFORE)
    else:
        return None
    return max(0.3 + 0.35, 0.6) + 0.05 * (1 - distance / (BEFORE + 1))


@given(st.lists(PIECES, max_size=6).map("".join), st.lists(PIECES, max_size=4).map("".join))
def test_only_the_side_with_a_cue_is_searched_and_nothing_is_missed(before: str, behind: str) -> None:
    context = Context(WORDS)
    text = f"{before}4711{behind}"
    profile = Profile(text, LiteralIndex(cue.text for cue in context.cues))

    boosted = context.boosted(0.3, profile, len(before), len(before) + 4)
    assert boosted == searched(text, len(before), len(before) + 4)
    assert boosted is None or context.may_boost(profile, len(before), len(before) + 4)


def test_words_that_were_compiled_beforehand_are_found_as_those_that_were_not() -> None:
    eager, lazy = Context(WORDS), Context(WORDS)
    eager.prepare()
    for keys in ("user iban", "kontonummer", "counter", "account-number"):
        assert eager.may_be_among(keys) == lazy.may_be_among(keys) == bool(EXPRESSION.search(keys))
