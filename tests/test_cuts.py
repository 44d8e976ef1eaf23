"""Values that no leaf holds whole, through the whole plan with what ships: they must be found, and leave in no piece."""

import json
from collections.abc import Mapping
from dataclasses import replace

import pytest

from gateway.assembly import imaginary_upstreams, load_engine
from gateway.core.model import Segment
from gateway.detect.memory import Memory
from gateway.dialects.openai_chat import OpenAIChat
from gateway.pipeline import Engine, Plan, Request, plan
from tests.fakes.cuts import VALUES, WAYS, Value, body

DIALECT = OpenAIChat()
UPSTREAMS = imaginary_upstreams("openai")
COUNTED = 0.5
WHOLE = "an element for each character"


@pytest.fixture(scope="module")
def shipped() -> Engine:
    return replace(load_engine(None), memory=Memory(2**20))


def planned(sent: bytes, engine: Engine) -> tuple[Plan, list[Segment]]:
    return plan(Request(DIALECT, sent), engine, UPSTREAMS), DIALECT.segments(DIALECT.read(sent))


def uncovered(made: Plan, segments: list[Segment]) -> str:
    """Return the letters and digits that no finding that counts covers."""
    left = []
    for segment in segments:
        text = list(segment.text)
        for finding in made.classification.findings:
            if finding.path == segment.path and finding.score >= COUNTED:
                text[finding.start : finding.end] = "\0" * (finding.end - finding.start)
        left.append("".join(text))
    return "\n".join(left)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", VALUES)
def test_a_value_in_pieces_is_found_and_every_piece_covered(name: str, way: str, shipped: Engine) -> None:
    value = VALUES[name]
    for pieces in value.pieces[:1] if way == WHOLE else value.pieces:
        made, segments = planned(body(way, value, pieces), shipped)
        left = uncovered(made, segments)

        assert not [piece for piece in pieces if len(piece) > 2 and piece in left]
        assert _found(made, value)
        if way == WHOLE:
            assert left.count("\0") >= sum(map(str.isalnum, value.text))


def _found(made: Plan, value: Value) -> bool:
    types = made.classification.counts().keys()
    # A host name alone is a PERSON's for the model, surely enough to win: all is covered then, by another name.
    return not value.types.isdisjoint(types) or (value.types == {"EMAIL_ADDRESS"} and "PERSON" in types)


def test_the_pieces_of_an_address_leave_as_stand_ins(shipped: Engine) -> None:
    value = VALUES["e-mail"]
    sent = body("turns", value, ["jane.doe@nord", "havn-clinic.com"])
    made, _ = planned(sent, shipped)

    assert made.first is not None
    contents = [message["content"] for message in json.loads(made.first.body)["messages"]]
    assert not [text for text in contents if "doe" in text or "havn" in text]
    assert "and that is all" in contents[-1]


def test_the_pieces_of_a_key_stay_at_home(shipped: Engine) -> None:
    made, _ = planned(body("content parts", VALUES["github"], VALUES["github"].pieces[2]), shipped)

    assert made.classification.sensitivity.label == "high"


TURNS: Mapping[str, tuple[str, str]] = {
    "e-mail": ("Write to jane.doe@nord", "havn-clinic.com, thank you"),
    "ssn": ("My SSN is 536-22", "-8741 if you need it"),
}


@pytest.mark.parametrize("name", TURNS)
def test_pieces_are_put_together_though_both_turns_were_known(name: str, shipped: Engine) -> None:
    one, other = TURNS[name]

    def chat(*contents: str) -> bytes:
        messages = [{"role": ("user", "assistant")[at % 2], "content": text} for at, text in enumerate(contents)]
        return json.dumps({"model": "mock", "messages": messages}).encode()

    planned(chat(one), shipped)
    planned(chat("Hello", "Well?", other), shipped)
    made, _ = planned(chat(one, "And then?", other), shipped)

    paths = {finding.path for finding in made.classification.findings if finding.recognizer == "split-value"}
    assert paths == {"/messages/0/content", "/messages/2/content"}
