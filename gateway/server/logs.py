"""What the log may say: types of errors and places in code, never their texts (invariant 4).

An exception's text may hold a piece of a request, whoever raised it: this code, a library, or Python itself. So the
formatter leaves texts of exceptions out, whichever logger they come through, and what asyncio says of a task that
failed, and Python of a thread, a destructor or a log line, is replaced. Control characters are written as escapes and
further lines are indented, so that nothing which found its way into a message can look like a line of its own.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sys
import threading
from types import TracebackType
from typing import Any, Final

__all__ = ["PlacesOnly", "configure", "quiet_loop", "where"]

_log = logging.getLogger("privacy_gateway")

_CONTROLS: Final = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")
_ERROR = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class PlacesOnly(logging.Formatter):
    """Writes records without the texts of their exceptions, one line each, or one and indented ones."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        record.exc_text = None  # another handler may have put a whole traceback there
        text = super().format(record)
        return _CONTROLS.sub(lambda found: f"\\x{ord(found[0]):02x}", text).replace("\n", "\n    ")

    def formatException(self, ei: _ERROR) -> str:  # noqa: N802 - logging's name
        """Return type and place of each exception in the chain."""
        error = ei[1]
        places: list[str] = []
        while error is not None and len(places) < 10:  # noqa: PLR2004 - a chain may be a ring
            places.append(f"{type(error).__name__} at {where(error)}")
            error = error.__cause__ or error.__context__
        return ", after ".join(places)


def configure(level: str, line: str = "%(asctime)s %(levelname)s %(name)s %(message)s") -> None:
    """Send the log to stderr; `level` is for the gateway's own words, other libraries say warnings at most.

    What nobody caught is told there too, without its text: also where Python would write it to stderr by itself.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(PlacesOnly(line))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    _log.setLevel(level.upper())
    logging.raiseExceptions = False  # a line that cannot be formatted would be written with all of its arguments
    sys.excepthook = _uncaught_anywhere
    threading.excepthook = lambda told: _tell(told.exc_value)
    sys.unraisablehook = lambda told: _tell(told.exc_value)


def quiet_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Let `loop` tell of what nobody caught without the texts of exceptions, tasks and transports."""
    loop.set_exception_handler(_uncaught)


def _uncaught(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    if isinstance(error, BaseException):
        _tell(error)
    else:
        _log.error("the event loop met a failure without an exception")


def _uncaught_anywhere(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if isinstance(error, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    else:
        _tell(error)


def _tell(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit):  # which ends a thread
        _log.error("nobody caught a %s at %s", type(error).__name__, where(error))


def where(error: BaseException) -> str:
    """Return file and line of the innermost frame: code, never data."""
    trace = error.__traceback__
    place = "unknown"
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/gateway/')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
