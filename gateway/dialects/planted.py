"""Instructions to a model that stand where only a description should: in what a server says of its tools.

Decisions kept here:

* A hint for whoever reads the records, no proof: it is flagged, and a setting may do more. English only, a few turns
  of phrase, and characters that only a model reads (Unicode tags, bidirectional controls).
* Linear: each pattern has bounded gaps.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["INSTRUCTION", "planted_instruction"]

INSTRUCTION: Final = "PLANTED_INSTRUCTION"
"""Stands in a report for a description that speaks to the model."""
_HIDDEN: Final = re.compile("[\u202a-\u202e\u2066-\u2069\U000e0001-\U000e007f]")
_PHRASES: Final = re.compile(
    r"\b(?:ignore|disregard|forget|override)\b[^.\n]{0,40}\b(?:previous|prior|above|earlier|other|system)\b"
    r"[^.\n]{0,20}\b(?:instruction|prompt|rule|message|tool)"
    r"|\b(?:do not|don't|never)\b[^.\n]{0,20}\b(?:tell|mention|inform|show|reveal)\b[^.\n]{0,40}\b(?:user|human)\b"
    r"|<(?:important|system|secret|instructions?)>"
    r"|\b(?:before|after|when) (?:using|calling|you (?:use|call))\b[^.\n]{0,60}\b(?:read|send|cat|upload|include)\b"
    r"|~/\.ssh\b|\bid_rsa\b"
    r"|\bwithout (?:asking|telling|informing|notifying) the user\b",
    re.IGNORECASE,
)


def planted_instruction(text: str) -> bool:
    """Whether `text` seems to tell a model what to do, behind its user's back."""
    return _HIDDEN.search(text) is not None or _PHRASES.search(text) is not None
