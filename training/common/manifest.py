"""Says which data a model was made from: SHA-256 of each file, of a folder's files in order of their names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

__all__ = ["manifest", "sha256_of"]


def sha256_of(path: Path) -> str:
    """Return the digest of a file, or of all files in a folder (relative names and contents)."""
    if path.is_file():
        return hashlib.sha256(path.read_bytes()).hexdigest()
    digest = hashlib.sha256()
    for file in sorted(found for found in path.rglob("*") if found.is_file()):
        digest.update(file.relative_to(path).as_posix().encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def manifest(data: Path, names: Iterable[str]) -> dict[str, str]:
    """Return name to digest for files and folders below `data`.

    Raises:
        FileNotFoundError: if one is missing.
    """
    found = {}
    for name in sorted(names):
        path = data / name
        if not path.exists():
            raise FileNotFoundError(path)
        found[name] = sha256_of(path)
    return found
