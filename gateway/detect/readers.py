"""Reads texts by the entity model's network: compiled where that is installed, else in numpy. Both say the same."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from gateway.detect.network import Network, NetworkWeights
from gateway.detect.verdicts import Decoding, stretches
from gateway.detect.words import TOKEN, Vocabulary, without_surrogates

COMPILED = False
with suppress(ImportError):  # no C compiler at installation
    from gateway.detect._network import CompiledNetwork
    from gateway.detect._tokens import Pieces, hash_word, places_among

    COMPILED = True

__all__ = ["CompiledReader", "PlainReader", "Reader", "ReaderOf", "Reading", "reader_of"]


@dataclass(slots=True)
class Reading:
    """A text of which some token is surely something. Its own text begins after `lead` code points.

    Attributes:
        source: the text.
        lead: how many code points were put in front of it.
        entities: what is in it, as `verdicts.Stretch` says, in order.
        starts: where tokens start in their texts; this text's are those from `first` to `last`.
        ends: where they end.
        first: its first token.
        last: the token behind its last.
        hashes: of the tokens, as `_tokens.Pieces.numbers` gives them; empty if there are none.
    """

    source: str = field(repr=False)
    lead: int
    entities: Sequence[tuple[int, int, int, float, float]]
    starts: Sequence[int]
    ends: Sequence[int]
    first: int
    last: int
    hashes: memoryview[int] | None = None

    def between(self, start: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Yield word, start and end, in the own text, of the tokens that start from `start` on and before `end`."""
        for place in range(bisect_left(self.starts, start + self.lead, self.first, self.last), self.last):
            token = self._token(place)
            if token[1] >= end:
                break
            yield token

    def spelled(self, word: str) -> int:
        """Return how often the text, with what was put in front of it, spells `word`."""
        return self.source.count(word)

    def among(self, words: Iterable[str]) -> Iterator[tuple[str, int, int]]:
        """Yield word, start and end, in the own text, of its tokens that read like one of `words`."""
        wanted = frozenset(words)
        places: Iterable[int] = range(self.first, self.last)
        if self.hashes is not None:
            places = places_among(self.hashes, self.first, self.last, [*map(hash_word, wanted)])
        for place in places:
            token = self._token(place)
            if token[0] in wanted and token[1] >= 0:
                yield token

    def _token(self, place: int) -> tuple[str, int, int]:
        start, end = self.starts[place], self.ends[place]
        return self.source[start:end], start - self.lead, end - self.lead


class Reader(Protocol):
    """Judges the tokens of texts."""

    def prepare(self) -> Iterator[None]:
        """Do, a part with each step of a millisecond at most, what else the first texts wait for."""
        ...

    def read(self, sources: list[str], leads: Sequence[int]) -> Iterator[tuple[int, Reading]]:
        """Yield (its number, what is said of it) for each text in which a token is surely something, in order.

        Args:
            sources: texts.
            leads: how many code points were put in front of each.

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

    def prepare(self) -> Iterator[None]:
        """Do what `Reader` says: nothing is left to do."""
        return iter(())

    def read(self, sources: list[str], leads: Sequence[int]) -> Iterator[tuple[int, Reading]]:
        """Do what `Reader` says."""
        for number, source in enumerate(sources):
            verdicts = self._network.judge(without_surrogates(TOKEN.findall(source), source))
            if any(verdict.sure for verdict in verdicts):
                matches = list(TOKEN.finditer(source))
                starts, ends = [match.start() for match in matches], [match.end() for match in matches]
                entities = list(stretches(verdicts))
                yield number, Reading(source, leads[number], entities, starts, ends, 0, len(matches))


ReaderOf = Callable[[Vocabulary, NetworkWeights, Decoding, int, Sequence[str]], Reader]


class CompiledReader:
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

    def prepare(self) -> Iterator[None]:
        """Do what `Reader` says."""
        return self._network.prepare()

    def read(self, sources: list[str], leads: Sequence[int]) -> Iterator[tuple[int, Reading]]:
        """Do what `Reader` says."""
        tokens = Pieces(sources)
        found = self._network.judge(tokens)
        if not found:
            return
        hashes, starts, ends, _ = tokens.numbers()
        for number, first, last, entities in found:
            yield number, Reading(sources[number], leads[number], entities, starts, ends, first, last, hashes)


reader_of: ReaderOf = CompiledReader if COMPILED else PlainReader
"""The best reader there is."""
