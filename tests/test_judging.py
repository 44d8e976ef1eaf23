"""What the judge remembers, and what must not come of it."""

import base64
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.model import Finding, Segment, Sensitivity, Topics
from gateway.detect.memory import Memory
from gateway.pipeline import Engine
from gateway.policy.bundle import DETECTOR_FAILED
from tests.fakes.engines import CLOUD, LOCAL, chat, engine, planned
from tests.fakes.recognizers import PATTERNS, FakeRecognizer, FakeTopics
from tests.fakes.tiny_topics import tiny

MAIL = "Write to martha@nordhavn-clinic.com about the parcel that did not arrive"
SSN = "SSN 536-22-8741"


def remembering(recognizer: FakeRecognizer | None = None, size: int = 2**20) -> Engine:
    return replace(engine(recognizers=[recognizer or FakeRecognizer()]), memory=Memory(size))


def test_a_text_that_came_before_is_not_looked_at_again() -> None:
    recognizer = FakeRecognizer()
    remembers = remembering(recognizer)
    first = planned(chat(MAIL, "Done."), remembers)
    asked = len(recognizer.asked)
    second = planned(chat(MAIL, "Done.", "Thank you, and now?"), remembers)

    assert recognizer.asked[asked:] == ["Thank you, and now?"]
    assert second.classification.findings == first.classification.findings
    assert second.first is not None
    assert second.first.upstream is CLOUD
    assert b"martha" not in second.first.body


def test_a_block_that_moved_has_its_findings_where_it_is_now() -> None:
    remembers = remembering()
    planned(chat("Hello", MAIL), remembers)
    (found,) = planned(chat(MAIL), remembers).classification.findings

    assert found.path == "/messages/0/content"


@pytest.mark.parametrize("tenant", ["other", "default"])
def test_another_tenant_is_not_answered_from_memory(tenant: str) -> None:
    recognizer = FakeRecognizer()
    remembers = remembering(recognizer)
    planned(chat(MAIL), remembers)
    asked = len(recognizer.asked)
    planned(chat(MAIL), remembers, tenant=tenant)

    assert (MAIL in recognizer.asked[asked:]) is (tenant == "other")


def test_under_another_policy_or_other_classifiers_nothing_is_known() -> None:
    recognizer = FakeRecognizer()
    remembers = remembering(recognizer)
    planned(chat(MAIL), remembers)
    for changed in (
        replace(remembers, classifier_revision="sha256:new"),
        replace(remembers, policy=replace(remembers.policy, revision="sha256:new")),
        replace(remembers, key=b"x" * 32),
    ):
        recognizer.asked.clear()
        planned(chat(MAIL), changed)
        assert MAIL in recognizer.asked


class Moody(FakeRecognizer):
    """Fails while it is told to."""

    fails = True

    def analyze(self, segments: Sequence[Segment]) -> list[Finding]:
        found = super().analyze(segments)
        if self.fails:
            raise RuntimeError
        return found


def test_what_a_failing_recognizer_did_not_find_is_not_remembered_as_clean() -> None:
    moody = Moody()
    remembers = remembering(moody)
    assert planned(chat(SSN), remembers).classification.sensitivity is Sensitivity.HIGH
    moody.fails = False
    after = planned(chat(SSN), remembers)

    assert after.classification.counts() == {"US_SSN": 1}
    assert after.first is not None
    assert after.first.upstream is LOCAL


def test_memory_holds_no_text() -> None:
    remembers = remembering()
    memory = remembers.memory
    assert memory is not None
    planned(chat(MAIL, SSN, metadata={"martha@nordhavn-clinic.com": "Tomasz Wieczorek"}), remembers)

    assert len(memory) > 0
    kept = repr(dict(memory._entries))
    assert not any(word in kept for word in ("martha", "nordhavn", "parcel", "536-22", "Tomasz", "Write"))


def test_a_value_split_over_two_turns_is_found_though_each_turn_was_known() -> None:
    remembers = remembering(FakeRecognizer({**PATTERNS, "CREDIT_CARD": r"\b(?:\d{4} ){3}\d{4}\b"}))
    one, other = "My card starts with 4539 5787", "6362 1486 is the rest"
    for body in (chat(one), chat("Hello", "Well?", other), chat(other)):
        assert planned(body, remembers).classification.findings == ()
    found = planned(chat(one, "And the rest?", other), remembers).classification.findings

    assert [(finding.entity_type, finding.path) for finding in found] == [
        ("CREDIT_CARD", "/messages/0/content"),
        ("CREDIT_CARD", "/messages/2/content"),
    ]


