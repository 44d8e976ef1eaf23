from collections.abc import Sequence
from itertools import pairwise

import pytest

from gateway.core.errors import DetectionError
from gateway.core.model import Finding, Segment, SegmentKind
from gateway.detect.beginnings import ends
from gateway.detect.joints import Joint, Seam, originals
from gateway.detect.seams import seams
from tests.fakes.effort import effort


def leaves(*texts: str, parent: str = "/messages/0/content", context: tuple[str, ...] = ()) -> list[Segment]:
    return [Segment(f"{parent}/{place}/text", text, context=context) for place, text in enumerate(texts)]


def over(segments: Sequence[Segment]) -> list[Seam]:
    return joined([segments])


def joined(parts: Sequence[Sequence[Segment]]) -> list[Seam]:
    made = seams(parts, [ends(part) for part in parts])
    return [one.seam() if isinstance(one, Joint) else one for one in made if isinstance(one, Joint | Seam)]


def texts(segments: Sequence[Segment]) -> list[str]:
    return [seam.text for seam in over(segments)]


def found(seam: Seam, value: str, entity_type: str = "EMAIL_ADDRESS", **more: object) -> list[tuple[str, int, int]]:
    start = seam.text.index(value)
    finding = Finding("x", entity_type, start, start + len(value), 0.95, str(more.get("by", "email")))
    return [(one.path, one.start, one.end) for one in originals([seam], [[finding]])]


def test_a_finding_over_the_seam_is_one_in_each_leaf() -> None:
    (seam,) = over(leaves("Write to jane.doe@nord", "havn.example.com, please"))

    assert found(seam, "jane.doe@nordhavn.example.com") == [
        ("/messages/0/content/0/text", 9, 22),
        ("/messages/0/content/1/text", 0, 16),
    ]


def test_white_space_at_the_cut_is_no_part_of_the_value() -> None:
    seam = over(leaves("Call +49 30 ", "  90182045 now"))[0]

    assert found(seam, "+49 3090182045", "PHONE_NUMBER") == [
        ("/messages/0/content/0/text", 5, 11),
        ("/messages/0/content/1/text", 2, 10),
    ]


def test_the_same_text_of_other_leaves_is_found_in_those() -> None:
    (one,) = over(leaves("Write to jane.doe@nord", "havn.example.com", parent="/a"))
    other = one._replace(leaves=leaves("Write to jane.doe@nord", "havn.example.com", parent="/b"))
    its = [Finding("x", "EMAIL_ADDRESS", 9, len(one.text), 0.95, "email")]

    paths = [finding.path for finding in originals([one, other, one], [its] * 3)]
    assert paths == ["/a/0/text", "/a/1/text", "/b/0/text", "/b/1/text"]


def test_the_same_text_cut_elsewhere_is_found_where_it_was_cut() -> None:
    (one,) = over(leaves("Write to jane.doe@nord", "havn.example.com", parent="/a"))
    (other,) = over(leaves("Write to jane.doe@nordhavn.", "example.com", parent="/b"))
    its = [Finding("x", "EMAIL_ADDRESS", 9, len(one.text), 0.95, "email")]

    assert one.text == other.text
    assert [(finding.path, finding.end) for finding in originals([one, other], [its] * 2)] == [
        ("/a/0/text", 22),
        ("/a/1/text", 16),
        ("/b/0/text", 27),
        ("/b/1/text", 11),
    ]


def test_a_value_goes_on_over_an_answer() -> None:
    turns = [
        Segment("/messages/0/content", "Write to jane.doe@nord"),
        Segment("/messages/1/content", "Yes? Go on."),
        Segment("/messages/2/content", "havn.example.com"),
    ]

    assert any("jane.doe@nordhavn.example.com" in text for text in texts(turns))


def test_turns_are_joined_by_place_over_the_borders_of_blocks() -> None:
    one, other = leaves("Write to jane.doe@nord"), leaves("havn.example.com", parent="/messages/1/content")

    assert [seam.text for seam in joined([one, other])] == texts([*one, *other])


def test_a_key_is_joined_to_its_value_and_to_no_other() -> None:
    keyed = [
        Segment("/a/*0#", "sk-ant-api03-bQ7rT2", SegmentKind.KEY),
        Segment("/a/*1#", "status", SegmentKind.KEY),
        Segment("/a/*0", "xLm9bQ7rT2xLm9", context=("a", "sk-ant-api03-bQ7rT2")),
        Segment("/a/*1", "open1open1open1", context=("a", "status")),
    ]

    assert texts(keyed) == ["sk-ant-api03-bQ7rT2xLm9bQ7rT2xLm9"]


