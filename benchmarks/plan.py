"""What planning a request costs, by stage: `python -m benchmarks.plan`.

Planning is everything between the bytes that came and the bytes that may leave: reading, detection with all packs and
both models, policy, transforms, the send gate. Each body is planned once and no two texts are alike, so nothing of
them is remembered; what is the same in all (the system's message, parameters) is, as in service. Figures are
milliseconds of this process's CPU time per request on one core (medians; a busy machine changes them little), and the
share of each stage.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy is loaded

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Any

from benchmarks.texts import KINDS, chat
from gateway.core.model import Segment
from gateway.core.protocols import Document
from gateway.dialects.openai_chat import OpenAIChat
from gateway.imaginary import imaginary_upstreams
from gateway.loadout import load_engine
from gateway.pipeline import Engine, Request, plan

SIZES = {"1 KB": 1000, "16 KB": 16_000}
ROUNDS = {"1 KB": 60, "16 KB": 12}
WARM_UP = 30


@dataclass
class Stages:
    """Seconds of CPU by stage, of the request that is being planned."""

    spent: dict[str, float] = field(default_factory=dict)

    def timed(self, stage: str, call: Callable[[], Any]) -> Any:
        """Return what `call` returns; count its time for `stage`."""
        start = time.process_time()
        try:
            return call()
        finally:
            self.spent[stage] = self.spent.get(stage, 0.0) + time.process_time() - start


class Timed:
    """A recognizer or topic model whose time is counted, whatever it offers besides."""

    def __init__(self, inner: Any, stages: Stages, stage: str) -> None:
        self._inner, self._stages, self._stage = inner, stages, stage
        self.name: str = getattr(inner, "name", "topics")
        self.entity_types: frozenset[str] = getattr(inner, "entity_types", frozenset())
        self.topics: frozenset[str] = getattr(inner, "topics", frozenset())

    def analyze(self, *arguments: Any) -> Any:
        """Return what the inner one returns."""
        return self._stages.timed(self._stage, lambda: self._inner.analyze(*arguments))


class TimedNoting(Timed):
    """A topic model that takes notes."""

    def note(self, *arguments: Any) -> Any:
        """Return what the inner one returns."""
        return self._stages.timed(self._stage, lambda: self._inner.note(*arguments))

    def conclude(self, *arguments: Any) -> Any:
        """Return what the inner one returns."""
        return self._stages.timed(self._stage, lambda: self._inner.conclude(*arguments))


class TimedResumable(Timed):
    """A topic model that goes on where it was."""

    def resume(self, *arguments: Any) -> Any:
        """Return what the inner one returns."""
        return self._stages.timed(self._stage, lambda: self._inner.resume(*arguments))


class TimedRereading(TimedResumable):
    """One that reads nearly the same again for less."""

    def rereading(self) -> Any:
        """Return what does what the inner one's does."""
        resume = self._inner.rereading()
        return lambda *arguments: self._stages.timed(self._stage, lambda: resume(*arguments))


def timed_model(inner: Any, stages: Stages) -> Timed:
    """Return a topic model with its time counted."""
    kind = (
        TimedNoting
        if hasattr(inner, "note")
        else TimedRereading
        if hasattr(inner, "rereading")
        else TimedResumable
        if hasattr(inner, "resume")
        else Timed
    )
    return kind(inner, stages, "topics")


class TimedDialect(OpenAIChat):
    """A dialect whose time is counted."""

    def __init__(self, stages: Stages) -> None:
        self._stages = stages

    def read(self, body: bytes) -> Document:
        """Read as the dialect does."""
        document: Document = self._stages.timed("json", lambda: super(TimedDialect, self).read(body))
        return document

    def segments(self, document: Document) -> list[Segment]:
        """Take apart as the dialect does."""
        inner = super().segments
        found: list[Segment] = self._stages.timed("json", lambda: inner(document))
        return found

    def edit(self, document: Document, edits: Mapping[str, str], model: str | None) -> bytes:
        """Edit as the dialect does."""
        body: bytes = self._stages.timed("json", lambda: super(TimedDialect, self).edit(document, edits, model))
        return body


def timed_engine(engine: Engine, stages: Stages) -> Engine:
    """Return `engine` with its parts timed."""
    return replace(
        engine,
        recognizers=tuple(Timed(one, stages, one.name) for one in engine.recognizers),  # type: ignore[misc]
        topics=tuple(timed_model(one, stages) for one in engine.topics),  # type: ignore[misc]
    )


def measure(engine: Engine, bodies: Sequence[bytes]) -> dict[str, float]:
    """Return the medians of CPU milliseconds a request, by stage and `all`."""
    stages = Stages()
    timed = timed_engine(engine, stages)
    dialect = TimedDialect(stages)
    upstreams = imaginary_upstreams("openai")
    rows: list[dict[str, float]] = []
    for body in bodies:
        stages.spent = {}
        stages.timed("all", lambda body=body: plan(Request(dialect, body), timed, upstreams))  # type: ignore[misc]
        rows.append(dict(stages.spent))
    rows = rows[min(WARM_UP, len(rows) // 3) :]
    names = sorted({name for row in rows for name in row})
    return {name: median(row.get(name, 0.0) for row in rows) * 1000 for name in names}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", default=list(KINDS), help=f"of {', '.join(KINDS)}")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    engine = load_engine(None)
    for recognizer in engine.recognizers:
        getattr(recognizer, "warm", lambda: None)()
    print(f"CPU-ms a request, medians of distinct requests, seed {options.seed}")
    columns = ["all", "json", "presidio", "secrets", "entities", "topics"]
    print("".join(f"{column:>10}" for column in ["kind", "size", *columns, "rest"]))
    # Kinds by turns, so that whatever else the machine does meets all of them.
    for size, length in SIZES.items():
        for kind in options.kinds:
            seeds = range(options.seed, options.seed + ROUNDS[size] + WARM_UP)
            figures = measure(engine, [chat(KINDS[kind](length - 14, seed), seed) for seed in seeds])
            rest = figures["all"] - sum(value for name, value in figures.items() if name != "all")
            cells = [*(figures.get(column, 0.0) for column in columns), rest]
            print(f"{kind:>10}{size:>10}" + "".join(f"{cell:10.2f}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
