"""Presidio as it comes, to compare with: its `AnalyzerEngine` with the default recognisers.

Without a pipeline that the user has installed, it runs on a blank one with lower-cased words as lemmas, so that context
words work and nothing is downloaded; then it finds no names, for it has no entity model. The comparison is of patterns
and of speed, and says so by the system's name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gateway.adapters.presidio import quiet
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.model import Finding

__all__ = ["stock_presidio"]


def stock_presidio(pipeline: str = "") -> Callable[[str], Sequence[Finding]]:
    """Return a function that finds what stock Presidio finds in an English text.

    Args:
        pipeline: an installed spaCy pipeline; empty: a blank one.

    Raises:
        ConfigurationError: if the pipeline is not installed.
    """
    quiet()
    import spacy
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine

    class Engine(SpacyNlpEngine):
        """Takes the pipeline as it is: Presidio's own would download one that is missing."""

        def load(self) -> None:
            self.nlp: Any = {"en": spacy.load(pipeline) if pipeline else _blank()}

    engine = Engine(
        models=[{"lang_code": "en", "model_name": pipeline or "blank"}],
        ner_model_configuration=NerModelConfiguration(labels_to_ignore=["CARDINAL", "ORDINAL", "QUANTITY"]),
    )
    try:
        engine.load()
    except OSError:
        problem = Problem("--compare", 0, f"spaCy pipeline {pipeline!r} is not installed", "an installed pipeline")
        raise ConfigurationError([problem]) from None
    # Presidio checks mail addresses by tldextract, which would fetch its list of suffixes; the one it carries will do.
    tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    quiet()  # some loggers are made by the import

    def find(text: str) -> list[Finding]:
        return [
            Finding("", result.entity_type, result.start, result.end, float(result.score), "presidio")
            for result in analyzer.analyze(text, language="en")
        ]

    return find


def _blank() -> Any:
    import spacy
    from spacy.language import Language

    name = "privacy_gateway_lower_lemmas"

    def lower_lemmas(document: Any) -> Any:
        for token in document:
            token.lemma_ = token.lower_
        return document

    if not Language.has_factory(name):
        Language.component(name, func=lower_lemmas)
    blank = spacy.blank("en")
    blank.max_length = 10_000_000
    blank.add_pipe(name)
    return blank
