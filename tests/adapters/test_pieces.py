"""The way of a piece, compiled and in Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import pytest

from gateway.adapters.chunks import framed
from gateway.adapters.pieces import Inlet, Passing, PlainInlet, PlainPassing, PlainWriter, Take, Writer
from tests.fakes.restorers import FakeStream

BOTH = pytest.mark.parametrize("compiled", [False, True])


@dataclass
class Cycle:
    """How far an answer is, and whether the connection takes something."""

    response_started: bool
    response_complete: bool
    disconnected: bool
    chunked_encoding: bool | None
    write_paused: bool


@dataclass
class Written:
    """Keeps what is written."""

    pieces: list[bytes] = field(default_factory=list)

    def write(self, data: bytes) -> None:
        self.pieces.append(data)


@BOTH
def test_a_piece_is_written_as_a_chunk_only_into_a_body_of_chunks_that_goes_on(*, compiled: bool) -> None:
    make = Writer if compiled else PlainWriter
    for started, complete, gone, chunked, paused in product([True, False], repeat=5):
        cycle, written = Cycle(started, complete, gone, chunked or None, paused), Written()
        write = make(cycle, cycle, written).write
        can = started and chunked and not (complete or gone or paused)
        assert (write(b"data: 1\n\n"), write(b"")) == (can, False)
        assert written.pieces == [framed(b"data: 1\n\n")] * can
    cycle, written = Cycle(True, False, False, True, True), Written()
    writer = make(cycle, cycle, written)
    assert not writer.write(b"1")
    cycle.write_paused = False
    assert writer.write(b"2")
    assert writer.open
    cycle.disconnected, writer.open = True, False
    assert not writer.write(b"3")
    assert written.pieces == [framed(b"2")]


@BOTH
@pytest.mark.parametrize("takes", [True, False])
def test_what_may_be_shown_is_written_unless_somebody_has_to_wait(*, compiled: bool, takes: bool) -> None:
    restorer, written = FakeStream(), list[bytes]()

    def write(piece: bytes) -> bool:
        written.extend([piece] * takes)
        return takes

    passing = (Passing if compiled else PlainPassing)(restorer, write)
    assert passing.left == b""
    assert passing.take(b"one") is takes
    assert passing.left == b"ONE"
    assert passing.take(b"held back")  # nothing is to be written
    assert passing.left == b""
    assert not passing.take(b"signed")  # what was signed has to be noted before anybody sees it
    assert passing.left == b"SIGNED"
    restorer.signed.clear()
    assert passing.take(b"two") is takes
    with pytest.raises(ValueError, match="no piece"):
        passing.take(b"broken")
    assert written == [b"ONE", b"TWO"] * takes
    passing.write = lambda _piece: True
    assert passing.take(b"three")


def inlet(base: type, take: Take, said: list[object]) -> PlainInlet:
    """Return one that notes in `said` what it is told; what it parses stands between two chunks behind a `;`."""

    class Noting(base):  # type: ignore[misc]  # compiled or not
        def _parse(self, data: bytes) -> None:
            said.append(("parsed", data))
            self._is_between = data.endswith(b";")

        def _end(self, how: bool | Exception) -> None:  # noqa: FBT001 - as declared
            said.append(("ended", repr(how)))
            self._is_between = False

    noting: PlainInlet = Noting()
    noting._take = take
    return noting


@BOTH
@pytest.mark.parametrize("answers", [[True], [False], [ValueError("no")]])
def test_whole_chunks_are_passed_on_and_all_else_is_parsed(*, compiled: bool, answers: list[bool | Exception]) -> None:
    said, taken = list[object](), list[bytes]()

    def take(piece: bytes) -> bool:
        taken.append(piece)
        answer = answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    base: type = Inlet if compiled else PlainInlet
    came = inlet(base, take, said)
    both = framed(b"1") + framed(b"22")
    feed = came.data_received
    heard = [came._hears]
    feed(both)  # nobody knows where the parser stands
    heard.append(came._hears)
    feed(b"x;")
    came._hears = False
    feed(both)
    assert [*heard, came._hears] == [False, True, True]
    feed(both)  # nothing more is taken, unless all was
    feed(b"3\r\nab;")  # no whole chunk
    goes_on = answers[0] is True
    assert taken == [b"122"] * (2 if goes_on else 1)
    rest = [] if goes_on else [("ended", repr(answers[0])), ("parsed", both)]
    assert said == [("parsed", both), ("parsed", b"x;"), *rest, ("parsed", b"3\r\nab;")]
