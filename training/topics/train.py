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
from pathlib import Path

import numpy as np
import torch
import yaml
from torch import Tensor, nn

from gateway.detect.topics import UNIT
from training.common.manifest import manifest
from training.topics.external import FILES
from training.topics.network import Batch, TopicNetwork, Words, tokens_of
from training.topics.rows import HERE, Row, make_rows
from training.topics.templates import TOPICS, held_out

SIZES = (1 << 15, 1 << 15, 1 << 11)
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
    network = fit(training, options.epochs, options.seed)
    slope, offset = calibrate(network, calibrating)
    arrays = {**network.arrays(), "slope": slope, "offset": offset}
    write(options.out, arrays, rows, options.data, (time.monotonic() - begun) / 60)


def fit(rows: list[Row], epochs: int, seed: int) -> TopicNetwork:
    """Return a network trained on `rows`."""
    texts = [tokens_of(row.text)[:LONGEST] for row in rows]
    words = Words(SIZES, texts)
    ids = [words.ids(tokens) for tokens in texts]
    network = TopicNetwork(SIZES, width=64, channels=64, middle=64, topics=len(TOPICS))
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-4)
    rng = random.Random(seed)
    step_count = epochs * len(batches(rows, ids, rng))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=4e-3, total_steps=step_count + epochs * 8, pct_start=0.15
    )
    importance = torch.tensor([_IMPORTANT.get(topic, 1.0) for topic in TOPICS])
    for epoch in range(epochs):
        network.train()
        total = count = 0.0
        began = time.monotonic()
        for batch in batches(rows, ids, rng):
            loss = _loss(network(words, batch.ids), batch, importance)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total, count = total + loss.item(), count + 1
        print(f"epoch {epoch + 1}: loss {total / count:.4f}, {time.monotonic() - began:.0f} s", flush=True)
    network.eval()
    return network


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


def logits_of(network: TopicNetwork, texts: list[str]) -> Tensor:
    """Return (texts, topics): the highest window's logits."""
    tokens = [tokens_of(text) for text in texts]
    words = Words(SIZES, tokens)
    found = []
    with torch.no_grad():
        for sequence in tokens:
            ids = np.full(-(-len(sequence) // UNIT) * UNIT, -1, dtype=np.int64)
            ids[: len(sequence)] = words.ids(sequence)
            found.append(network(words, torch.from_numpy(ids)[None]).amax(1)[0])
    return torch.stack(found)


def calibrate(network: TopicNetwork, rows: list[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Return Platt's slope and offset of each topic, by Newton's method on `rows`."""
    logits = logits_of(network, [row.text for row in rows]).numpy().astype(np.float64)
    labels = np.array([row.labels for row in rows])
    weights = np.array([row.weight for row in rows])
    slope, offset = np.ones(len(TOPICS)), np.zeros(len(TOPICS))
    for index in range(len(TOPICS)):
        known = ~np.isnan(labels[:, index])
        x, y, w = logits[known, index], labels[known, index], weights[known]
        if min(y.sum(), (1 - y).sum()) < 10:
            continue
        positive, negative = y.sum(), (1 - y).sum()
        target = np.where(y == 1, (positive + 1) / (positive + 2), 1 / (negative + 2))
        features = np.stack([x, np.ones_like(x)])
        beta = np.array([1.0, 0.0])
        for _ in range(30):
            p = 1 / (1 + np.exp(-np.clip(beta @ features, -30, 30)))
            gradient = features @ (w * (p - target)) + 1e-2 * (beta - [1.0, 0.0])
            curvature = (features * (w * p * (1 - p))) @ features.T + 1e-2 * np.eye(2)
            beta = beta - np.linalg.solve(curvature, gradient)
        slope[index], offset[index] = np.clip(beta[0], 0.2, 3), beta[1]
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
