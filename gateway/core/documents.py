"""YAML files that people write: read strictly, remembered by line, checked against a typed model.

Why not `yaml.safe_load`: it forgets lines, lets the last of two equal keys win, expands aliases without bound and
reads `no` as false and `010` as eight. A policy that means something else than it says is a leak, so this reader
takes less than YAML allows:

* scalars as in YAML 1.2's core schema, narrower still: only `true`, `false`, `null`, decimal numbers without
  leading zeros; everything else is text (`no`, `0123`, `12:30`, dates);
* keys are text; a key comes once in a mapping;
* no aliases, anchors, tags or merge keys (Kubernetes' strict readers refuse duplicates for the same reason);
* no line breaks that editors don't show as such, and nothing that turns the order of characters round (Unicode TR36,
  "Trojan Source"): what a reviewer takes for a comment must be one;
* bounded in size, depth and length of numbers, so that a hostile file costs no more than its length.

It works on libyaml's event stream (YAML 1.1 syntax), without recursion, once over the text. A message never holds a
value of the file: it may be a secret.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from gateway.core.errors import ConfigurationError, Problem
from gateway.core.mending import complaints, shown

__all__ = ["Path", "YamlDocument", "parse_yaml", "parse_yaml_all", "validate"]

Path = tuple[str | int, ...]
"""Keys and indexes from a document's root to a place in it."""

M = TypeVar("M", bound=BaseModel)

