"""Loads a model from its directory: `card.yaml` says what it is, `weights.npz` holds the numbers.

Why a hash in the card: a model decides what may leave the house, so weights that are not those the card describes
are refused at start. Why no pickle: an array file must not be able to run code. Why not compressed: unpacking took a
tenth of the time in which `check` answers, and saved a sixth of the bytes (a wheel is compressed anyway).
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import yaml

from gateway.core.errors import ConfigurationError, Problem
from gateway.core.protocols import Recognizer
from gateway.core.topic_models import TopicModel
from gateway.detect.language import LanguageModel
from gateway.detect.network import NetworkWeights
from gateway.detect.tagger import EntityTagger, TaggerSettings
from gateway.detect.topic_weights import TopicWeights
from gateway.detect.topics import HashedTopicModel
from gateway.detect.words import Vocabulary

__all__ = ["load_model"]

Arrays = Mapping[str, npt.NDArray[Any]]
Card = Mapping[str, Any]
_CardLoader: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # a twentieth of the time, where it is there
_WEIGHTS: Final = tuple(name for name in NetworkWeights.__dataclass_fields__ if not name.startswith("table"))


def load_model(directory: Path) -> Recognizer | TopicModel | LanguageModel:
    """Return the model in `directory`.

    Raises:
        ConfigurationError: if the card or the weights are missing, don't fit together, or the hash is another.
    """
    card_file = directory / "card.yaml"
    card = _card(card_file)
    kind = card.get("kind")
    builder = _BUILDERS.get(kind) if isinstance(kind, str) else None
    if builder is None:
        raise _error(card_file, f"unknown kind of model: {kind!r}", expected=" or ".join(_BUILDERS))
    arrays = _arrays(directory, card_file, card)
    try:
        return builder(directory.name, card, arrays)
    except (KeyError, TypeError, ValueError) as fault:
        what = f"missing {fault}" if isinstance(fault, KeyError) else str(fault)
        raise _error(card_file, f"card and weights don't fit together: {what}") from None


def _error(file: Path, message: str, *, expected: str = "", mend: str = "") -> ConfigurationError:
    return ConfigurationError([Problem(str(file), 0, message, expected, mend)])


def _card(file: Path) -> Card:
    try:
        card = yaml.load(file.read_text(encoding="utf-8"), Loader=_CardLoader)  # noqa: S506 - both are safe loaders
    except OSError as fault:
        raise _error(file, f"can't be read: {fault.strerror}", expected="a model's card") from None
    except (yaml.YAMLError, UnicodeDecodeError) as fault:
        raise _error(file, f"is not YAML: {type(fault).__name__}") from None
    if not isinstance(card, dict):
        raise _error(file, "is not a mapping", expected="kind, format, sha256, …")
    return card


def _arrays(directory: Path, card_file: Path, card: Card) -> Arrays:
    file = directory / str(card.get("weights", "weights.npz"))
    if file.parent != directory:
        raise _error(card_file, "weights must lie beside the card", expected="a file name")
    try:
        content = file.read_bytes()
    except OSError as fault:
        raise _error(file, f"can't be read: {fault.strerror}") from None
    digest = hashlib.sha256(content).hexdigest()
    if digest != card.get("sha256"):
        raise _error(
            file,
            f"sha256 is {digest}, not what {card_file.name} says",
            expected=str(card.get("sha256")),
            mend="restore the file that belongs to the card, or train anew",
        )
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, zipfile.BadZipFile) as fault:
        raise _error(file, f"is not an array file: {type(fault).__name__}") from None


def _matrix(arrays: Arrays, name: str) -> npt.NDArray[np.float32]:
    return arrays[name].astype(np.float32)


def _table(arrays: Arrays) -> dict[str, npt.NDArray[Any]]:
    """Return the table as float32, or, if it is stored in whole numbers, as these and a scale per row."""
    if arrays["table"].dtype == np.int8:
        return {"table": arrays["table"], "table_scale": _matrix(arrays, "table_scale")}
    return {"table": _matrix(arrays, "table")}


def _lines(arrays: Arrays, name: str) -> list[str]:
    """Return the lines of a UTF-8 text stored as bytes; none when it is absent."""
    if name not in arrays:
        return []
    return [line for line in bytes(arrays[name].astype(np.uint8)).decode("utf-8").split("\n") if line]


def _entity_model(name: str, card: Card, arrays: Arrays) -> Recognizer:
    if card["format"] != 1:
        raise ValueError(f"format {card['format']!r}, expected 1")
    rows = card["vocabulary"]
    vocabulary = Vocabulary(
        word_rows=int(rows["word_rows"]),
        gram_rows=int(rows["gram_rows"]),
        shape_rows=int(rows["shape_rows"]),
        gazetteer=arrays["gazetteer"].astype(np.uint64),
        gazetteer_marks=arrays["gazetteer_marks"].astype(np.uint16),
    )
    labels = card["labels"]
    settings = TaggerSettings(
        kinds=tuple(str(kind) for kind in labels["kinds"]),
        thresholds={str(kind): float(value) for kind, value in labels["thresholds"].items()},
        private_share=float(labels["private_share"]),
        famous_share=float(labels["famous_share"]),
        reach=int(labels["reach"]),
    )
    weights = NetworkWeights(**_table(arrays), **{part: _matrix(arrays, part) for part in _WEIGHTS})
    faults = [*settings.faults(), *weights.faults(vocabulary, 2 * len(settings.kinds) + 1)]
    if faults:
        raise ValueError("; ".join(faults))
    tagger = EntityTagger(
        vocabulary,
        weights,
        settings,
        name=name,
        familiar=_lines(arrays, "familiar"),
        famous=_lines(arrays, "famous"),
        everyday=_lines(arrays, "everyday"),
    )
    if tagger.entity_types != frozenset(card["entity_types"]):
        raise ValueError("entity_types are not those of the labels")
    return tagger


def _topic_model(_name: str, card: Card, arrays: Arrays) -> TopicModel:
    if card["format"] != "hashed-ngram-v2":
        raise ValueError(f"format {card['format']!r}, expected 'hashed-ngram-v2'")
    return HashedTopicModel([str(topic) for topic in card["topics"]], TopicWeights.from_arrays(arrays))


def _language_model(_name: str, card: Card, arrays: Arrays) -> LanguageModel:
    if card["format"] != "trigrams-v1":
        raise ValueError(f"format {card['format']!r}, expected 'trigrams-v1'")
    rows = arrays["rows"].astype(np.float32) * arrays["scale"].astype(np.float32)
    return LanguageModel([str(language) for language in card["languages"]], rows, float(card["sharpness"]))


_BUILDERS: dict[str, Callable[[str, Card, Arrays], Recognizer | TopicModel | LanguageModel]] = {
    "EntityModel": _entity_model,
    "LanguageModel": _language_model,
    "TopicModel": _topic_model,
}
