"""What all endpoints with a JSON body share: read, segments, edit, whole answers.

Decisions kept here:

* A dialect is a table (`Structure`, `AnswerRules`, shape) and the few functions in which its API differs. What is
  common stands here once.
* Nothing edited: the very bytes that came in (invariant 6). An edit works on the source (`splice`).
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Final

from gateway.core.errors import RequestError, TransformError
from gateway.core.model import NAME, Segment
from gateway.core.protocols import Document, RestorerFactory, StreamRestorer
from gateway.dialects import leaves
from gateway.dialects.answers import AnswerRules, restore_tree
from gateway.dialects.signed import MAY_BE_SIGNED, signed_items
from gateway.dialects.splice import Cut, cuts, splice
from gateway.dialects.sse import event
from gateway.dialects.streams import EventRestorer, upstream_broke
from gateway.dialects.strict_json import dumps, loads
from gateway.dialects.structure import Structure

__all__ = ["JsonDialect", "OpenAIDialect", "counts", "openai_error", "texts_of"]


_ERROR: Final = re.compile(rb'"error"\s*:\s*[{"\[]')


class JsonDialect(ABC):
    """One endpoint whose requests and answers are JSON objects. Stateless."""

    name: str
    family: str
    endpoint: str
    structure: Structure
    rules: AnswerRules
    turns: str = ""
    """The key under which a conversation's messages stand, each an object; empty: there are none."""

    def read(self, body: bytes) -> Document:
        """Parse and check a body.

        Raises:
            InvalidRequest: if it is not strictly JSON of the endpoint's outer shape.
        """
        value = loads(body)
        self.check(value)
        return Document(body, value)

    @abstractmethod
    def check(self, value: dict[str, Any]) -> None:
        """Check the outer shape of a parsed body.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """

    def segments(self, document: Document) -> list[Segment]:
        """Return every leaf and key that would go out and is not structural.

        The model's name is looked through for identifiers like any text, but it is a name and no prose: a model that
        takes `gpt-4o-mini` for a person must not rename what the client asked for.
        """
        found = leaves.segments(document.value, self.structure, document.walked, document.gap)
        for number, one in enumerate(found):
            if one.path == "/model":
                kind = NAME
                found[number] = Segment(
                    one.path, one.text, kind, one.context, one.location, editable=False, attachment=one.attachment
                )
                break
        return found

    def edit(self, document: Document, edits: Mapping[str, str], model: str | None) -> bytes:
        """Return the body with the text at each path of `edits` replaced and the model renamed.

        Raises:
            TransformError: if an edit has no place in the body, or cannot be written.
        """
        changes = dict(edits)
        source = document.raw
        if model is not None and model != self.model(document):
            if "model" in document.value:
                changes["/model"] = model
            else:
                source = _with_model(source, model, empty=not document.value)
        if not changes:
            return source
        edited = splice(source.decode(), changes, self.structure)
        try:
            return edited.encode()
        except UnicodeEncodeError:
            pass
        raise TransformError("An edit holds half of a surrogate pair.")

    def cuts(self, document: Document, edits: Mapping[str, str], model: str | None) -> list[Cut]:
        """Return what `edit` replaces in the document's source, in order.

        Raises:
            TransformError: as `edit`, and if the body names no model and one is to be named.
        """
        changes = dict(edits)
        if model is not None and model != self.model(document):
            changes["/model"] = model
        return cuts(document.raw.decode(), changes, self.structure) if changes else []

    def model(self, document: Document) -> str:
        """Return the model asked for; empty when none is named."""
        model = document.value.get("model")
        return model if isinstance(model, str) else ""

    def streams(self, document: Document) -> bool:
        """Whether the client asked for a stream."""
        return document.value.get("stream") is True

    def restore(self, body: bytes, restorers: RestorerFactory, value: dict[str, Any] | None = None) -> bytes:
        """Return a whole answer with originals put back; the same bytes when nothing was restored."""
        if restorers.empty and not _ERROR.search(body):
            return body
        value = self.answer(body) if value is None else value
        if value is None:
            return body
        changed = self.scrub(value)
        if not restorers.empty:
            changed |= self.restore_value(value, restorers)
        return dumps(value) if changed else body

    def scrub(self, value: dict[str, Any]) -> bool:
        """Replace the upstream's error in an answer: its words may repeat the prompt; return whether there was one."""
        if not value.get("error"):
            return False
        value["error"] = json.loads(self.error(upstream_broke()))["error"]
        return True

    def restore_value(self, value: dict[str, Any], restorers: RestorerFactory) -> bool:
        """Restore a parsed answer in place; return whether anything changed."""
        return restore_tree(value, self.rules, restorers)

    def usage(self, body: bytes, value: Mapping[str, Any] | None = None) -> Mapping[str, int]:
        """Return the token counts of a whole answer: `input`, `output`."""
        if value is None and b'"usage"' in body:
            value = self.answer(body)
        return counts(value.get("usage")) if value is not None else {}

    def signed(self, body: bytes, value: Mapping[str, Any] | None = None) -> list[str]:
        """Return the signed and encrypted items that a body holds, of a request or a whole answer."""
        if not MAY_BE_SIGNED.search(body):
            return []
        return signed_items(self.answer(body) if value is None else value)

    @staticmethod
    def answer(body: bytes) -> dict[str, Any] | None:
        """Return the object that an answer holds, or None. Lenient: an answer is not judged, only restored."""
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            return None
        return value if isinstance(value, dict) else None

    @abstractmethod
    def anchor(self, document: Document) -> str:
        """Return the text that stays the same in every turn of a conversation."""

    @abstractmethod
    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Return a restorer for a streamed answer."""

    @abstractmethod
    def error(self, error: RequestError) -> bytes:
        """Return `error` in the API's own envelope."""

    def error_event(self, error: RequestError) -> bytes:
        """Return `error` as the event with which the API ends a stream that failed."""
        return event(self.error(error))


