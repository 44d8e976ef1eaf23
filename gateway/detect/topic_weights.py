"""The topic model's numbers, and whether they fit together.

Rows of the tables are whole numbers of eight bits, a scale a column: a quarter of the memory, and as good.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

import numpy as np
import numpy.typing as npt

from gateway.detect.aligned import aligned

__all__ = ["F32", "LEVEL_HEADS", "TopicWeights"]

LEVEL_HEADS = ("low", "moderate", "high")
"""The last three heads, under one softmax."""

F32 = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TopicWeights:
    """The trained arrays (`weights.npz`); D: word vector, H: channels, M: hidden, T: heads (see `LEVEL_HEADS`).

    Attributes:
        sizes: (3,): rows that features have for words, n-grams and shapes; the first two are powers of two.
        table: (rows, D) int8, the network's rows for words, n-grams (both folded to fewer, a power of two each) and
            shapes; times `scale`, (D,).
        folded: (2,): the table's rows for words and for n-grams.
        first: (3, D, H), `first_bias`: (H,): convolution over a word and its neighbours.
        second: (3, H, H), `second_bias`: (H,): the same with gaps of two words.
        hidden: (2 H, M), `hidden_bias`: (M,): on the window's highest and mean activations.
        heads: (M, T), `heads_bias`: (T,).
        linear: (words + n-grams, T) int8, times `linear_scale`, (T,); `linear_bias`: (T,).
        rarity: (words + n-grams,) uint8, how rare the row is: 20 times log(texts / texts that have it).
        pairs: (pairs, T) int8, times `linear_scale`; `pairs_rarity`: (pairs,) uint8; a power of two.
        slope: (2, T), `offset`: (T,): Platt's calibration of the logits of network and linear half; of the last three
            heads, one calibration for all: they exclude one another.
    """

    sizes: npt.NDArray[np.int64] = field(repr=False)
    table: npt.NDArray[np.int8] = field(repr=False)
    scale: F32 = field(repr=False)
    folded: npt.NDArray[np.int64] = field(repr=False)
    first: F32 = field(repr=False)
    first_bias: F32 = field(repr=False)
    second: F32 = field(repr=False)
    second_bias: F32 = field(repr=False)
    hidden: F32 = field(repr=False)
    hidden_bias: F32 = field(repr=False)
    heads: F32 = field(repr=False)
    heads_bias: F32 = field(repr=False)
    linear: npt.NDArray[np.int8] = field(repr=False)
    linear_scale: F32 = field(repr=False)
    linear_bias: F32 = field(repr=False)
    rarity: npt.NDArray[np.uint8] = field(repr=False)
    pairs: npt.NDArray[np.int8] = field(repr=False)
    pairs_rarity: npt.NDArray[np.uint8] = field(repr=False)
    slope: F32 = field(repr=False)
    offset: F32 = field(repr=False)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> TopicWeights:
        """Return the weights in `arrays` (`numpy.load` of `weights.npz`).

        Raises:
            ValueError: if an array is missing or has the wrong shape.
        """
        names = [item.name for item in fields(cls)]
        missing = sorted(set(names) - set(arrays))
        if missing:
            raise ValueError(f"arrays missing: {', '.join(missing)}")
        kinds: dict[str, npt.DTypeLike] = dict.fromkeys(("table", "linear", "pairs"), np.int8)
        kinds |= dict.fromkeys(("rarity", "pairs_rarity"), np.uint8) | dict.fromkeys(("sizes", "folded"), np.int64)
        ready = {name: np.ascontiguousarray(arrays[name], dtype=kinds.get(name, np.float32)) for name in names}
        weights = cls(**ready)
        weights._check()
        return weights

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @staticmethod
    def filled(rows: F32) -> F32:
        """Return `rows` as compiled code wants them (`_weigh.pxd`): filled up with nought to a multiple of 64 numbers.

        They begin at a multiple of 64 bytes, so that no vector lies over two lines of the processor's cache.
        """
        count, width = rows.shape
        made: F32 = aligned((count, width + -width % 64), np.float32).astype(np.float32, copy=False)
        made[:, :width] = rows
        return made

    def _check(self) -> None:
        rows, width = self.table.shape
        channels, middle, topics = self.first_bias.size, self.hidden_bias.size, self.heads_bias.size
        pairs, known = self.pairs_rarity.size, self.rarity.size
        wanted = {
            "first_bias": (channels,),
            "hidden_bias": (middle,),
            "heads_bias": (topics,),
            "pairs_rarity": (pairs,),
            "rarity": (known,),
            "sizes": (3,),
            "scale": (width,),
            "folded": (2,),
            "first": (3, width, channels),
            "second": (3, channels, channels),
            "second_bias": (channels,),
            "hidden": (2 * channels, middle),
            "heads": (middle, topics),
            "linear": (known, topics),
            "linear_scale": (topics,),
            "linear_bias": (topics,),
            "pairs": (pairs, topics),
            "slope": (2, topics),
            "offset": (topics,),
        }
        wrong = [name for name, shape in wanted.items() if getattr(self, name).shape != shape]
        if wrong:
            raise ValueError(f"arrays of the wrong shape: {', '.join(wrong)}")
        (words, grams, shapes), folded = self.sizes.tolist(), self.folded.tolist()
        powers = (words, grams, pairs, *folded)
        if min(*powers, shapes) < 1 or any(size & size - 1 for size in powers):
            raise ValueError("arrays of the wrong shape: pairs or sizes")
        if words + grams != known or sum(folded) + shapes != rows:
            raise ValueError("arrays of the wrong shape: table, linear or sizes")
