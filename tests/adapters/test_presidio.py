import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.adapters.presidio import PresidioRecognizer, presidio_rule
from gateway.core.errors import ConfigurationError, DetectionError
from gateway.core.model import Finding, Segment, SegmentKind
from gateway.core.protocols import Recognizer
from gateway.detect.engine import Scanner
from gateway.detect.overlaps import resolve
from gateway.detect.packs import Pack, PresidioSpec, RecognizerPack, load_packs
from gateway.detect.rules import LateRule, Rule

FOLDER = Path(__file__).parents[2] / "classifiers" / "packs"
PACKS = load_packs({path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.yaml"))})
SPECS = [spec for pack in PACKS if isinstance(pack, RecognizerPack) for spec in pack.recognizers]
TEXTS = [text for spec in SPECS for text in (*spec.examples, *spec.near_misses)]


@pytest.fixture(scope="module")
def recognizer() -> PresidioRecognizer:
    return PresidioRecognizer(PACKS)


def types(findings: list[Finding]) -> list[str]:
    return [finding.entity_type for finding in findings]


def test_it_is_a_recognizer(recognizer: PresidioRecognizer) -> None:
    assert isinstance(recognizer, Recognizer)
    assert {"US_SSN", "CREDIT_CARD", "IBAN_CODE", "PERSON", "EMAIL_ADDRESS"} <= recognizer.entity_types


def test_findings_point_into_their_segment(recognizer: PresidioRecognizer) -> None:
    segments = [Segment("/a", "nothing here"), Segment("/b", "my SSN is 536-22-8741, mail t.becker@web.de")]

    findings = resolve(recognizer.analyze(segments), segments)

    assert [(finding.path, finding.entity_type) for finding in findings] == [("/b", "US_SSN"), ("/b", "EMAIL_ADDRESS")]
    assert segments[1].text[findings[0].start : findings[0].end] == "536-22-8741"


def test_keys_that_lead_to_a_leaf_are_context(recognizer: PresidioRecognizer) -> None:
    alone = recognizer.analyze([Segment("/x", "536228741")])
    keyed = recognizer.analyze([Segment("/x", "536228741", context=("customer", "socialSecurityNumber"))])

    assert "US_SSN" not in types(alone)
    assert types(keyed) == ["US_SSN"]


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("氏名", "田中 由紀子", "PERSON"),
        ("姓名", "王小明", "PERSON"),
        ("이름", "김민수", "PERSON"),
        ("生年月日", "1975年4月12日", "DATE_OF_BIRTH"),
        ("생년월일", "1985년 6월 2일", "DATE_OF_BIRTH"),
        ("住所", "東京都港区南青山2-3-4", "STREET_ADDRESS"),
        ("地址", "上海市浦东新区世纪大道100号", "STREET_ADDRESS"),
        ("주소", "서울특별시 강남구 테헤란로 123", "STREET_ADDRESS"),
    ],
)
def test_a_form_in_japanese_chinese_or_korean_is_read_as_a_text_and_as_an_object(
    recognizer: PresidioRecognizer, key: str, value: str, kind: str
) -> None:
    leaves = [
        Segment("/x", value, context=(key,)),
        Segment("/x", f"■{key}：{value}\n"),
        Segment("/x", f"{key}\n{value}"),
    ]

    for leaf in leaves:
        found = {(one.entity_type, leaf.text[one.start : one.end]) for one in recognizer.analyze([leaf])}
        assert (kind, value) in found


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("policyNumber", "HX-4471-229083", "HEALTH_INSURANCE_ID"),
        ("Patientennummer", "4711812", "MEDICAL_RECORD_NUMBER"),
        ("steuerId", "65929970489", "DE_TAX_ID"),
        ("tax_id", "536221234", "NATIONAL_ID"),
        ("msisdn", "447911123456", "PHONE_NUMBER"),
        ("from_number", "4158675309", "PHONE_NUMBER"),
    ],
)
def test_an_identifier_that_only_the_key_of_its_leaf_names(
    recognizer: PresidioRecognizer, key: str, value: str, kind: str
) -> None:
    assert kind in types(recognizer.analyze([Segment("/x", value, context=("customer", key))]))


