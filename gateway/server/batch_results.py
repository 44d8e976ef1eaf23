"""Results of a batch that ran at several upstreams: states as one state, lines as one file.

A line of the results is restored with the surrogates of the very request that it answers, never with another line's:
two requests of one batch are two conversations. What names no line of the input is nobody's result, and is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from gateway.core.model import Sensitivity
from gateway.core.state import Pair, Remembered, StateKind
from gateway.dialects.calls import PathCall
from gateway.dialects.openai_batches import LINES, GetBatch
from gateway.dialects.openai_files import FileContent
from gateway.dialects.openai_responses import OpenAIResponses
from gateway.dialects.strict_json import dumps, loads
from gateway.transforms.restore import Restorers
from gateway.transforms.surrogates import ID_LENGTH

__all__ = ["Results", "as_one", "results"]

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


async def results(
    call: Call, file: Remembered, batch: Sequence[Sequence[Any]] | None = None, field_: str = ""
) -> Results:
    """Return the lines of a batch's input (no `batch`), or of its results.

    Args:
        call: asks upstreams.
        file: what is remembered of the input.
        batch: maker, id and level of each part of the batch.
        field_: `output_file_id` or `error_file_id`.
    """
    lines: Any = file.detail.get("lines")
    parts: Any = file.detail.get("parts")
    pairs = {pair.surrogate: pair for pair in file.pairs}
    gathered: dict[int, bytes] = {}
    made: dict[str, Remembered] = {}
    for place, (maker, real, level, numbers) in enumerate(parts):
        kept = Remembered(StateKind.FILE, maker, Sensitivity.parse(level), created=file.created)
        if batch is not None:
            state = loads(await call(GetBatch(), {"batch_id": batch[place][1]}, kept))
            real = state.get(field_)  # noqa: PLW2901 - the part's results in the place of its input
            if not isinstance(real, str):
                continue
        content = await call(FileContent(), {"file_id": real}, kept)
        named = {lines[number][0]: number for number in numbers}
        for source in content.decode("utf-8", "replace").split("\n"):
            number = named.get(_name(source))
            if number is None:
                continue
            _, endpoint, surrogates, conversation = lines[number]
            dialect = LINES[endpoint]
            own = [pairs[surrogate] for surrogate in surrogates if surrogate in pairs]
            if batch is None:
                restored = dialect.asked(source, _restorers(own))
            else:
                new = Remembered(StateKind.RESPONSE, maker, kept.level, conversation, tuple(own), created=file.created)
                made |= {id_: replace(new, kind=kind) for id_, kind in dialect.made_in(source)}
                restored = dialect.restored(source, _restorers(own))
            if restored is not None:
                gathered[number] = dumps(restored)
    content = b"".join(gathered[number] + b"\n" for number in sorted(gathered))
    return Results(content, made)


def _restorers(own: Sequence[Pair]) -> Restorers:
    return Restorers({pair.surrogate[-ID_LENGTH - 1 : -1]: pair for pair in own})


def _name(source: str) -> str:
    """Return the `custom_id` of a line; empty if it has none."""
    value = OpenAIResponses.answer(source.encode()) if source.strip() else None
    name = value.get("custom_id") if value is not None else None
    return name if isinstance(name, str) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
