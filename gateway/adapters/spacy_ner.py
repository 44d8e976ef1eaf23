"""Presidio's `AnalyzerEngine` on a spaCy pipeline that the user has installed, for its entities.

Only the entity model runs here; patterns run in the gateway's own scanner. spaCy's string store grows with every new
word (it never forgets one), so the pipeline is loaded anew after so many characters: memory stays bounded at the price
of one load in a long while.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any, Final

from gateway.core.errors import ConfigurationError, Problem
from gateway.detect.engine import Hit

__all__ = ["SpacyEntities"]

_TYPES: Final = frozenset({"PERSON", "LOCATION", "ORGANIZATION", "NRP"})
"""What is reported; dates and times of a general model are noise."""
_RELOAD_AFTER: Final = 200_000_000
"""Characters after which the pipeline is loaded anew."""
_WINDOW: Final = 20_000
_OVERLAP: Final = 200


class SpacyEntities:
    """Entities of one pipeline.

    Args:
        pipeline: the name of an installed package or a path.

    Raises:
        ConfigurationError: if it is not installed or has no entity model.
    """

    def __init__(self, pipeline: str) -> None:
        self._pipeline = pipeline
        self._lock = threading.Lock()
        self._engine = _engine(pipeline)
        self._read = 0

    @property
    def entity_types(self) -> frozenset[str]:
        """What it can find."""
        return _TYPES

    def scan(self, text: str) -> list[Hit]:
        """Return the entities in `text`; long texts are read in windows that overlap."""
        hits: list[Hit] = []
        for start in range(0, max(len(text), 1), _WINDOW - _OVERLAP):
            hits += self._window(text, start)
            if start + _WINDOW >= len(text):
                break
        return hits

    def _window(self, text: str, start: int) -> Iterator[Hit]:
        part = text[start : start + _WINDOW]
        for result in self._current(len(part)).analyze(part, language="en", entities=sorted(_TYPES)):
            yield Hit(start + result.start, start + result.end, float(result.score), result.entity_type, "spacy")

    def _current(self, characters: int) -> Any:
        with self._lock:
            self._read += characters
            if self._read > _RELOAD_AFTER:
                self._engine, self._read = _engine(self._pipeline), characters
            return self._engine


def _engine(pipeline: str) -> Any:
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    class InstalledEngine(SpacyNlpEngine):
        """Takes the pipeline as it is installed: Presidio's own would download one that is missing."""

        def load(self) -> None:
            self.nlp: Any = {"en": spacy.load(pipeline)}

    try:
        nlp = InstalledEngine(
            models=[{"lang_code": "en", "model_name": pipeline}],
            ner_model_configuration=NerModelConfiguration(labels_to_ignore=["CARDINAL", "ORDINAL", "QUANTITY"]),
        )
        nlp.load()
    except OSError:
        raise ConfigurationError([_problem(pipeline, "it is not installed")]) from None
    if not {"ner", "transformer"} & set(nlp.nlp["en"].pipe_names):
        raise ConfigurationError([_problem(pipeline, "it has no entity model")])
    registry = RecognizerRegistry(recognizers=[SpacyRecognizer(supported_language="en")], supported_languages=["en"])
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])


def _problem(pipeline: str, message: str) -> Problem:
    return Problem(
        "nlp",
        0,
        f"spaCy pipeline {pipeline!r}: {message}",
        expected="an installed pipeline with an entity model, such as en_core_web_lg",
        mend=f"install it (python -m spacy download {pipeline}), or leave the pipeline out",
    )
