"""OpenAI's Moderations: `POST /v1/moderations`.

Decisions kept here:

* Each input is judged by itself; its texts are their own anchor.
* The model may be left out; then the upstream's default judges, unless the settings rename it.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.core.protocols import Document
from gateway.dialects.answers import AnswerRules
from gateway.dialects.base import OpenAIDialect, texts_of
from gateway.dialects.shape import TEXT, TEXT_OR_LIST, check
from gateway.dialects.structure import FILES, Structure

__all__ = ["OpenAIModerations"]

_STRUCTURE = Structure.of(base=FILES, keys="input model text", words={"type": "image_url text"})
_SHAPE: Final = {"model": TEXT, "input": TEXT_OR_LIST}


class OpenAIModerations(OpenAIDialect):
    """The dialect of `/v1/moderations`."""

    name = "openai_moderations"
    endpoint = "/v1/moderations"
    structure = _STRUCTURE
    rules = AnswerRules.of(fixed="id model")

    def check(self, value: dict[str, Any]) -> None:
        """Check types of the body.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _SHAPE, required=("input",))

    def streams(self, document: Document) -> bool:  # noqa: ARG002
        """Whether the client asked for a stream: this endpoint has none."""
        return False

    def anchor(self, document: Document) -> str:
        """Return all texts of the input."""
        return "\x1f".join(texts_of(document.value["input"]))
