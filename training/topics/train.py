"""Trains the topic model and writes `classifiers/models/topics`.

    python -m training.topics.train --data ../shared/data --out classifiers/models/topics

One thread, fixed seeds, minutes. The held-out tenth (by family) is halved by family: one half calibrates, the other is
scored by `evaluate.py`. So are the prompts in `dev/`, which were written to look at errors and to choose thresholds;
those in `honest/` and the dev folders of the sources are never read here.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import random
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import yaml
from scipy.optimize import minimize
from torch import Tensor, nn

from gateway.detect.topic_units import UNIT
from gateway.detect.topic_weights import LEVEL_HEADS, TopicWeights
from gateway.detect.topics import LEVEL_TOPICS, HashedTopicModel
from training.common.manifest import manifest
from training.topics.external import FILES
from training.topics.linear import LinearTopics
from training.topics.network import Batch, TopicNetwork, Words, tokens_of
from training.topics.rows import HERE, Row, make_rows, own_rows
from training.topics.templates import CORPUS, TOPICS, first_half

Arrays = Mapping[str, npt.NDArray[np.generic]]

SIZES = (1 << 16, 1 << 17, 1 << 11)
FOLDED = (1 << 15, 1 << 15)
PAIRS = 1 << 17
LONGEST = 8 * UNIT
HEADS = (*TOPICS[: -len(LEVEL_TOPICS)], *LEVEL_HEADS)
OWN = len(HEADS) - len(LEVEL_HEADS)
_BIG_FAMILY = 40
"""A family of so many texts is no line but a part of a source; the square root of them is taken in an epoch."""
_TOPIC_SHARE = 4.2
"""What all topics together weigh beside the level."""
_VARIANTS, _VARIANT_POWER = 8, 0.75
"""A text of a family weighs less by this power of the family's size, up to so many: 7 variants are no 7 prompts."""


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("classifiers/models/topics"))
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--everything", action="store_true", help="train on the held-out texts too (after measuring)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    begun = time.monotonic()
    rows = make_rows(options.data)
    training = [row for row in rows if options.everything or not row.held_out]
    calibrating = [row for row in rows if row.held_out and first_half(row.family)]
    print(f"{len(training)} texts to train on, {len(calibrating)} to calibrate with, {time.monotonic() - begun:.0f} s")
    arrays = fit(training, options.epochs, options.seed)
    calibrating += [row for row in own_rows() if first_half(row.family)]
    slope, offset = calibrate(arrays, calibrating)
    write(options.out, arrays | {"slope": slope, "offset": offset}, rows, options.data, (time.monotonic() - begun) / 60)


def fit(rows: list[Row], epochs: int, seed: int) -> Arrays:
    """Return the arrays of both halves, trained on `rows` each by itself."""
    texts = [tokens_of(row.text)[:LONGEST] for row in rows]
    words = Words(SIZES, texts)
    ids = [words.ids(tokens) for tokens in texts]
    network = TopicNetwork(SIZES, FOLDED, width=64, channels=64, middle=64, topics=len(HEADS))
    _descend(network, rows, words, ids, epochs, random.Random(seed))
    linear = LinearTopics(words, ids, PAIRS)
    linear.fit(ids, labels_of(rows), weights_of(rows), low=OWN)
    print(f"linear half: {len(rows)} texts")
    return {**network.arrays(), **linear.arrays()}


def weights_of(rows: list[Row]) -> np.ndarray:
    """Return (rows,): what each weighs, less for those of a family of many."""
    families = Counter(row.family for row in rows)
    share = {family: min(count, _VARIANTS) ** -_VARIANT_POWER for family, count in families.items()}
    return np.array([row.weight * share[row.family] for row in rows], dtype=np.float32)


def labels_of(rows: list[Row]) -> np.ndarray:
    """Return (rows, heads): 1, 0 or NaN."""
    levels = [[float(level == row.level) for level in LEVEL_HEADS] for row in rows]
    labels = np.hstack([np.array([row.labels[:OWN] for row in rows]), np.array(levels)]).astype(np.float32)
    for number, row in enumerate(rows):
        if row.level == "sensitive":  # moderate or high, not known which
            labels[number, OWN:] = (0, math.nan, math.nan)
        elif row.level not in LEVEL_HEADS:
            labels[number, OWN:] = math.nan
    return labels


