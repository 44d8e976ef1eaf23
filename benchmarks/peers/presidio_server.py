"""Presidio's analyzer and anonymizer as HTTP servers, for LiteLLM's guardrail.

Presidio publishes its servers as images and not in its wheels; these two do the same with the same engines: all
default English recognisers, a blank spaCy pipeline (patterns only, no entity model), one process each.
"""

from __future__ import annotations

from typing import Any

import spacy
from flask import Flask, Response, jsonify, request
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import SpacyNlpEngine
from presidio_anonymizer import AnonymizerEngine
from presidio_anonymizer.entities import OperatorConfig, RecognizerResult


class Blank(SpacyNlpEngine):
    """A pipeline that only splits words: nothing is downloaded."""

    def __init__(self) -> None:
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}


def analyzer() -> Flask:
    """Return the analyzer's application."""
    app = Flask("analyzer")
    engine = AnalyzerEngine(nlp_engine=Blank(), supported_languages=["en"])

    @app.post("/analyze")
    def analyze() -> Response:
        asked: dict[str, Any] = request.get_json()
        found = engine.analyze(
            text=asked["text"],
            language=asked.get("language", "en"),
            entities=asked.get("entities"),
            score_threshold=asked.get("score_threshold"),
        )
        return jsonify([result.to_dict() for result in found])

    return app


def anonymizer() -> Flask:
    """Return the anonymizer's application."""
    app = Flask("anonymizer")
    engine = AnonymizerEngine()

    @app.post("/anonymize")
    def anonymize() -> Response:
        asked: dict[str, Any] = request.get_json()
        found = [RecognizerResult.from_json(result) for result in asked.get("analyzer_results", [])]
        operators = {
            name: OperatorConfig(parameters.pop("type"), parameters)
            for name, parameters in (asked.get("anonymizers") or {}).items()
        }
        result = engine.anonymize(asked["text"], found, operators or None)
        items = [
            {"start": i.start, "end": i.end, "entity_type": i.entity_type, "text": i.text, "operator": i.operator}
            for i in result.items
        ]
        return jsonify({"text": result.text, "items": items})

    return app
