"""What is known of a conversation makes no difference to what comes of it, and is known of that conversation alone."""

import json
import random
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.texts import clean, session
from gateway.adapters.readers.text import TextReader
from gateway.assembly import load_engine
from gateway.core.model import Principal
from gateway.core.protocols import Dialect, TopicModel
from gateway.detect.memory import Memory
from gateway.detect.packs import VocabularyPack
from gateway.detect.reidentification import _PLACES, _SHARES, ReidentificationRisk
from gateway.detect.vocabulary import VocabularyTopics
from gateway.dialects.openai_chat import OpenAIChat
from gateway.history import Histories
from gateway.imaginary import imaginary_upstreams
from gateway.pipeline import Engine, Plan, Request, plan
from tests.fakes.engines import DIALECT, FLEET, engine
from tests.fakes.recognizers import PATTERNS, FakeRecognizer, FakeTopics
from tests.fakes.tiny_topics import tiny

POLICY = """
apiVersion: privacy-gateway/v1
kind: Policy
metadata: {name: test, owner: tests}
spec:
  classify:
    - {level: high, name: numbers, entities: [US_SSN]}
    - {level: moderate, name: contact, entities: [PERSON, EMAIL_ADDRESS, CREDENTIAL, CREDIT_CARD, IBAN_CODE]}
    - {level: moderate, name: particulars, entities: [DATE_OF_BIRTH, UK_POSTCODE, PHONE_NUMBER]}
    - {level: high, name: one-of-few, when: topics.reidentification >= 0.5}
    - {level: moderate, name: secret, when: topics.embargo >= 0.8}
    - {level: moderate, name: meant, when: topics.sensitive >= 0.999}
  transform: {CREDENTIAL: redact, "*": tokenize}
  rules:
    - {name: high-stays-home, when: sensitivity == "high", route: [local]}
    - {name: moderate-is-tokenised, when: sensitivity == "moderate", transform: true, route: [cloud, secure, local]}
    - {name: low-passes, when: sensitivity == "low", route: [cloud, local]}
"""
KINDS = {
    **PATTERNS,
    "PERSON": r"\b(?:Martha Lindqvist|Tomasz Wieczorek|Zoë Müller|Ann)\b",
    "CREDIT_CARD": r"\b(?:\d{4} ){3}\d{4}\b",
    "DATE_OF_BIRTH": r"\b19\d\d-\d\d-\d\d\b",
    "UK_POSTCODE": r"\bSW1A \dA[AB]\b",
    "IBAN_CODE": r"\bDE\d{2}(?: ?\d{4}){4} ?\d{2}\b",
    "PHONE_NUMBER": r"\+49 ?30 ?\d{6,8}\b",
}
WORDS = "the agent reads a ticket and answers what was asked about deliveries parts invoices and days of the week"
PACK = VocabularyPack.model_validate(
    {
        "apiVersion": "privacy-gateway/v1",
        "kind": "VocabularyPack",
        "metadata": {"name": "embargo"},
        "topic": "embargo",
        "terms": [{"term": "embargo", "weight": 0.6}, {"term": "lighthouse", "weight": 0.7}],
    }
)


@cache
def topic_models() -> tuple[TopicModel, ...]:
    return ReidentificationRisk(), VocabularyTopics([PACK]), tiny()


def remembering(policy: str = POLICY, topics: Sequence[TopicModel] | None = None) -> Engine:
    models = topics if topics is not None else topic_models()
    made = engine(policy, [FakeRecognizer(KINDS)], models)
    return replace(made, memory=Memory(2**24))


def prose(seed: int, size: int = 40) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS.split()) for _ in range(size))


def said(role: str, content: Any) -> dict[str, Any]:
    return {"role": role, "content": content}


