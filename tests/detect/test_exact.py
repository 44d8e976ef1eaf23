import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.errors import ConfigurationError
from gateway.core.model import Segment, SegmentKind
from gateway.core.protocols import Recognizer
from gateway.detect.exact import ExactMatch, ExactMatchRecognizer, build, load

KEY = bytes(range(32))
CUSTOMERS = [
    "AB-12345",
    "AB-99887",
    "4711 0815",
    "Jane Okafor",
    "Project Falcon",
    "Zoë Müller-Sørensen",
    "Владимир Кузнецов",
]


def made(entries: list[str], *, case: bool = False) -> ExactMatch:
    return load(build(entries, KEY, name="customers", entity_type="CUSTOMER", case=case), KEY)


def found(matcher: ExactMatch, text: str) -> list[str]:
    return [text[start:end] for start, end in matcher.find(text)]


@pytest.mark.parametrize("entry", CUSTOMERS)
def test_an_entry_is_found_within_a_text(entry: str) -> None:
    assert found(made(CUSTOMERS), f"Please call {entry}, as agreed.") == [entry]


@pytest.mark.parametrize(
    "written",
    ["AB12345", "ab-12345", "AB 12345", "ab_12345", "47110815", "4711-08-15", "JANE OKAFOR", "Jane\nOkafor", "jane-okafor", "JaneOkafor",
     "project falcon", "ZOË MÜLLER SØRENSEN", unicodedata.normalize("NFD", "Zoë Müller-Sørensen"), "ＡＢ－１２３４５"],
)  # fmt: skip
def test_an_entry_written_differently_is_found(written: str) -> None:
    assert found(made(CUSTOMERS), f"({written})") == [written]


@pytest.mark.parametrize(
    "text",
    [
        "AB-12346",
        "AB-123456",
        "XAB-12345",
        "Jane Okaforsen",
        "Jane",
        "Falcon",
        "Jane met her friend Okafor",
        "Jane     Okafor",
        "",
        "4711",
    ],
)
def test_what_is_no_entry_is_not_found(text: str) -> None:
    assert found(made(CUSTOMERS), text) == []


def test_of_entries_that_begin_at_one_place_the_longest_is_found() -> None:
    assert found(made(["Project Falcon", "Project Falcon Nine"]), "on project falcon nine today") == [
        "project falcon nine"
    ]


def test_case_counts_where_the_list_says_so() -> None:
    matcher = made(["Mercury"], case=True)

    assert found(matcher, "the Mercury launch") == ["Mercury"]
    assert found(matcher, "the mercury launch") == []


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.from_regex(r"[A-Za-zÀ-ÖØ-öø-ü]{2,9}( [A-Za-z]{2,9}|-?[0-9]{3,8})", fullmatch=True), min_size=1, max_size=40
    )
)
def test_every_entry_is_held_and_found(entries: list[str]) -> None:
    matcher = made(entries)

    for entry in entries:
        assert entry in matcher
        assert entry in found(matcher, f". {entry} .")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_a_text_without_an_entry_gives_nothing(text: str) -> None:
    matcher = made(["qqxzv7731905"])

    assert found(matcher, text) == []


@given(st.binary(max_size=300))
def test_any_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ConfigurationError):
        load(data, KEY)


def test_a_changed_cut_or_foreign_file_is_refused() -> None:
    data = build(CUSTOMERS, KEY, name="customers", entity_type="CUSTOMER")
    for wrong in (data[:-1], data[:40] + b"\1" + data[41:], data + b"\0"):
        with pytest.raises(ConfigurationError):
            load(wrong, KEY)
    with pytest.raises(ConfigurationError):
        load(data, KEY[::-1])


def test_no_entry_can_be_read_off_the_file_or_the_repr() -> None:
    data = build(CUSTOMERS, KEY, name="customers", entity_type="CUSTOMER")

    for entry in CUSTOMERS:
        for word in entry.replace("-", " ").split():
            assert word.encode() not in data
            assert word.casefold().encode() not in data
            assert word not in repr(load(data, KEY))


def test_entries_that_cannot_be_matched_are_told_by_number_and_never_by_value() -> None:
    with pytest.raises(ConfigurationError) as caught:
        build(["Jane Okafor", "x1", "a b c d e f g h i j", "y" * 121], KEY, name="staff", entity_type="EMPLOYEE")

    assert [problem.line for problem in caught.value.problems] == [2, 3, 4]
    assert "yyy" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "entity_type", "key", "entries"),
    [("Bad Name", "X", KEY, ["abc"]), ("a", "bad", KEY, ["abc"]), ("a", "X", b"short", ["abc"]), ("a", "X", KEY, [])],
)
def test_a_malformed_list_is_refused(name: str, entity_type: str, key: bytes, entries: list[str]) -> None:
    with pytest.raises(ConfigurationError):
        build(entries, key, name=name, entity_type=entity_type)


def test_the_same_entries_make_the_same_file() -> None:
    assert build(CUSTOMERS, KEY, name="a", entity_type="X") == build(CUSTOMERS, KEY, name="a", entity_type="X")


def test_it_is_a_recognizer_over_several_lists() -> None:
    staff = load(build(["Jane Okafor"], KEY, name="staff", entity_type="EMPLOYEE"), KEY)
    code = load(build(["Project Falcon"], KEY, name="code", entity_type="CODE_NAME"), KEY)
    recognizer = ExactMatchRecognizer([staff, code])
    segments = [Segment("/a", "Jane Okafor runs project falcon"), Segment("/b", "Jane Okafor", SegmentKind.OPAQUE)]

    assert isinstance(recognizer, Recognizer)
    assert recognizer.entity_types == {"EMPLOYEE", "CODE_NAME"}
    assert [(f.path, f.entity_type, f.start, f.end, f.recognizer) for f in recognizer.analyze(segments)] == [
        ("/a", "EMPLOYEE", 0, 11, "exact_match.staff"),
        ("/a", "CODE_NAME", 17, 31, "exact_match.code"),
    ]
    with pytest.raises(ConfigurationError):
        ExactMatchRecognizer([staff, staff])
