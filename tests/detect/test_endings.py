import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.detect.endings import Run, run_of
from gateway.detect.kinds import kind_of
from tests.detect.test_scan import specs
from tests.detect.test_shapes import ALPHABET, IGNORE

DIGITS, WORDS = 1, 3
PATTERNS = [
    r"(?<!\d)\d{3,4}(?!\d)(?!\.\d)",
    r"(?<!\w)[a-f]{1,2}\d{2}[0-9a]?(?!\w)",
    r"\b(?:k\d{2}|[0-9a-f]{4})\b",
    r"(?i:[ks]{2}|ß)\d(?![A-Za-z0-9])",
    r"(?:\d{2}-?){2}(?![\d-])",
    r"(?=a)\w{3}(?!\w)",
    r"[^\W\d_]{2}\b(?!x)",
]


def is_whole(run: Run, text: str, place: int) -> bool:
    """Return what the compiled scanner asks."""
    end = place
    while end < len(text) and run.kinds >> kind_of(text[end]) & 1:
        end += 1
    return run.least <= end - place <= run.most


def check(regex: str, flags: int, text: str) -> None:
    expression = re.compile(regex, flags)
    for in_ascii in (False, True) if text.isascii() else (False,):
        run = run_of(regex, flags, in_ascii=in_ascii)
        for place in range(len(text) if run is not None else 0):
            for end in (len(text), len(text) - 1):  # a text may be looked at up to some place
                if run is not None and expression.match(text, place, end):
                    assert is_whole(run, text[:end], place), (text, place, end)


@given(st.data(), st.sampled_from(PATTERNS), st.sampled_from([0, IGNORE]), st.text(ALPHABET, max_size=9))
def test_every_match_is_a_whole_run(data: st.DataObject, regex: str, flags: int, around: str) -> None:
    check(regex, flags, around + data.draw(st.from_regex(re.compile(regex, flags)) | st.text(ALPHABET)) + around)


RECOGNISED = sorted({(pattern.regex, IGNORE) for spec in specs() for pattern in spec.patterns})


@given(st.data(), st.sampled_from(RECOGNISED), st.text(ALPHABET, max_size=3))
def test_every_match_of_a_recogniser_is_a_whole_run(
    data: st.DataObject, recognised: tuple[str, int], around: str
) -> None:
    regex, flags = recognised
    check(regex, flags, around + data.draw(st.from_regex(re.compile(regex, flags))) + around)


@pytest.mark.parametrize(
    ("regex", "run"),
    [
        (r"(?<!\d)\d{11}(?!\d)(?!\.\d)", Run(DIGITS, 11, 11)),
        (r"(?<!\w)[A-Z]{1,2}\d{6}[0-9A](?!\w)", Run(WORDS, 8, 9)),
        (r"\b\d{9}\b", Run(DIGITS, 9, 9)),
        (r"(?<![A-Za-z0-9])[A-Z\d]{13}\d{4}(?![A-Za-z0-9])", Run(WORDS, 17, 17)),
        (r"\d{11}", None),  # a longer number holds one
        (r"\d{4}-\d{4}(?!\d)", None),  # behind it may be a hyphen
        (r"\d{2,}(?!\d)", None),  # counting has no end
        (r"\d{4}(?=x)", None),
        (r"\d{4}(?!\dx)", None),
        (r"[\w-]{4}\b", None),  # it may end with a hyphen before a letter
        (r"(?a)\w{4}(?!\w)", None),
        (r"(\d)\1(?!\d)", None),
        (r"(?<!\d)\d?(?!\d)", None),
    ],
)
def test_what_run_a_match_takes_is_read_off_its_expression(regex: str, run: Run | None) -> None:
    assert run_of(regex, IGNORE, in_ascii=True) == run


def test_letters_outside_of_ascii_may_follow_a_set_of_those_in_it() -> None:
    assert run_of(r"[A-Z]\d{3}(?![A-Za-z0-9])", 0, in_ascii=False) is None
