"""Python's own standard library as an example of texts that hold nothing private (PSF licence; nothing of it is shipped)."""

from __future__ import annotations

import random
import re
import sysconfig
from functools import cache
from pathlib import Path

from training.entity.examples import KINDS, Example

__all__ = ["code"]

_AUTHORS = re.compile(
    r"author|written by|copyright|contribut|thanks|credit|@|\bby [A-Z]|Mc[A-Z]|bpo|created by", re.IGNORECASE
)
_OPEN = frozenset(KINDS) - {"PERSON", "STREET_ADDRESS", "RECORD_ID", "DATE_OF_BIRTH", "AGE", "SEX", "RELATIVE"}


@cache
def _files() -> tuple[Path, ...]:
    return (
        tuple(sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py")))
        + tuple(sorted(Path(sysconfig.get_paths()["stdlib"]).glob("[a-m]*/*.py")))[:300]
    )


def code(rng: random.Random, count: int) -> list[Example]:
    """Return `count` stretches of 5 to 30 lines without a line that may name an author."""
    found: list[Example] = []
    while len(found) < count:
        lines = rng.choice(_files()).read_text(encoding="utf-8", errors="replace").split("\n")
        start = rng.randrange(max(1, len(lines) - 5))
        text = "\n".join(line for line in lines[start : start + rng.randint(5, 30)] if not _AUTHORS.search(line))
        if text.strip():
            found.append(Example(text, (), "code", _OPEN))
    return found