def test_arguments_are_not_joined_to_the_names_between_them() -> None:
    calls = [
        Segment("/tool_calls/0/function/arguments", '{"to": "jane.doe@'),
        Segment("/tool_calls/1/id", "call.2"),
        Segment("/tool_calls/1/function/name", "look.up"),
        Segment("/tool_calls/1/function/arguments", 'nordhavn.example.com"}'),
    ]

    assert texts(calls) == ['{"to": "jane.doe@nordhavn.example.com"}']


def test_single_characters_are_read_as_one_text() -> None:
    row = [Segment(f"/list/{place}", character) for place, character in enumerate("jane.doe@nordhavn.example.com")]

    assert "jane.doe@nordhavn.example.com" in texts(row)


def test_a_long_row_is_read_in_overlapping_windows() -> None:
    spelled = "x" * 500 + "+493090182045" + "y" * 500
    for shift in range(0, 200, 7):
        row = [Segment(f"/list/{place}", character) for place, character in enumerate("z" * shift + spelled)]

        assert any("+493090182045" in text for text in texts(row))
        assert all(len(text) < 400 for text in texts(row))


@pytest.mark.parametrize("behind", [[" "], ["\n", "  "], [" "] * 400])
@pytest.mark.parametrize("before", [0, 1, 340, 383, 384, 700])
def test_a_row_of_characters_that_ends_in_white_space_is_read(before: int, behind: list[str]) -> None:
    row = ["y"] * before + list("+493090182045") + behind

    assert any("+493090182045" in text for text in texts([Segment(f"/list/{at}", one) for at, one in enumerate(row)]))


@pytest.mark.parametrize("blank", [" ", "\t ", "\n\n\n\n"])
@pytest.mark.parametrize("before", [0, 1, 95, 191, 192, 300, 384, 500])
def test_white_space_after_each_character_hides_no_value(before: int, blank: str) -> None:
    row = [one for character in f"{'y' * before}+493090182045{'y' * 500}" for one in (character, blank)]

    assert any("+493090182045" in text for text in texts([Segment(f"/list/{at}", one) for at, one in enumerate(row)]))


@pytest.mark.parametrize("sizes", [(1,), (1, 2), (4, 1, 1), (1, 4, 3, 2), (2, 3)])
def test_what_is_as_wide_as_rows_overlap_is_whole_in_one_wherever_it_begins(sizes: tuple[int, ...]) -> None:
    value = "jane." + "d" * 79 + "@acme.com.au"
    assert len(value) == 96
    for before in range(0, 420, 3):
        spelled = "y" * before + value + "y" * 400
        ends = [0]
        while ends[-1] < len(spelled):
            ends.append(ends[-1] + sizes[len(ends) % len(sizes)])
        row = [Segment(f"/list/{at}", spelled[low:high]) for at, (low, high) in enumerate(pairwise(ends))]

        assert any(value in text for text in texts(row)), before


