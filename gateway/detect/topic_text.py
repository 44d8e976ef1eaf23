"""What the topic model reads of a request: its texts in order, each after its keys, cut into tokens.

Decisions kept here:

* All segments are read as one stream (`diagnosis: F32.1`): a fact may be told over several turns or
  the leaves of a tool result. Keys that only say where a text stands in a request are left out.
* Every e-mail address is the same token, since what it is made of tells of no topic; so is the id in every surrogate.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gateway.core.model import KEY, VALUE, Segment
from gateway.detect.words import TOKEN, without_surrogates

__all__ = ["ADDRESS", "STRUCTURAL_KEYS", "Stream", "keys_told", "pieces", "stream", "token_of", "tokens_of"]

ADDRESS = "user@mail"
_MODEL = "/model"
"""The name of the model asked for is in every request and says nothing of it."""

STRUCTURAL_KEYS = frozenset(
    {
        *("messages", "content", "role", "text", "input", "output", "parts", "prompt", "system", "instructions"),
        *("tool_calls", "function", "arguments", "value", "data", "item", "items", "results", "result", "type"),
        *("model", "tool_call_id", "id", "metadata", "tools", "parameters", "properties", "description", "user"),
    }
)
"""Keys that say where a text stands in a request and nothing about what it is."""


@dataclass(frozen=True, slots=True)
class Stream:
    """The tokens of all segments in order; `places`: (segment, start, end), start -1 for a key's word."""

    words: list[str] = field(repr=False)
    places: list[tuple[int, int, int]]


def tokens_of(text: str) -> list[str]:
    """Return the tokens of `text`."""
    tokens = without_surrogates(TOKEN.findall(text), text)
    return [ADDRESS if "@" in token else token for token in tokens] if "@" in text else tokens


def token_of(token: str, *, among: bool) -> str:
    """Return what `tokens_of` makes of a token of a text; `among`: whether surrogates may be among the text's.

    It is asked for every new word, so it does not look at the text: that would take the square of its length.
    """
    if "@" in token:
        return ADDRESS
    return without_surrogates([token], "<_")[0] if among else token


def _read(segments: Sequence[Segment], told: set[str]) -> Iterator[tuple[Segment, int, Sequence[str]]]:
    """Yield segment, its index and the keys to be told first for the segments to read; told keys are not told again.

    `told` holds the keys told since the last value, before and after.
    """
    for index, segment in enumerate(segments):
        if segment.kind is KEY:
            told.add(segment.text)
            yield segment, index, ()
        elif segment.kind is VALUE and segment.path != _MODEL:
            yield segment, index, () if told.issuperset(segment.context[-1:]) else _keys(segment)
            told.clear()


def keys_told(parts: Sequence[Sequence[Segment]]) -> set[str]:
    """Return the keys told since the last value of `parts`."""
    told: set[str] = set()
    for part in reversed(parts):
        for segment in reversed(part):
            if segment.kind is KEY:
                told.add(segment.text)
            elif segment.kind is VALUE and segment.path != _MODEL:
                return told
    return told


def _keys(segment: Segment) -> list[str]:
    """Return the keys that say what the segment's text is."""
    return [key for key in segment.context[-2:] if key and key.lower() not in STRUCTURAL_KEYS]


def pieces(segments: Sequence[Segment], told: set[str]) -> list[str]:
    """Return what is to be read of `segments`, to be cut into tokens piece by piece; `told` as of `keys_told`."""
    read: list[str] = []
    for segment, _, keys in _read(segments, told):
        for key in keys:
            read += (key, ":")
        read += (segment.text, ":" if segment.kind is KEY else "\n")
    return read


def stream(segments: Sequence[Segment]) -> Stream:
    """Return the tokens of `pieces` with their places."""
    words: list[str] = []
    places: list[tuple[int, int, int]] = []
    for segment, index, keys in _read(segments, set()):
        for key in keys:
            words += (*tokens_of(key), ":")
        places += [(index, -1, -1)] * (len(words) - len(places))
        words += tokens_of(segment.text)
        places += [(index, match.start(), match.end()) for match in TOKEN.finditer(segment.text)]
        words.append(":" if segment.kind is KEY else "\n")
        places.append((index, -1, -1))
    return Stream(words, places)