def test_a_form_in_russian_turkish_or_hindi_is_read(recognizer: PresidioRecognizer) -> None:
    form = """ФИО: Петров Иван Сергеевич
Адрес: г. Москва, ул. Тверская, д. 12, кв. 5
Adres: Bağdat Caddesi No:12/4, Kadıköy
नाम: अनीता शर्मा
जन्म तिथि: 12/03/1984
मोबाइल: 9845012345
"""
    found = {(one.entity_type, form[one.start : one.end]) for one in recognizer.analyze([Segment("/x", form)])}

    assert found >= {
        ("PERSON", "Петров Иван Сергеевич"),
        ("STREET_ADDRESS", "ул. Тверская, д. 12, кв. 5"),
        ("STREET_ADDRESS", "Bağdat Caddesi No:12/4"),
        ("PERSON", "अनीता शर्मा"),
        ("DATE_OF_BIRTH", "12/03/1984"),
        ("PHONE_NUMBER", "9845012345"),
    }


def test_of_two_contexts_the_nearer_one_counts(recognizer: PresidioRecognizer) -> None:
    text = "SSN 536-22-8741 and passport 912803456"

    segments = [Segment("/x", text)]
    findings = resolve(recognizer.analyze(segments), segments)

    assert types(findings)[0] == "US_SSN"
    assert types(findings)[1] in {"PASSPORT", "US_PASSPORT"}


def test_an_opaque_segment_is_not_read(recognizer: PresidioRecognizer) -> None:
    assert recognizer.analyze([Segment("/x", "536-22-8741", SegmentKind.OPAQUE)]) == []


PIECES = st.sampled_from(
    [
        *TEXTS,
        "1",
        "22",
        "4111 ",
        "-",
        ".",
        " ",
        "\n",
        "a@",
        "@b.de",
        "ssn ",
        "IBAN",
        "name: ",
        "ſ",
        "K",
        "ß",
        "٣",
        "x" * 70,
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES | st.text(max_size=6), max_size=12).map("".join))
@example(" ".join(TEXTS))
@example("\n".join(TEXTS))
def test_gates_change_no_finding(text: str) -> None:
    assert sorted(GATED.scan(text)) == sorted(UNGATED.scan(text))


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES | st.text(max_size=30), max_size=8).map("".join))
def test_no_text_makes_it_fail(recognizer: PresidioRecognizer, text: str) -> None:
    for finding in recognizer.analyze([Segment("/a", text), Segment("/b", text[::-1], context=(text[:20],))]):
        assert 0 <= finding.start < finding.end <= len(text)
        assert 0 < finding.score <= 1


def scanner(*, gated: bool) -> Scanner:
    made = PresidioRecognizer(PACKS, gated=gated)
    made.warm()
    return made._scanner


GATED = scanner(gated=True)
UNGATED = scanner(gated=False)


OF_THE_USER = """
apiVersion: privacy-gateway/v1
kind: RecognizerPack
metadata: {name: own}
recognizers:
  - presidio: UsPassportRecognizer
    supported_entity: US_PASSPORT
    context: [travel papers]
    context_required: true
    shape: digits>=8
"""


def test_a_pack_may_name_a_recogniser_of_presidio() -> None:
    named = PresidioRecognizer(load_packs({"own.yaml": OF_THE_USER}))

    (finding,) = named.analyze([Segment("/x", "her travel papers: A12803456")])

    assert (finding.entity_type, finding.recognizer) == ("US_PASSPORT", "UsPassportRecognizer")
    assert named.analyze([Segment("/x", "parcel A12803456")]) == []


def test_packs_as_shipped_load_no_presidio() -> None:
    assert not any(isinstance(spec, PresidioSpec) for spec in SPECS)


def failing(error: Exception) -> Callable[[], Rule]:
    def make() -> Rule:
        raise error

    return make


