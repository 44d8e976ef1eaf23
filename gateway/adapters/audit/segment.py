"""The files that a log is made of: `audit-000001.jsonl`, `audit-000002.jsonl`, … and their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from gateway.adapters.audit.chain import MAX_LINE
from gateway.adapters.audit.head import HEAD_FILE

__all__ = ["lines", "logs_in", "segment_name", "segment_number", "segments_in", "torn_in"]

_SEGMENT = re.compile(r"audit-([0-9]{6,12})\.jsonl")
_TORN = re.compile(r"audit-[0-9]{6,12}\.jsonl\.torn-[0-9]+")


def segment_name(number: int) -> str:
    """Return the file name of segment `number`, which starts at 1."""
    return f"audit-{number:06d}.jsonl"


def segment_number(name: str) -> int:
    """Return the number in a segment's file name; 0 when it is none."""
    found = _SEGMENT.fullmatch(name)
    return int(found[1]) if found and segment_name(int(found[1])) == name else 0


def segments_in(directory: Path) -> list[tuple[int, Path]]:
    """Return number and path of the segments in `directory`, in order."""
    numbered = ((segment_number(path.name), path) for path in directory.iterdir())
    return sorted((number, path) for number, path in numbered if number)


def torn_in(directory: Path, segment: str = "") -> list[Path]:
    """Return the files that recovery set aside; with `segment`, those behind that one."""
    return sorted(path for path in directory.iterdir() if _TORN.fullmatch(path.name) and path.name.startswith(segment))


def logs_in(directory: Path) -> list[Path]:
    """Return every log under `directory`: itself, and its direct children (one for each writer)."""
    if not directory.is_dir():
        return []
    children = sorted(child for child in directory.iterdir() if child.is_dir())
    return [place for place in (directory, *children) if (place / HEAD_FILE).exists() or segments_in(place)]


def lines(path: Path, start: int = 0) -> Iterator[bytes]:
    """Yield the lines of `path` from byte `start` on, each with its newline; the last may lack it.

    Never more than `MAX_LINE` bytes are held: a longer line comes in pieces, of which only the last ends in a newline.
    """
    with path.open("rb") as file:
        file.seek(start)
        while line := file.readline(MAX_LINE):
            yield line
