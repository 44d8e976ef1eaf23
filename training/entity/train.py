"""Trains the entity model: `python -m training.entity.train --data ../shared/data --out classifiers/models/entities`.

Fixed seeds; composed texts are made anew for every round, so that no round sees the same names in the same places.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from gateway.detect.words import TOKEN, WORD_LIMIT, Vocabulary, fold
from training.entity import card, corpora, gazetteer
from training.entity.code import code
from training.entity.examples import ANYTHING, EITHER_PERSON, Example, augment
from training.entity.listings import listings
from training.entity.model import Size, Tagger, WordRows
from training.entity.namesakes import namesakes
from training.entity.ordinary import mixed, sentences
from training.entity.probe import fit
from training.entity.scenes import scenes
from training.entity.synthesis import compose
from training.entity.tensors import Corpus, bounds
from training.entity.variants import renamed

__all__ = ["main"]

SEED = 20240229
_TELLING = {"wnut", "btc", "wikigold", "gum", "arena", "clinc", "banking", "harmless prompts"}
"""Sources that label every name, or hold none of a private person."""
_NAMES = {"PERSON", "PUBLIC_PERSON", EITHER_PERSON, ANYTHING}
_HARDLY_EVER = 20
_NAME_BITS = 0b111
"""First names, and last names; those of romanised lists are everyday words too often."""


def _real(data: Path) -> list[tuple[list[Example], float, int]]:
    """Return the corpora as (examples, weight, copies a round)."""
    return [
        (corpora.named(data, "wnut", dev=False), 1.0, 5),
        (corpora.named(data, "btc", dev=False), 1.0, 1),
        (corpora.named(data, "wikigold", dev=False), 1.0, 2),
        (corpora.named(data, "gum", dev=False), 1.0, 2),
        (corpora.clinical_spanish(data, dev=False), 0.6, 1),
        (corpora.clinical_english(data), 0.5, 1),
        (scenes(data, dev=False), 0.7, 1),
        ([example for example in corpora.ordinary(data, dev=False) if example.source == "arena"], 1.0, 2),
        ([example for example in corpora.ordinary(data, dev=False) if example.source != "arena"], 0.5, 1),
        (corpora.harmless(), 1.0, 2),
    ]


def _chosen(examples: list[Example], rng: random.Random) -> list[Example]:
    """Return all of a small corpus, a part of a large one."""
    size = sum(len(example.text) for example in examples)
    return examples if size < 1_100_000 else rng.sample(examples, int(len(examples) * 1_100_000 / size))


def _familiar(data: Path) -> list[str]:
    """Return the most frequent words of the corpora, most frequent first."""
    tally = Counter(
        word for examples, _, _ in _real(data) for example in examples for word in TOKEN.findall(example.text)
    )
    return [word for word, count in tally.most_common(6000) if count > 2 and word.strip() and len(word) <= WORD_LIMIT]


def everyday(data: Path, vocabulary: Vocabulary) -> list[str]:
    """Return words that people write in lower case and hardly ever as a name, and that no list of names holds."""
    plain, named = Counter[str](), Counter[str]()
    for examples, _, _ in _real(data):
        if examples[0].source not in _TELLING:
            continue
        for example in examples:
            spans = [(start, end) for start, end, kind in example.spans if kind in _NAMES]
            for match in TOKEN.finditer(example.text):
                if any(start <= match.start() < end for start, end in spans):
                    named[fold(match[0])] += 1
                elif match[0].islower():
                    plain[fold(match[0])] += 1
    words = sorted(word for word, count in plain.items() if count > 2 and count >= _HARDLY_EVER * named[word])
    return [word for word, bits in zip(words, vocabulary.marks(words), strict=True) if not bits & _NAME_BITS]


def _round(
    real: list[tuple[list[Example], float, int]], ordinary: list[str], count: int, seed: int, *, names: bool | None
) -> Corpus:
    rng = random.Random(seed)
    corpus = Corpus()
    for examples, weight, copies in real:
        for _ in range(copies):
            chosen = _chosen(examples, rng)
            corpus.add((augment(example, rng) for example in chosen), weight)
        if any(example.spans for example in examples):
            corpus.add(
                (augment(renamed(example, rng), rng) for example in _chosen(examples, rng) if example.spans), weight
            )
    corpus.add(code(rng, 1500), 0.7)
    for made in (
        sentences(rng, names=names),
        mixed(rng, 14000, names=names),
        listings(rng, 4000),
        namesakes(rng, 2600, names=names),
    ):
        corpus.add(augment(example, rng) for example in made)
    corpus.add(augment(example, rng) for example in compose(rng, count, names=names, ordinary=ordinary))
    return corpus


def train(data: Path, size: Size, *, rounds: int, texts: int, everything: bool) -> tuple[Tagger, Vocabulary]:
    """Return the trained network and its vocabulary. `everything`: also with the held-out names."""
    torch.manual_seed(SEED)
    numbers = np.random.default_rng(SEED)
    ordinary = corpora.sentences(data)
    real = _real(data)
    hashes, bits = gazetteer.marks(
        (example.text for examples, _, _ in real for example in examples), everything=everything
    )
    vocabulary = Vocabulary(size.word_rows, size.gram_rows, size.shape_rows, hashes, bits)
    model = Tagger(size)
    dense = [parameter for name, parameter in model.named_parameters() if name != "table.weight"]
    steps = [
        torch.optim.AdamW(dense, lr=2e-3, weight_decay=0.01),
        torch.optim.SparseAdam([model.table.weight], lr=3e-3),
    ]
    rates = [group["lr"] for step in steps for group in step.param_groups]
    for turn in range(rounds):
        start = time.perf_counter()
        corpus = _round(real, ordinary, texts, SEED + turn, names=None if everything else False)
        rows = WordRows([word for word in corpus.words if word is not None], vocabulary)
        masks = torch.from_numpy(corpus.masks())
        batches = list(corpus.batches(numbers, 3000))
        made = time.perf_counter() - start
        model.train()
        total = 0.0
        for number, batch in enumerate(batches):
            done = (turn + number / len(batches)) / rounds
            rate = min(1.0, (turn * len(batches) + number + 1) / 200) * (1 - 0.97 * done)
            for step, base in zip(steps, rates, strict=True):
                step.param_groups[0]["lr"] = base * rate
            loss = _loss(model, rows, masks, batch)
            for step in steps:
                step.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(dense, 2.0)
            for step in steps:
                step.step()
            total += loss.item()
        tokens = sum(words.size for words, _, _ in batches)
        print(
            f"round {turn + 1}/{rounds}: loss {total / len(batches):.4f}, {len(corpus.texts)} texts, {tokens} tokens, {made:.0f} s to compose, {time.perf_counter() - start:.0f} s",
            flush=True,
        )
    model.probe[:], model.probe_bias[:], share = (torch.as_tensor(part) for part in fit(model, rows, corpus, SEED))
    print(f"the probe lets {share:.1%} of words through")
    return model, vocabulary


def _loss(
    model: Tagger, rows: WordRows, masks: torch.Tensor, batch: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> torch.Tensor:
    """Return the mean of -log P(any allowed label)."""
    words, targets, weights = batch
    distinct, places = np.unique(words, return_inverse=True)
    vectors = model.words(rows.of(distinct[1:]))
    vectors = torch.cat([torch.zeros(1, vectors.shape[1]), vectors])
    scores = model(vectors, torch.from_numpy(places), torch.from_numpy(bounds(words)))
    real = torch.from_numpy(np.flatnonzero(targets >= 0))
    logs = torch.log_softmax(scores[real], dim=1)
    allowed = masks[torch.from_numpy(targets)[real]]
    losses = -torch.logsumexp(logs.masked_fill(~allowed, -1e9), dim=1)
    share = torch.from_numpy(weights)[real]
    return (losses * share).sum() / share.sum()


def main() -> None:
    """Train, store, say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--texts", type=int, default=38000, help="composed texts a round")
    parser.add_argument("--hidden", type=int, default=Size.hidden)
    parser.add_argument("--development", action="store_true", help="leave the held-out names out")
    given = parser.parse_args()
    torch.set_num_threads(1)
    start = time.perf_counter()
    size = Size(hidden=given.hidden)
    model, vocabulary = train(
        given.data, size, rounds=given.rounds, texts=given.texts, everything=not given.development
    )
    familiar = _familiar(given.data)
    usual = everyday(given.data, vocabulary)
    minutes = (time.perf_counter() - start) / 60
    options = {"rounds": given.rounds, "texts": given.texts, "seed": SEED, "development": given.development}
    card.write(
        given.out,
        model,
        vocabulary,
        familiar=familiar,
        everyday=usual,
        data=given.data,
        options=options | asdict(size),
        minutes=minutes,
    )
    print(f"{minutes:.1f} minutes; wrote {given.out}")


if __name__ == "__main__":
    main()
