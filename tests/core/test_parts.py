import pytest

from gateway.core.parts import has_parts, may_name, part


@pytest.mark.parametrize(
    ("key", "above", "whole", "order"),
    [
        ("area", "ssn", "ssn", 1),
        ("serial", "ssn", "ssn", 4),
        ("ssn_2", "", "ssn", 2),
        ("ssnArea", "applicant", "ssn", 1),
        ("SSN_AREA", "", "ssn", 1),
        ("p3", "card", "card", 3),
        ("card_number_4", "", "card number", 4),
        ("m", "dob", "dob", 1),
        ("birthYear", "", "birth", 0),
        ("birth_day", "form", "birth", 2),
        ("area_code", "homePhone", "home phone", 1),
        ("phone_exchange", "", "phone", 2),
    ],
)
def test_a_name_tells_which_part_it_is_of_what(key: str, above: str, whole: str, order: int) -> None:
    named = part(key, above)
    assert named is not None
    assert (named.whole, named.order) == (whole, order)
    assert may_name(key)


@pytest.mark.parametrize(
    ("key", "above"),
    [
        *(
            ("area", "sensor"),
            ("year", "release"),
            ("release_year", ""),
            ("line", "stack"),
            ("group", ""),
            ("count", "ssn"),
        ),
        *(("rank", "card"), ("month", "phone"), ("area", "birth"), ("pan_1", ""), ("version_2", ""), ("discard_1", "")),
    ],
)
def test_other_names_are_of_no_part(key: str, above: str) -> None:
    assert part(key, above) is None


def test_a_part_needs_another_one_beside_it() -> None:
    assert has_parts("area", "ssn", {"area": 536, "group": 22})
    assert not has_parts("area", "ssn", {"area": 536, "state": 22})
    assert not has_parts("last4", "card", {"last4": 6467, "rank": 2})


def test_an_object_of_many_members_is_not_looked_through_for_each() -> None:
    many = {f"member {number}": number for number in range(1000)}
    assert has_parts("ssn_1", "", many)
