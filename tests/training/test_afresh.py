"""The blind figure holds only as long as no prompt of the set is taught; read without the training environment."""

from __future__ import annotations

from pathlib import Path

import training.topics.templates
from training.common.overlap import overlap
from training.topics.templates import first_half, held_out, read_corpus, read_lines

HERE = Path(training.topics.templates.__file__).parent
FORMULAS = 8
"""Texts that may share eight words with the corpus: documented sample keys, "what is the difference between"."""


def test_prompts_written_afresh_hold_all_levels_and_languages_once() -> None:
    lines = read_lines(HERE / "afresh")
    assert len({line.text for line in lines}) == len(lines) == 852
    assert {line.level for line in lines} == {"high", "moderate", "low"}
    assert {line.language for line in lines} == {"en", "de", "fr", "es", "it", "nl", "pt", "pl"}


def test_prompts_written_afresh_are_not_in_the_training_corpus() -> None:
    shared, long = overlap((line.text for line in read_corpus()), [line.text for line in read_lines(HERE / "afresh")])
    assert long > 700
    assert shared <= FORMULAS


def test_what_is_kept_out_calibrates_and_is_scored_by_halves_whatever_its_source_is_called() -> None:
    kept: dict[int, list[bool]] = {}
    for line in read_corpus():
        if held_out(line.family):
            kept.setdefault(len(line.family), []).append(first_half(line.family))
    many = {length: halves for length, halves in kept.items() if len(halves) > 50}
    assert len(many) > 5
    assert all(0.3 < sum(halves) / len(halves) < 0.7 for halves in many.values())