def body(
    messages: Sequence[Mapping[str, Any]], *, ascii_only: bool = False, tools: str = "", tight: bool = True
) -> bytes:
    more = [{"type": "function", "function": {"name": "look", "description": "Looks for Martha Lindqvist's parcel."}}]
    whole: dict[str, Any] = {"model": "gpt-4o"}
    whole |= {"tools": more} if tools == "before" else {}
    whole |= {"messages": messages}
    whole |= {"tools": more} if tools == "behind" else {}
    return json.dumps(whole, ensure_ascii=ascii_only, separators=(",", ":") if tight else None).encode()


def begun(turns: int = 12) -> list[dict[str, Any]]:
    messages = [said("system", "You help."), said("user", f"{prose(1)} to martha@nordhavn-clinic.com")]
    for turn in range(turns):
        messages += [said("assistant", prose(100 + turn)), said("user", f"{prose(200 + turn)} by Tomasz Wieczorek")]
    return messages


def planned(
    sent: bytes, with_: Engine, tenant: str = "default", name: str = "anonymous", dialect: Dialect = DIALECT
) -> Plan:
    return plan(Request(dialect, sent, Principal(name, tenant)), with_, FLEET)


def alike(one: Plan, other: Plan) -> None:
    """Assert that two plans are the same in all that they decide and send."""
    judged, expected = one.classification, other.classification
    assert one.transformation.undischarged == other.transformation.undischarged
    assert judged.findings == expected.findings
    assert judged.sensitivity is expected.sensitivity
    assert [(reason.rule, reason.level) for reason in judged.reasons] == [(r.rule, r.level) for r in expected.reasons]
    assert dict(judged.topics.probabilities) == pytest.approx(dict(expected.topics.probabilities), abs=1e-5)
    assert judged.topics.evidence == expected.topics.evidence
    assert one.decision == other.decision
    assert tuple(one.segments) == tuple(other.segments)
    assert one.transformation.counts == other.transformation.counts
    assert one.mint.pairs == other.mint.pairs
    assert one.conversation == other.conversation
    assert (one.refusal is None) == (other.refusal is None)
    cleared = [[(each.upstream, each.body, each.residual) for each in its.attempts()] for its in (one, other)]
    assert cleared[0] == cleared[1]


def compared(sent: bytes, remembers: Engine, tenant: str = "default", name: str = "anonymous") -> bool:
    """Assert that memory makes no difference; return whether something was left out."""
    made = planned(sent, remembers, tenant, name)
    alike(made, planned(sent, replace(remembers, memory=None), tenant, name))
    return made.past is not None


def grown(remembers: Engine, new: Sequence[dict[str, Any]], **how: Any) -> tuple[bool, Plan]:
    """Plan a conversation, and again with `new` messages; return whether something was left out, and the plan."""
    messages = begun()
    assert not compared(body(messages, **how), remembers)
    sent = body([*messages, *new], **how)
    left_out = compared(sent, remembers)
    return left_out, planned(sent, replace(remembers, memory=None))


NEXT = [said("assistant", prose(7)), said("user", f"{prose(8)} and martha@nordhavn-clinic.com again")]


@pytest.mark.parametrize("how", [{}, {"tools": "before"}, {"tools": "behind"}, {"tight": False}, {"ascii_only": True}])
def test_the_next_turn_is_the_same_though_most_of_it_is_left_out(how: dict[str, Any]) -> None:
    left_out, made = grown(remembering(), NEXT, **how)

    assert left_out
    assert made.first is not None
    assert b"martha" not in made.first.body
    assert made.transformation.counts["PERSON"][1] >= 12


def test_the_send_gate_leaves_out_only_what_it_read_before() -> None:
    remembers = remembering()
    messages = begun()
    planned(body(messages), remembers)
    made = planned(body([*messages, *NEXT]), remembers)
    (looked,) = made.gate.looked

    assert looked.document.gap is not None
    assert made.first is not None
    assert looked.body == made.first.body


def test_a_body_that_is_one_byte_another_is_read_as_a_whole() -> None:
    remembers = remembering()
    messages = begun()
    assert not compared(body(messages), remembers)
    for place in (1, 2, 9, len(messages) - 1):
        changed = [dict(message) for message in messages]
        changed[place]["content"] = changed[place]["content"].replace("the", "she", 1)
        assert changed != messages
        assert not compared(body([*changed, *NEXT]), remembers)
        assert not compared(body(messages), replace(remembers, memory=Memory(0)))


