"""Recogniser and vocabulary packs: what to look for, as data that people edit.

The format is Presidio's no-code format (`name`, `supported_entity`, `patterns`, `context`, `deny_list`), so that
packs written for Presidio load here, with these additions:

* `check` names a function of `gateway.detect.checks`, mostly a checksum; `valid` is the score of a value that passes;
* a group named `value` in a regular expression is the finding, the rest of the match only leads to it;
* `literals` and `shape` tell cheaply when a recogniser cannot match. Neither is needed: gates are also derived from the
  regular expression itself (`gateway.detect.needs`), which cannot be wrong;
* `examples` and `near_misses` travel with the recogniser and run as tests;
* `presidio: UsSsnRecognizer` takes a recogniser that ships with Presidio, with what it gets wrong overridden.

Regular expressions are Python's `re` with the flags Presidio sets: ignore case (not when `case` is set), `^` and `$` at
lines, `.` takes line breaks. They are vetted when they are loaded: one that could match nothing, or could take
exponential time, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator, model_validator
from pydantic_core import PydanticCustomError

from gateway.core.documents import YamlDocument, parse_yaml, validate
from gateway.core.errors import ConfigurationError, Problem
from gateway.detect.checks import CHECKS
from gateway.detect.needs import vet

__all__ = [
    "Metadata",
    "Pack",
    "PatternSpec",
    "PresidioSpec",
    "RecognizerPack",
    "RecognizerSpec",
    "Term",
    "VocabularyPack",
    "flags",
    "load_packs",
]

API_VERSION: Final = "privacy-gateway/v1"

_Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]*$", max_length=80)]
_EntityType = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", max_length=80)]
_Score = Annotated[float, Field(ge=0, le=1)]
_Text = Annotated[str, Field(min_length=1)]
_Shape = Annotated[str, Field(pattern=r"^digits>=[1-9][0-9]?$")]


def _digits(shape: str | None) -> int:
    return int(shape.removeprefix("digits>=")) if shape else 0


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Metadata(_Strict):
    """Who a pack is.

    Attributes:
        name: unique among all packs.
        description: one line for people.
    """

    name: _Name
    description: str = ""


class PatternSpec(_Strict):
    """One regular expression and how sure a match of it is.

    Attributes:
        name: for explanations.
        regex: Python `re` syntax; a group named `value` narrows the finding to it.
        score: of a match without context and without check.
    """

    name: _Text
    regex: _Text
    score: _Score


class RecognizerSpec(_Strict):
    """A recogniser made of patterns and words.

    Attributes:
        name: unique; becomes `Finding.recognizer`.
        supported_entity: the entity type it finds.
        patterns: what its values look like.
        deny_list: words that are values, matched whole.
        deny_list_score: the score of such a word.
        context: words that make a match more probable when one of them is near it or among the keys that lead to it.
        context_required: without such a word a match does not count.
        check: the name of a function in `gateway.detect.checks.CHECKS`.
        valid: the score of a match that passes the check.
        literals: it can only match a text that holds one of these.
        shape: a match has at least so many digits: `digits>=8`.
        case: upper and lower case differ in patterns and literals.
        examples: texts in which it must find its entity.
        near_misses: texts in which it must not find anything.
    """

    name: _Name
    supported_entity: _EntityType
    patterns: tuple[PatternSpec, ...] = ()
    deny_list: tuple[_Text, ...] = ()
    deny_list_score: _Score = 1.0
    context: tuple[_Text, ...] = ()
    context_required: bool = False
    check: str | None = None
    valid: _Score = 1.0
    literals: tuple[_Text, ...] = ()
    shape: _Shape | None = None
    case: bool = False
    examples: tuple[_Text, ...] = ()
    near_misses: tuple[_Text, ...] = ()

    @field_validator("check")
    @classmethod
    def _check_exists(cls, check: str | None) -> str | None:
        if check is not None and check not in CHECKS:
            raise PydanticCustomError(
                "unknown_check",
                "there is no such check",
                {"expected": "one of " + ", ".join(sorted(CHECKS)), "mend": "correct the name"},
            )
        return check

    @model_validator(mode="after")
    def _finds_something(self) -> RecognizerSpec:
        if not self.patterns and not self.deny_list:
            raise PydanticCustomError(
                "nothing_to_find", "it finds nothing", {"expected": "`patterns` or `deny_list`", "mend": "add one"}
            )
        if self.context_required and not self.context:
            raise PydanticCustomError(
                "no_context", "`context_required` without context", {"expected": "`context`", "mend": "add words"}
            )
        return self

    @property
    def min_digits(self) -> int:
        """How many digits `shape` asks for; 0 without a shape."""
        return _digits(self.shape)


class PresidioSpec(_Strict):
    """A recogniser that ships with Presidio.

    Attributes:
        presidio: its class name, such as `UsSsnRecognizer`.
        supported_entity: the entity type it finds; must be given, so that a pack can be read without Presidio.
        name: becomes `Finding.recognizer`; by default the class name.
        scores: pattern name to score, instead of Presidio's own; 0 turns a pattern off.
        context: context words instead of Presidio's own, which are often too common (`us`, `number`, `reg`).
        context_required: without such a word a match does not count.
        valid: the score of a match that passes Presidio's checksum.
        shape: as in `RecognizerSpec`; Presidio, slow to import, is not loaded before a text has so many digits (and
            a context word, if that is required).
        case: upper and lower case differ.
        examples: texts in which it must find its entity.
        near_misses: texts in which it must not find anything.
    """

    presidio: Annotated[str, Field(pattern=r"^[A-Z][A-Za-z0-9]*Recognizer$")]
    supported_entity: _EntityType
    name: _Name | None = None
    scores: Mapping[str, _Score] = Field(default_factory=dict)
    context: tuple[_Text, ...] = ()
    context_required: bool = False
    valid: _Score = 1.0
    shape: _Shape | None = None
    case: bool = False
    examples: tuple[_Text, ...] = ()
    near_misses: tuple[_Text, ...] = ()

    @property
    def min_digits(self) -> int:
        """How many digits `shape` asks for; 0 without a shape."""
        return _digits(self.shape)

    @property
    def label(self) -> str:
        """What findings name as their recogniser."""
        return self.name or self.presidio


def _kind_of_recognizer(value: Any) -> str:
    if isinstance(value, Mapping):
        return "of Presidio" if "presidio" in value else "of patterns"
    return "of Presidio" if isinstance(value, PresidioSpec) else "of patterns"


_AnyRecognizer = Annotated[
    Annotated[RecognizerSpec, Tag("of patterns")] | Annotated[PresidioSpec, Tag("of Presidio")],
    Discriminator(_kind_of_recognizer),
]


class RecognizerPack(_Strict):
    """A file of recognisers that belong together."""

    apiVersion: Literal["privacy-gateway/v1"]  # noqa: N815 - the word of the format
    kind: Literal["RecognizerPack"]
    metadata: Metadata
    recognizers: Annotated[tuple[_AnyRecognizer, ...], Field(min_length=1)]


class Term(_Strict):
    """A word or phrase of a topic.

    Attributes:
        term: matched whole, in any case; `*` at its end takes any ending.
        weight: how likely a text with this word alone is about the topic.
    """

    term: _Text
    weight: Annotated[float, Field(gt=0, lt=1)]


class VocabularyPack(_Strict):
    """A file of words that tell a topic.

    Attributes:
        topic: what the words speak for.
        terms: the words.
        examples: texts about the topic.
        near_misses: texts that are not.
    """

    apiVersion: Literal["privacy-gateway/v1"]  # noqa: N815 - the word of the format
    kind: Literal["VocabularyPack"]
    metadata: Metadata
    topic: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    terms: Annotated[tuple[Term, ...], Field(min_length=1)]
    examples: tuple[_Text, ...] = ()
    near_misses: tuple[_Text, ...] = ()


Pack = RecognizerPack | VocabularyPack

_KINDS: Final[Mapping[str, type[RecognizerPack | VocabularyPack]]] = {
    "RecognizerPack": RecognizerPack,
    "VocabularyPack": VocabularyPack,
}


def flags(*, case: bool) -> re.RegexFlag:
    """Return the flags that a pack's regular expressions are compiled with."""
    common = re.MULTILINE | re.DOTALL
    return common if case else common | re.IGNORECASE


