"""Reads `lists/`: words and names written for this project, one a line.

Their order is kept: with a fixed seed it decides which one is drawn.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["read_list"]

_LISTS = Path(__file__).parent / "lists"


def read_list(name: str) -> tuple[str, ...]:
    """Return the lines of `lists/NAME.txt`, in their order."""
    return tuple((_LISTS / f"{name}.txt").read_text(encoding="utf-8").splitlines())
