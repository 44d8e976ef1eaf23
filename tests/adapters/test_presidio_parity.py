"""The packs have recognisers of their own for what they once took from Presidio; these find what Presidio's find."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapters.presidio import presidio_rule, rule_of
from gateway.classifiers import bundled, packs_in
from gateway.detect.engine import Scanner
from gateway.detect.packs import PresidioSpec, RecognizerPack, RecognizerSpec, load_packs

TAKEN_OVER = (
    ("UsBank", "US_BANK_NUMBER", "checking account"),
    ("UkPostcode", "UK_POSTCODE", "postcode"),
    ("MedicalLicense", "MEDICAL_LICENSE", "prescriber"),
    ("UsLicense", "US_DRIVER_LICENSE", "driver license"),
    ("UsPassport", "US_PASSPORT", "passport"),
    ("UsMbi", "US_MBI", "medicare"),
    ("UsNpi", "US_NPI", "npi"),
    ("AuAbn", "AU_ABN", "abn"),
    ("AuAcn", "AU_ACN", "acn"),
    ("AuTfn", "AU_TFN", "tfn"),
    ("AuMedicare", "AU_MEDICARE", "medicare"),
    ("InPassport", "IN_PASSPORT", "passport"),
    ("InVoter", "IN_VOTER", "voter"),
    ("InGstin", "IN_GSTIN", "gstin"),
    ("KrBrn", "KR_BRN", "사업자등록번호"),
    ("KrDriverLicense", "KR_DRIVER_LICENSE", "운전면허"),
    ("KrPassport", "KR_PASSPORT", "여권"),
    ("NgNin", "NG_NIN", "nin"),
    ("SgUen", "SG_UEN", "uen"),
    ("ItDriverLicense", "IT_DRIVER_LICENSE", "patente"),
    ("ItVatCode", "IT_VAT_CODE", "partita iva"),
    ("ItPassport", "IT_PASSPORT", "passaporto"),
    ("ItIdentityCard", "IT_IDENTITY_CARD", "carta d'identità"),
    ("UkPassport", "UK_PASSPORT", "passport"),
    ("UkVehicleRegistration", "UK_VEHICLE_REGISTRATION", "number plate"),
    ("InVehicleRegistration", "IN_VEHICLE_REGISTRATION", "vehicle registration"),
    ("NgVehicleRegistration", "NG_VEHICLE_REGISTRATION", "plate number"),
)
PACKS = load_packs(packs_in(bundled("classifiers")))
SPECS = [spec for pack in PACKS if isinstance(pack, RecognizerPack) for spec in pack.recognizers]
OURS = Scanner([rule_of(spec) for spec in SPECS if isinstance(spec, RecognizerSpec)], threshold=0.4)


@pytest.mark.parametrize(("name", "entity", "word"), TAKEN_OVER)
def test_what_presidio_finds_is_found(name: str, entity: str, word: str) -> None:
    spec = PresidioSpec(
        presidio=f"{name}Recognizer", supported_entity=entity, context=(word,), context_required=True, shape="digits>=1"
    )
    rule = presidio_rule(spec)
    theirs = Scanner([rule], threshold=0.4)
    values = st.one_of([st.from_regex(re.compile(one.regex, re.ASCII), fullmatch=True) for one in rule.patterns])
    values = values.filter(lambda value: "]" not in value)  # a slip in one of Presidio's expressions

    @settings(max_examples=60, deadline=None)
    @given(values)
    def agree(value: str) -> None:
        text = f"{word} {value}."
        found = [hit for hit in OURS.scan(text) if hit.entity_type == entity]
        for wanted in theirs.scan(text):
            start, end = wanted.start, wanted.start + len(text[wanted.start : wanted.end].rstrip())
            assert any(hit.start <= start and hit.end >= end for hit in found)

    agree()