def test_a_failing_recogniser_is_an_error_without_text() -> None:
    broken = PresidioRecognizer(PACKS)
    broken._scanner = Scanner([], late=[LateRule(failing(ValueError("536-22-8741")))], threshold=0.4)

    with pytest.raises(DetectionError) as caught:
        broken.analyze([Segment("/x", "536-22-8741")])

    assert "536" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_warming_that_fails_is_an_error() -> None:
    broken = PresidioRecognizer([])
    broken._scanner = Scanner([], late=[LateRule(failing(ImportError("no")))], threshold=0.4)

    with pytest.raises(DetectionError):
        broken.warm()


@pytest.mark.parametrize(
    ("name", "entity", "scores"),
    [("NoSuchRecognizer", "X", {}), ("UsSsnRecognizer", "SSN", {}), ("UsSsnRecognizer", "US_SSN", {"no such": 1.0})],
)
def test_a_recogniser_that_presidio_does_not_have_is_refused(name: str, entity: str, scores: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError):
        presidio_rule(PresidioSpec(presidio=name, supported_entity=entity, scores=scores))


def test_presidio_writes_no_value_to_any_log(recognizer: PresidioRecognizer, caplog: pytest.LogCaptureFixture) -> None:
    named = PresidioRecognizer(load_packs({"own.yaml": OF_THE_USER}))
    named.warm()
    with caplog.at_level(logging.DEBUG):
        for each in (recognizer, named):
            each.analyze([Segment("/x", "passport number AB1234567, travel papers A12803456, NPI 1234567893")])

    assert caplog.records == []


def pipeline(folder: Path) -> str:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler", name="ner")
    ruler.add_patterns([{"label": "PERSON", "pattern": "Ottilie Quandt"}, {"label": "DATE", "pattern": "Monday"}])  # type: ignore[attr-defined]
    nlp.to_disk(folder)
    return str(folder)


def test_entities_of_a_spacy_pipeline_are_findings(tmp_path: Path) -> None:
    configured = PresidioRecognizer([], pipeline=pipeline(tmp_path))
    text = "x" * 19_990 + " Ottilie Quandt on Monday"

    (finding,) = configured.analyze([Segment("/x", text)])

    assert (finding.entity_type, finding.recognizer) == ("PERSON", "spacy")
    assert text[finding.start : finding.end] == "Ottilie Quandt"
    assert "PERSON" in configured.entity_types


def test_a_segment_is_read_by_the_pipeline_of_its_language(tmp_path: Path) -> None:
    english, german = tmp_path / "en", tmp_path / "de"
    for folder, name in ((english, "Ottilie Quandt"), (german, "Rosalinde Kahl")):
        nlp = spacy.blank("en")
        ruler = nlp.add_pipe("entity_ruler", name="ner")
        ruler.add_patterns([{"label": "PER", "pattern": name}])  # type: ignore[attr-defined]
        nlp.to_disk(folder)
    configured = PresidioRecognizer(
        [],
        pipeline=str(english),
        languages={"de": str(german)},
        identify=lambda text: "de" if "und" in text.split() else "",
    )
    text, other = "Rosalinde Kahl und Ottilie Quandt", "Rosalinde Kahl and Ottilie Quandt"

    findings = configured.analyze([Segment("/de", text), Segment("/open", other)])

    assert [(f.path, f.entity_type) for f in findings] == [("/de", "PERSON"), ("/open", "PERSON")]
    assert text[findings[0].start : findings[0].end] == "Rosalinde Kahl"
    assert other[findings[1].start : findings[1].end] == "Ottilie Quandt"
    assert "PERSON" in configured.entity_types


def test_a_pipeline_that_is_not_installed_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="not installed"):
        PresidioRecognizer([], pipeline="no_such_pipeline")


def test_a_pipeline_without_entity_model_is_refused(tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path)

    with pytest.raises(ConfigurationError, match="no entity model"):
        PresidioRecognizer([], pipeline=str(tmp_path))


def test_packs_of_other_kinds_are_ignored() -> None:
    packs: list[Pack] = load_packs(
        {
            "w.yaml": "apiVersion: privacy-gateway/v1\nkind: VocabularyPack\nmetadata: {name: w}\n"
            "topic: health\nterms: [{term: pill, weight: 0.5}]\n"
        }
    )

    assert PresidioRecognizer(packs).entity_types == frozenset()
