"""Dataclasses that are made in every request: nobody may write to one, which mypy checks, and not the interpreter.

A frozen dataclass sets each field through `object.__setattr__`, which takes a hundred times as long as setting it: the
hundred and eighty fields of a usual request were a sixteenth of all that planning it takes. So what is made anew for
each request is frozen for mypy alone. What stands for a permission (`Cleared`), who asks, and what is made once at the
start stay frozen at run time, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__all__ = ["light"]

if TYPE_CHECKING:
    from dataclasses import dataclass as light
else:
    from dataclasses import dataclass

    def light(*, frozen: bool, slots: bool) -> object:
        """Return a decorator like `dataclass`; what is `frozen` has a hash, too, and can be written to."""
        return dataclass(slots=slots, unsafe_hash=frozen)
