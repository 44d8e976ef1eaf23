"""Finds the items that a model server signed or encrypted, in answers and in requests.

By the names that the APIs give them, wherever they stand: one table for all dialects, because nothing is let pass by
it. An item that it finds and that is none is remembered in vain; one that it misses is unknown when it comes back,
and so is content that cannot be read.
"""

from __future__ import annotations

import re
from typing import Any, Final

__all__ = ["MAY_BE_SIGNED", "signed_items"]

MAY_BE_SIGNED: Final = re.compile(rb'"(?:signature|encrypted_[a-z]{1,20}|redacted_thinking)"')
"""Finds a body or an event that is worth parsing for them."""
_KEYS: Final = frozenset({"signature", "encrypted_content", "encrypted_index", "encrypted_stdout"})
_MAX_ITEMS: Final = 10_000


def signed_items(root: Any) -> list[str]:
    """Return the signed and encrypted items in a parsed body or event, at most 10,000."""
    found: list[str] = []
    stack: list[Any] = [root]
    while stack and len(found) < _MAX_ITEMS:
        value = stack.pop()
        if isinstance(value, list):
            stack += value
        elif isinstance(value, dict):
            redacted = value.get("type") == "redacted_thinking"
            for key, child in value.items():
                if isinstance(child, str):
                    if child and (key in _KEYS or (redacted and key == "data")):
                        found.append(child)
                else:
                    stack.append(child)
    return found