@pytest.mark.parametrize("other", [{"tenant": "other"}, {"name": "somebody"}])
def test_nobody_else_is_told_what_is_known(other: dict[str, str]) -> None:
    remembers = remembering()
    messages = begun()
    assert not compared(body(messages), remembers)

    assert not compared(body([*messages, *NEXT]), remembers, **other)
    assert compared(body([*messages, *NEXT]), remembers)


def test_another_policy_or_other_classifiers_know_nothing() -> None:
    remembers = remembering()
    messages = begun()
    assert not compared(body(messages), remembers)
    for changed in (
        replace(remembers, policy=replace(remembers.policy, revision="sha256:new")),
        replace(remembers, classifier_revision="sha256:new"),
        replace(remembers, key=b"x" * 32),
    ):
        assert not compared(body([*messages, *NEXT]), changed)
        remembers = replace(remembers, memory=Memory(2**24))
        assert not compared(body(messages), remembers)


@pytest.mark.parametrize(
    ("end", "start"),
    [
        ("My card starts with 4539 5787", "6362 1486 is the rest of it"),
        ("The account is DE89 3704 0044", "0532 0130 00 at the bank"),
        ("Call me at +49 30", "12345678 in the evening"),
        ("Write to jane.doe@", "acme-clinic.com about it"),
    ],
)
@pytest.mark.parametrize("between", [0, 1])
def test_a_value_that_goes_over_the_border_of_what_is_known_is_found(end: str, start: str, between: int) -> None:
    remembers = remembering()
    messages = [*begun(), said("assistant", prose(3)), said("user", f"{prose(4)} {end}")]
    assert not compared(body(messages), remembers)
    messages += [said("assistant", prose(5))] * between
    made = planned(body([*messages, said("user", start)]), remembers)

    alike(made, planned(body([*messages, said("user", start)]), replace(remembers, memory=None)))
    if not between:
        paths = {finding.path for finding in made.classification.findings if finding.recognizer == "split-value"}
        assert f"/messages/{len(messages)}/content" in paths


@pytest.mark.parametrize("kind", [*_SHARES, *_PLACES, "LOCATION"])
def test_what_narrows_down_who_it_is_is_never_put_together_over_a_seam(kind: str) -> None:
    # Else a piece in what is read again could come to mean something together with what is left out.
    numbers = replace(remembering(), recognizers=(FakeRecognizer({kind: r"\d{3}-\d\d-\d{4}"}),))
    identifiers = replace(remembering(), recognizers=(FakeRecognizer({"US_SSN": r"\d{3}-\d\d-\d{4}"}),))
    sent = body([said("user", "My number is 536-22-"), said("user", "8741 as it stands there")])

    assert not planned(sent, numbers).classification.findings
    assert planned(sent, identifiers).classification.findings


def test_a_key_in_armour_that_is_begun_keeps_everything_in_view() -> None:
    armour = r"-----BEGIN KEY-----[A-Za-z0-9 ]{1,9999}-----END KEY-----"
    remembers = replace(remembering(), recognizers=(FakeRecognizer({**KINDS, "CREDENTIAL": armour}),))
    messages = begun()
    messages[4] = said("user", f"{prose(9)} -----BEGIN KEY-----MIIabc")
    assert not compared(body(messages), remembers)
    messages += [said("assistant", prose(5)), said("user", "cdef9-----END KEY----- thanks")]

    assert not compared(body(messages), remembers)


def test_a_value_that_is_new_is_replaced_in_what_came_before_too() -> None:
    remembers = remembering()
    messages = begun()
    messages[5] = said("user", f"{prose(9)} hunter22 it was")
    assert not compared(body(messages), remembers)
    secret = replace(remembers, recognizers=(FakeRecognizer({**KINDS, "CREDENTIAL": r"(?<=password: )\w+"}),))
    sent = body([*messages, said("assistant", prose(5)), said("user", f"{prose(6)} password: hunter22")])
    assert not compared(sent, secret)
    made = planned(sent, secret)

    assert made.first is not None
    assert b"hunter22" not in made.first.body


