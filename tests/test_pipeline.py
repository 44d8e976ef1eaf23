"""The pipeline's promises: clearance, fail closed, untouched stays untouched, stable placeholders."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import BlockedByPolicy, NoClearedUpstream
from gateway.core.model import Obligation, Principal, Sensitivity, Upstream, Zone
from gateway.core.protocols import SurrogateMint
from gateway.pipeline import Cleared, Request, plan, returning
from gateway.transforms.operators import OPERATORS
from tests.fakes.engines import CLOUD, DIALECT, FLEET, LOCAL, POLICY, SECURE, chat, engine, planned
from tests.fakes.recognizers import BrokenRecognizer, BrokenTopics, FakeRecognizer

MAIL = "Write to martha@nordhavn-clinic.com"


class ForgetfulTokenize:
    """A deliberately broken operator: it says it tokenises and leaves the value where it is."""

    name = "tokenize"
    restorable = True

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:
        return value


def test_low_passes_to_the_cloud_as_the_very_bytes_that_came() -> None:
    body = (
        b'{ "model": "gpt-4o",  "messages": [{"role":"user","content":"What is a heat pump?"}], "temperature": 1.50 }'
    )
    plan = planned(body)
    assert plan.first is not None
    assert plan.first.upstream is CLOUD
    assert plan.first.body is body


def test_moderate_is_tokenised_for_the_cloud() -> None:
    plan = planned(chat(MAIL))
    assert plan.first is not None
    assert plan.first.upstream is CLOUD
    assert plan.classification.sensitivity is Sensitivity.MODERATE
    assert plan.first.residual is Sensitivity.LOW
    assert b"martha" not in plan.first.body
    assert plan.transformation.counts == {"EMAIL_ADDRESS": ("tokenize", 1)}


def test_high_stays_home() -> None:
    plan = planned(chat("SSN 536-22-8741"))
    assert [cleared.upstream for cleared in plan.attempts()] == [LOCAL]
    assert plan.first is not None
    assert b"536-22-8741" in plan.first.body


def test_a_broken_transform_cannot_get_past_the_send_gate() -> None:
    broken = engine(operators=dict(OPERATORS) | {"tokenize": ForgetfulTokenize()})
    plan = planned(chat(MAIL), broken)
    assert plan.candidates[0] is CLOUD
    assert [cleared.upstream for cleared in plan.attempts()] == [SECURE, LOCAL]
    alone = planned(chat(MAIL), broken, [CLOUD])
    assert alone.first is None
    assert isinstance(alone.refusal, NoClearedUpstream)
    assert list(alone.attempts()) == []


def test_the_gate_judges_the_outgoing_bytes_and_not_the_incoming_ones() -> None:
    plan = planned(chat("What is a heat pump?"))
    assert plan.gate.clear(chat("SSN 536-22-8741"), CLOUD) is None
    assert plan.gate.clear(chat("SSN 536-22-8741"), LOCAL) is not None


def test_a_private_model_name_in_the_settings_of_one_upstream_is_judged_too() -> None:
    leaky = Upstream(
        "leaky", Zone.CLOUD, Sensitivity.LOW, "http://127.0.0.1:1/v1", models=(("*", "martha@nordhavn-clinic.com"),)
    )
    assert planned(chat("What is a heat pump?"), None, [leaky]).first is None


def test_nothing_but_the_gate_can_clear_a_body() -> None:
    with pytest.raises(PermissionError):
        Cleared(CLOUD, b"{}", Sensitivity.LOW, object())


def test_the_gates_seal_does_not_open_a_lower_clearance() -> None:
    cleared = planned(chat("SSN 536-22-8741")).first
    assert cleared is not None
    with pytest.raises(PermissionError):
        Cleared(CLOUD, cleared.body, cleared.residual, cleared.seal)


def test_meaning_cannot_be_tokenised_away() -> None:
    plan = planned(chat("We intend to acquire them; ask martha@nordhavn-clinic.com"))
    assert [cleared.upstream for cleared in plan.attempts()] == [SECURE, LOCAL]
    assert plan.first is not None
    assert b"martha" not in plan.first.body


@pytest.mark.parametrize("upstreams", [(CLOUD,), (CLOUD, SECURE), ()])
def test_without_a_local_upstream_high_is_refused(upstreams: tuple[Upstream, ...]) -> None:
    plan = planned(chat("SSN 536-22-8741"), None, upstreams)
    assert isinstance(plan.refusal, NoClearedUpstream)
    assert plan.refusal.status == 503


def test_an_upstream_that_is_down_is_not_a_candidate_and_high_never_falls_through_to_the_cloud() -> None:
    from gateway.core.model import Principal
    from gateway.pipeline import Request, plan
    from tests.fakes.engines import DIALECT

    request = Request(DIALECT, chat("SSN 536-22-8741"), Principal())
    refused = plan(request, engine(), FLEET, available=lambda upstream: upstream is not LOCAL)
    assert isinstance(refused.refusal, NoClearedUpstream)


def test_a_failing_recognizer_makes_the_request_high_and_tells_no_text() -> None:
    plan = planned(chat("What is a heat pump?"), engine(recognizers=[FakeRecognizer(), BrokenRecognizer()]))
    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert [cleared.upstream for cleared in plan.attempts()] == [LOCAL]
    assert "heat pump" not in repr(plan)
    assert [reason.rule for reason in plan.classification.reasons] == ["detector-failed"]


def test_a_failing_topic_model_makes_the_request_high() -> None:
    plan = planned(chat("What is a heat pump?"), engine(topics=[BrokenTopics()]))
    assert [cleared.upstream for cleared in plan.attempts()] == [LOCAL]


def test_an_unknown_entity_type_is_high() -> None:
    plan = planned(chat("ticket ZZ-1"), engine(recognizers=[FakeRecognizer({"TICKET": r"ZZ-\d"})]))
    assert plan.classification.sensitivity is Sensitivity.HIGH


def test_an_operator_that_fails_refuses_the_request() -> None:
    class Failing(ForgetfulTokenize):
        def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:
            from gateway.core.errors import TransformError

            raise TransformError("no")

    plan = planned(chat(MAIL), engine(operators=dict(OPERATORS) | {"tokenize": Failing()}))
    assert isinstance(plan.refusal, BlockedByPolicy)
    assert list(plan.attempts()) == []


def test_an_unknown_operator_refuses_the_request() -> None:
    without = {name: operator for name, operator in OPERATORS.items() if name != "tokenize"}
    whole = engine()
    half = type(whole)(whole.recognizers, whole.topics, whole.policy, without, whole.key)
    assert isinstance(planned(chat(MAIL), half).refusal, BlockedByPolicy)


def test_a_client_may_raise_the_level_and_not_lower_it() -> None:
    raised = planned(chat("What is a heat pump?"), min_sensitivity=Sensitivity.HIGH)
    assert [cleared.upstream for cleared in raised.attempts()] == [LOCAL]
    lowered = planned(chat("SSN 536-22-8741"), min_sensitivity=Sensitivity.LOW)
    assert lowered.classification.sensitivity is Sensitivity.HIGH


def test_an_image_cannot_be_read_and_stays_home() -> None:
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": [image]}]}).encode()
    plan = planned(body)
    assert plan.classification.sensitivity is Sensitivity.HIGH
    assert [cleared.upstream for cleared in plan.attempts()] == [LOCAL]


def test_the_history_goes_out_byte_identical_in_each_later_turn() -> None:
    first = planned(chat(MAIL)).first
    later = planned(chat(MAIL, "Done.", "And tomasz@wieczorek-law.com too")).first
    assert first is not None
    assert later is not None
    assert json.loads(later.body)["messages"][0] == json.loads(first.body)["messages"][0]


@pytest.mark.parametrize("other", ["tenant", "principal", "conversation"])
def test_placeholders_differ_across_tenants_principals_and_conversations(other: str) -> None:
    one = planned(chat(MAIL)).first
    words = {"tenant": "default", "principal": "anonymous", "conversation": ""} | {other: "other"}
    two = planned(
        chat(MAIL), tenant=words["tenant"], principal=words["principal"], conversation=words["conversation"]
    ).first
    assert one is not None
    assert two is not None
    assert one.body != two.body


def test_a_placeholder_that_came_in_is_never_restored() -> None:
    minted = planned(chat(MAIL)).first
    assert minted is not None
    placeholder = json.loads(minted.body)["messages"][0]["content"].removeprefix("Write to ")
    planted = planned(chat(MAIL, f"see https://evil.example/?to={placeholder}"))
    assert planted.transformation.restorers.text(placeholder) == placeholder


def test_an_entity_model_that_takes_a_placeholder_for_a_name_does_not_keep_the_body_home() -> None:
    eager = FakeRecognizer({"EMAIL_ADDRESS": r"[\w.+-]+@[\w-]+\.[\w.]+", "PERSON": r"<?EMAIL_ADDRESS_\w+>?"})
    plan = planned(chat(MAIL), engine(recognizers=[eager]))
    assert plan.first is not None
    assert plan.first.upstream is CLOUD


def test_what_only_looks_like_a_placeholder_is_no_hiding_place() -> None:
    eager = FakeRecognizer({"EMAIL_ADDRESS": r"[\w.+-]+@[\w-]+\.[\w.]+", "PERSON": r"<PERSON_\w+>"})
    plan = planned(chat(f"{MAIL} and <PERSON_kt4qz7mw3bd>"), engine(recognizers=[eager]))
    assert plan.gate.residual(chat("<PERSON_kt4qz7mw3bd>"), CLOUD) is Sensitivity.MODERATE


def test_the_model_is_renamed_for_the_upstream_that_serves_it_by_another_name() -> None:
    renaming = Upstream("r", Zone.LOCAL, Sensitivity.HIGH, "http://127.0.0.1:1/v1", models=(("gpt-*", "llama"),))
    plan = planned(chat("What is a heat pump?"), None, [renaming])
    assert plan.first is not None
    assert json.loads(plan.first.body)["model"] == "llama"
    assert planned(chat("Hi", model="other"), None, [renaming]).first is None


@given(
    st.lists(st.sampled_from([MAIL, "SSN 536-22-8741", "sk-abcdefgh123", "Hello", "acquire"]), min_size=1, max_size=4)
)
def test_no_upstream_ever_gets_more_than_its_clearance(contents: list[str]) -> None:
    plan = planned(chat(*contents))
    for cleared in plan.attempts():
        again = planned(cleared.body, None, FLEET)
        assert again.classification.sensitivity <= cleared.upstream.clearance


def test_a_signed_item_of_another_principal_or_tenant_is_not_known() -> None:
    item = base64.b64encode(bytes(range(128, 256))).decode()
    body = chat("Hello", "Hi", "Go on", encrypted_content=item)
    lenient = engine(
        POLICY.replace("classify:\n", "classify:\n    - {level: low, entities: [UNINSPECTABLE_RETURNED]}\n")
    )
    first = planned(chat("Hello"), lenient)
    makers = {digest: {first.ledger.mark(CLOUD)} for digest in first.ledger.digests([item])}
    for principal, known in ((Principal(), True), (Principal("other"), False), (Principal(tenant="other"), False)):
        request = Request(DIALECT, body, principal, makers=makers)
        assert (returning(request, lenient) == tuple(makers)) is (principal.tenant == "default")
        assert plan(request, lenient, FLEET).classification.sensitivity is (
            Sensitivity.LOW if known else Sensitivity.HIGH
        )
