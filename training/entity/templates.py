"""Templates: texts with `{slot}`s, which `slots.py` explains and fills.

`genres/` holds the English ones, `languages/` those of others: one a line, in which a backslash and n is a line break.
"""

from __future__ import annotations

from pathlib import Path

__all__ = [
    "CLINICAL",
    "GENERAL",
    "GREETINGS",
    "HARMLESS",
    "INSTRUCTIONS",
    "LANGUAGES",
    "LINES",
    "PUBLIC",
    "RECORDS",
    "SIGNATURES",
    "TALK",
]

_HERE = Path(__file__).parent


def _lines(file: Path) -> tuple[str, ...]:
    return tuple(line.replace("\\n", "\n") for line in file.read_text(encoding="utf-8").splitlines())


def _genre(name: str) -> tuple[str, ...]:
    """Return a genre's templates; something follows one that ends with a colon."""
    return tuple(line + " " if line.endswith(":") else line for line in _lines(_HERE / "genres" / f"{name}.txt"))


CLINICAL = _genre("clinical")
GENERAL = _genre("general")
GREETINGS = _genre("greetings")
HARMLESS = _genre("harmless")
INSTRUCTIONS = _genre("instructions")
LINES = _genre("lines")
PUBLIC = _genre("public")
RECORDS = _genre("records")
SIGNATURES = _genre("signatures")
TALK = _genre("talk")
LANGUAGES = {file.stem: _lines(file) for file in sorted((_HERE / "languages").glob("*.txt"))}
"""Templates of a language other than English."""
