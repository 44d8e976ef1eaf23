"""What is refused, that it is refused with a clear message, and that the message holds nothing of the body."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import InvalidRequest
from gateway.dialects.strict_json import MAX_DEPTH, Spelled, dumps, loads, parse, quote

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)

SECRET = "Jane-Roe-of-Elm-Street"
BAD = {
    "empty": (b"", "is empty"),
    "only white space": (b" \r\n", "is empty"),
    "byte order mark": (b"\xef\xbb\xbf{}", "byte order mark"),
    "UTF-16": (f'{{"a":"{SECRET}"}}'.encode("utf-16"), "not valid UTF-8"),
    "Latin-1": (f'{{"a":"{SECRET}\xe9"}}'.encode("latin-1"), "not valid UTF-8 (byte 28)"),
    "surrogate in UTF-8": (b'{"a":"\xed\xa0\x80"}', "not valid UTF-8"),
    "text": (SECRET.encode(), "not valid JSON (line 1, column 1)"),
    "cut off": (f'{{"a":"{SECRET}'.encode(), "not valid JSON"),
    "more behind": (f'{{"a":1}}{SECRET}'.encode(), "not valid JSON (line 1, column 8)"),
    "comment": (f'{{"a":1}} // {SECRET}'.encode(), "not valid JSON"),
    "single quotes": (f"{{'a':'{SECRET}'}}".encode(), "not valid JSON"),
    "raw control character": (f'{{"a":"{SECRET}\t"}}'.encode(), "not valid JSON"),
    "array": (f'["{SECRET}"]'.encode(), "not a JSON object"),
    "string": (f'"{SECRET}"'.encode(), "not a JSON object"),
    "null": (b"null", "not a JSON object"),
    "same key twice": (f'{{"{SECRET}":1,"{SECRET}":2}}'.encode(), "same key twice"),
    "same key twice, spelled otherwise": (b'{"a":{"bc":1,"b\\u0063":2}}', "same key twice"),
    "NaN": (b'{"a":NaN}', "NaN and Infinity"),
    "minus Infinity": (b'{"a":[-Infinity]}', "NaN and Infinity"),
    "a number beyond a double": (b'{"a":1e999}', "too large"),
    "ten thousand digits": (b'{"a":' + b"9" * 10_000 + b"}", "too many digits"),
    "lone surrogate": (b'{"a":"\\ud83d"}', "surrogate pair"),
    "lone surrogate, upper case": (b'{"a":"\\uD83D\\u0041"}', "surrogate pair"),
    "lone low surrogate": (b'{"a":["\\udc00"]}', "surrogate pair"),
    "lone surrogate in a key": (b'{"\\udc00":1}', "surrogate pair"),
    "3,000 levels": (b'{"a":' + b"[" * 3000 + b"]" * 3000 + b"}", "too deeply nested"),
    "3,000 objects": (b'{"a":' * 3000 + b"1" + b"}" * 3000, "too deeply nested"),
    "one level too many": (b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}", "too deeply nested"),
}


@pytest.mark.parametrize(("body", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_body_is_refused_with_its_reason_and_without_its_text(body: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        loads(body)
    error: BaseException | None = caught.value
    assert message in str(error)
    assert caught.value.status == 400
    while error is not None:  # the parser's error holds the whole body: it must not hang on ours
        assert SECRET not in f"{error!r} {vars(error)!r}"
        error = error.__context__ or error.__cause__


def test_the_deepest_allowed_body_is_read() -> None:
    body = b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}"
    assert list(loads(body)) == ["a"]


def test_surrogate_pairs_and_escaped_controls_are_read() -> None:
    assert loads(b'{"a":"\\ud83d\\ude00\\u0000"}') == {"a": "\U0001f600\0"}


def test_a_float_that_python_would_spell_otherwise_keeps_its_digits() -> None:
    value = loads(b'{"a":[1.10,1.5,4111.111111111111111111]}')["a"]
    assert value == [1.1, 1.5, 4111.111111111111]
    assert isinstance(value[0], Spelled)
    assert value[0].source == "1.10"
    assert type(value[1]) is float
    assert value[2].source == "4111.111111111111111111"


def test_half_a_surrogate_pair_of_an_upstream_is_written_as_an_escape() -> None:
    assert json.loads(dumps({"a": "\ud83d é"})) == {"a": "\ud83d é"}


def test_a_text_is_quoted_as_the_standard_library_does() -> None:
    for text in ("", *map(chr, range(0x110000)), "\ud83d é", 'two\n\tlines \\ "so" \x00\x1f\x7f \u2028😀'):
        assert quote(text) == json.dumps(text, ensure_ascii=False)


@given(JSON)
def test_strict_reading_agrees_with_the_standard_library(value: object) -> None:
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=1)):
        assert parse(text) == json.loads(text)
    assert json.loads(dumps(value)) == value
