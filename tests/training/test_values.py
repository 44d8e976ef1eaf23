"""Needs the training environment (`training/requirements.lock`); skipped without Faker."""

from __future__ import annotations

import importlib
import re

import pytest

from gateway.detect.checksums import iban, luhn

pytest.importorskip("faker")


def test_values_are_valid_and_stand_where_the_label_says() -> None:
    import phonenumbers

    examples = importlib.import_module("training.values").values(seed=3, each=60)
    kinds = set()
    for example in examples:
        assert example.spans is not None
        ((start, end, kind),) = example.spans
        value = example.text[start:end]
        kinds.add(kind)
        digits = re.sub(r"\D", "", value)
        if kind == "CREDIT_CARD":
            assert luhn(digits), example.genre
            assert 12 <= len(digits) <= 19
        elif kind == "IBAN_CODE":
            assert iban(value.replace(" ", ""))
        elif kind == "PHONE_NUMBER" and value.startswith("+"):
            assert phonenumbers.is_valid_number(phonenumbers.parse(value))
        elif kind == "US_SSN":
            area, group, serial = value.split("-")
            assert area not in {"000", "666"}
            assert area < "900"
            assert group != "00"
            assert serial != "0000"
        elif kind == "EMAIL_ADDRESS":
            assert re.fullmatch(r"[\w.+]+@[\w.-]+", value)
    assert kinds == {"PHONE_NUMBER", "CREDIT_CARD", "EMAIL_ADDRESS", "IBAN_CODE", "US_SSN"}


def test_the_same_seed_gives_the_same_values() -> None:
    values = importlib.import_module("training.values").values
    assert values(seed=5, each=10) == values(seed=5, each=10)