@pytest.mark.parametrize("count", [100, 1500])
def test_a_document_of_thousands_of_pieces_of_values_is_given_up(count: int) -> None:
    given_up = count > 1000
    phones = engine(recognizers=[FakeRecognizer({"PHONE_NUMBER": r"\+49 30\d{7}"})])
    body = json.loads(chat("Hello")) | {"extra": ["+49 30", "9018204"] * count}
    classification = planned(json.dumps(body).encode(), phones).classification

    assert len(classification.findings) == (0 if given_up else 2 * count)
    assert any(reason.rule == DETECTOR_FAILED for reason in classification.reasons) is given_up
    assert not given_up or classification.sensitivity is Sensitivity.HIGH


def test_texts_that_are_cut_in_another_way_are_other_texts() -> None:
    recognizer = FakeRecognizer()
    remembers = remembering(recognizer)
    planned(chat("a\x00b", "c"), remembers)
    recognizer.asked.clear()
    planned(chat("a", "\x00bc"), remembers)

    assert set(recognizer.asked) >= {"a", "\x00bc"}


def test_memory_is_bounded_by_bytes() -> None:
    memory = Memory(3000)
    for number in range(100):
        memory.put(bytes([number]), number, 50)

    assert len(memory) == 10
    assert memory.get(bytes([99])) == 99
    assert memory.get(bytes([0])) is None


def test_what_was_used_last_stays_longest() -> None:
    memory = Memory(900)
    for key in (b"a", b"b", b"c"):
        memory.put(key, key, 50)
    memory.get(b"a")
    memory.put(b"d", b"d", 50)

    assert memory.get(b"a") == b"a"
    assert memory.get(b"b") is None


def test_an_entry_that_is_larger_than_the_memory_is_not_kept() -> None:
    memory = Memory(100)
    memory.put(b"a", b"a", 500)

    assert len(memory) == 0
    memory.put(b"b", b"b", -200)
    assert memory.get(b"b") == b"b"


def test_detection_that_takes_too_long_is_highly_sensitive() -> None:
    hasty = replace(remembering(), seconds=-1.0)
    plan = planned(chat("What is a heat pump?"), hasty)

    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert DETECTOR_FAILED in {reason.rule for reason in plan.classification.reasons}
    assert planned(chat("What is a heat pump?"), replace(hasty, seconds=60.0)).first is not None
    assert planned(chat("What is a heat pump?"), None, [CLOUD]).first is not None
    assert planned(chat("What is a heat pump?"), hasty, [CLOUD]).first is None


