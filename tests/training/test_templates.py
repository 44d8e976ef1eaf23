"""Needs the training environment (`training/requirements.lock`); skipped without Faker."""

from __future__ import annotations

import importlib
import random

import pytest

from training.entity.examples import KINDS

pytest.importorskip("faker")


def test_every_template_fills_and_labels_what_it_says() -> None:
    slots = importlib.import_module("training.entity.slots")
    templates = importlib.import_module("training.entity.templates")
    english = [("en", getattr(templates, name)) for name in templates.__all__ if name != "LANGUAGES"]
    blocks = english + list(templates.LANGUAGES.items())
    for language, entries in blocks:
        filler = slots.Slots(random.Random(1), language=language)
        for entry in entries:
            filler.forget()
            text, spans = slots.text_and_spans(filler.fill(entry))
            assert all(text[start:end].strip() and kind in KINDS for start, end, kind in spans)


def test_composed_texts_are_the_same_for_the_same_seed_and_keep_development_names_apart() -> None:
    names = importlib.import_module("training.common.names")
    synthesis = importlib.import_module("training.entity.synthesis")
    assert synthesis.compose(random.Random(4), 50) == synthesis.compose(random.Random(4), 50)
    for seed in range(50):
        made = names.person(random.Random(seed), dev=True, culture="us")
        assert names.held_out(made.first.split("-")[0].split()[0])
