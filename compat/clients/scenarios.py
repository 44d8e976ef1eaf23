"""What every Python client is asked to do: run by `compat/run.py`, one JSON line a scenario on standard output."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

ADDRESS: Final = os.environ["COMPAT_ADDRESS"]
BASE_URL: Final = os.environ["COMPAT_BASE_URL"]
CLIENT: Final = os.environ["COMPAT_CLIENT"]
ASK: Final = f"Write to {ADDRESS} that her parcel is ready."
PIXEL: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TOOL: Final[dict[str, Any]] = {
    "name": "send_mail",
    "description": "Sends a mail",
    "parameters": {"type": "object", "properties": {"to": {"type": "string"}}, "required": ["to"]},
}
SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"to": {"type": "string"}, "subject": {"type": "string"}},
    "required": ["to", "subject"],
    "additionalProperties": False,
}


def model(scenario: str) -> str:
    """Return the model's name that makes the upstream play `scenario` for this client."""
    return f"{CLIENT}/{scenario}"


def restored(text: str | None) -> None:
    """Check that the answer holds the original."""
    expect(text == f"Dear {ADDRESS}, your parcel is ready.", text)


def expect(condition: object, what: object = "") -> None:
    """Raise if `condition` does not hold."""
    if not condition:
        raise AssertionError(f"got {what!r}")


def fails(kinds: type[BaseException] | tuple[type[BaseException], ...], act: Callable[[], object]) -> BaseException:
    """Run `act`, which must raise one of `kinds`; return what it raised."""
    try:
        result = act()
    except kinds as error:
        return error
    raise AssertionError(f"nothing was raised, got {result!r}")


def run(scenarios: Mapping[str, Callable[[], None]]) -> None:
    """Run the scenarios and print how each went."""
    wanted = sys.argv[1:] or list(scenarios)
    for name in wanted:
        try:
            scenarios[name]()
            said = {"scenario": name, "ok": True}
        except Exception as error:  # noqa: BLE001 - whatever a client raises is the finding
            said = {"scenario": name, "ok": False, "detail": f"{type(error).__name__}: {error}"[:600]}
        print(json.dumps(said), flush=True)
