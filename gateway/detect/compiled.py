"""Which parts of detection run compiled.

The busiest loops are written in Cython (`*.pyx` beside this file) and each has a plain twin in Python that finds the
same; a module takes the twin where the compiled part cannot be imported. So nothing depends on a C compiler but time,
and whoever runs the gateway is told which of the two is running.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import Final

__all__ = ["ELSEWHERE", "PARTS", "missing"]

PARTS: Final = (
    "_entity_words",
    "_gates",
    "_layers",
    "_leaves",
    "_literals",
    "_lookout",
    "_network",
    "_odd",
    "_places",
    "_rows",
    "_scan",
    "_tokens",
    "_topic_words",
    "_topics",
    "_words",
)
"""The compiled modules."""
ELSEWHERE: Final = (
    "gateway.adapters._chunks",
    "gateway.core._lines",
    "gateway.dialects._frames",
    "gateway.dialects._walk",
    "gateway.transforms._calm",
)
"""Those of other packages."""


def missing() -> tuple[str, ...]:
    """Return the parts that run in Python because they were not compiled."""
    names = (*(f"{__package__}.{part}" for part in PARTS), *ELSEWHERE)
    return tuple(name.rpartition(".")[2] for name in names if find_spec(name) is None)
