"""Results of a batch that ran at several upstreams: states as one state, lines as one file.

A line of the results is restored with the surrogates of the very request that it answers, never with another line's:
two requests of one batch are two conversations. What names no line of the input is nobody's result, and is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from gateway.core.errors import BlockedByPolicy, InvalidRequest
from gateway.core.model import Sensitivity
from gateway.core.protocols import RestorerFactory
from gateway.core.state import Pair, Remembered, StateKind
from gateway.dialects.calls import PathCall
from gateway.dialects.openai_batches import LINES, BatchLine, GetBatch
from gateway.dialects.openai_files import FileContent
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.dialects.strict_json import dumps, loads
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import ID_LENGTH

__all__ = ["Results", "as_one", "asked", "results"]

_STATES: Final = (
    "validating",
    "in_progress",
    "finalizing",
    "cancelling",
    "failed",
    "expired",
    "cancelled",
    "completed",
)
"""From the least to the most that is done; the whole is where its last part is."""
_TIMES: Final = (
    "in_progress_at",
    "expires_at",
    "finalizing_at",
    "completed_at",
    "failed_at",
    "expired_at",
    "cancelling_at",
    "cancelled_at",
)
_COUNTS: Final = ("total", "completed", "failed")


class Call(Protocol):
    """Asks an upstream for what one of its ids points to."""

    async def __call__(self, call: PathCall, path: dict[str, str], kept: Remembered) -> bytes:
        """Return the answer."""
        ...


@dataclass(frozen=True, slots=True)
class Results:
    """The lines of all parts, in the order of the input, and the ids that they hand out."""

    content: bytes = field(repr=False)
    made: Mapping[str, Remembered] = field(repr=False)


def as_one(before: Mapping[str, Any], states: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the batch whose parts are in `states`.

    Args:
        before: the batch as it was.
        states: what upstreams say of its parts. Their words on errors are left out: they may repeat a request.
    """
    told = dict(before)
    found = [status if (status := state.get("status")) in _STATES else "in_progress" for state in states]
    told["status"] = min(found, key=_STATES.index)
    if any(state == "completed" for state in found) and told["status"] in ("failed", "expired", "cancelled"):
        told["status"] = "completed"  # some of it has results; the lines that have none are not among them
    counts = [state.get("request_counts") for state in states]
    summed = {name: sum(_count(each.get(name)) for each in counts if isinstance(each, dict)) for name in _COUNTS}
    told["request_counts"] = summed | {"total": before["request_counts"]["total"]}
    for name in _TIMES:
        times = [_count(state.get(name)) for state in states if state.get(name)]
        if times:
            told[name] = max(times)
    return told


Guards = Callable[[Sequence[Pair], Sequence[str]], RestorerFactory]
"""Returns what puts originals back into one answer: of a request's own surrogates and texts."""


async def asked(call: Call, file: Remembered) -> dict[int, dict[str, Any]]:
    """Return the lines of a batch's input by number, with originals put back.

    Args:
        call: asks upstreams.
        file: what is remembered of the input.
    """
    pairs = {pair.surrogate: pair for pair in file.pairs}
    gathered: dict[int, dict[str, Any]] = {}
    for part in _parts(file):
        content = await call(FileContent(), {"file_id": part.file}, part.kept(file))
        for line, source in _lines(file, part, content):
            restored = LINES[line.endpoint].asked(source, _restorers(line.own(pairs)))
            if restored is not None:
                gathered[line.number] = restored
    return gathered


async def results(call: Call, file: Remembered, batch: Sequence[Sequence[Any]], field_: str, guards: Guards) -> Results:
    """Return the lines of a batch's results.

    Args:
        call: asks upstreams.
        file: what is remembered of the input.
        batch: maker, id and level of each part of the batch.
        field_: `output_file_id` or `error_file_id`.
        guards: make what restores and looks through each line.
    """
    pairs = {pair.surrogate: pair for pair in file.pairs}
    requests = await asked(call, file)
    gathered: dict[int, bytes] = {}
    made: dict[str, Remembered] = {}
    for place, part in enumerate(_parts(file)):
        kept = part.kept(file)
        real = loads(await call(GetBatch(), {"batch_id": batch[place][1]}, kept)).get(field_)
        if not isinstance(real, str):
            continue
        content = await call(FileContent(), {"file_id": real}, kept)
        for line, source in _lines(file, part, content):
            dialect, own = LINES[line.endpoint], line.own(pairs)
            restored = _guarded(dialect, source, guards(own, _texts(dialect, requests.get(line.number))))
            if restored is not None:
                new = replace(kept, conversation=line.conversation, pairs=tuple(own), planted=tuple(line.planted))
                made |= {id_: replace(new, kind=kind) for id_, kind in dialect.made_in(source)}
                gathered[line.number] = dumps(restored)
    return Results(b"".join(gathered[number] + b"\n" for number in sorted(gathered)), made)


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines of a batch that one upstream has."""

    maker: str
    file: str
    level: Sensitivity
    numbers: Sequence[int]

    def kept(self, file: Remembered) -> Remembered:
        """Return what is known of the upstream's ids of this part."""
        return Remembered(StateKind.FILE, self.maker, self.level, created=file.created)


@dataclass(frozen=True, slots=True)
class _Line:
    """What is remembered of one line of the input."""

    number: int
    endpoint: str
    surrogates: Sequence[str]
    conversation: str = field(repr=False)
    planted: Sequence[str] = field(repr=False)

    def own(self, pairs: Mapping[str, Pair]) -> list[Pair]:
        """Return the line's own pairs."""
        return [pairs[surrogate] for surrogate in self.surrogates if surrogate in pairs]


def _parts(file: Remembered) -> list[_Part]:
    parts: Any = file.detail.get("parts")
    return [_Part(maker, real, Sensitivity.parse(level), numbers) for maker, real, level, numbers in parts]


def _lines(file: Remembered, part: _Part, content: bytes) -> Iterator[tuple[_Line, str]]:
    """Yield the lines of an upstream's file that answer a line of the part, each with that line."""
    lines: Any = file.detail.get("lines")
    named = {lines[number][0]: number for number in part.numbers}
    for source in content.decode("utf-8", "replace").split("\n"):
        number = named.get(_name(source))
        if number is not None:
            yield _Line(number, *lines[number][1:]), source


def _texts(dialect: BatchLine, request: Mapping[str, Any] | None) -> list[str]:
    """Return the texts of a request, for telling what its answer merely repeats."""
    if request is None:
        return []
    try:
        document = dialect.read(dumps(request))
    except InvalidRequest:
        return []
    return [segment.text for segment in dialect.segments(document)]


def _guarded(dialect: BatchLine, source: str, guard: RestorerFactory) -> dict[str, Any] | None:
    """Return a line of the results as the policy lets it through; an error in the place of one that it keeps back."""
    try:
        return dialect.restored(source, guard)
    except BlockedByPolicy as error:
        told = {"code": error.code, "message": error.message}
    return {"custom_id": guard.unguarded().text(_name(source)), "response": None, "error": told}


def _restorers(own: Sequence[Pair]) -> Restorers:
    return Restorers({pair.surrogate[-ID_LENGTH - 1 : -1]: pair for pair in own})


def _name(source: str) -> str:
    """Return the `custom_id` of a line; empty if it has none."""
    value = OpenAIResponses.answer(source.encode()) if source.strip() else None
    name = value.get("custom_id") if value is not None else None
    return name if isinstance(name, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
