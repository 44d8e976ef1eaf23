"""What is known of a conversation makes no difference to what comes of it, and is known of that conversation alone."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.texts import clean, session
from gateway.adapters.readers.text import TextReader
from gateway.core.model import Principal
from gateway.detect.memory import Memory
from gateway.detect.reidentification import _PLACES, _SHARES
from gateway.dialects.openai_chat import OpenAIChat
from gateway.history import Histories
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine
from gateway.pipeline import Request, plan
from tests.fakes.conversations import (
    KINDS,
    NEXT,
    POLICY,
    alike,
    begun,
    body,
    compared,
    grown,
    planned,
    prose,
    remembering,
    said,
)
from tests.fakes.engines import DIALECT
from tests.fakes.recognizers import FakeRecognizer, FakeTopics


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


def looked_up(note: str) -> list[dict[str, Any]]:
    """Return a tool's call and what it found, an answer and the next question."""
    call = {"id": "call_1", "type": "function", "function": {"name": "look", "arguments": '{"q":"parcels"}'}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": json.dumps({"rows": [prose(7)] * 9, "note": note})},
        said("assistant", prose(8, 60)),
        said("user", prose(9, 60)),
    ]


def test_what_a_tool_found_is_not_read_again_with_the_answer_and_the_next_question() -> None:
    remembers = remembering()
    messages = [*begun(), *looked_up(prose(6))]
    compared(body(messages), remembers)
    messages += looked_up("of Martha Lindqvist")
    made = planned(body(messages), remembers)

    gap = made.document.gap
    assert gap is not None
    assert (gap.kept + gap.left_out, gap.apart) == (len(messages) - 6, "*1")
    alike(made, planned(body(messages), replace(remembers, memory=None)))


@pytest.mark.parametrize(
    ("note", "goes_on"),
    [
        (f"{prose(6)} and write to jane.doe@", "acme-clinic.com about it"),
        (f"{prose(6)} and call +49 30", "12345678 in the evening"),
        (f"{prose(6)} and charge card 4539 5787", "6362 1486 for it"),
    ],
)
@pytest.mark.parametrize("same", [True, False])
def test_a_value_begun_in_what_a_tool_found_and_ended_behind_the_next_question_is_found(
    note: str, goes_on: str, *, same: bool
) -> None:
    remembers = remembering()
    messages = [*begun(), *looked_up(note)]
    compared(body(messages), remembers)
    messages.append(said("user", json.dumps({"rows": None, "note": goes_on}) if same else goes_on))
    made = planned(body(messages), remembers)

    alike(made, planned(body(messages), replace(remembers, memory=None)))
    # Only digits go so far on in another field.
    assert (same or "card" in note) == any(
        f.path.startswith(f"/messages/{len(messages) - 1}/") for f in made.classification.findings
    )


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


def test_a_piece_that_the_next_turn_completes_is_replaced_in_what_came_before_too() -> None:
    remembers = remembering()
    messages = begun()
    messages[8]["content"] += " and 4539 5787 of it"
    messages += [said("assistant", prose(3)), said("user", f"{prose(4)} and my card is 4539 5787")]
    compared(body(messages), remembers)
    messages.append(said("assistant", "6362 1486 it goes on"))
    made = planned(body(messages), remembers)

    alike(made, planned(body(messages), replace(remembers, memory=None)))
    assert made.first is not None
    assert b"4539 5787" not in made.first.body


def test_a_value_found_at_the_end_alone_is_replaced_in_what_came_before_once_it_must_be() -> None:
    policy = POLICY.replace("{level: moderate, name: contact,", "{level: low, name: contact,").replace(
        "{level: moderate, name: meant,", "{level: low, name: meant,"
    )
    remembers = replace(remembering(policy), recognizers=(FakeRecognizer({"PERSON": "(?<=sir )Tomasz Wieczorek"}),))
    messages = [*begun(), said("assistant", prose(3)), said("user", f"{prose(4)} by sir Tomasz Wieczorek")]
    assert not planned(body(messages), remembers).decision.obligations
    messages.append(said("user", "the lighthouse is under embargo, there is an embargo on the lighthouse"))
    made = planned(body(messages), remembers)

    alike(made, planned(body(messages), replace(remembers, memory=None)))
    assert made.first is not None
    assert b"Wieczorek" not in made.first.body


def test_a_value_in_a_tool_that_is_new_is_replaced_in_what_came_before_too() -> None:
    remembers = replace(remembering(), recognizers=(FakeRecognizer({"PERSON": "Martha Lindqvist(?='s)"}),))
    messages = begun()
    messages[8]["content"] += " for Martha Lindqvist today"
    compared(body(messages), remembers)
    messages.append(said("assistant", prose(3)))
    made = planned(body(messages, tools="behind"), remembers)

    alike(made, planned(body(messages, tools="behind"), replace(remembers, memory=None)))
    assert made.first is not None
    assert b"Lindqvist" not in made.first.body


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