_MAX_CHARACTERS: Final = 8_000_000
_MAX_DEPTH: Final = 64
_INTEGER: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,17})?\.[0-9]{1,30}(?:[eE][-+]?[0-9]{1,2})?\Z")
_NUMBERS_BEGIN: Final = frozenset("-+.0123456789")
_UNSEEN: Final = re.compile("\r(?!\n)|[\x85\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Line breaks of YAML 1.1 beside those of every editor, and bidirectional controls."""
_CONSTANTS: Final[Mapping[str, bool | None]] = {"": None, "~": None, "null": None, "true": True, "false": False}
_Loader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_SYNTAX_MENDS: Final = (
    ("mapping values are not allowed", "put quotes round a text that holds `: `, or check the indentation"),
    ("cannot start any token", "indent with spaces, not tabs; put quotes round a text that starts with @, ` or %"),
    ("scanning an alias", 'put quotes round a text that starts with *, as in "*"'),
    ("scanning an anchor", "put quotes round a text that starts with &"),
    ("unknown escape character", "write \\\\ for a backslash, or use single quotes"),
    ("could not find expected ':'", "end the key with a colon, or check the indentation"),
    ("expected <block end>", "check the indentation of this line and the one above"),
    ("block mapping", "check the indentation of this line and the one above"),
    ("quoted scalar", "close the quotes"),
    ("flow node", 'put quotes round a text that starts with [ or {, as in "[::1]:8080"'),
    ("flow ", "close the bracket, and separate the items by commas"),
)


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """One YAML document and where each part of it stands.

    Attributes:
        file: the name used in messages.
        value: dict, list, str, int, float, bool or None; may hold secrets.
        lines: path of each key and element to its line, from 1; empty for a value that comes from no file.
    """

    file: str
    value: Any = field(repr=False)
    lines: Mapping[Path, int] = field(default_factory=dict, repr=False)

    def line(self, *path: str | int) -> int:
        """Return the line of the key or element at `path`, or of the nearest thing around it; 0 where there is none."""
        for length in range(len(path), -1, -1):
            line = self.lines.get(path[:length])
            if line is not None:
                return line
        return 0

    def problem(self, path: Path, message: str, *, expected: str = "", mend: str = "") -> Problem:
        """Return a problem at `path`."""
        return Problem(self.file, self.line(*path), message, expected, mend)


def parse_yaml(text: str | bytes, file: str) -> YamlDocument:
    """Read a file of one document.

    Raises:
        ConfigurationError: with every problem found (after a syntax error reading stops).
    """
    documents, problems = _read(text, file)
    if len(documents) > 1 and not problems:
        problems.append(
            Problem(file, documents[1].line(), "a second document starts here", "one document", "remove the line `---`")
        )
    if problems:
        raise ConfigurationError(problems)
    return documents[0] if documents else YamlDocument(file, None, {(): 1})


def parse_yaml_all(text: str | bytes, file: str) -> tuple[YamlDocument, ...]:
    """Read a file of any number of documents, separated by `---`. Empty documents are left out.

    Raises:
        ConfigurationError: with every problem found (after a syntax error reading stops).
    """
    documents, problems = _read(text, file)
    if problems:
        raise ConfigurationError(problems)
    return tuple(document for document in documents if document.value is not None)


def validate(document: YamlDocument, model: type[M]) -> M:
    """Return `document` as a `model`.

    Args:
        document: what was read.
        model: a pydantic model; with `extra="forbid"` unknown keys are refused with a suggestion. A validator of
            its own may raise `ValueError`, whose text must not hold the value, or `PydanticCustomError` with
            `expected` and `mend` in its context.

    Raises:
        ConfigurationError: with all problems at once, in the order of lines.
    """
    try:
        return model.model_validate(document.value)
    except ValidationError as error:
        # include_input=False: what is wrong may be a secret; `complaints` looks up only what is safe to show.
        errors = error.errors(include_url=False, include_input=False)
    found = [
        document.problem(complaint.path, complaint.message, expected=complaint.expected, mend=complaint.mend)
        for complaint in complaints(errors, document.value, model)
    ]
    raise ConfigurationError(sorted(found, key=lambda problem: problem.line))


def _read(text: str | bytes, file: str) -> tuple[list[YamlDocument], list[Problem]]:
    if len(text) > _MAX_CHARACTERS:
        return [], [Problem(file, 0, "the file is too long", f"at most {_MAX_CHARACTERS} characters", "split it")]
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            return [], [Problem(file, line, "the file is not UTF-8", "UTF-8 text", "save it as UTF-8")]
    unseen = _UNSEEN.search(text)
    if unseen is not None:
        told = f"a character that editors do not show (U+{ord(unseen.group()):04X})"
        mend = 'remove it, or write it as an escape in a text: "\\u202e"'
        return [], [Problem(file, text.count("\n", 0, unseen.start()) + 1, told, "text that reads as it means", mend)]
    reader = _Reader(file)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            reader.take(event)
            if reader.stopped:
                break
    except yaml.MarkedYAMLError as error:
        reader.problems.append(_syntax_problem(file, error))
    except (yaml.YAMLError, UnicodeEncodeError):
        # A control character or half of a surrogate pair; the exception names a position, not a line.
        reader.problems.append(
            Problem(file, _line_of_bad_character(text), "a character that YAML forbids", "text", "remove it")
        )
    return reader.documents, reader.problems


def _line_of_bad_character(text: str) -> int:
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return text.count("\n", 0, found.start()) + 1 if found else 0


def _syntax_problem(file: str, error: yaml.MarkedYAMLError) -> Problem:
    what = error.problem or error.context or "this is not YAML"
    mark = error.problem_mark or error.context_mark
    told = f"{error.context or ''} {what}"
    mend = next((mend for sign, mend in _SYNTAX_MENDS if sign in told), "check the indentation, quotes and brackets")
    return Problem(file, mark.line + 1 if mark else 0, f"not YAML: {what}", "a YAML document", mend)


@dataclass(slots=True)
class _Frame:
    """A mapping or list that is still open."""

    container: dict[str, Any] | list[Any]
    path: Path
    key: str | None = None
    skip: bool = False
    """The value that follows belongs to a key that was refused."""


class _Reader:
    """Builds documents from events."""

    def __init__(self, file: str) -> None:
        self.documents: list[YamlDocument] = []
        self.problems: list[Problem] = []
        self.stopped = False
        self._file = file
        self._frames: list[_Frame] = []
        self._lines: dict[Path, int] = {}

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.ScalarEvent):  # most are
            self._tagless(event, line)
            self._scalar(event, line)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._tagless(event, line)
            self._open({} if isinstance(event, yaml.MappingStartEvent) else [], line)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._frames.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            self._lines = {}
        elif isinstance(event, yaml.AliasEvent):
            self._complain(line, "an alias (`*name`)", "the value itself", "write the value out, or quote the text")
            self._place(None, line)

    def _complain(self, line: int, message: str, expected: str, mend: str) -> None:
        self.problems.append(Problem(self._file, line, message, expected, mend))

    def _tagless(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, line: int) -> None:
        if event.anchor is not None:
            self._complain(line, "an anchor (`&name`)", "the value alone", "remove the anchor, or quote the text")
        if event.tag is not None and event.tag != "!":
            self._complain(line, "a tag (`!name`)", "the value alone", "remove the tag, or quote the text")

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        frame = self._frames[-1] if self._frames else None
        plain = event.style is None or event.style == ""
        if frame is not None and isinstance(frame.container, dict) and frame.key is None and not frame.skip:
            self._key(frame, event.value, line, plain=plain)
        else:
            self._place(_resolve(event.value) if plain else event.value, line)

    def _key(self, frame: _Frame, key: str, line: int, *, plain: bool) -> None:
        frame.skip = True
        if plain and not isinstance(_resolve(key), str):
            self._complain(line, "a key that is not text", "text", "put the key in quotes")
        elif key in frame.container:
            name, first = shown((*frame.path, key)), self._lines[(*frame.path, key)]
            self._complain(line, f"`{name}` comes twice, first in line {first}", "each key once", "remove one of them")
        else:
            frame.skip = False
            frame.key = key
            self._lines[(*frame.path, key)] = line

    def _open(self, container: dict[str, Any] | list[Any], line: int) -> None:
        frame = self._frames[-1] if self._frames else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None and not frame.skip:
            self._complain(line, "a key that is a list or a mapping", "text", "put the key in quotes")
            frame.skip = True
            self._frames.append(_Frame(container, frame.path))
            return
        if len(self._frames) >= _MAX_DEPTH:
            self._complain(line, "nested too deeply", f"at most {_MAX_DEPTH} levels", "flatten it")
            self.stopped = True
            return
        self._frames.append(_Frame(container, self._place(container, line)))

    def _place(self, value: Any, line: int) -> Path:
        """Put `value` where the next one belongs and return its path."""
        if not self._frames:
            self._lines[()] = line
            self.documents.append(YamlDocument(self._file, value, self._lines))
            return ()
        frame = self._frames[-1]
        if isinstance(frame.container, list):
            path = (*frame.path, len(frame.container))
            frame.container.append(value)
            self._lines[path] = line
            return path
        if frame.key is None:
            frame.skip = False
            return frame.path
        path = (*frame.path, frame.key)
        frame.container[frame.key] = value
        frame.key = None
        return path


def _resolve(text: str) -> str | int | float | bool | None:
    """Return what an unquoted scalar means."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMBERS_BEGIN:
        return text
    if _INTEGER.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    return text