def load_packs(files: Mapping[str, str]) -> list[Pack]:
    """Read packs, file name to text, in the order given.

    Raises:
        ConfigurationError: with the problems of all files at once.
    """
    packs: list[Pack] = []
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for file, text in files.items():
        try:
            document = parse_yaml(text, file)
            pack = _pack(document)
        except ConfigurationError as error:
            problems.extend(error.problems)
            continue
        problems.extend(_repeated(document, pack, seen))
        problems.extend(_vetted(document, pack))
        packs.append(pack)
    if problems:
        raise ConfigurationError(problems)
    return packs


def _pack(document: YamlDocument) -> Pack:
    kind = document.value.get("kind") if isinstance(document.value, dict) else None
    model = _KINDS.get(kind) if isinstance(kind, str) else None
    if model is None:
        problem = document.problem(
            ("kind",), "not a pack", expected="kind: " + " or ".join(_KINDS), mend="name the kind of this file"
        )
        raise ConfigurationError([problem])
    return validate(document, model)


def _names(pack: Pack) -> Iterator[tuple[tuple[str | int, ...], str]]:
    yield ("metadata", "name"), f"pack {pack.metadata.name}"
    if isinstance(pack, RecognizerPack):
        for number, spec in enumerate(pack.recognizers):
            label = spec.label if isinstance(spec, PresidioSpec) else spec.name
            yield ("recognizers", number), f"recognizer {label}"


def _repeated(document: YamlDocument, pack: Pack, seen: dict[str, str]) -> Iterator[Problem]:
    for path, name in _names(pack):
        first = seen.setdefault(name, document.file)
        line = f"{document.file}:{document.line(*path)}"
        if first != document.file or seen.setdefault(f"{name} at", line) != line:
            yield document.problem(path, f"{name} comes twice, first in {first}", mend="rename one of them")


def _vetted(document: YamlDocument, pack: Pack) -> Iterator[Problem]:
    if not isinstance(pack, RecognizerPack):
        return
    for number, spec in enumerate(pack.recognizers):
        if isinstance(spec, PresidioSpec):
            continue
        for place, pattern in enumerate(spec.patterns):
            flaw = vet(pattern.regex, flags(case=spec.case))
            if flaw:
                path = ("recognizers", number, "patterns", place, "regex")
                yield document.problem(path, flaw.message, expected=flaw.expected, mend=flaw.mend)
