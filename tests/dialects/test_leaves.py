"""Golden tables: which leaves and keys become segments, under which path, and which do not."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import EMBEDDED, SegmentKind
from gateway.dialects.leaves import MAX_EMBEDDED, embedded, segments
from gateway.dialects.strict_json import MAX_DEPTH, loads
from gateway.dialects.structure import FILES, Structure
from tests.dialects.test_strict_json import JSON

STRUCTURE = Structure.of(
    base=FILES,
    keys="content messages model source thinking input limit",
    words={"role": "user system", "type": "text thinking"},
    signed="thinking",
    free="input",
)
PIXELS = base64.b64encode(bytes(range(256)) * 3).decode()
PAGE = "text with an address, Elm Street 7, that is long enough to be worth it"

V, K, O = SegmentKind.VALUE, SegmentKind.KEY, SegmentKind.OPAQUE  # noqa: E741
TABLE: dict[str, tuple[Any, list[tuple[str, str, SegmentKind, bool]]]] = {
    "structural words, booleans, nulls and small numbers are skipped": (
        {"role": "user", "stream": True, "messages": None, "limit": 99_999, "content": ""},
        [("/*1#", "stream", K, True)],
    ),
    "an enum with a value of its own is scanned": ({"role": "Jane"}, [("/role", "Jane", V, True)]),
    "the model is scanned": ({"model": "gpt-4o"}, [("/model", "gpt-4o", V, True)]),
    "known keys stand in paths, others are counted": (
        {"messages": [{"content": "a", "Jane": {"Roe": "b", "content": "c"}}]},
        [
            ("/messages/0/content", "a", V, True),
            ("/messages/0/*1#", "Jane", K, True),
            ("/messages/0/*1/*0#", "Roe", K, True),
            ("/messages/0/*1/*0", "b", V, True),
            ("/messages/0/*1/content", "c", V, True),
        ],
    ),
    "numbers of six digits and more are scanned as they were spelled": (
        '{"limit": -123456, "content": 1234.50, "model": [0.123450]}',
        [
            ("/limit", "-123456", V, False),
            ("/content", "1234.50", V, False),
            ("/model/0", "0.123450", V, False),
        ],
    ),
    "a shorter number is scanned if its key names a secret": (
        {"pin": 4821, "limit": 4821, "cvv": 123, "n": 123, "input": {"dbPassword": 4821, "pin": 12, "pins": True}},
        [
            ("/*0#", "pin", K, True),
            ("/*0", "4821", V, False),
            ("/*2#", "cvv", K, True),
            ("/*2", "123", V, False),
            ("/*3#", "n", K, True),
            ("/input/*0#", "dbPassword", K, True),
            ("/input/*0", "4821", V, True),
            ("/input/*1#", "pin", K, True),
            ("/input/*2#", "pins", K, True),
        ],
    ),
    "a number with an exponent is written out": (
        '{"limit": 4.111111111111111e15, "content": [1.5e3, 1E-3, 1e-99999999999999999999, 2]}',
        [("/limit", "4111111111111111", V, False), ("/content", "1500 0.001 1e-99999999999999999999 2", V, False)],
    ),
    "in the application's own JSON a number may be replaced": (
        {"input": {"limit": 123456}},
        [("/input/limit", "123456", V, True)],
    ),
    "arrays of numbers are joined": (
        {"content": [123, 45, 6789], "limit": [1, 2]},
        [("/content", "123 45 6789", V, False)],
    ),
    "arrays of integers are read as characters, too": (
        {"content": [74, 97, 110, 101], "limit": [77, 252, 108, 108, 1087], "source": list("é".encode()) * 2},
        [
            ("/content", "74 97 110 101", V, False),
            ("/content#text", "Jane", V, False),
            ("/limit", "77 252 108 108 1087", V, False),
            ("/limit#text", "Müllп", V, False),
            ("/source", "195 169 195 169", V, False),
            ("/source#text", "éé", V, False),
        ],
    ),
    "mixed arrays are walked": (
        {"content": ["a", 123456, None, ["b"], {"content": "c"}]},
        [
            ("/content/0", "a", V, True),
            ("/content/1", "123456", V, False),
            ("/content/3/0", "b", V, True),
            ("/content/4/content", "c", V, True),
        ],
    ),
    "a number is scanned if what wraps it, or what stands beside it, names a secret": (
        {
            "content": json.dumps(
                {"pin": {"value": 4821}, "a": [{"name": "cvv", "value": 123}], "b": ["otp", 48213], "c": ["x", 4821]}
            ),
            "source": json.dumps({"cvv": [123], "otp": [4, 8, 2, 1], "pin": 4821.0, "value": 4821}),
        },
        [
            ("/content/*0#", "pin", K, True),
            ("/content/*0/*0#", "value", K, True),
            ("/content/*0/*0", "4821", V, True),
            ("/content/*1#", "a", K, True),
            ("/content/*1/0/name", "cvv", V, True),
            ("/content/*1/0/*1#", "value", K, True),
            ("/content/*1/0/*1", "123", V, True),
            ("/content/*2#", "b", K, True),
            ("/content/*2/0", "otp", V, True),
            ("/content/*2/1", "48213", V, True),
            ("/content/*3#", "c", K, True),
            ("/content/*3/0", "x", V, True),
            ("/source/*0#", "cvv", K, True),
            ("/source/*0/0", "123", V, True),
            ("/source/*1#", "otp", K, True),
            ("/source/*1", "4 8 2 1", V, False),
            ("/source/*1#text", "\x04\x08\x02\x01", V, False),
            ("/source/*2#", "pin", K, True),
            ("/source/*2", "4821", V, True),
            ("/source/*3#", "value", K, True),
        ],
    ),
    "short numeric keys are joined": (
        {"source": {"123": 1, "45": 2, "6789": 3}, "input": {"50256": 1}, "content": {"100257": 1}},
        [
            ("/source#keys", "123 45 6789", K, False),
            ("/content/*0#", "100257", K, True),
        ],
    ),
    "JSON in a string is walked": (
        {"content": ' {"a\\u0062": "Jan\\u0065", "n": 123456, "l": [1234567, 2]} '},
        [
            ("/content/*0#", "ab", K, True),
            ("/content/*0", "Jane", V, True),
            ("/content/*1#", "n", K, True),
            ("/content/*1", "123456", V, True),
            ("/content/*2#", "l", K, True),
            ("/content/*2", "1234567 2", V, False),
        ],
    ),
    "JSON that is not strict is raw text": (
        {"content": '{"a": 1, "a": 2}', "source": "[NaN]", "model": "[1] see there [2]"},
        [
            ("/content", '{"a": 1, "a": 2}', V, True),
            ("/source", "[NaN]", V, True),
            ("/model", "[1] see there [2]", V, True),
        ],
    ),
    "what a server signed is scanned and not edited": (
        {"content": [{"type": "thinking", "thinking": "Jane", "x": {"y": 123456}}, {"type": "text", "content": "b"}]},
        [
            ("/content/0/thinking", "Jane", V, False),
            ("/content/0/*2#", "x", K, False),
            ("/content/0/*2/*0#", "y", K, False),
            ("/content/0/*2/*0", "123456", V, False),
            ("/content/1/content", "b", V, True),
        ],
    ),
    "an image in base64 is opaque": (
        {"image_url": {"url": f"data:image/png;base64,{PIXELS}"}},
        [("/image_url/url@", "image", O, False)],
    ),
    "a remote image is opaque, and its address is scanned": (
        {"image_url": {"url": "https://x.example/a?to=Jane"}},
        [("/image_url/url", "https://x.example/a?to=Jane", V, True), ("/image_url/url@", "remote", O, False)],
    ),
    "a data URL is opaque wherever it stands": (
        {"content": f"DATA:application/pdf;name=Jane%20Roe.pdf;base64,{PIXELS}"},
        [("/content", "name=Jane Roe.pdf", V, False), ("/content@", "file", O, False)],
    ),
    "a data URL of text is decoded": (
        {"content": "data:,Jane%20Roe", "source": f"data:text/csv;base64,{base64.b64encode(PAGE.encode()).decode()}"},
        [("/content", "Jane Roe", V, False), ("/source", PAGE, V, False)],
    ),
    "text that pretends to be an image is scanned": (
        {
            "image_url": {"url": f"data:image/png;base64,{base64.b64encode(PAGE.encode()).decode()}"},
            "file_data": PAGE,
            "file_url": base64.b64encode(PAGE.encode()).decode(),
        },
        [
            ("/image_url/url", PAGE, V, False),
            ("/image_url/url@", "image", O, False),
            ("/file_data", PAGE, V, True),
            ("/file_data@", "file", O, False),
            ("/file_url", PAGE, V, False),
            ("/file_url@", "file", O, False),
        ],
    ),
    "binary content at an unknown place is opaque, and scanned besides": (
        {"content": PIXELS},
        [("/content", PIXELS, V, True), ("/content@", "binary", O, False)],
    ),
    "pointers to server-side state are opaque, and scanned": (
        {"file_id": "file-1", "vector_store_ids": ["vs_1", "vs_2"], "conversation": {"id": "conv_1"}},
        [
            ("/file_id", "file-1", V, True),
            ("/file_id@", "server_state", O, False),
            ("/vector_store_ids/0", "vs_1", V, True),
            ("/vector_store_ids/0@", "server_state", O, False),
            ("/vector_store_ids/1", "vs_2", V, True),
            ("/vector_store_ids/1@", "server_state", O, False),
            ("/conversation/id", "conv_1", V, True),
            ("/conversation/id@", "server_state", O, False),
        ],
    ),
}


@pytest.mark.parametrize(("body", "expected"), TABLE.values(), ids=TABLE.keys())
def test_segments_of(body: Any, expected: list[tuple[str, str, SegmentKind, bool]]) -> None:
    value = loads((body if isinstance(body, str) else json.dumps(body)).encode())
    found = segments(value, STRUCTURE)
    assert [(s.path, s.text, s.kind, s.editable) for s in found] == expected


def test_context_and_location_have_the_real_keys() -> None:
    value = {"messages": [{"Jane": json.dumps({"Roe": "text"})}]}
    key, inner_key, leaf = segments(value, STRUCTURE)
    assert key.context == ("messages",)
    assert key.location == ("messages", 0, "Jane")
    assert inner_key.location == ("messages", 0, "Jane", EMBEDDED, "Roe")
    assert leaf.context == ("messages", "Jane", "Roe")
    assert leaf.location == ("messages", 0, "Jane", EMBEDDED, "Roe")


def test_no_segment_shows_its_text_in_repr() -> None:
    for segment in segments({"Jane": "Roe", "x": '{"Jane": "Roe"}'}, STRUCTURE):
        assert "Jane" not in repr(segment)
        assert "Roe" not in repr(segment)


def test_json_in_strings_is_walked_some_levels_deep_and_then_raw() -> None:
    text = "Jane"
    for _ in range(MAX_EMBEDDED + 1):
        text = json.dumps([text])
    (leaf,) = segments({"content": text}, STRUCTURE)
    assert leaf.path == "/content" + "/0" * MAX_EMBEDDED
    assert leaf.text == '["Jane"]'


def test_depth_is_bounded_over_all_strings_together() -> None:
    text = "[" * 100 + '"Jane"' + "]" * 100
    for _ in range(3):
        text = json.dumps(json.loads("[" * 100 + json.dumps(text) + "]" * 100))
    found = segments({"content": text}, STRUCTURE)
    assert all(len(segment.location) <= MAX_DEPTH + MAX_EMBEDDED + 1 for segment in found)
    assert any("Jane" in segment.text for segment in found)


def strings_of(value: Any) -> list[str]:
    if isinstance(value, str):
        inner = embedded(value)
        return [value] if inner is None else strings_of(inner)
    if isinstance(value, dict):
        return [text for key, child in value.items() for text in (key, *strings_of(child))]
    return [text for child in value for text in strings_of(child)] if isinstance(value, list) else []


@given(st.dictionaries(st.text() | st.sampled_from(["role", "type", "content", "file_id", "1"]), JSON))
def test_the_segments_cover_every_string_and_key(value: dict[str, Any]) -> None:
    found = segments(value, STRUCTURE)
    covered = "\n".join(segment.text for segment in found)
    skipped = STRUCTURE.keys.union(*STRUCTURE.words.values())
    for text in strings_of(value):
        assert text in covered or text in skipped or (text.isdecimal() and len(text) < 6)


@given(st.dictionaries(st.text() | st.sampled_from(["role", "content", "image_url", "1", "22"]), JSON))
def test_paths_are_unique_and_hold_no_key_of_the_users_own(value: dict[str, Any]) -> None:
    paths = [segment.path for segment in segments(value, STRUCTURE)]
    assert len(set(paths)) == len(paths)
    for path in paths:
        for step in path.rstrip("@").removesuffix("#keys").removesuffix("#text").removesuffix("#").split("/")[1:]:
            assert step in STRUCTURE.keys or step.lstrip("*").isascii()
            assert step in STRUCTURE.keys or step.lstrip("*").isdecimal()


def test_a_file_in_the_place_of_a_key_counts_as_content_that_cannot_be_read() -> None:
    for key, kind in ((PIXELS, "binary"), (f"data:image/png;base64,{PIXELS}", "image")):
        found = {segment.path: segment.text for segment in segments({"content": {key: "x"}}, STRUCTURE)}
        assert found["/content/*0#@"] == kind
    harmless = "a-long-key-of-an-application-of-its-own-that-is-longer-than-sixty-four-characters"
    assert [each.kind for each in segments({harmless: 1}, STRUCTURE)] == [K]
