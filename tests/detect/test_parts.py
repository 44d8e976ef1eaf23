import json
from typing import Any

import pytest

from gateway.core.model import Sensitivity
from gateway.loadout import build_engine
from gateway.pipeline import Engine, Plan
from gateway.policy.bundle import DETECTOR_FAILED
from gateway.settings import load
from tests.fakes.engines import planned


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return build_engine(load(None, environment={}))


def told(engine: Engine, record: dict[str, Any]) -> Plan:
    """Return the plan for a call of a tool with `record` as its arguments."""
    call = {"id": "c1", "type": "function", "function": {"name": "save", "arguments": json.dumps(record)}}
    messages = [{"role": "user", "content": "Go on"}, {"role": "assistant", "content": None, "tool_calls": [call]}]
    return planned(json.dumps({"model": "gpt-4o", "messages": messages}).encode(), engine)


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        ({"ssn": {"area": "536", "group": "22", "serial": "1234"}}, "US_SSN"),
        ({"ssn": {"area": 536, "group": 22, "serial": 1234}}, "US_SSN"),
        ({"ssn": {"serial": 234, "group": 2, "area": 36}}, "US_SSN"),
        ({"ssn_1": 536, "ssn_2": 22, "ssn_3": 1234}, "US_SSN"),
        ({"name": "x", "ssnArea": 536, "state": "CA", "ssnGroup": 22, "ssnSerial": 1234}, "US_SSN"),
        ({"card": {"p1": 4539, "p2": 1488, "p3": 343, "p4": 6467}}, "CREDIT_CARD"),
        ({"card_number_1": 4539, "card_number_2": 1488, "card_number_3": 343, "card_number_4": 6467}, "CREDIT_CARD"),
        ({"nhs_number": {"a": "943", "b": "476", "c": "5919"}}, "UK_NHS"),
    ],
)
def test_an_identifier_in_parts_whose_names_tell_what_they_are_parts_of(
    shipped: Engine, record: dict[str, Any], kind: str
) -> None:
    plan = told(shipped, record)
    assert plan.classification.counts()[kind] == (4 if kind == "CREDIT_CARD" else 3)
    assert plan.classification.sensitivity is Sensitivity.HIGH


@pytest.mark.parametrize(
    ("record", "kind", "pieces"),
    [
        ({"dob": {"y": 1980, "m": 4, "d": 12}}, "DATE_OF_BIRTH", 3),
        ({"birth_day": 12, "birth_month": 4, "birth_year": 1980}, "DATE_OF_BIRTH", 3),
        ({"phone": {"area": 212, "exchange": 664, "line": "7665"}}, "PHONE_NUMBER", 3),
        ({"mobile": {"country_code": 49, "area_code": 30, "number": 23125100}}, "PHONE_NUMBER", 3),
    ],
)
def test_a_date_of_birth_or_a_phone_number_in_parts(
    shipped: Engine, record: dict[str, Any], kind: str, pieces: int
) -> None:
    plan = told(shipped, record)
    assert kind in plan.classification.counts()
    assert len({one.path for one in plan.classification.findings}) == pieces
    assert plan.classification.sensitivity is Sensitivity.MODERATE


@pytest.mark.parametrize(
    "record",
    [
        {"release": {"year": 2024, "month": 4, "day": 12}},
        {"sensor": {"area": 536, "group": 22, "serial": 1234}},
        {"card": {"rank": 4, "suit": 2}},
        {"card": {"p1": 4539, "p2": 1488, "p3": 344, "p4": 6467}},
        {"phone": {"width": 1080, "height": 2400}},
        {"dob": {"year": 1980, "month": 44, "day": 12}},
    ],
)
def test_other_numbers_of_an_object_are_not_put_together(shipped: Engine, record: dict[str, Any]) -> None:
    found = [one for one in told(shipped, record).classification.findings if one.recognizer == "split-value"]
    assert not found


def test_parts_of_one_person_are_none_of_the_next(shipped: Engine) -> None:
    people = {"people": [{"ssn": {"area": "536"}}, {"ssn": {"group": "22"}}, {"ssn": {"serial": "1234"}}]}
    assert "US_SSN" not in told(shipped, people).classification.counts()


def test_many_records_with_such_parts_are_no_failure(shipped: Engine) -> None:
    people = {"people": [{"dob": {"y": 1980, "m": 4, "d": day % 28 + 1}} for day in range(400)]}
    classification = told(shipped, people).classification
    assert DETECTOR_FAILED not in {reason.rule for reason in classification.reasons}
    assert classification.counts()["DATE_OF_BIRTH"] == 1200
