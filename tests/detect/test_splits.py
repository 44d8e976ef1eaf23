import pytest

from gateway.core.model import Finding, Segment, SegmentKind
from gateway.detect.splits import borders, split_over

CARD = "4539578763621486"


def leaves(*texts: str, parent: str = "/parts") -> list[Segment]:
    return [Segment(f"{parent}/{place}", text) for place, text in enumerate(texts)]


def split_values(segments: list[Segment]) -> list[Finding]:
    return list(split_over([segments], [borders(segments)]))


def pieces(segments: list[Segment]) -> list[str]:
    texts = {segment.path: segment.text for segment in segments}
    return [texts[found.path][found.start : found.end] for found in split_values(segments)]


@pytest.mark.parametrize(
    "texts",
    [
        ["4539", "5787", "6362", "1486"],
        ["4539 5787", "6362 1486"],
        list(CARD),
        ["45395787-", "63621486"],
    ],
)
def test_the_elements_of_an_array_are_put_together(texts: list[str]) -> None:
    assert pieces(leaves(*texts)) == texts


def test_a_number_goes_on_in_a_later_turn() -> None:
    turns = [
        Segment("/messages/0/content", "My card starts with 4539 5787"),
        Segment("/messages/1/content", "Noted. And the rest?"),
        Segment("/messages/2/content", "6362 1486 is the rest"),
    ]

    assert pieces(turns) == ["4539 5787", "6362 1486"]


def test_a_key_may_say_that_it_is_a_card() -> None:
    parts = [Segment("/a/*0", "45395787", context=("card_1",)), Segment("/b/*0", "63621486", context=("card_2",))]

    assert pieces(parts) == ["45395787", "63621486"]


def test_an_iban_goes_on_in_the_next_leaf() -> None:
    parts = leaves("send it to DE89 3704 0044", "0532 0130 00 please")

    assert [(found.entity_type, found.path) for found in split_values(parts)] == [
        ("IBAN_CODE", "/parts/0"),
        ("IBAN_CODE", "/parts/1"),
    ]
    assert pieces(parts) == ["DE89 3704 0044", "0532 0130 00"]


def test_an_iban_ends_where_its_country_says_wherever_it_was_cut() -> None:
    whole = "GB82 WEST 1234 5698 7654 32"
    for cut in range(4, len(whole)):
        parts = leaves("IBAN " + whole[:cut], whole[cut:] + " 00 AB 12", "DE89 3704 0044")

        assert [part.replace(" ", "") for part in pieces(parts)] == [
            whole[:cut].replace(" ", ""),
            whole[cut:].replace(" ", ""),
        ]


@pytest.mark.parametrize(
    "segments",
    [
        leaves("order 45395787", "invoice 63621486"),
        leaves("4539", "5787", "6362", "1487"),
        leaves("4539", "5787", "6362", "1486", "12"),
        leaves("4539 5787"),
        leaves("card 4539 5787", "a", "b", "c", "6362 1486"),
        [Segment("/a/0", "4539 5787 card"), Segment("/b", "6362 1486", SegmentKind.KEY)],
        leaves("in", "the", "end"),
        leaves("DE89 3704 0044", "is no", "IBAN"),
        leaves("DE89 3704 0044 0532 0130 00", "DE", "12"),
        leaves("ZZ89 3704 0044", "0532 0130 00"),
        [],
    ],
)
def test_what_belongs_to_nothing_is_not_put_together(segments: list[Segment]) -> None:
    assert split_values(segments) == []
