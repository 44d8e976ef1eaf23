"""Files that are read and never rewritten: their level decides where they may go.

A format that cannot be written, or only with loss, stays as it is. So nothing in such a file is editable, nor is what
stands in files within it, and the transforms leave its values where they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from gateway.core.errors import TransformError
from gateway.core.files import Files, Passage, Replacement

__all__ = ["FixedReader", "fixed"]


class FixedReader:
    """A `Reader`'s answer when it is asked to write.

    Attributes:
        called: what its files are called in the error.
    """

    called: ClassVar[str]

    def rewrite(self, data: bytes, edits: Mapping[str, Sequence[Replacement]], files: Files) -> bytes:  # noqa: ARG002
        """Refuse.

        Raises:
            TransformError: always.
        """
        raise TransformError(f"{self.called} is not rewritten.")


def fixed(passages: Sequence[Passage]) -> list[Passage]:
    """Return passages of a file whose container cannot be written."""
    return [replace(passage, editable=False) for passage in passages]
