"""Whatever is said in a conversation, it comes to the same whether what came before is remembered or read again."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.conversations import begun, body, compared, prose, remembering, said

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
