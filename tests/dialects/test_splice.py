"""An edit changes what it names and not one byte besides."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import TransformError
from gateway.core.model import SegmentKind
from gateway.dialects.leaves import segments
from gateway.dialects.splice import splice
from gateway.dialects.strict_json import MAX_DEPTH, loads
from tests.dialects.test_leaves import STRUCTURE
from tests.dialects.test_strict_json import JSON

SOURCE = """{ "messages" : [ {"content":"a\\u0062", "limit": 1.10 , "Jane": ["x", "y"]},
  {"content": "{\\"k\\": [1234567, \\"Jan\\\\u0065\\"]}"}], "1": 0 ,"input":{"limit":7654321}}"""

EDITS: dict[str, tuple[dict[str, str], str, str]] = {
    "a leaf": ({"/messages/0/content": 'q"\n'}, '"a\\u0062"', '"q\\"\\n"'),
    "an element": ({"/messages/0/*2/1": "z"}, '"y"', '"z"'),
    "a key": ({"/messages/0/*2#": "P1"}, '"Jane"', '"P1"'),
    "a key and what is under it": ({"/messages/0/*2#": "P1", "/messages/0/*2/0": "z"}, '"Jane": ["x"', '"P1": ["z"'),
    "a number in the application's JSON": ({"/input/limit": "P1"}, "7654321", '"P1"'),
    "inside JSON in a string": (
        {"/messages/1/content/*0/1": "P1"},
        '"{\\"k\\": [1234567, \\"Jan\\\\u0065\\"]}"',
        '"{\\"k\\": [1234567, \\"P1\\"]}"',
    ),
    "a number and a key inside JSON in a string": (
        {"/messages/1/content/*0/0": "P1", "/messages/1/content/*0#": "P2"},
        '"{\\"k\\": [1234567, \\"Jan\\\\u0065\\"]}"',
        '"{\\"P2\\": [\\"P1\\", \\"Jan\\\\u0065\\"]}"',
    ),
}


@pytest.mark.parametrize(("edits", "old", "new"), EDITS.values(), ids=EDITS.keys())
def test_only_what_is_named_changes(edits: dict[str, str], old: str, new: str) -> None:
    assert SOURCE.count(old) == 1
    assert splice(SOURCE, edits, STRUCTURE) == SOURCE.replace(old, new)


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/messages/7",
        "/messages/0",
        "/messages/0/limit",
        "/messages/0/content/x",
        "/*9#",
        "",
        "/*2/limit",
        "/model#",
    ],
)
def test_an_edit_without_a_place_is_an_error(path: str) -> None:
    with pytest.raises(TransformError):
        splice(SOURCE, {path: "x", "/messages/0/content": "y"}, STRUCTURE)


def test_keys_that_become_the_same_are_kept_apart() -> None:
    source = '{"Jane":1,"R":2,"Mary":3,"Ann":4}'
    edited = splice(source, {"/*0#": "R", "/*2#": "R", "/*3#": "R"}, STRUCTURE)
    assert edited.startswith('{"R":1,"R":2')  # the body's own key is left: read strictly, this is refused
    assert splice('{"Jane":1,"Mary":3,"Ann":4}', {"/*0#": "R", "/*1#": "R", "/*2#": "R"}, STRUCTURE) == (
        '{"R":1,"R_2":3,"R_3":4}'
    )


def test_many_equal_keys_take_linear_time() -> None:
    count = 20_000
    source = "{" + ",".join(f'"key-{n}":{n}' for n in range(count)) + "}"
    edited = splice(source, {f"/*{n}#": "R" for n in range(count)}, STRUCTURE)
    assert len(json.loads(edited)) == count


@given(value=st.dictionaries(st.text() | st.sampled_from(["content", "input", "1"]), JSON))
@pytest.mark.parametrize("ascii_", [True, False])
def test_an_edit_that_changes_nothing_leaves_an_equal_value(value: dict[str, Any], *, ascii_: bool) -> None:
    source = json.dumps(value, ensure_ascii=ascii_)
    found = [s for s in segments(json.loads(source), STRUCTURE) if s.editable and not s.text.lstrip("-")[:1].isdigit()]
    edited = splice(source, {segment.path: segment.text for segment in found}, STRUCTURE)
    assert json.loads(edited) == json.loads(source)


@given(st.dictionaries(st.text() | st.sampled_from(["content", "input", "1"]), JSON))
def test_every_editable_leaf_and_key_can_be_edited(value: dict[str, Any]) -> None:
    source = json.dumps(value)
    found = [segment for segment in segments(json.loads(source), STRUCTURE) if segment.editable]
    edits = {segment.path: f"<{number}>" for number, segment in enumerate(found)}
    again = segments(json.loads(splice(source, edits, STRUCTURE)), STRUCTURE)
    assert {s.text for s in again if s.kind is not SegmentKind.OPAQUE} >= set(edits.values())


def test_the_deepest_document_can_be_edited() -> None:
    deep = MAX_DEPTH - 3
    inside = json.dumps("[" * 10 + '"Jane"' + "]" * 10)
    source = '{"content":' + "[" * (deep - 10) + inside + "]" * (deep - 10) + "}"
    (leaf,) = segments(loads(source.encode()), STRUCTURE)
    assert splice(source, {leaf.path: "<P>"}, STRUCTURE) == source.replace("Jane", "<P>")
