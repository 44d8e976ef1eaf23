"""Ids that say nothing of what a request is about: those that model servers give, and hashes and UUIDs of applications.

They come with every turn of a conversation with tools, and as `prompt_cache_key` and `safety_identifier` with every
request. A topic model reads their random letters as words: one in three harmless requests was judged private by them.
Recognisers look at them all the same; only what a text is about is judged without them.

An id is one only where the API has ids, and random to the eye: what a model server's ids begin with and one run of
letters and digits, three digits or more; or a hash or UUID in hexadecimal digits. No sentence can be put there.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ID_PLACES", "is_random_id"]

_KINDS: Final = (
    "call|chatcmpl-tool|ci|cmp|ctc|cto|cu|cuo|fc|fco|fs|ig|mcp|mcpa|mcpl|mcpr|mcptoolu|msg|resp|rs|srvtoolu|"
    "toolu|toolu_bdrk|toolu_vrtx|tooluse|ws"
)
_RANDOM: Final = re.compile(
    rf"(?:(?:{_KINDS})[_-](?=(?:[A-Za-z]*[0-9]){{3}})[0-9A-Za-z]{{16,64}}"
    r"|(?=(?:[a-fA-F]*[0-9]){3})[0-9a-fA-F]{32,128}"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})\Z"
)
ID_PLACES: Final = ("/id", "_id", "/safety_identifier", "/prompt_cache_key", "/user")
"""How the paths end under which the APIs have ids: to be asked first, of every leaf."""


def is_random_id(path: str, text: str) -> bool:
    """Return whether the leaf at `path`, a JSON Pointer, is an id that says nothing."""
    return path.endswith(ID_PLACES) and _RANDOM.match(text) is not None
