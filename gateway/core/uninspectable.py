"""Entity types of content that cannot be read, one for each kind.

Decisions kept here:

* A policy that wants to let pictures pass must not thereby let pass an encrypted item or a pointer to what a server
  keeps, so each kind is a type of its own. None of them can be transformed: there is no text in it.
* `UNINSPECTABLE` is the type of a kind that nobody has thought of. In a policy the word stands for all of them.
* What no clause names is high (design invariant 3), the unknown kind included.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

__all__ = ["RETURNED", "SIGNED", "UNINSPECTABLE", "UNINSPECTABLE_TYPES", "uninspectable_type"]

UNINSPECTABLE: Final = "UNINSPECTABLE"
"""The entity type of content of an unknown kind that cannot be read; in policies, all of the types below."""
SIGNED: Final = "UNINSPECTABLE_SIGNED"
"""An item that a model server signed or encrypted: a thinking signature, encrypted reasoning."""
RETURNED: Final = "UNINSPECTABLE_RETURNED"
"""Such an item on its way back, byte for byte, to the upstream that made it, in the conversation it was made in."""

_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "image": "UNINSPECTABLE_IMAGE",
        "audio": "UNINSPECTABLE_AUDIO",
        "video": "UNINSPECTABLE_VIDEO",
        "file": "UNINSPECTABLE_DOCUMENT",
        "remote": "UNINSPECTABLE_REMOTE",
        "server_state": "UNINSPECTABLE_POINTER",
        "published": "UNINSPECTABLE_POINTER",
        "encrypted": SIGNED,
        "tokens": "UNINSPECTABLE_TOKENS",
        "binary": "UNINSPECTABLE_BINARY",
    }
)
UNINSPECTABLE_TYPES: Final = frozenset({UNINSPECTABLE, RETURNED, *_TYPES.values()})
"""All entity types of content that cannot be read."""


def uninspectable_type(kind: str) -> str:
    """Return the entity type of content of `kind`, which is the text of a segment of kind `OPAQUE`."""
    return _TYPES.get(kind, UNINSPECTABLE)
