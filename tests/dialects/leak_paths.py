"""Makes request bodies out of the lines of a leak-path table.

A path names a leaf of a public request type: `messages[]<role=user>.content[]<type=file>.file.filename`. A step is a
member's name; `[]` an element, `<key=value>` a member that its object has, too; `{}` a value under a key of the
user's own, `{key}` that key itself.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_STEP = re.compile(r"(?P<name>\{key\}|\{\}|\w+)?(?P<marks>(?:\[\]|<\w+=\w+>)*)(?:\.|$)")
_MARK = re.compile(r"\[\]|<(\w+)=(\w+)>")


class LeakPath(NamedTuple):
    path: str
    kind: str
    class_: str


def leak_paths(table: Path) -> Iterator[LeakPath]:
    with table.open(newline="") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            yield LeakPath(row["path"], row["kind"], row["class"])


def body_with(path: str, value: Any, base: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of `base` with `value` at `path`; `{key}` makes a text a key."""
    built = _build(path, value)
    assert isinstance(built, dict)
    return _over(base, built)


def _build(path: str, value: Any) -> Any:
    if not path:
        return value
    step = _STEP.match(path)
    assert step is not None, path
    inner = _build(path[step.end() :], value)
    for mark in reversed(list(_MARK.finditer(step["marks"]))):
        if mark[0] == "[]":
            inner = [inner]
        else:
            assert isinstance(inner, dict), path
            inner = {mark[1]: mark[2], **inner}
    name = step["name"]
    if name == "{key}":
        return {value: "x"}
    return {"anything": inner} if name == "{}" else {name: inner}


def _over(base: dict[str, Any], built: dict[str, Any]) -> dict[str, Any]:
    return {**base, **built}
