"""How the packs do on Presidio's own recogniser tests (`identifiers/cases.jsonl`, MIT).

    python -m benchmarks.identifiers ../shared/data/identifiers/cases.jsonl [--list]

Each case names a recogniser of Presidio's, a text, and where it should find its entity. Two questions are asked:

* capable: do the packs find exactly that, as that entity type, when context words are not asked for and every score
  counts (as Presidio's tests run)?
* in use: as shipped (threshold, context, documented examples, overlaps resolved), is a place to be found covered by a
  finding of any type?

Cases that cannot or should not pass are named with their reason; all others must be capable.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway.adapters.presidio import PresidioRecognizer, presidio_rule, rule_of
from gateway.core.model import Segment
from gateway.detect.engine import Scanner
from gateway.detect.packs import PresidioSpec, RecognizerPack, load_packs
from gateway.detect.placeholders import is_documented_example
from gateway.detect.rules import Rule

PACKS = Path(__file__).parents[1] / "classifiers" / "packs"

ENTITIES = {
    "aba_routing": "ABA_ROUTING_NUMBER",
    "au_abn": "AU_ABN",
    "au_acn": "AU_ACN",
    "au_medicare": "AU_MEDICARE",
    "au_tfn": "AU_TFN",
    "ca_sin": "CA_SIN",
    "certificate_number": "MEDICAL_LICENSE",
    "credit_card": "CREDIT_CARD",
    "crypto": "CRYPTO",
    "de_bsnr": "DE_BSNR",
    "de_fuehrerschein": "DE_FUEHRERSCHEIN",
    "de_handelsregister": "DE_HANDELSREGISTER",
    "de_health_insurance": "DE_HEALTH_INSURANCE",
    "de_id_card": "DE_ID_CARD",
    "de_kfz": "DE_KFZ",
    "de_lanr": "DE_LANR",
    "de_passport": "DE_PASSPORT",
    "de_plz": "DE_PLZ",
    "de_social_security": "DE_SOCIAL_SECURITY",
    "de_tax_id": "DE_TAX_ID",
    "de_tax_number": "DE_TAX_NUMBER",
    "de_vat_id": "DE_VAT_ID",
    "email": "EMAIL_ADDRESS",
    "es_nie": "ES_NIE",
    "es_nif": "ES_NIF",
    "es_passport": "ES_PASSPORT",
    "fi_personal_identity_code": "FI_PERSONAL_IDENTITY_CODE",
    "in_aadhaar": "IN_AADHAAR",
    "in_gstin": "IN_GSTIN",
    "in_pan": "IN_PAN",
    "in_passport": "IN_PASSPORT",
    "in_vehicle_registration": "IN_VEHICLE_REGISTRATION",
    "in_voter": "IN_VOTER",
    "ip": "IP_ADDRESS",
    "it_driver_license": "IT_DRIVER_LICENSE",
    "it_fiscal_code": "IT_FISCAL_CODE",
    "it_identity_card": "IT_IDENTITY_CARD",
    "it_passport": "IT_PASSPORT",
    "it_vat_code": "IT_VAT_CODE",
    "kr_brn": "KR_BRN",
    "kr_driver_license": "KR_DRIVER_LICENSE",
    "kr_frn": "KR_FRN",
    "kr_passport": "KR_PASSPORT",
    "kr_rrn": "KR_RRN",
    "mac": "MAC_ADDRESS",
    "ng_nin": "NG_NIN",
    "ng_vehicle_registration": "NG_VEHICLE_REGISTRATION",
    "ph_mobile_number": "PHONE_NUMBER",
    "ph_tin": "PH_TIN",
    "phone": "PHONE_NUMBER",
    "pl_pesel": "PL_PESEL",
    "se_organisationsnummer": "SE_ORGANISATIONSNUMMER",
    "se_personnummer": "SE_PERSONNUMMER",
    "sg_fin": "SG_NRIC_FIN",
    "sg_uen": "SG_UEN",
    "th_tnin": "TH_TNIN",
    "tr_license_plate": "TR_LICENSE_PLATE",
    "tr_national_id": "TR_NATIONAL_ID",
    "tr_phone_number": "PHONE_NUMBER",
    "uk_driving_licence": "UK_DRIVING_LICENCE",
    "uk_nhs": "UK_NHS",
    "uk_nino": "UK_NINO",
    "uk_passport": "UK_PASSPORT",
    "uk_postcode": "UK_POSTCODE",
    "uk_vehicle_registration": "UK_VEHICLE_REGISTRATION",
    "us_bank": "US_BANK_NUMBER",
    "us_driver_license": "US_DRIVER_LICENSE",
    "us_itin": "US_ITIN",
    "us_mbi": "US_MBI",
    "us_npi": "US_NPI",
    "us_passport": "US_PASSPORT",
    "us_ssn": "US_SSN",
    "za_id_number": "ZA_ID_NUMBER",
}
LEFT_OUT = {
    "date": "dates and times are no finding by default (noise); dates of birth are",
    "url": "addresses of web pages are no finding by default (noise)",
    "pattern": "tests of Presidio's deny list and flags, not of an entity",
    "spacy": "needs a spaCy model",
    "stanza": "needs a Stanza model",
    "transformers": "needs a transformer model",
}

CONTRADICTED = "another case with the same text expects the opposite (two settings of one recogniser)"
ARTEFACT = "the text is the source of a Python expression, not its value"
CHECKSUM = "the check digit is wrong: no finding (issued numbers have it)"
UNSPECIFIED = "the unspecified address is nobody's, and `::` is an operator of programming languages"
EXPLAINED = {
    "au_abn": {"00000000560": "accepted by the Presidio that is installed; a later one refuses leading zeros"},
    "au_acn": {"000000180": "refused by the Presidio that is installed; a later one accepts leading zeros"},
    "de_vat_id": dict.fromkeys(("DE123456789", "DE987654321", "DE100000001"), CONTRADICTED),
    "in_pan": {"A1111DFSFS": "ten characters with four digits in them: as good as any"},
    "ip": {
        "f'": ARTEFACT,
        "192.168.1.1.1": "five numbers are a version, not an address",
        "local ipv6 ::": UNSPECIFIED,
        "src=::": UNSPECIFIED,
        "Unspecified ::": UNSPECIFIED,
        "::/": UNSPECIFIED,
    },
    "it_fiscal_code": {"AAAAAA00B11C333": CHECKSUM},
    "mac": dict.fromkeys(("AA:BB:CC", "AA-BB-CC", "aabb.ccdd"), "a stand-in without any decimal digit"),
    "ng_nin": {"VALID_NIN": ARTEFACT},
    "ph_mobile_number": dict.fromkeys(("917 123 4567", "917-123-4567", "0917123456"), "a number of another country"),
    "phone": {
        "one is415-555-0132": CONTRADICTED,
        "one is 91-415-555-0132": CONTRADICTED,
        "one is +91 4155": CONTRADICTED,
    },
    "sg_fin": dict.fromkeys(("T1234567Z", "G1122144L", "M4332674T", "A1234567Z", "B1234567Z"), CHECKSUM),
    "uk_nino": {"YZ 61 48 68 B": "found, without the blank in front"},
}


def spans(case: dict[str, Any]) -> list[tuple[int, int]] | int:
    """Return the places expected, or their number where a case gives no more."""
    count = int(case.get("expected_len", 0))
    for key in ("expected_positions", "expected_res"):
        if key in case and (case[key] or not count):
            return [(start, end) for start, end in case[key]]
    if count == 1 and "expected_position" in case:
        start, end = case["expected_position"]
        return [(start, end)]
    if "expected_start" in case:
        return [(case["expected_start"], case["expected_end"])]
    if isinstance(case.get("expected"), str):
        return 1
    return count


def rules(packs: list[RecognizerPack], *, strict: bool) -> Iterator[Rule]:
    """Yield the rules of all packs, with or without the demand for context words."""
    for pack in packs:
        for spec in pack.recognizers:
            lenient = spec if strict else spec.model_copy(update={"context_required": False})
            yield presidio_rule(lenient) if isinstance(lenient, PresidioSpec) else rule_of(lenient)


def widest(found: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the places that lie in no other."""
    return sorted(a for a in found if not any(b != a and b[0] <= a[0] and a[1] <= b[1] for b in found))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--list", action="store_true", help="list each case that does not pass")
    options = parser.parse_args()
    packs = load_packs({path.name: path.read_text(encoding="utf-8") for path in sorted(PACKS.glob("*.yaml"))})
    recognizers = [pack for pack in packs if isinstance(pack, RecognizerPack)]
    capable = Scanner(list(rules(recognizers, strict=False)), threshold=0.001)
    strict = Scanner(list(rules(recognizers, strict=True)), threshold=0.001)
    shipped = PresidioRecognizer(packs)
    tally: Counter[str] = Counter()
    for line in options.cases.read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        name, text = case["recognizer"].removesuffix("_recognizer"), case["text"]
        if name in LEFT_OUT:
            tally[f"left out: {name} ({LEFT_OUT[name]})"] += 1
            continue
        expected = spans(case)
        passed = False
        for scanner in (capable, strict):
            hits = [hit for hit in scanner.scan(text) if hit.entity_type == ENTITIES[name]]
            real = [hit for hit in hits if not is_documented_example(hit.entity_type, text[hit.start : hit.end], text)]
            for kept in (hits, real):
                found = widest({(hit.start, hit.end) for hit in kept})
                passed = passed or (len(found) == expected if isinstance(expected, int) else found == sorted(expected))
        reason = None if passed else next((why for part, why in EXPLAINED.get(name, {}).items() if part in text), None)
        tally["capable" if passed else "explained" if reason else "NOT CAPABLE"] += 1
        if not passed and options.list:
            print(f"{name}: {text!r} expected {expected}: {reason or 'not explained'}")
        if isinstance(expected, list) and expected:
            covered = shipped.analyze([Segment("", text)])
            hidden = all(any(f.start <= start and end <= f.end for f in covered) for start, end in expected)
            tally["in use: covered" if hidden else "in use: needs context, or a documented example"] += 1
    for key, count in sorted(tally.items()):
        print(f"{count:5}  {key}")


if __name__ == "__main__":
    main()