@pytest.mark.parametrize("spelled", ["Zo\\u00eb M\\u00fcller", "Zo\\u00EB M\\u00FCller", "\\u005ao\\u00eb Müller"])
def test_a_new_value_that_is_spelled_otherwise_in_what_came_before_is_replaced(spelled: str) -> None:
    remembers = remembering()
    blind = replace(
        remembers, recognizers=(FakeRecognizer({**KINDS, "PERSON": r"Tomasz Wieczorek|(?<=name: )Zoë Müller"}),)
    )
    messages = begun()
    messages[5] = said("user", f"{prose(9)} MARK was here")
    first = body(messages).replace(b"MARK", spelled.encode())
    assert not compared(first, blind)
    then = body([*messages, said("assistant", prose(5)), said("user", f"{prose(6)} name: Zoë Müller")])
    sent = then.replace(b"MARK", spelled.encode())

    assert not compared(sent, blind)
    made = planned(sent, blind)
    assert made.first is not None
    assert "Zoë" not in json.dumps(json.loads(made.first.body), ensure_ascii=False)


@pytest.mark.parametrize(
    ("stood", "value"),
    [
        (r"hunter22\u0041 was", "hunter22"),
        (r"hunter22\\u0062", "hunter22"),
        (r"\u0041bcde it", "u0041bcde"),
        (r"Zoë22\u0041", "Zoë22"),
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_new_value_beside_what_only_looks_like_an_escape_is_replaced(
    stood: str, value: str, *, ascii_only: bool
) -> None:
    remembers = replace(remembering(), recognizers=(FakeRecognizer({**KINDS, "CREDENTIAL": r"(?<=password: )[\wë]+"}),))
    messages = begun()
    messages[5] = said("user", f"{prose(9)} {stood}")
    assert not compared(body(messages, ascii_only=ascii_only), remembers)
    messages += [said("assistant", prose(5)), said("user", f"{prose(6)} password: {value}")]
    sent = body(messages, ascii_only=ascii_only)
    made = planned(sent, remembers)

    alike(made, planned(sent, replace(remembers, memory=None)))
    assert made.first is not None
    assert value not in json.dumps(json.loads(made.first.body), ensure_ascii=False)


def test_a_surrogate_that_comes_in_later_is_not_given_to_a_value_any_more() -> None:
    remembers = remembering()
    messages = begun()
    first = planned(body(messages), remembers)
    shown = next(pair.surrogate for pair in first.mint.pairs.values() if pair.entity_type == "PERSON")
    sent = body([*messages, said("assistant", f"{prose(5)} {shown}"), said("user", prose(6))])

    assert not compared(sent, remembers)
    assert shown not in {pair.surrogate for pair in planned(sent, remembers).mint.pairs.values()}


def test_a_conversation_that_becomes_highly_sensitive_stays_so() -> None:
    remembers = remembering()
    messages = begun()
    assert not compared(body(messages), remembers)
    messages += [said("assistant", prose(5)), said("user", f"{prose(6)} my SSN is 536-22-8741")]
    assert compared(body(messages), remembers)
    for turn in range(3):
        messages += [said("assistant", prose(50 + turn)), said("user", prose(60 + turn))]
        assert compared(body(messages), remembers)
    made = planned(body(messages), remembers)

    assert made.classification.sensitivity.label == "high"
    assert made.first is not None
    assert made.first.upstream.zone == "local"


def test_a_plug_in_that_promises_nothing_reads_everything() -> None:
    policy = POLICY.replace("topics.reidentification", "topics.health").replace("topics.embargo", "topics.health")
    remembers = remembering(policy.replace("topics.sensitive", "topics.internal_business"), [FakeTopics()])
    left_out, _ = grown(remembers, NEXT)

    assert not left_out


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "image_url", "image_url": {"url": "https://pictures.example/1.png"}}, {"type": "text", "text": "?"}],
        [{"type": "text", "text": "![](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ)"}],
    ],
)
def test_what_cannot_be_read_is_never_left_out(content: Any) -> None:
    remembers = remembering()
    messages = [*begun(4), said("user", content), *begun()[1:]]
    for _ in range(2):
        assert not compared(body(messages), remembers)
        messages += NEXT


