"""Fits the probe: which words can the network leave alone after its first layer?

A logistic regression on the first layer's output, over composed texts and the corpora, against "the network sees something here".
Its bias is set so that `RECALL` of those words pass. What it costs in findings is part of every score of the card, since the
gateway's own code scores.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression

from training.entity.model import Tagger, WordRows
from training.entity.tensors import Corpus, bounds

__all__ = ["RECALL", "fit"]

RECALL = 0.9995
_TOKENS = 400_000
_SEEN = 0.2


def fit(
    model: Tagger, rows: WordRows, corpus: Corpus, seed: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], float]:
    """Return the probe (H, 1), its bias (1,), and the share of words that it lets through."""
    states, seen = [], []
    count = 0
    model.eval()
    with torch.no_grad():
        for words, _, _ in corpus.batches(np.random.default_rng(seed), 3000):
            distinct, places = np.unique(words, return_inverse=True)
            vectors = model.words(rows.of(distinct[1:]))
            vectors = torch.cat([torch.zeros(1, vectors.shape[1]), vectors])
            first = model.first_layer(vectors, torch.from_numpy(places), torch.from_numpy(bounds(words)))
            outside = torch.softmax(model.upper_layers(first, torch.from_numpy(places)), dim=1)[:, 0]
            real = words > 0
            states.append(first.numpy()[real])
            seen.append((1 - outside.numpy())[real] > _SEEN)
            count += int(real.sum())
            if count > _TOKENS:
                break
    inputs, wanted = np.concatenate(states), np.concatenate(seen)
    regression = LogisticRegression(C=1.0, max_iter=300, class_weight={False: 1.0, True: 8.0}).fit(inputs, wanted)
    values = inputs @ regression.coef_[0]
    bias = -float(np.quantile(values[wanted], 1 - RECALL))
    return regression.coef_.T.astype(np.float32), np.array([bias], dtype=np.float32), float((values > -bias).mean())
