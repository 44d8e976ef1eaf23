"""JSON Pointers (RFC 6901)."""

from __future__ import annotations

__all__ = ["child", "escape"]


def escape(key: str) -> str:
    """Return `key` as a reference token: `~` becomes `~0`, `/` becomes `~1`."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def child(path: str, step: str | int) -> str:
    """Return the pointer to the member or element `step` of what `path` points to."""
    return f"{path}/{step}" if isinstance(step, int) else f"{path}/{escape(step)}"
