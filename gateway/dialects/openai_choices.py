"""Streams of `choices`, which chat and legacy completions share.

Decisions kept here:

* Each choice of an answer has its own state; what a choice's texts are, the dialect says (`Choice`).
* What is held of a choice goes out in the event that finishes it, or, without one, in a last event before the end.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from gateway.core.protocols import RestorerFactory
from gateway.dialects.answers import AnswerRules, restore_tree
from gateway.dialects.base import counts, openai_error
from gateway.dialects.frames import Piece
from gateway.dialects.streams import EventRestorer, upstream_broke

__all__ = ["Choice", "ChoiceStream"]

_PADDING: Final = "obfuscation"
_OF_CHUNK: Final = frozenset({"choices", "usage"})


class Choice(Protocol):
    """The state of one choice of a stream."""

    def feed(self, choice: dict[str, Any]) -> bool:
        """Restore the texts in `choice` in place; return whether anything changed."""
        ...

    def end(self, choice: dict[str, Any]) -> bool:
        """Add to `choice` all that is held back for it; return whether there was anything."""
        ...

    def piece(self, choice: dict[str, Any]) -> Piece | None:
        """Return the one text of a choice that holds nothing else that is ever restored; None: it may."""
        ...


class ChoiceStream(EventRestorer):
    """Restores events with `choices`.

    Args:
        restorers: over the surrogates of the request.
        rules: what the answers hold.
        make: makes the state of a choice.
        own: members of a choice that its state restores.
    """

    def __init__(
        self,
        restorers: RestorerFactory,
        rules: AnswerRules,
        make: Callable[[RestorerFactory], Choice],
        *,
        own: frozenset[str],
    ) -> None:
        super().__init__(restorers)
        self._rules = rules
        self._make = make
        self._own = own
        self._plain = rules.fixed | own | _OF_CHUNK | {"created", "index"}
        self._choices: dict[int, Choice] = {}
        self._last: dict[str, Any] = {}

    def error(self, value: Any) -> bytes:  # noqa: ARG002
        """Return the data of the event that stands for an error of the upstream."""
        return openai_error(upstream_broke())

    def count(self, value: dict[str, Any]) -> None:
        """Note the token counts that the event tells; the last one holds."""
        self._usage.update(counts(value.get("usage")))

    def restore(self, value: dict[str, Any]) -> bool:
        """Restore a chunk in place; return whether anything changed."""
        self._last = value
        changed = self._others(value, _OF_CHUNK)
        choices = value.get("choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                changed |= self._choice(choice)
        return changed

    def tail(self) -> bytes:
        """Return a chunk with everything that is still held back, if anything is."""
        choices: list[dict[str, Any]] = []
        for index, state in self._choices.items():
            choice: dict[str, Any] = {"index": index}
            if state.end(choice):
                choices.append({**choice, "finish_reason": None})
        if not choices:
            return b""
        frame = {key: value for key, value in self._last.items() if key not in _OF_CHUNK}
        return self.made({**frame, "choices": choices})

    def piece(self, value: dict[str, Any]) -> Piece | None:
        """Return the one text of a chunk with one choice that goes on."""
        choices = value.get("choices")
        choice = choices[0] if isinstance(choices, list) and len(choices) == 1 else None
        if not isinstance(choice, dict) or not self._plain.issuperset((*value, *choice)):
            return None
        if value.get("usage") or choice.get("logprobs") or choice.get("finish_reason") is not None:
            return None
        index = choice.get("index")
        state = self._choices.get(index if isinstance(index, int) else 0)
        piece = state.piece(choice) if state is not None else None
        return piece._replace(padding=_PADDING) if piece is not None else None

    def _choice(self, choice: dict[str, Any]) -> bool:
        index = choice.get("index")
        index = index if isinstance(index, int) else 0
        state = self._choices.get(index)
        if state is None:
            state = self._choices[index] = self._make(self._restorers)
        changed = state.feed(choice)
        if choice.get("finish_reason") is not None:
            changed |= state.end(choice)
        return self._others(choice, self._own) or changed

    def _others(self, value: dict[str, Any], but: frozenset[str]) -> bool:
        """Restore the members of `value` that are not known: they come whole."""
        return not self._plain.issuperset(value) and restore_tree(value, self._rules, self._restorers, but=but)
