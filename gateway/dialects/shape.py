"""Checks the outer shape of a body: types of the members that the gateway itself reads or must find texts under.

Decisions kept here:

* Only types, and only of what the gateway relies on. Values, limits and fields that we do not know are the upstream's
  to judge, or a local server's extension.
* `null` passes for what may be left out: the APIs take it so.
* Messages name the place by a path that is safe by construction, and never what stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.core.errors import InvalidRequest

__all__ = [
    "BOOLEAN",
    "INTEGER",
    "NUMBER",
    "OBJECT",
    "OBJECTS",
    "TEXT",
    "TEXTS",
    "TEXT_OR_LIST",
    "TEXT_OR_OBJECT",
    "Kind",
    "check",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a member must be. `types` are exact: a boolean is no integer."""

    name: str
    types: tuple[type, ...]
    item: Kind | None = None
    filled: bool = False
    enough: frozenset[type] = field(init=False, repr=False)
    """The types of which no more is asked than to hold something, if the kind is `filled`."""

    def __post_init__(self) -> None:
        # Frozen for those who hold it; this follows from the rest.
        looked_into = (list,) if self.item else ()
        object.__setattr__(self, "enough", frozenset(self.types).difference(looked_into))


TEXT = Kind("a string", (str,))
BOOLEAN = Kind("true or false", (bool,))
INTEGER = Kind("an integer", (int,))
NUMBER = Kind("a number", (int, float))
OBJECT = Kind("an object", (dict,))
OBJECTS = Kind("an array of objects", (list,), OBJECT)
TEXTS = Kind("an array of strings", (list,), TEXT)
TEXT_OR_LIST = Kind("a string or an array", (str, list))
TEXT_OR_OBJECT = Kind("a string or an object", (str, dict))


def check(
    value: Mapping[str, Any], kinds: Mapping[str, Kind], *, path: str = "", required: tuple[str, ...] = ()
) -> None:
    """Check the members of an object.

    Args:
        value: the object.
        kinds: member to what it must be, if it is there and not null.
        path: where the object stands; safe to show.
        required: members that must be there.

    Raises:
        InvalidRequest: naming the first place that is wrong and what was expected there.
    """
    for key in required:
        if value.get(key) is None:
            raise InvalidRequest(f"`{path}/{key}` is missing: expected {kinds[key].name}.")
    for key, child in value.items():
        kind = kinds.get(key)
        # Nearly all are what they must be, which is told here.
        if kind is None or child is None or (child.__class__ in kind.enough and (child or not kind.filled)):
            continue
        _check(child, kind, f"{path}/{key}")


def _check(value: Any, kind: Kind, path: str) -> None:
    if value.__class__ not in kind.types and not (float in kind.types and isinstance(value, float)):
        raise InvalidRequest(f"`{path}`: expected {kind.name}.")
    if kind.filled and not value:
        raise InvalidRequest(f"`{path}` is empty: expected {kind.name}.")
    if kind.item is not None and value.__class__ is list:
        for index, item in enumerate(value):
            if item.__class__ not in kind.item.enough or kind.item.filled:
                _check(item, kind.item, f"{path}/{index}")