class OpenAIDialect(JsonDialect):
    """An endpoint of the OpenAI family."""

    family = "openai"

    def stream(self, restorers: RestorerFactory) -> StreamRestorer:
        """Return a restorer for a streamed answer; unless the endpoint says more, of events that each are whole."""
        return _WholeEvents(restorers, self.rules)

    def error(self, error: RequestError) -> bytes:
        """Return `error` in OpenAI's envelope."""
        return openai_error(error)


class _WholeEvents(EventRestorer):
    """Restores each event by itself."""

    def __init__(self, restorers: RestorerFactory, rules: AnswerRules) -> None:
        super().__init__(restorers)
        self._rules = rules

    def error(self, value: Any) -> bytes:  # noqa: ARG002
        """Return the data of the event that stands for an error of the upstream."""
        return openai_error(upstream_broke())

    def count(self, value: dict[str, Any]) -> None:
        """Note the token counts that the event tells."""
        self._usage.update(counts(value.get("usage")))

    def restore(self, value: dict[str, Any]) -> bool:
        """Restore an event in place; return whether anything changed."""
        return restore_tree(value, self._rules, self._restorers)

    def tail(self) -> bytes:
        """Return nothing: no event waits for another."""
        return b""


def openai_error(error: RequestError) -> bytes:
    """Return `error` in OpenAI's envelope: `{"error": {"message", "type", "param", "code"}}`."""
    return dumps({"error": {"message": error.message, "type": error.type, "param": None, "code": error.code}})


def texts_of(content: object) -> list[str]:
    """Return the texts of a message's content, whether it is one text or parts with `text` or `refusal`."""
    if isinstance(content, str):
        return [content]
    texts: list[str] = []
    for part in content if isinstance(content, list) else ():
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict):
            texts += (text for text in (part.get("text"), part.get("refusal")) if isinstance(text, str))
    return texts


MAX_TOKENS: Final = 2**53
"""A count above this is no count, and no metric could hold it."""


def counts(usage: object) -> dict[str, int]:
    """Return `input` and `output` tokens of a `usage` object, whichever of the APIs' words it uses."""
    if not isinstance(usage, dict):
        return {}
    told: dict[str, int] = {}
    for name, words in (
        ("input", ("prompt_tokens", "input_tokens")),
        ("output", ("completion_tokens", "output_tokens")),
    ):
        for word in words:
            count = usage.get(word)
            if isinstance(count, int) and not isinstance(count, bool) and 0 <= count <= MAX_TOKENS:
                told[name] = count
    return told


def _with_model(source: bytes, model: str, *, empty: bool) -> bytes:
    """Return the object in `source` with a `model` member put first."""
    head, brace, rest = source.partition(b"{")
    return head + brace + b'"model":' + dumps(model) + (b"" if empty else b",") + rest