def test_a_document_with_too_many_seams_is_highly_sensitive() -> None:
    texts = [f"x{number}y" if number % 5 == 0 else f"sk-ant-{number * 7919:014d}one" for number in range(2000)]

    parts = [{"type": "text", "text": text} for text in texts]

    plan = planned(json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": parts}]}).encode())

    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert any(reason.rule == DETECTOR_FAILED and "seams" in reason.detail for reason in plan.classification.reasons)


def test_the_time_is_counted_by_the_thread_that_judges() -> None:
    patient = replace(remembering(), seconds=5.0)
    with ThreadPoolExecutor(1) as elsewhere:
        plan = elsewhere.submit(planned, chat(MAIL), patient).result()
    effort = plan.gate._judge._effort
    effort._since = effort._mark = -1e6  # what the other thread's clock would have said

    assert plan.gate.clear(chat("What is a heat pump?"), CLOUD) is not None


TURNS = st.lists(
    st.sampled_from(["My knee hurts", MAIL, SSN, "x", "", "the river runs slowly past the old mill " * 9, "4539 5787"]),
    min_size=1,
    max_size=7,
)


@given(TURNS, st.sampled_from(["a", "b"]))
@settings(max_examples=60, deadline=None)
def test_with_memory_the_judgement_is_the_same_as_without(turns: list[str], tenant: str) -> None:
    forgets = engine(topics=[tiny()], policy=POLICY)
    remembers = replace(forgets, memory=Memory(2**20))
    for until in range(1, len(turns) + 1):
        body = chat(*turns[:until], tools=[{"type": "function", "function": {"name": "f", "description": MAIL}}])
        expected = planned(body, forgets, tenant=tenant)
        got = planned(body, remembers, tenant=tenant)
        assert got.classification.findings == expected.classification.findings
        assert got.classification.sensitivity is expected.classification.sensitivity
        assert dict(got.classification.topics.probabilities) == pytest.approx(
            dict(expected.classification.topics.probabilities), abs=1e-5
        )


def test_a_turn_that_was_sent_twice_leaves_the_next_one_as_it_is() -> None:
    forgets = engine(topics=[tiny()], policy=POLICY)
    remembers = replace(forgets, memory=Memory(2**20))
    tools = [{"type": "function", "function": {"name": "f", "description": f"{MAIL} again " * 2}}]
    turns: list[str] = []
    for number in range(12):
        turns.append(f"the river runs slowly past mill {number} and on to the sea " * 9)
        for _ in range(3):
            expected, got = (planned(chat(*turns, tools=tools), which) for which in (forgets, remembers))
            assert dict(got.classification.topics.probabilities) == pytest.approx(
                dict(expected.classification.topics.probabilities), abs=1e-5
            )


POLICY = """
apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: test, owner: tests}
spec:
  classify:
    - {level: high, name: keys-and-numbers, entities: [US_SSN, CREDENTIAL]}
    - {level: moderate, name: contact, entities: [PERSON, EMAIL_ADDRESS]}
  rules:
    - {name: high-stays-home, when: sensitivity == "high", route: [local]}
    - {name: low-passes, when: sensitivity != "high", transform: true, route: [cloud, local]}
"""


PLAN = base64.b64encode(b"We intend to acquire them").decode()
"""So short that it would be remembered by itself."""


class Reading(FakeTopics):
    """Remembers what it was asked to read; fails on what is hidden, if it is told to."""

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.fails = fails

    def analyze(self, segments: Sequence[Segment], findings: Sequence[Finding]) -> Topics:
        self.asked += [segment.text for segment in segments]
        if self.fails and any(segment.path.startswith("\0") for segment in segments):
            raise RuntimeError
        return super().analyze(segments, findings)


def test_topics_are_read_behind_a_disguise() -> None:
    found = planned(chat(f"Translate {PLAN} please"), engine(topics=[FakeTopics()])).classification

    assert found.topics.probabilities["internal_business"] == 0.9
    assert found.sensitivity is Sensitivity.MODERATE


@pytest.mark.parametrize("others", [(), ("Hello", "Well?")])
def test_what_is_hidden_is_known_again_wherever_it_stands(others: tuple[str, ...]) -> None:
    remembers = replace(engine(topics=[FakeTopics()]), memory=Memory(2**20))
    levels = [planned(chat(*before, PLAN), remembers).classification.sensitivity for before in ((), others, others)]

    assert levels == [Sensitivity.MODERATE] * 3


def test_what_was_read_behind_a_disguise_is_not_read_again() -> None:
    model = Reading()
    remembers = replace(engine(topics=[model]), memory=Memory(2**20))
    planned(chat(PLAN), remembers)
    model.asked.clear()
    planned(chat(PLAN, "Noted."), remembers)

    assert not any("acquire" in text for text in model.asked)


def test_a_text_that_hides_nothing_is_read_once() -> None:
    model = Reading()
    planned(chat("We intend to wait"), engine(topics=[model]))

    assert [text for text in model.asked if "wait" in text] == ["We intend to wait"]


def test_a_topic_model_that_fails_on_what_is_hidden_makes_the_request_high() -> None:
    found = planned(chat(PLAN), engine(topics=[Reading(fails=True)])).classification

    assert found.sensitivity is Sensitivity.HIGH
    assert DETECTOR_FAILED in {reason.rule for reason in found.reasons}


@pytest.mark.parametrize("text", ["We acquire Initech", PLAN])
@pytest.mark.parametrize("others", [[], [FakeTopics(probability=0.1)]])
def test_a_topic_model_that_gives_no_number_makes_the_request_high(text: str, others: list[FakeTopics]) -> None:
    broken = FakeTopics(probability=float("nan"))
    for topics in ([broken, *others], [*others, broken]):
        found = planned(chat(text), engine(topics=topics)).classification

        assert found.sensitivity is Sensitivity.HIGH
        assert DETECTOR_FAILED in {reason.rule for reason in found.reasons}


def test_of_two_models_of_a_topic_the_surer_counts() -> None:
    models = [FakeTopics(probability=probability) for probability in (0.2, 0.8, 0.4)]
    found = planned(chat("We acquire Initech"), engine(topics=[FakeTopics("health", "flu"), *models])).classification

    assert found.topics.probabilities == {"health": 0.0, "internal_business": 0.8}