def _descend(
    network: TopicNetwork, rows: list[Row], words: Words, ids: list[np.ndarray], epochs: int, rng: random.Random
) -> None:
    families: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        families.setdefault(row.family, []).append(index)
    steps = epochs * (len(batches(_sample(families, rng), rows, ids, rng)) + 50)
    optimizer = torch.optim.AdamW(network.parameters(), lr=4e-3, weight_decay=1e-4, fused=True)  # half of all time
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps, pct_start=0.15)
    for epoch in range(epochs):
        network.train()
        total = count = 0.0
        began = time.monotonic()
        for batch in batches(_sample(families, rng), rows, ids, rng):
            loss = _loss(network(words, batch.ids), batch)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total, count = total + loss.item(), count + 1
        print(f"network epoch {epoch + 1}: loss {total / count:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    network.eval()


def _sample(families: dict[str, list[int]], rng: random.Random) -> list[int]:
    """Return texts for one epoch: of each family few, so that no line is learned by heart in all its variants."""
    chosen: list[int] = []
    for members in families.values():
        share = len(members) ** 0.25 if len(members) < _BIG_FAMILY else 0.7 * len(members) ** 0.5
        chosen += rng.sample(members, min(max(1, round(share)), len(members)))
    return chosen


def batches(
    chosen: list[int], rows: list[Row], ids: list[np.ndarray], rng: random.Random, tokens: int = 4096
) -> list[Batch]:
    """Return the chosen rows in batches of texts with the same number of units, in random order."""
    by_units: dict[int, list[int]] = {}
    for index in chosen:
        by_units.setdefault(-(-len(ids[index]) // UNIT), []).append(index)
    found: list[Batch] = []
    for units, members in by_units.items():
        rng.shuffle(members)
        size = max(tokens // (units * UNIT), 8)
        for at in range(0, len(members), size):
            some = members[at : at + size]
            block = np.full((len(some), units * UNIT), -1, dtype=np.int64)
            for place, index in enumerate(some):
                block[place, : len(ids[index])] = ids[index]
            levels = [LEVEL_HEADS.index(level) if (level := rows[i].level) in LEVEL_HEADS else -1 for i in some]
            labels = torch.tensor([rows[index].labels[:OWN] for index in some], dtype=torch.float32)
            weights = torch.tensor([rows[index].weight for index in some], dtype=torch.float32)
            found.append(Batch(torch.from_numpy(block), labels, torch.tensor(levels), weights))
    rng.shuffle(found)
    return found


def _loss(logits: Tensor, batch: Batch) -> Tensor:
    """Return the cross-entropy, labels softened a little; what is not known is left out.

    Of the levels it is that of the window that looks least harmless, of each topic that of its likeliest window.
    """
    levels = torch.log_softmax(logits[..., OWN:], -1)
    here = levels[torch.arange(len(levels)), levels[..., 0].argmin(1)]
    wanted = batch.levels.clamp(min=0)[:, None]
    level = -(0.98 * here.gather(1, wanted)[:, 0] + 0.02 * here.mean(1)) * (batch.levels >= 0)
    highest = logits[..., :OWN].amax(1)
    known = ~torch.isnan(batch.labels)
    target = torch.where(known, batch.labels, torch.zeros_like(batch.labels)) * 0.97 + 0.015
    each = nn.functional.binary_cross_entropy_with_logits(highest, target, reduction="none") * known
    topics = each.sum(1) / known.sum(1).clamp(min=1)
    return ((level + _TOPIC_SHARE * topics) * batch.weights).sum() / batch.weights.sum()


def calibrate(arrays: Arrays, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Return slopes (2, heads) and offset of each head by `rows`, from the logits that the gateway itself computes."""
    ones = {"slope": np.ones((2, len(HEADS))), "offset": np.zeros(len(HEADS))}
    model = HashedTopicModel(TOPICS, TopicWeights.from_arrays(arrays | ones))
    halves = [tuple(half.astype(np.float64) for half in model.halves(tokens_of(row.text))) for row in rows]
    labels = labels_of(rows)
    weights = weights_of(rows)
    slope, offset = np.full((2, len(HEADS)), 0.5), np.zeros(len(HEADS))
    for index in range(OWN):
        known = ~np.isnan(labels[:, index])
        if 10 <= labels[known, index].sum() <= known.sum() - 10:
            # of the window that both halves together find the likeliest
            best = [(near + linear)[:, index].argmax() for near, linear in halves]
            features = np.array([(n[k, index], f[k, index], 1) for (n, f), k in zip(halves, best, strict=True)])
            slope[:, index], offset[index] = _platt(features[known].T, labels[known, index], weights[known])
    sure = ~np.isnan(labels[:, OWN:]).any(axis=1)
    chosen = [halves[index] for index in np.flatnonzero(sure)]
    level = labels[sure, OWN:].argmax(axis=1)
    slope[0, OWN:], slope[1, OWN:], offset[OWN:] = _of_levels(chosen, level, weights[sure])
    print("slopes", dict(zip(HEADS, np.round(slope.T, 2).tolist(), strict=True)))
    return slope.astype(np.float32), offset.astype(np.float32)


def _platt(features: np.ndarray, y: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, float]:
    """Return Platt's slopes (2,) and offset by Newton's method; `features`: (3, rows), the last one 1."""
    positive, negative = y.sum(), (1 - y).sum()
    target = np.where(y == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
    prior = np.array([0.5, 0.5, 0.0])
    strength = np.diag([5.0, 5.0, 0.01])
    beta = prior.copy()
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(beta @ features, -30, 30)))
        gradient = features @ (w * (p - target)) + strength @ (beta - prior)
        curvature = (features * (w * p * (1 - p))) @ features.T + strength
        beta = beta - np.linalg.solve(curvature, gradient)
    return np.clip(beta[:2], 0.05, 3), float(beta[2])


def _of_levels(
    halves: list[tuple[np.ndarray, ...]], level: np.ndarray, weights: np.ndarray
) -> tuple[float, float, np.ndarray]:
    """Return one slope for each half and the three levels' offsets, in each text's least harmless window."""
    parts = []
    for near, linear in halves:
        both = near[:, OWN:] + linear[:, OWN:]
        worst = (both[:, 0] - np.logaddexp(both[:, 1], both[:, 2])).argmin()
        parts.append((near[worst, OWN:], linear[worst, OWN:]))
    near, linear = (np.array(part) for part in zip(*parts, strict=True))

    def loss(beta: np.ndarray) -> float:
        logits = beta[0] * near + beta[1] * linear + np.array([beta[2], 0.0, beta[3]])
        logits -= np.logaddexp.reduce(logits, axis=1)[:, None]
        chosen = logits[np.arange(len(logits)), level]
        return float(-(weights * chosen).sum() / weights.sum() + 0.01 * ((beta[:2] - 0.5) ** 2).sum())

    beta = minimize(loss, [0.5, 0.5, 0.0, 0.0]).x
    return float(beta[0]), float(beta[1]), np.array([beta[2], 0.0, beta[3]])


def write(out: Path, arrays: dict[str, np.ndarray], rows: list[Row], data: Path, minutes: float) -> None:
    """Write weights and card."""
    out.mkdir(parents=True, exist_ok=True)
    np.savez(out / "weights.npz", **arrays)
    card = yaml.safe_load((HERE / "card.yaml").read_text(encoding="utf-8"))
    card["topics"] = list(TOPICS)
    card["sha256"] = hashlib.sha256((out / "weights.npz").read_bytes()).hexdigest()
    card["training"] |= {
        "minutes": round(minutes, 1),
        "texts": dict(sorted(Counter(row.source for row in rows if not row.held_out).items())),
        "families": len({row.family for row in rows if not row.held_out}),
        "sha256_of_texts": hashlib.sha256("\0".join(row.text for row in rows).encode()).hexdigest(),
        "data": manifest(data, FILES)
        | manifest(HERE, (*CORPUS, "lexicons"))
        | manifest(HERE.parents[1] / "classifiers/models", ("entities/weights.npz",)),
    }
    text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=110)
    (out / "card.yaml").write_text(text, encoding="utf-8")
    print(f"wrote {out}, {minutes:.1f} minutes")


if __name__ == "__main__":
    main()
