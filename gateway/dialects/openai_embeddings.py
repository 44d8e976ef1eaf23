"""OpenAI's Embeddings: `POST /v1/embeddings`.

Decisions kept here:

* Input that is token ids stands for a text which the gateway cannot read without the model's vocabulary: opaque. The
  numbers are scanned all the same, and as characters, because nobody says that they are token ids.
* The anchor is the same for all requests of a tenant, so that a value has one surrogate in every document and in every
  query: with another one each time, search over tokenised texts would find nothing.
* An answer holds numbers and no text, so nothing is restored, whatever stands in it.
"""

from __future__ import annotations

from typing import Any, Final

from gateway.core.protocols import Document, RestorerFactory
from gateway.dialects.answers import AnswerRules
from gateway.dialects.base import OpenAIDialect
from gateway.dialects.shape import INTEGER, TEXT, TEXT_OR_LIST, Kind, check
from gateway.dialects.structure import FILES, Opaque, OpaqueRule, Structure

__all__ = ["OpenAIEmbeddings"]

_STRUCTURE = Structure.of(
    base=FILES,
    keys="dimensions model user",
    words={"encoding_format": "float base64"},
    opaque=(OpaqueRule("input", Opaque.TOKENS),),
)
_SHAPE: Final = {
    "model": Kind("a model's name", (str,), filled=True),
    "input": TEXT_OR_LIST,
    "dimensions": INTEGER,
    "encoding_format": TEXT,
    "user": TEXT,
}


class OpenAIEmbeddings(OpenAIDialect):
    """The dialect of `/v1/embeddings`."""

    name = "openai_embeddings"
    endpoint = "/v1/embeddings"
    structure = _STRUCTURE
    rules = AnswerRules.of(fixed="")

    def check(self, value: dict[str, Any]) -> None:
        """Check types of the body.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _SHAPE, required=("model", "input"))

    def streams(self, document: Document) -> bool:  # noqa: ARG002
        """Whether the client asked for a stream: this endpoint has none."""
        return False

    def anchor(self, document: Document) -> str:  # noqa: ARG002
        """Return one anchor for all requests."""
        return "embeddings"

    def restore_value(self, value: dict[str, Any], restorers: RestorerFactory) -> bool:  # noqa: ARG002
        """Restore nothing."""
        return False