@pytest.mark.parametrize(
    "stood", ["base64,aXQgd2FzIGh1bnRlcjIyIHRoYXQgd2UgdXNlZCBpbiB0aG9zZSBkYXlz", ",it was hunter%322 then"]
)
def test_a_text_that_is_spelled_as_data_is_looked_through_for_what_is_new(stood: str) -> None:
    remembers = replace(remembering(), recognizers=(FakeRecognizer({**KINDS, "CREDENTIAL": r"(?<=password: )\w+"}),))
    messages = begun()
    messages[5] = said("user", f'data:text/plain;note="x y";{stood}'.replace(";,", ","))
    assert not compared(body(messages), remembers)
    messages += [said("assistant", prose(5)), said("user", f"{prose(6)} password: hunter22")]

    assert not compared(body(messages), remembers)
    assert planned(body(messages), remembers).transformation.undischarged


@pytest.mark.parametrize("text", ["It is for Martha Lindqvist.", "Nothing of note."])
@pytest.mark.parametrize("place", [5, 25])
def test_a_file_that_was_opened_is_read_every_time(text: str, place: int) -> None:
    file = {"filename": "a.txt", "file_data": "data:text/plain;base64," + b64encode(text.encode()).decode()}
    remembers = replace(remembering(), readers=(TextReader(),))
    messages = [*begun(), *NEXT]
    messages[place] = said("user", [{"type": "text", "text": prose(3)}, {"type": "file", "file": file}])
    planned(body(messages[:24]), remembers)
    made = planned(body(messages), remembers)

    alike(made, planned(body(messages), replace(remembers, memory=None)))
    assert text in {segment.text for segment in made.segments}


def test_a_broken_body_is_refused_in_the_same_words() -> None:
    remembers = remembering()
    messages = begun()
    planned(body(messages), remembers)
    for broken in (
        body([*messages, *NEXT])[:-3],
        body([*messages, *NEXT])[:-1] + b',"messages":[]}',
        body([*messages, {"content": "no role"}]),
    ):
        words = []
        for which in (remembers, replace(remembers, memory=None)):
            with pytest.raises(Exception, match=r"body|missing|messages") as refused:
                planned(broken, which)
            words.append((type(refused.value), str(refused.value)))
        assert words[0] == words[1]


def test_no_text_is_remembered() -> None:
    remembers = remembering()
    grown(remembers, NEXT, ascii_only=True)
    memory = remembers.memory
    assert memory is not None
    kept = repr([entry for entry, _ in memory._entries.values()]) + repr(dict(memory._entries))

    assert "left_out" in kept
    assert not any(word in kept for word in ("martha", "nordhavn", "Tomasz", "Wieczorek", "deliveries", "invoices"))


VALUES = (
    "martha@nordhavn-clinic.com",
    "Tomasz Wieczorek",
    "Zoë Müller",
    "Ann",
    "sk-abcdefgh1234",
    "536-22-8741",
    "4539 5787 6362 1486",
    "born 1983-04-11",
    "SW1A 1AA",
    "the village priest",
    "under embargo",
    "the lighthouse",
    "<PERSON_kt4qz7mw3bd>",
    'a/b\\c"d\n',
    "+49 30 1234567",
)
EDGES = (
    "card 4539 5787",
    "6362 1486",
    "DE89 3704 0044",
    "0532 0130 00",
    "jane.doe@",
    "acme-clinic.com",
    "+49 30",
    "12",
)
SHORT = ("a", "12", "-", "x1", "", "4539", "5787")