@pytest.mark.parametrize("sizes", [(1,), (1, 2), (2,), (3,), (4,), (1, 4, 3, 2)])
def test_words_before_a_value_in_short_leaves_run_not_into_it(sizes: tuple[int, ...]) -> None:
    said = "please use the key ghp_bQ7rT2xLm9bQ7rT2xLm9bQ7rT2xLm9Zk4aP8 for it "
    for before in range(0, 400, 13):
        spelled = "so to say "[: before % 10] + "it is so " * (before // 9) + said + "and not so " * 30
        ends = [0]
        while ends[-1] < len(spelled):
            ends.append(ends[-1] + sizes[len(ends) % len(sizes)])
        row = [Segment(f"/list/{at}", spelled[low:high]) for at, (low, high) in enumerate(pairwise(ends))]

        (seam, *_) = (one for one in over(row) if said.strip() in one.text)
        value = said.split()[4]
        its = found(seam, value, "CREDENTIAL", by="github_token")
        at = {segment.path: segment.text for segment in row}
        assert "".join(at[path][start:end] for path, start, end in its) == value


def test_numbers_in_cells_filled_up_with_white_space_are_read_as_no_more_than_before() -> None:
    row = [Segment(f"/ids/{at}", f"{at * 37 % 1000:<4}", context=("tax id",)) for at in range(100)]

    assert not [text for text in texts(row) if " " in text.strip()]


def test_white_space_behind_the_last_piece_of_a_value_hides_it_not() -> None:
    pieces = ["ghp_bQ7rT2", "xLm9bQ7rT2", "xLm9bQ7rT2", "xLm9Zk4aP8", " "]

    assert "".join(pieces[:-1]) in texts(leaves(*pieces))


@pytest.mark.parametrize("size", [50, 100, 200])
@pytest.mark.parametrize(
    "unit",
    ["+4", "1", "536-", "a@", "sk-", "@a.b", "ssn 1", "12", "+49 30", "key=x", "key: 'x", "https://a:b", "//a:b@c.d"],
)
def test_what_is_put_together_grows_with_the_leaves_and_no_faster(unit: str, size: int) -> None:
    read = sum(len(text) for text in texts(leaves(*[unit] * size, context=("ssn",))))

    assert read <= 60 * size * 20


@pytest.mark.parametrize(
    "segments",
    [
        leaves("The answer is 42", "17 people came"),
        leaves("See section 3.", "1 is missing"),
        leaves("order", "536", "22", "8741"),
        leaves("Is this a", "9f8e7d6c5b4a39281706"),
        leaves("jane@nordhavn.example.com", "works.here at noon"),
        leaves("thanks", "@handle for all"),
        [Segment(f"/ids/{place}", str(1234567 * place + 11), context=("tax_ids",)) for place in range(1, 60)],
        [
            Segment("/row/*0", "12345678", context=("row", "tax_id")),
            Segment("/row/*1", "903", context=("row", "amount")),
        ],
    ],
)
def test_ordinary_neighbours_are_not_put_together(segments: list[Segment]) -> None:
    assert over(segments) == []


KEY = "ghp_bQ7rT2xLm9bQ7rT2xLm9bQ7rT2xLm9Zk4aP8"


@pytest.mark.parametrize(
    ("parts", "value", "kind", "by"),
    [
        # No top level.
        (("Write to jane.doe@nord", "havn.handle now"), "jane.doe@nordhavn.handle", "EMAIL_ADDRESS", "email"),
        # The first leaf holds it whole already.
        ((f"use {KEY}", "please"), f"{KEY}please", "CREDENTIAL", "anthropic_key"),
        # By chance.
        (("token sk-ant-api03-bQ7r", "T2xLm9bQ7r1"), "sk-ant-api03-bQ7rT2xLm9bQ7r1", "CREDENTIAL", "told_secret"),
        (("My SSN is 53622", "8741 now"), "536228741", "PERSON", "entities"),
        (("My SSN is 53622", "8741 now"), "536228741", "DATE_TIME", "entities"),
    ],
)
def test_what_is_not_certain_by_itself_does_not_count(parts: tuple[str, ...], value: str, kind: str, by: str) -> None:
    whole = [seam for seam in over(leaves(*parts)) if value in seam.text]

    assert whole
    assert [found(seam, value, kind, by=by) for seam in whole] == [[]] * len(whole)


def test_what_one_leaf_holds_is_found_there() -> None:
    seam = over(leaves("My SSN is 53622", "8741"))[0]

    assert found(seam, "53622", "US_SSN") == []


def test_a_seam_shows_no_text() -> None:
    segments = leaves("Write to jane.doe@nord", "havn.example.com")
    (joint,) = seams([segments], [ends(segments)])
    (seam,) = over(segments)

    for told in (repr(joint), repr(seam)):
        assert "characters of 2 leaves" in told
        assert "jane" not in told
        assert "havn" not in told


def test_leaves_that_keys_lead_to_are_read_under_all_of_them_each_once() -> None:
    one = Segment("/a/*0", "+49 30", context=("contact", "work"))
    other = Segment("/a/*1", "90182045", context=("contact", "phone", "phone"))

    assert [seam.context for seam in over([one, other])] == [("contact", "work", "phone")]
    alike = [Segment(f"/a/{at}", text, context=("b", "b")) for at, text in enumerate(("+49 30", "90182045"))]
    assert [seam.context for seam in over(alike)] == [("b",)]


def test_a_row_over_many_messages_is_read_once_and_not_once_for_each() -> None:
    def read(count: int) -> tuple[int, list[Seam]]:
        parts = [
            leaves("a1", "b", "+4", "d", "e", "f", parent=f"/messages/{number}/content") for number in range(count)
        ]
        made: list[Seam] = []
        return effort(lambda: made.extend(joined(parts))), made

    few, _ = read(10)
    many, made = read(40)
    assert many < 6 * few
    assert max(len(seam.text) for seam in made) >= 192
    assert any("/messages/39/" in leaf.path for seam in made for leaf in seam.leaves)


def test_a_value_spelt_over_many_messages_is_read_whole() -> None:
    value = "jane.doe@nordhavn.example.com"
    parts = [leaves(*value[at : at + 6], parent=f"/messages/{at}/content") for at in range(0, len(value), 6)]

    made = joined(parts)

    assert any(len(found(seam, value)) == len(value) for seam in made if value in seam.text)


@pytest.mark.parametrize("begins", ["SK", "DE"])
def test_items_of_a_list_that_begin_as_values_do_are_not_put_together(begins: str) -> None:
    assert len(over(leaves(*(f"{begins}{number}" for number in range(2000, 2400)), parent="/items"))) < 40


def test_a_key_in_pieces_is_found_behind_a_list_of_beginnings_and_before_one() -> None:
    key = "sk-ant-api03-Zq3vT8yLw5Kd2Rm7Xc4Bn6Hj"
    items = [f"sk-ant-{number}" for number in range(20)]

    made = texts(leaves(*items, key[:15], key[15:26], key[26:], "and then", *items))

    assert any(key in text for text in made)


def test_a_table_of_codes_and_parts_of_numbers_is_read_whole() -> None:
    rows = [
        leaf
        for number in range(2000)
        for key, text in (("account", f"AC{number + 1000}"), ("area", "+49 30"), ("number", f"{number + 9018204}"))
        for leaf in (
            Segment(f"/rows/{number}/{key}#", key, SegmentKind.KEY),
            Segment(f"/rows/{number}/{key}", text, context=(key,)),
        )
    ]

    assert any("+49 309020203" in text for text in texts(rows))


def test_a_document_of_beginnings_and_pieces_is_given_up_and_not_read_for_ever() -> None:
    parts = [f"x{number}y" if number % 5 == 0 else f"sk-ant-{number * 7919:014d}one" for number in range(2000)]

    with pytest.raises(DetectionError, match="too many"):
        over(leaves(*parts))


def test_a_document_of_urls_under_thousands_of_keys_is_given_up_and_not_read_for_ever() -> None:
    url = "http://a:b@"
    values = [
        Segment(f"/*{number}", (url * 3)[number % 11 :][:12], context=(f"key {number}",)) for number in range(2000)
    ]

    with pytest.raises(DetectionError, match="too many"):
        over(values)


def test_plus_signs_that_could_each_begin_a_number_are_given_up_and_not_put_together_for_ever() -> None:
    with pytest.raises(DetectionError, match="too many"):
        over(leaves(*["+"] * 4000))


def test_a_list_of_ibans_in_pieces_is_given_up_and_not_read_for_ever() -> None:
    pieces = [part for number in range(2800) for part in ("DE89", f"3704 {number:04d}", "0532", "0130 00")]

    with pytest.raises(DetectionError, match="too many"):
        over(leaves(*pieces, parent="/items"))


def test_an_iban_in_pieces_is_read_with_no_more_than_it_takes_up() -> None:
    made = texts(leaves(*["DE89", "3704 0044", "0532", "0130 00"] * 20, parent="/items"))

    assert any(text.startswith("DE893704 004405320130 00") for text in made)
    assert max(map(len, made)) < 48


@pytest.mark.parametrize(
    ("value", "pieces", "behind"),
    [
        ("+442079460958", ("+44", "20", "7946", "0958"), ("ok then.", "call me")),
        (
            "HU13 9F0D 2096 D700 F03F 739Y C833",
            ("HU13 ", "9F0D ", "2096 ", "D700 ", "F03F ", "739Y ", "C833"),
            ("7", "x1"),
        ),
    ],
)
@pytest.mark.parametrize("context", [(), ("iban",)])
def test_a_number_is_read_without_what_stands_behind_its_end(
    value: str, pieces: tuple[str, ...], behind: tuple[str, ...], context: tuple[str, ...]
) -> None:
    made = texts(leaves("see", *pieces, *behind, parent="/items", context=context))

    assert value.replace(" ", "") in {text.replace(" ", "") for text in made}


def test_an_address_is_read_with_no_other_address() -> None:
    made = texts(leaves("jane.doe@", "nordhavn.", "example", "joe@", "nordhavn.example", parent="/items"))

    assert "jane.doe@nordhavn.example" in made
    assert all(text.count("@") == 1 for text in made)


def test_a_number_that_begins_with_a_plus_sign_behind_a_code_is_not_read_with_it() -> None:
    assert over(leaves("AC1001", "+49 30 9018204", parent="/items")) == []


def test_digits_of_other_scripts_count_twice_as_they_are_read() -> None:
    def made(digit: str, count: int) -> list[Seam]:
        return over(leaves(*(part for number in range(count) for part in ("+49 30", f"{digit}0{number:05d}"))))

    assert len({seam.text for seam in made("1", 500)}) == 500
    with pytest.raises(DetectionError, match="too many"):
        made("\N{ARABIC-INDIC DIGIT THREE}", 500)


def test_a_long_iban_in_pieces_of_two_is_read_whole() -> None:
    iban = "MT84MALT011000012345MTLCAST001S"
    pieces = [iban[place : place + 2] for place in range(4, len(iban), 2)]

    assert any(iban in text for text in texts(leaves("pay MT84", *pieces, "then call me", parent="/items")))


def test_a_phone_number_ends_before_the_next_plus_sign_whatever_white_space_is_there() -> None:
    made = texts(leaves("+49 30", "90182045", " ", "\n", "+49 30", "90182046", parent="/items"))

    assert set(made) == {"+49 3090182045", "+49 3090182046"}
