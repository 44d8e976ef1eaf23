"""OpenAI's Images: `POST /v1/images/generations`, `/v1/images/edits`, `/v1/images/variations`.

Decisions kept here:

* Pictures that are uploaded are opened by the readers of files, like those in a message.
* The prompt is its own anchor. What the model made of it (`revised_prompt`) is restored; the picture cannot be.
"""

from __future__ import annotations

from typing import Any, ClassVar, Final

from gateway.core.protocols import Document
from gateway.dialects.answers import AnswerRules
from gateway.dialects.base import OpenAIDialect
from gateway.dialects.forms import FormDialect
from gateway.dialects.shape import BOOLEAN, INTEGER, TEXT, Kind, check
from gateway.dialects.structure import FILES, Structure

__all__ = ["OpenAIImageEdits", "OpenAIImageVariations", "OpenAIImages"]

_STRUCTURE = Structure.of(
    base=FILES,
    keys="model n output_compression partial_images prompt stream user",
    words={
        "background": "auto opaque transparent",
        "moderation": "auto low",
        "output_format": "jpeg png webp",
        "quality": "auto hd high low medium standard",
        "response_format": "b64_json url",
        "size": "1024x1024 1024x1536 1024x1792 1536x1024 1792x1024 256x256 512x512 auto",
        "style": "natural vivid",
    },
)
_UPLOAD: Final = Structure.of(
    base=_STRUCTURE,
    keys="image image[] mask input_fidelity",
    words={
        "input_fidelity": "high low",
        "stream": "true false",
        "media_type": "application/octet-stream image/jpeg image/png image/webp",
    },
)
_RULES: Final = AnswerRules.of(fixed="b64_json background output_format quality size type")
_SHAPE: Final = {
    "model": Kind("a model's name", (str,), filled=True),
    "prompt": TEXT,
    "n": INTEGER,
    "stream": BOOLEAN,
    "user": TEXT,
}


class OpenAIImages(OpenAIDialect):
    """The dialect of `/v1/images/generations`."""

    name = "openai_images"
    endpoint = "/v1/images/generations"
    structure = _STRUCTURE
    rules = _RULES

    def check(self, value: dict[str, Any]) -> None:
        """Check types of the body.

        Raises:
            InvalidRequest: naming the place and what was expected there.
        """
        check(value, _SHAPE, required=("prompt",))

    def anchor(self, document: Document) -> str:
        """Return the prompt."""
        prompt: str = document.value["prompt"]
        return prompt


class OpenAIImageEdits(FormDialect):
    """The dialect of `/v1/images/edits`."""

    name = "openai_image_edits"
    endpoint = "/v1/images/edits"
    structure = _UPLOAD
    rules = _RULES
    files: ClassVar[tuple[str, ...]] = ("image", "image[]", "mask")


class OpenAIImageVariations(OpenAIImageEdits):
    """The dialect of `/v1/images/variations`."""

    name = "openai_image_variations"
    endpoint = "/v1/images/variations"
    files: ClassVar[tuple[str, ...]] = ("image",)
