"""What a policy says of answers, and what was found in one.

Decisions kept here:

* What may be put back where is said apart from what is looked for: the one is about the request's own values, the
  other about values that the request did not have.
* A type that the policy names in `types` goes by that, any other by its level, so that a type added tomorrow is
  treated as its level is.
* A report holds types and counts, never a value (invariant 4).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final

from gateway.core.folded import folded_name
from gateway.core.light import light
from gateway.core.model import Sensitivity

__all__ = ["EXFILTRATION_LINK", "UNREAD", "Action", "AnswerPolicy", "AnswerReport", "UrlRule"]

EXFILTRATION_LINK: Final = "EXFILTRATION_LINK"
"""A link or an image in an answer whose address carries data out."""
UNREAD: Final = "UNREAD"
"""Stands in a report for what a recognizer that failed could not look through."""


class Action(StrEnum):
    """What becomes of something found in an answer."""

    PASS = "pass"  # noqa: S105 - the policy's word
    FLAG = "flag"
    REDACT = "redact"
    BLOCK = "block"


class UrlRule(StrEnum):
    """Whether values may be put back inside addresses."""

    NOWHERE = "nowhere"
    TOOLS = "tools"
    """Only in the arguments of tools."""
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class AnswerPolicy:
    """What a policy says of answers.

    Attributes:
        allow: globs of the tools whose arguments may get values put back.
        deny: globs of those that may not, though `allow` names them; a name that merely looks alike is meant, too.
        urls: whether values are put back inside addresses.
        types: entity type to action.
        levels: what becomes of types that `types` does not name.
        on_failure: what becomes of an answer that could not be looked through: block or flag.
        looks: whether answers are looked through at all.
        changes: whether something found may change an answer, so that a stream must be looked through before it is
            shown.
        changing_types: the types that may change an answer; None if any may, because a level says so.
    """

    allow: tuple[str, ...] = ("*",)
    deny: tuple[str, ...] = ()
    urls: UrlRule = UrlRule.TOOLS
    types: Mapping[str, Action] = field(default_factory=dict)
    levels: Mapping[Sensitivity, Action] = field(default_factory=dict)
    on_failure: Action = Action.BLOCK
    looks: bool = field(init=False, repr=False, compare=False)
    changes: bool = field(init=False, repr=False, compare=False)
    changing_types: frozenset[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        actions = (*self.types.values(), *self.levels.values())
        any_may = not _CHANGING.isdisjoint(self.levels.values())
        types = frozenset(kind for kind, action in self.types.items() if action in _CHANGING)
        object.__setattr__(self, "looks", any(action is not Action.PASS for action in actions))
        object.__setattr__(self, "changes", not _CHANGING.isdisjoint(actions))
        object.__setattr__(self, "changing_types", None if any_may else types)

    def may_restore(self, tool: str) -> bool:
        """Whether values may be put back into the arguments of `tool`, by its name.

        Of a tool whose name is not known (empty) the arguments get none, unless every tool's may.
        """
        if not tool and self.deny:
            return False
        plain = folded_name(tool)
        denied = any(fnmatchcase(tool, glob) or fnmatchcase(plain, folded_name(glob)) for glob in self.deny)
        return not denied and any(fnmatchcase(tool, glob) for glob in self.allow)

    def action(self, entity_type: str, level: Sensitivity) -> Action:
        """Return what becomes of a finding of `entity_type`, which is of `level`."""
        return self.types.get(entity_type) or self.levels.get(level, Action.PASS)


_CHANGING: Final = frozenset({Action.REDACT, Action.BLOCK})


@light(frozen=True, slots=True)
class AnswerReport:
    """What was found in an answer.

    Attributes:
        risk: from 0 to 1: how much speaks for the answer to give away what it should not.
        found: entity type to how many distinct values the request did not have.
        redacted: of these, how many were taken out.
        withheld: entity type to how many of the request's own values were not put back, because of their place.
        blocked: whether the answer was kept from the client.
    """

    risk: float = 0.0
    found: Mapping[str, int] = field(default_factory=dict)
    redacted: Mapping[str, int] = field(default_factory=dict)
    withheld: Mapping[str, int] = field(default_factory=dict)
    blocked: bool = False

    def fields(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "risk": self.risk,
            "found": dict(self.found),
            "redacted": dict(self.redacted),
            "withheld": dict(self.withheld),
            "blocked": self.blocked,
        }
