"""The way of a piece of a stream from the upstream's connection to the client's, without a step in Python.

A model's words come some 20 ms apart, and meanwhile the processor has forgotten all about the last one: the interpreter
that finds its way through a few short functions took a third of what was done for a piece. So what all pieces pass is
compiled (`_chunks`, and in the middle `gateway.dialects._frames` and `gateway.transforms._calm`); here is what it does.

* `Inlet` takes them out of their frames as they come in (`Tap` is one).
* `Passing` gives them to the restorer, and what may be shown to whoever writes it.
* `Writer` puts that into frames, and writes it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from gateway.adapters.chunks import framed, unframed
from gateway.core.protocols import StreamRestorer

__all__ = ["Cycle", "Flow", "Inlet", "Passing", "PlainInlet", "PlainPassing", "PlainWriter", "Take", "Writer"]

Take = Callable[[bytes], bool]
"""Takes the next piece of a body; False: no more for now."""


class Cycle(Protocol):
    """How far the answer to a request is (uvicorn's `RequestResponseCycle`)."""

    response_started: bool
    response_complete: bool
    disconnected: bool
    chunked_encoding: bool | None


class Flow(Protocol):
    """Whether a connection takes something (uvicorn's `FlowControl`)."""

    write_paused: bool


class Connection(Protocol):
    """What bytes are written to."""

    def write(self, data: bytes) -> object:
        """Write."""
        ...


class PlainInlet(ABC):
    """Where the pieces of an answer come in.

    Attributes:
        _take: they go there.
        _hears: set when something comes.
        _is_between: whether more is taken, and whoever parses surely stands between two chunks.
    """

    __slots__ = ("_hears", "_is_between", "_take")

    def __init__(self) -> None:
        self._take: Take
        self._hears = False
        self._is_between = False

    def data_received(self, data: bytes) -> None:
        """Pass on what came: whole chunks as they are, and the rest when it is parsed."""
        self._hears = True
        piece = unframed(data) if self._is_between else b""
        if not piece:
            self._parse(data)
            return
        try:
            if not self._take(piece):
                self._end(False)
        except Exception as error:  # noqa: BLE001 - it is raised where the end is awaited
            self._end(error)

    @abstractmethod
    def _parse(self, data: bytes) -> None:
        """Have it parsed, and pass on what that gives."""

    @abstractmethod
    def _end(self, how: bool | Exception) -> None:  # noqa: FBT001 - what a future becomes
        """Take no more: the body has ended, nothing is taken for now, or there was an error."""


class PlainPassing:
    """Restores pieces, and passes on what may be shown.

    Args:
        restorer: of the stream.
        write: writes a piece; False: it was not, because the client takes nothing now.

    Attributes:
        write: the same.
        left: what of the last piece may be shown; if it was taken, it is written.
    """

    __slots__ = ("_feed", "_signed", "left", "write")

    def __init__(self, restorer: StreamRestorer, write: Take) -> None:
        self._feed = restorer.feed
        self._signed = restorer.signed
        self.write = write
        self.left = b""

    def take(self, piece: bytes) -> bool:
        """Restore a piece, and write what may be shown; False: somebody has to note what was signed, or to write.

        Raises:
            RequestError: as the restorer does.
        """
        self.left = shown = self._feed(piece)
        return not self._signed and (not shown or self.write(shown))


class PlainWriter:
    """Writes pieces of an answer whose head is sent, framed as uvicorn does.

    Args:
        cycle: of the request.
        flow: of the client's connection.
        transport: the same connection.

    Attributes:
        open: whether pieces are known to be taken; whoever changes anything of that closes it, and the next piece asks.
    """

    __slots__ = ("_cycle", "_flow", "_transport", "open")

    def __init__(self, cycle: Cycle, flow: Flow, transport: Connection) -> None:
        self._cycle = cycle
        self._flow = flow
        self._transport = transport
        self.open = False

    def write(self, piece: bytes) -> bool:
        """Write a piece; False: it was not, because the client takes nothing now, or nothing any more."""
        if not piece or not (self.open or self._opens()):
            return False
        self._transport.write(framed(piece))
        return True

    def _opens(self) -> bool:
        cycle = self._cycle
        if self._flow.write_paused or cycle.disconnected or cycle.response_complete:
            return False
        self.open = cycle.response_started and bool(cycle.chunked_encoding)
        return self.open


if TYPE_CHECKING:
    Inlet = PlainInlet
    Passing = PlainPassing
    Writer = PlainWriter
else:
    try:
        from gateway.adapters._chunks import Inlet, Passing, Writer
    except ImportError:  # no C compiler at installation
        Inlet, Passing, Writer = PlainInlet, PlainPassing, PlainWriter
