"""Writes a trained model and its card."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from gateway.detect.words import Vocabulary
from training.common.famous import CHARACTERS, FIGURES
from training.common.manifest import manifest
from training.entity.corpora import FILES
from training.entity.examples import KINDS
from training.entity.model import Tagger

__all__ = ["write"]

THRESHOLDS = {"PERSON": 0.36}


def write(
    directory: Path,
    model: Tagger,
    vocabulary: Vocabulary,
    *,
    familiar: Sequence[str],
    everyday: Sequence[str],
    data: Path,
    options: Mapping[str, Any],
    minutes: float,
) -> None:
    """Write `weights.npz` and `card.yaml`; `about.yaml` becomes a part of the card."""
    directory.mkdir(parents=True, exist_ok=True)
    arrays = model.arrays() | {"gazetteer": vocabulary.gazetteer, "gazetteer_marks": vocabulary.gazetteer_marks}
    arrays["famous"] = np.frombuffer("\n".join(sorted({*FIGURES, *CHARACTERS})).encode(), dtype=np.uint8)
    arrays["everyday"] = np.frombuffer("\n".join(everyday).encode(), dtype=np.uint8)
    arrays["familiar"] = np.frombuffer("\n".join(familiar).encode(), dtype=np.uint8)
    file = directory / "weights.npz"
    np.savez(file, **arrays)
    card_file = directory / "card.yaml"
    card = {
        "kind": "EntityModel",
        "format": 1,
        "name": "entities",
        "entity_types": sorted({"PERSON" if kind == "PUBLIC_PERSON" else kind for kind in KINDS}),
        "weights": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "vocabulary": {
            "word_rows": vocabulary.word_rows,
            "gram_rows": vocabulary.gram_rows,
            "shape_rows": vocabulary.shape_rows,
        },
        "labels": {
            "kinds": list(KINDS),
            "thresholds": THRESHOLDS,
            "private_share": 0.5,
            "famous_share": 0.98,
            "reach": model.size.reach,
        },
        "training": {
            **options,
            "minutes_one_core": round(minutes, 1),
            "parameters": sum(p.numel() for p in model.parameters()),
        },
        "data": manifest(data, FILES),
        "about": yaml.safe_load(Path(__file__).with_name("about.yaml").read_text(encoding="utf-8")),
    }
    card_file.write_text(yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=120), encoding="utf-8")
