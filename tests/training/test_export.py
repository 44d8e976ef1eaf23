"""Needs the training environment (`training/requirements.lock`); skipped without torch."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gateway.adapters.models import load_model
from gateway.core.protocols import Recognizer
from gateway.detect.network import Network, NetworkWeights
from gateway.detect.verdicts import Decoding
from gateway.detect.words import Vocabulary

torch = pytest.importorskip("torch")

WORDS = ["Ask", "Ada", "Lovelace", ",", "36", ",", "in", "Oslo", "about", "O'Brien", "."]


def trained() -> tuple[Any, Vocabulary]:
    model = importlib.import_module("training.entity.model")
    torch.manual_seed(3)
    size = model.Size(word_rows=64, gram_rows=128, shape_rows=32, embedding=16, hidden=32, context=4, reach=3)
    tagger = model.Tagger(size).eval()
    tagger.table.weight.data *= 10
    return tagger, Vocabulary(64, 128, 32, np.zeros(0, np.uint64), np.zeros(0, np.uint16))


def test_the_gateway_computes_what_was_trained() -> None:
    tagger, vocabulary = trained()
    arrays = tagger.arrays()
    parts = {name: arrays[name].astype(np.float32) for name in NetworkWeights.__dataclass_fields__ if name != "table"}
    assert arrays["table"].dtype == np.int8
    labels = parts["out_bias"].size
    decoding = Decoding(np.full(labels // 2, 0.5, dtype=np.float32))
    network = Network(vocabulary, NetworkWeights(table=arrays["table"], **parts), decoding, 3)
    places, ours = network.probabilities(WORDS)

    rows = importlib.import_module("training.entity.model").WordRows(WORDS, vocabulary)
    tensors = importlib.import_module("training.entity.tensors")
    gap = [0] * tensors.GAP
    numbers = np.array(gap + list(range(1, len(WORDS) + 1)) + gap)
    with torch.no_grad():
        vectors = torch.cat([torch.zeros(1, 16), tagger.words(rows.of(np.arange(1, len(WORDS) + 1)))])
        scores = tagger(vectors, torch.from_numpy(numbers), torch.from_numpy(tensors.bounds(numbers)))
    theirs = torch.softmax(scores, dim=1).numpy()
    assert places.tolist() == list(range(len(WORDS)))
    assert np.abs(ours - theirs[len(gap) :][: len(WORDS)]).max() < 0.02
    assert np.abs(ours - ours.mean(axis=0)).max() > 0.1


def test_a_written_model_loads(tmp_path: Path) -> None:
    tagger, vocabulary = trained()
    card = importlib.import_module("training.entity.card")
    data = tmp_path / "data"
    for name in card.FILES:
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text("x", encoding="utf-8")
    card.write(
        tmp_path / "m",
        tagger,
        vocabulary,
        familiar=["the"],
        everyday=["joke"],
        data=data,
        options={"seed": 1},
        minutes=0.5,
    )
    model = load_model(tmp_path / "m")
    assert isinstance(model, Recognizer)
    assert {"PERSON", "STREET_ADDRESS", "RECORD_ID"} < model.entity_types
