"""Clusters of digits are those that the plainer, slower expression finds; only what reads otherwise is read again.

The plainer one takes runs of digits alone, too, which are nobody's: they read as they stand.
"""

import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.normalize import numeric
from gateway.detect.numerals import _CLUSTER, _GAP
from gateway.detect.profile import Profile

PLAINER = re.compile(rf"(?<![\w.])\d(?:{_GAP}{{0,4}}+\d){{7,60}}(?!\w)", re.VERBOSE | re.IGNORECASE)
PIECES = st.sampled_from(
    [
        *("1", "23", "4567", "8" * 9, "\u0663", " ", "       ", "-", ", ", ".", "/", "(", "é", "x", "_", "____", "\n"),
        *("<b>", "</b>", "<", ">", "\\n", "\\", "dash", "Dash", "and", "point", "\u017flash"),
    ]
)


@given(st.lists(PIECES, max_size=50).map("".join))
def test_clusters_are_those_of_the_plainer_expression(text: str) -> None:
    found = Profile(text).finditer(_CLUSTER, 0, len(text))

    assert _of_groups(found) == _of_groups(PLAINER.finditer(text))


def _of_groups(matches: Iterable[re.Match[str]]) -> list[tuple[int, int]]:
    return [match.span() for match in matches if not match.group().isdecimal()]


def test_a_run_of_digits_alone_is_no_cluster() -> None:
    assert not list(Profile("4111111111111111").finditer(_CLUSTER, 0, 16))


@pytest.mark.parametrize(("text", "readings"), [("536-22-8741", []), ("536/22/8741", ["536-22-8741"])])
def test_a_number_that_reads_as_it_stands_is_not_read_again(text: str, readings: list[str]) -> None:
    assert [view.text for view in numeric(Profile(text))] == readings