@st.composite
def texts(draw: st.DrawFn) -> str:
    parts = [prose(draw(st.integers(0, 10**6)), draw(st.sampled_from([1, 10, 60])))]
    parts += draw(st.lists(st.sampled_from(VALUES), max_size=2))
    begin, end = (draw(st.sampled_from(["", "", "", *EDGES])) for _ in range(2))
    return draw(st.sampled_from([" ".join([begin, *parts, end]).strip(), draw(st.sampled_from([*SHORT, *EDGES]))]))


@st.composite
def messages_(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["user", "assistant", "assistant", "tool", "call", "parts"]))
    if kind == "call":
        arguments = json.dumps(
            {draw(st.sampled_from(["query", "ssn", "Martha Lindqvist", "17"])): draw(texts()), "n": 5}
        )
        call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": arguments}}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if kind == "tool":
        rows = draw(
            st.lists(st.dictionaries(st.sampled_from(["name", "12", "34", "card"]), texts(), max_size=3), max_size=3)
        )
        inner = json.dumps(
            {"rows": rows, "count": draw(st.sampled_from([3, 1234567]))}, ensure_ascii=draw(st.booleans())
        )
        return {"role": "tool", "tool_call_id": "call_1", "content": inner}
    if kind == "parts":
        return said("user", [{"type": "text", "text": draw(texts())} for _ in range(draw(st.integers(1, 3)))])
    return said(kind, draw(texts()))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data())
def test_memory_makes_no_difference_to_any_conversation(data: st.DataObject) -> None:
    remembers = remembering()
    how: dict[str, Any] = {
        "ascii_only": data.draw(st.booleans()),
        "tools": data.draw(st.sampled_from(["", "before", "behind"])),
        "tight": data.draw(st.booleans()),
    }
    messages: list[dict[str, Any]] = begun(data.draw(st.sampled_from([6, 12])))
    for _ in range(data.draw(st.integers(3, 6))):
        compared(body(messages, **how), remembers)
        if data.draw(st.integers(0, 5)) == 0:
            messages[data.draw(st.integers(0, len(messages) - 1))] = data.draw(messages_())
        messages += data.draw(st.lists(messages_(), min_size=1, max_size=4))


def test_an_agents_session_is_the_same_with_what_ships() -> None:
    ships = load_engine(None)
    upstreams = imaginary_upstreams("openai")
    left_out = 0
    for bodies in (session(14, 11), session(7, 11, clean)):
        for number in {3, 4, 5, 6, 9, 12, 13} & set(range(len(bodies))):
            made = plan(Request(OpenAIChat(), bodies[number]), ships, upstreams)
            alike(made, plan(Request(OpenAIChat(), bodies[number]), replace(ships, memory=None), upstreams))
            left_out += made.past is not None and any(looked.document.gap for looked in made.gate.looked)

    assert left_out > 0


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize(
    "value",
    ["Zoë Müller", "martha@nordhavn-clinic.com", 'say "x" Tomasz Wieczorek', "a\\b Tomasz Wieczorek", "Ann Annual Ann"],
)
def test_what_was_escaped_is_rewritten_as_it_was(value: str, *, ascii_only: bool) -> None:
    remembers = remembering()
    messages = begun()
    inner = json.dumps({"q": [value, json.dumps({"r": value})]}, ensure_ascii=ascii_only)
    messages[3:3] = [
        said("user", f"{prose(9)} {value} and {value}"),
        {"role": "tool", "tool_call_id": "c1", "content": inner},
        said("assistant", [{"type": "text", "text": f"{value}"}]),
    ]
    assert not compared(body(messages, ascii_only=ascii_only), remembers)
    for _ in range(2):
        messages += NEXT
        assert compared(body(messages, ascii_only=ascii_only), remembers)


def test_where_a_conversation_begins_is_only_a_guess() -> None:
    text = b'{"metadata":{"messages":[1,2]},"messages":[' + b'{"role":"user","content":"hi"},' * 400 + b"{}]}"
    histories = Histories(remembering(), DIALECT, text, Principal(), "")

    assert histories.recall() is None
