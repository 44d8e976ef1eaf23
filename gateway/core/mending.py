"""What pydantic says about a file, said for people: what is wrong, what was expected, how to mend it.

Works on plain values, knows no files and lines. A message names keys, never values: what stands in a settings file
may be a secret. The one exception is a short plain word where one of a few words was expected (`zone: claud`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic_core import ErrorDetails

__all__ = ["Complaint", "complaints", "nearest", "one_of", "shown"]

_WORD: Final = re.compile(r"[A-Za-z][A-Za-z_-]{0,23}\Z")
_MAX_NAME: Final = 80
_MAX_NAMES: Final = 24

_EXPECTED: Final[Mapping[str, str]] = {
    "string_type": "text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "nothing",
    "path_type": "text",
}
_LIMITS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", "a number above {}"),
    "greater_than_equal": ("ge", "a number of at least {}"),
    "less_than": ("lt", "a number below {}"),
    "less_than_equal": ("le", "a number of at most {}"),
    "string_too_short": ("min_length", "text of at least {} characters"),
    "string_too_long": ("max_length", "text of at most {} characters"),
    "string_pattern_mismatch": ("pattern", "text of the form {}"),
    "too_short": ("min_length", "at least {} items"),
    "too_long": ("max_length", "at most {} items"),
}


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong, at a path of keys and indexes."""

    path: tuple[str | int, ...]
    message: str
    expected: str = ""
    mend: str = ""


