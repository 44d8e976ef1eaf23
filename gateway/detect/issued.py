"""Ids that model servers give to items, messages and calls of tools: they say nothing of what a request is about.

They come back with every turn of a conversation with tools. A topic model reads their random letters as words, and one
in three harmless turns was judged private by them. Recognisers look at them all the same: only what a text is about is
judged without them.

An id is one only where the API has ids, with a beginning that a server gives, and random to the eye: one run of
letters and digits, three digits or more, so that no sentence can be put there.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["is_issued_id"]

_KINDS: Final = (
    "call|chatcmpl-tool|ci|cmp|ctc|cto|cu|cuo|fc|fco|fs|ig|mcp|mcpa|mcpl|mcpr|mcptoolu|msg|resp|rs|srvtoolu|"
    "toolu|toolu_bdrk|toolu_vrtx|tooluse|ws"
)
_ISSUED: Final = re.compile(rf"(?:{_KINDS})[_-](?=(?:[A-Za-z]*[0-9]){{3}})[0-9A-Za-z]{{16,64}}\Z")


def is_issued_id(path: str, text: str) -> bool:
    """Return whether the leaf at `path`, a JSON Pointer, is an id that a model server gave."""
    return path.endswith(("/id", "_id")) and _ISSUED.match(text) is not None
