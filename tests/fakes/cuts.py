"""Values cut into pieces and spread over a request, in every way that an API's body allows."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

__all__ = ["VALUES", "WAYS", "Value", "body"]


@dataclass(frozen=True)
class Value:
    """A value, the entity types under which it may be found, the words before it, and pieces it may be cut into."""

    text: str = field(repr=False)
    types: frozenset[str]
    says: str
    key: str
    pieces: Sequence[Sequence[str]] = field(repr=False)


def _value(text: str, types: str, says: str, key: str, *cuts: Sequence[int]) -> Value:
    pieces = []
    for cut in cuts:
        ends = [0, *cut, len(text)]
        pieces.append([text[low:high] for low, high in pairwise(ends)])
    return Value(text, frozenset(types.split()), says, key, pieces)


VALUES: Final[Mapping[str, Value]] = {
    "e-mail": _value(
        "jane.doe@nordhavn-clinic.com", "EMAIL_ADDRESS", "Write to", "contact", (8,), (9,), (14,), (25,), (8, 9), (5, 9)
    ),
    "ssn": _value("536-22-8741", "US_SSN", "My SSN is", "ssn", (4,), (6,), (2,), (4, 7), (3, 6)),
    "ssn without marks": _value("536228741", "US_SSN NATIONAL_ID", "My SSN is", "ssn", (3,), (5,), (3, 5)),
    "cpf": _value("390.533.447-05", "BR_CPF", "O CPF é", "cpf", (4,), (8,), (12,), (4, 8)),
    "pesel": _value("44051401359", "PL_PESEL", "PESEL", "pesel", (4,), (6,), (4, 8)),
    "nhs": _value("9434765919", "UK_NHS", "NHS number", "nhs_number", (3,), (6,), (3, 6)),
    "codice fiscale": _value(
        "RSSMRA85T10A562S", "IT_FISCAL_CODE NATIONAL_ID", "codice fiscale", "codice_fiscale", (6,), (8,), (6, 11)
    ),
    "nif": _value("12345678Z", "ES_NIF", "DNI", "dni", (4,), (8,), (3, 6)),
    "card": _value("4539578763621486", "CREDIT_CARD", "The card is", "card", (4,), (8,), (8, 12)),
    "iban": _value("DE89370400440532013000", "IBAN_CODE", "Send it to", "iban", (4,), (12,), (8, 16)),
    "phone": _value("+49 30 90182045", "PHONE_NUMBER", "Call", "phone", (3,), (6,), (9,), (3, 6)),
    "anthropic": _value(
        "sk-ant-api03-" + "bQ7rT2xLm9" * 8 + "AA", "CREDENTIAL", "Use", "llm", (2,), (7,), (13,), (40,), (13, 50)
    ),
    "github": _value(
        "ghp_" + "bQ7rT2xLm9" * 3 + "Zk4aP8", "CREDENTIAL", "Use", "value", (3,), (4,), (20,), (38,), (10, 25)
    ),
    "aws": _value("AKIAQ7R2MXNB4TZKD3PW", "CREDENTIAL", "Use", "value", (4,), (10,), (18,), (7, 14)),
    "stripe": _value("sk_live_" + "bQ7rT2xLm9" * 3, "CREDENTIAL", "Use", "value", (5,), (8,), (20,), (8, 20)),
}
"""Name to value; all are invented, checksums and plans hold."""


def _chat(*messages: dict[str, Any]) -> dict[str, Any]:
    return {"model": "mock", "messages": list(messages)}


def _user(content: Any) -> dict[str, Any]:
    return {"role": "user", "content": content}


def _parts(value: Value, pieces: Sequence[str]) -> dict[str, Any]:
    texts = [f"{value.says} {pieces[0]}", *pieces[1:-1], f"{pieces[-1]} please, thank you."]
    return _chat(_user([{"type": "text", "text": text} for text in texts]))


def _bare_parts(value: Value, pieces: Sequence[str]) -> dict[str, Any]:
    texts = [f"{value.says}", *pieces, "Thank you."]
    return _chat(_user([{"type": "text", "text": text} for text in texts]))


def _turns(value: Value, pieces: Sequence[str]) -> dict[str, Any]:
    texts = [f"{value.says} {pieces[0]}", *pieces[1:-1], f"{pieces[-1]} and that is all"]
    messages: list[dict[str, Any]] = []
    for text in texts:
        messages += [_user(text), {"role": "assistant", "content": "Noted. And then?"}]
    return _chat(*messages[:-1])


def _call(number: int, arguments: str) -> dict[str, Any]:
    return {"id": f"call_{number}", "type": "function", "function": {"name": "lookup", "arguments": arguments}}


def _calls(value: Value, pieces: Sequence[str]) -> dict[str, Any]:
    whole = json.dumps({value.key: value.text}, ensure_ascii=False)
    start = whole.index(value.text)
    ends = [0, *(start + sum(map(len, pieces[:number])) for number in range(1, len(pieces))), len(whole)]
    cuts = [whole[low:high] for low, high in pairwise(ends)]
    calls = [_call(number, cut) for number, cut in enumerate(cuts)]
    return _chat(_user("Go on."), {"role": "assistant", "content": None, "tool_calls": calls})


def _in_arguments(inner: Any) -> dict[str, Any]:
    call = _call(1, json.dumps(inner, ensure_ascii=False))
    return _chat(_user("Go on."), {"role": "assistant", "content": None, "tool_calls": [call]})


def _array(value: Value, pieces: Sequence[str]) -> dict[str, Any]:
    return _in_arguments({"order": "open", value.key: list(pieces), "note": "none"})


def _characters(value: Value, pieces: Sequence[str]) -> dict[str, Any]:
    return _in_arguments({"order": "open", value.key: list(value.text), "note": "none"})


def _key_and_value(value: Value, pieces: Sequence[str]) -> dict[str, Any]:
    return _in_arguments({value.key: {pieces[0]: "".join(pieces[1:])}})


def _fields(value: Value, pieces: Sequence[str]) -> dict[str, Any]:
    return _in_arguments({f"{value.key}_{number}": piece for number, piece in enumerate(pieces, 1)})


WAYS: Final[Mapping[str, Callable[[Value, Sequence[str]], dict[str, Any]]]] = {
    "content parts": _parts,
    "bare content parts": _bare_parts,
    "turns": _turns,
    "arguments of several calls": _calls,
    "elements of an array": _array,
    "an element for each character": _characters,
    "a key and its value": _key_and_value,
    "members of an object": _fields,
}


def body(way: str, value: Value, pieces: Sequence[str]) -> bytes:
    """Return a request in which `value` is spread that way."""
    return json.dumps(WAYS[way](value, pieces), ensure_ascii=False).encode()