def shown(path: Sequence[str | int]) -> str:
    """Return a path as people write it: `spec.rules[2].when`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if len(step) <= _MAX_NAME else step[:_MAX_NAME] + "…"
            text += f".{name}" if text else name
    return "".join(character if character.isprintable() else "�" for character in text)


def nearest(word: str, known: Sequence[str]) -> str:
    """Return the one of `known` that `word` was probably meant to be; empty if none is near."""
    by_folded = {name.lower(): name for name in reversed(known)}
    found = difflib.get_close_matches(word.lower()[:_MAX_NAME], by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def one_of(known: Sequence[str], command: str = "") -> str:
    """Return what was expected where one of `known` was: all of them, or how many there are and what lists them."""
    if len(known) <= _MAX_NAMES:
        return f"one of {', '.join(known)}" if len(known) > 1 else "".join(known)
    return f"one of {len(known)} names" + (f"; `{command}` lists them" if command else "")


def complaints(errors: Sequence[ErrorDetails], value: Any, model: type[BaseModel]) -> list[Complaint]:
    """Return `errors` of validating `value` against `model` as complaints, one for each place and cause.

    The branches of a union complain each for themselves: at one place their expectations are joined by "or", and
    a branch of the wrong shape is silent where another branch fits and complains about something within.
    """
    placed = [(_place(error["loc"], value, missing=error["type"] == "missing"), error) for error in errors]
    deepest = {path for path, _ in placed}
    merged: dict[tuple[tuple[str | int, ...], str], Complaint] = {}
    for path, error in placed:
        within = any(len(other) > len(path) and other[: len(path)] == path for other in deepest)
        # A list is also called too short, where items of it are wrong: pydantic counts those that are right.
        if (error["type"] in _EXPECTED or error["type"] == "too_short") and within:
            continue
        complaint = _complaint(path, error, value, model)
        same = merged.get((path, complaint.message))
        if same is not None and complaint.expected not in same.expected:
            complaint = Complaint(path, same.message, f"{same.expected} or {complaint.expected}", same.mend)
        elif same is not None:
            complaint = same
        merged[path, complaint.message] = complaint
    return list(merged.values())


def _place(loc: tuple[str | int, ...], value: Any, *, missing: bool) -> tuple[str | int, ...]:
    """Return `loc` without the labels that pydantic puts in for union branches and keys."""
    path: list[str | int] = []
    for number, step in enumerate(loc):
        known = _has(value, step)
        if known or (missing and number == len(loc) - 1):
            path.append(step)
        if known:
            value = value[step]
    return tuple(path)


def _complaint(path: tuple[str | int, ...], error: ErrorDetails, root: Any, model: type[BaseModel]) -> Complaint:
    kind, context, name = error["type"], error.get("ctx", {}), shown(path) or "the document"
    value = _at(root, path)
    if kind == "extra_forbidden":
        known = _keys(model, path[:-1])
        meant = nearest(str(path[-1]), known) if path else ""
        mend = f"did you mean `{meant}`?" if meant else "remove it"
        return Complaint(path, f"unknown key `{name}`", one_of(known), mend)
    if kind == "missing":
        return Complaint(path, f"`{name}` is missing", _description(model, path), f"add `{shown(path[-1:])}: …`")
    if kind in {"enum", "literal_error"}:
        return _word_complaint(path, name, value, _words(model, path) or [str(context.get("expected", ""))])
    if kind in _EXPECTED:
        return Complaint(path, f"`{name}` is {_kind(value)}", _EXPECTED[kind], f"write {_EXPECTED[kind]}")
    if kind in _LIMITS:
        key, wording = _LIMITS[kind]
        wanted, is_form = [wording.format(context.get(key))], kind == "string_pattern_mismatch"
        if is_form and (described := _description(model, path)):
            wanted.insert(0, described)
        problem = "has another form" if is_form else "is out of bounds"
        is_address = is_form and str(context.get(key)).lstrip("^(").startswith("https?://")
        mend = "begin it with http:// or https://, and leave out ? and #" if is_address else "change it"
        return Complaint(path, f"`{name}` {problem}", "; ".join(wanted), mend)
    cause = context.get("error")
    message = str(cause) if cause is not None else error["msg"]
    expected, mend = str(context.get("expected", "")), str(context.get("mend", "change it"))
    return Complaint(path, f"`{name}`: {message}", expected or _description(model, path), mend)


def _word_complaint(path: tuple[str | int, ...], name: str, value: Any, words: Sequence[str]) -> Complaint:
    expected = one_of(words)
    if not isinstance(value, str):
        return Complaint(path, f"`{name}` is {_kind(value)}", expected, f"write {expected}")
    if not _WORD.match(value):
        return Complaint(path, f"`{name}` is another word", expected, f"write {expected}")
    meant = nearest(value, words)
    return Complaint(
        path, f"`{name}` is `{value}`", expected, f"did you mean `{meant}`?" if meant else f"write {expected}"
    )


def _kind(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a mapping" if isinstance(value, dict) else "a list"


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        if not _has(value, step):
            return None
        value = value[step]
    return value


def _has(value: Any, step: str | int) -> bool:
    if isinstance(value, dict):
        return step in value
    return isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value)


def _shapes(model: type[BaseModel], path: Sequence[str | int]) -> list[Any]:
    """Return the types that may stand at `path`, with unions taken apart."""
    shapes = _flat(model)
    for step in path:
        shapes = [inner for shape in shapes for inner in _step(shape, step)]
    return shapes


def _flat(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _flat(get_args(annotation)[0])
    if origin is Union or origin is UnionType:
        return [shape for branch in get_args(annotation) for shape in _flat(branch)]
    return [annotation]


def _step(shape: Any, step: str | int) -> list[Any]:
    origin, arguments = get_origin(shape), get_args(shape)
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return [
            inner
            for name, field in shape.model_fields.items()
            if (field.alias or name) == step
            for inner in _flat(field.annotation)
        ]
    if origin is None or not arguments:
        return []
    if isinstance(step, str) and isinstance(origin, type) and issubclass(origin, Mapping):
        return _flat(arguments[1])
    return _flat(arguments[0]) if isinstance(step, int) else []


def _keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Return the keys that the mapping at `path` may have."""
    return [
        field.alias or name
        for shape in _shapes(model, path)
        if isinstance(shape, type) and issubclass(shape, BaseModel)
        for name, field in shape.model_fields.items()
    ]


def _words(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """Return the words that may stand at `path`, where only some may."""
    words: list[str] = []
    for shape in _shapes(model, path):
        if get_origin(shape) is Literal:
            words += [str(word) for word in get_args(shape)]
        elif isinstance(shape, type) and issubclass(shape, Enum):
            words += [str(member.value) for member in shape]
    return words


def _description(model: type[BaseModel], path: Sequence[str | int]) -> str:
    """Return what the model says about the field at `path`."""
    for shape in _shapes(model, path[:-1]):
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            for name, field in shape.model_fields.items():
                if (field.alias or name) == path[-1] and field.description:
                    return field.description
    return ""
