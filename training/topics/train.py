"""Trains the topic model and writes `classifiers/models/topics`.

    python -m training.topics.train --data ../shared/data --out classifiers/models/topics

One thread, fixed seeds, minutes. The held-out tenth (by family) is halved by family: one half calibrates, the other is scored by
`evaluate.py`; prompts in `honest/` and the dev folders of the sources are never read here.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import yaml
from torch import Tensor, nn

from gateway.detect.topics import UNIT
from training.common.manifest import manifest
from training.topics.external import FILES
from training.topics.linear import LinearTopics
from training.topics.network import Batch, TopicNetwork, Words, tokens_of
from training.topics.rows import HERE, Row, make_rows
from training.topics.templates import TOPICS, held_out

SIZES = (1 << 16, 1 << 16, 1 << 11)
FOLDED = (1 << 15, 1 << 15)
PAIRS = 1 << 17
LONGEST = 8 * UNIT
_IMPORTANT = {"sensitive": 2.0, "highly_sensitive": 2.5, "protected_person_fact": 1.5}


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--out", type=Path, default=Path("classifiers/models/topics"))
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--everything", action="store_true", help="train on the held-out texts too (after measuring)")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(options.seed)
    begun = time.monotonic()
    rows = make_rows(options.data)
    training = [row for row in rows if options.everything or not row.held_out]
    calibrating = [row for row in rows if row.held_out and held_out(f"half:{row.family}", 2)]
    print(f"{len(training)} texts to train on, {len(calibrating)} to calibrate with, {time.monotonic() - begun:.0f} s")
    network, linear = fit(training, options.epochs, options.seed)
    slope, offset = calibrate(network, linear, calibrating)
    arrays = {**network.arrays(), **linear.arrays(), "slope": slope, "offset": offset}
    write(options.out, arrays, rows, options.data, (time.monotonic() - begun) / 60)


def fit(rows: list[Row], epochs: int, seed: int) -> tuple[TopicNetwork, LinearTopics]:
    """Return both halves, trained on `rows` each by itself."""
    texts = [tokens_of(row.text)[:LONGEST] for row in rows]
    words = Words(SIZES, texts)
    ids = [words.ids(tokens) for tokens in texts]
    rng = random.Random(seed)
    linear = LinearTopics(words, ids, PAIRS, topics=len(TOPICS))
    _descend(linear, torch.optim.Adagrad(linear.parameters(), lr=0.3), rows, words, ids, rng, min(epochs, 3))
    network = TopicNetwork(SIZES, FOLDED, width=64, channels=64, middle=64, topics=len(TOPICS))
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-4)
    _descend(network, optimizer, rows, words, ids, rng, epochs)
    return network, linear


def _descend(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    rows: list[Row],
    words: Words,
    ids: list[np.ndarray],
    rng: random.Random,
    epochs: int,
) -> None:
    steps = epochs * len(batches(rows, ids, rng))
    schedule = None
    if isinstance(optimizer, torch.optim.AdamW):
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, total_steps=steps + 8 * epochs, pct_start=0.15)
    importance = torch.tensor([_IMPORTANT.get(topic, 1.0) for topic in TOPICS])
    for epoch in range(epochs):
        model.train()
        total = count = 0.0
        began = time.monotonic()
        for batch in batches(rows, ids, rng):
            loss = _loss(model(words, batch.ids), batch, importance)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            if schedule:
                schedule.step()
            total, count = total + loss.item(), count + 1
        name = type(model).__name__
        print(f"{name} epoch {epoch + 1}: loss {total / count:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    model.eval()


def batches(rows: list[Row], ids: list[np.ndarray], rng: random.Random, tokens: int = 6144) -> list[Batch]:
    """Return all rows in batches of texts with the same number of units, in random order."""
    by_units: dict[int, list[int]] = {}
    for index, sequence in enumerate(ids):
        by_units.setdefault(-(-len(sequence) // UNIT), []).append(index)
    found: list[Batch] = []
    for units, members in by_units.items():
        rng.shuffle(members)
        size = max(tokens // (units * UNIT), 8)
        for at in range(0, len(members), size):
            chosen = members[at : at + size]
            block = np.full((len(chosen), units * UNIT), -1, dtype=np.int64)
            for place, index in enumerate(chosen):
                block[place, : len(ids[index])] = ids[index]
            labels = torch.tensor([rows[index].labels for index in chosen], dtype=torch.float32)
            weights = torch.tensor([rows[index].weight for index in chosen], dtype=torch.float32)
            found.append(Batch(torch.from_numpy(block), labels, weights))
    rng.shuffle(found)
    return found


def _loss(logits: Tensor, batch: Batch, importance: Tensor) -> Tensor:
    """Cross-entropy of the highest window, labels softened a little, unknown ones left out."""
    highest = logits.amax(1)
    known = ~torch.isnan(batch.labels)
    target = torch.where(known, batch.labels, torch.zeros_like(batch.labels)) * 0.97 + 0.015
    each = nn.functional.binary_cross_entropy_with_logits(highest, target, reduction="none")
    scale = known * importance * batch.weights[:, None]
    return (each * scale).sum() / scale.sum()


def logits_of(models: Sequence[nn.Module], texts: list[str]) -> list[tuple[np.ndarray, ...]]:
    """Return for each text one (windows, topics) array of logits for each of `models`."""
    tokens = [tokens_of(text) for text in texts]
    words = Words(SIZES, tokens)
    found = []
    with torch.no_grad():
        for sequence in tokens:
            ids = np.full(-(-len(sequence) // UNIT) * UNIT, -1, dtype=np.int64)
            ids[: len(sequence)] = words.ids(sequence)
            block = torch.from_numpy(ids)[None]
            found.append(tuple(model(words, block)[0].numpy().astype(np.float64) for model in models))
    return found


def calibrate(network: TopicNetwork, linear: LinearTopics, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Return Platt's slopes (2, topics) and offset of each topic, by Newton's method on `rows`."""
    logits = logits_of((network, linear), [row.text for row in rows])
    labels = np.array([row.labels for row in rows])
    weights = np.array([row.weight for row in rows])
    slope, offset = np.full((2, len(TOPICS)), 0.5), np.zeros(len(TOPICS))
    for index in range(len(TOPICS)):
        known = ~np.isnan(labels[:, index])
        y, w = labels[known, index], weights[known]
        if min(y.sum(), (1 - y).sum()) < 10:
            continue
        positive, negative = y.sum(), (1 - y).sum()
        target = np.where(y == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
        # of the window that both halves together find the likeliest
        best = [parts[0][:, index] + parts[1][:, index] for parts in logits]
        pairs = [(part[0][k.argmax(), index], part[1][k.argmax(), index]) for part, k in zip(logits, best, strict=True)]
        features = np.vstack([np.array(pairs)[known].T, np.ones(int(known.sum()))])
        prior = np.array([0.5, 0.5, 0.0])
        strength = np.diag([5.0, 5.0, 0.01])
        beta = prior.copy()
        for _ in range(30):
            p = 1 / (1 + np.exp(-np.clip(beta @ features, -30, 30)))
            gradient = features @ (w * (p - target)) + strength @ (beta - prior)
            curvature = (features * (w * p * (1 - p))) @ features.T + strength
            beta = beta - np.linalg.solve(curvature, gradient)
        slope[:, index], offset[index] = np.clip(beta[:2], 0.05, 3), beta[2]
    print("slopes", dict(zip(TOPICS, np.round(slope.T, 2).tolist(), strict=True)))
    return slope.astype(np.float32), offset.astype(np.float32)


def write(out: Path, arrays: dict[str, np.ndarray], rows: list[Row], data: Path, minutes: float) -> None:
    """Write weights and card."""
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out / "weights.npz", **arrays)
    card = yaml.safe_load((HERE / "card.yaml").read_text(encoding="utf-8"))
    card["topics"] = list(TOPICS)
    card["sha256"] = hashlib.sha256((out / "weights.npz").read_bytes()).hexdigest()
    card["training"] |= {
        "minutes": round(minutes, 1),
        "texts": dict(sorted(Counter(row.source for row in rows if not row.held_out).items())),
        "families": len({row.family for row in rows if not row.held_out}),
        "sha256_of_texts": hashlib.sha256("\0".join(row.text for row in rows).encode()).hexdigest(),
        "data": manifest(data, FILES) | manifest(HERE, ("corpus", "lexicons")),
    }
    text = yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=110)
    (out / "card.yaml").write_text(text, encoding="utf-8")
    print(f"wrote {out}, {minutes:.1f} minutes")


if __name__ == "__main__":
    main()
