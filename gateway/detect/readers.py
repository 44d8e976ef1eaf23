"""Reads texts by the entity model's network: compiled where that is installed, else in numpy. Both say the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gateway.detect.network import Network, NetworkWeights
from gateway.detect.verdicts import Decoding, Verdict
from gateway.detect.words import TOKEN, Vocabulary, without_surrogates

__all__ = ["PlainReader", "Reader", "ReaderOf", "Reading", "reader_of"]


@dataclass(frozen=True, slots=True)
class Reading:
    """A text of which some token may be something.

    Attributes:
        source: the text.
        verdicts: on some of its tokens, in order.
        starts: where tokens start in their texts; its own are those from `first` to `last`.
        ends: where they end.
        first: its first token.
        last: the token behind its last.
    """

    source: str = field(repr=False)
    verdicts: Sequence[Verdict]
    starts: Sequence[int] | npt.NDArray[np.int32]
    ends: Sequence[int] | npt.NDArray[np.int32]
    first: int
    last: int

    def spans(self, offset: int) -> list[tuple[int, int]]:
        """Return where those of its tokens are that do not start before `offset`."""
        own = slice(self.first, self.last)
        every = zip(map(int, self.starts[own]), map(int, self.ends[own]), strict=True)
        return [span for span in every if span[0] >= offset]


class Reader(Protocol):
    """Judges the tokens of texts."""

    def read(self, sources: list[str]) -> Iterator[tuple[int, Reading]]:
        """Yield (its number, what is said of it) for each text in which a token is surely something, in order.

        Raises:
            DetectionError: if the network's numbers are not finite.
        """
        ...


class PlainReader:
    """A `Reader` without compiled code."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        weights: NetworkWeights,
        decoding: Decoding,
        reach: int,
        familiar: Sequence[str] = (),
    ) -> None:
        self._network = Network(vocabulary, weights, decoding, reach, familiar)

    def read(self, sources: list[str]) -> Iterator[tuple[int, Reading]]:
        """Do what `Reader` says."""
        for number, source in enumerate(sources):
            verdicts = self._network.judge(without_surrogates(TOKEN.findall(source), source))
            if any(verdict.sure for verdict in verdicts):
                matches = list(TOKEN.finditer(source))
                starts, ends = [match.start() for match in matches], [match.end() for match in matches]
                yield number, Reading(source, verdicts, starts, ends, 0, len(matches))


ReaderOf = Callable[[Vocabulary, NetworkWeights, Decoding, int, Sequence[str]], Reader]

reader_of: ReaderOf = PlainReader
"""The best reader there is; made of the same as `PlainReader`."""

with suppress(ImportError):  # no C compiler at installation
    from gateway.detect._network import CompiledNetwork
    from gateway.detect._tokens import hashed_pieces

    class _CompiledReader:
        """A `Reader` for which only new words become strings."""

        def __init__(
            self,
            vocabulary: Vocabulary,
            weights: NetworkWeights,
            decoding: Decoding,
            reach: int,
            familiar: Sequence[str] = (),
        ) -> None:
            self._network = CompiledNetwork(vocabulary, weights, decoding, reach, familiar)

        def read(self, sources: list[str]) -> Iterator[tuple[int, Reading]]:
            """Do what `Reader` says."""
            hashes, starts, ends, bounds = hashed_pieces(sources)
            verdicts = self._network.judge(sources, hashes, starts, ends, bounds)
            if not verdicts:
                return
            texts = np.searchsorted(bounds, [verdict[0] for verdict in verdicts], side="right").tolist()
            at = 0
            while at < len(texts):
                number, start = texts[at], at
                while at < len(texts) and texts[at] == number:
                    at += 1
                own = [Verdict._make(verdict) for verdict in verdicts[start:at]]
                if any(verdict.sure for verdict in own):
                    first = int(bounds[number - 1]) if number else 0
                    yield number, Reading(sources[number], own, starts, ends, first, int(bounds[number]))

    reader_of = _CompiledReader
