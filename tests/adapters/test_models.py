from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from gateway.adapters.models import load_model
from gateway.classifiers import bundled
from gateway.core.errors import ConfigurationError
from gateway.core.model import Segment
from gateway.core.protocols import Recognizer
from gateway.core.topic_models import TopicModel
from gateway.detect.network import NetworkWeights
from tests.fakes import tiny_topics
from tests.fakes.tiny_tagger import KINDS, vocabulary, weights

NAMES = vocabulary(names=("ada",), places=("oslo",))


def write(directory: Path, **changes: Any) -> Path:
    numbers = weights(NAMES.rows)
    arrays: dict[str, Any] = {name: getattr(numbers, name) for name in NetworkWeights.__dataclass_fields__}
    arrays |= {"gazetteer": NAMES.gazetteer, "gazetteer_marks": NAMES.gazetteer_marks}
    arrays["table"] = arrays["table"].astype(np.int8)
    arrays["table_scale"] = np.ones(NAMES.rows, dtype=np.float16)
    arrays["familiar"] = np.frombuffer("Ada\né".encode(), dtype=np.uint8)
    arrays |= changes.pop("arrays", {})
    np.savez(directory / "weights.npz", **arrays)
    card: dict[str, Any] = {
        "kind": "EntityModel",
        "format": 1,
        "entity_types": ["LOCATION", "PERSON"],
        "sha256": hashlib.sha256((directory / "weights.npz").read_bytes()).hexdigest(),
        "vocabulary": {"word_rows": 64, "gram_rows": 64, "shape_rows": 32},
        "labels": {"kinds": list(KINDS), "thresholds": {}, "private_share": 0.5, "famous_share": 0.98, "reach": 4},
    }
    (directory / "card.yaml").write_text(yaml.safe_dump(card | changes), encoding="utf-8")
    return directory


def refusal(directory: Path) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_model(directory)
    return str(caught.value)


def test_a_directory_with_card_and_weights_becomes_a_recognizer(tmp_path: Path) -> None:
    model = load_model(write(tmp_path))
    assert isinstance(model, Recognizer)
    assert model.name == tmp_path.name
    findings = model.analyze([Segment("/x", "Ada in Oslo")])
    assert [(f.entity_type, f.start, f.end) for f in findings] == [("PERSON", 0, 3), ("LOCATION", 7, 11)]


def test_weights_that_the_card_does_not_describe_are_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with (tmp_path / "weights.npz").open("ab") as file:
        file.write(b"x")
    assert "sha256" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kind": "Oracle"}, "unknown kind of model: 'Oracle'"),
        ({"format": 2}, "format 2, expected 1"),
        ({"entity_types": ["PERSON"]}, "entity_types are not those of the labels"),
        ({"labels": {"kinds": ["PERSON"]}}, "missing 'thresholds'"),
        (
            {
                "labels": {
                    "kinds": list(KINDS),
                    "thresholds": {"PERSON": float("nan")},
                    "private_share": 0.5,
                    "famous_share": 0.98,
                    "reach": 4,
                }
            },
            "the threshold of PERSON is no number",
        ),
        ({"vocabulary": {"word_rows": 1, "gram_rows": 64, "shape_rows": 32}}, "table has shape"),
        ({"weights": "../weights.npz"}, "weights must lie beside the card"),
        ({"arrays": {"out_bias": np.full(7, np.nan, dtype=np.float32)}}, "not finite"),
        ({"arrays": {"familiar": np.array([255], dtype=np.uint8)}}, "can't decode"),
        ({"arrays": {"out": np.zeros((2, 2), dtype=np.float32)}}, "out has shape"),
    ],
)
def test_a_card_that_does_not_fit_is_refused_with_the_reason(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    assert message in refusal(write(tmp_path, **changes))


def test_missing_or_broken_files_are_configuration_errors(tmp_path: Path) -> None:
    assert "can't be read" in refusal(tmp_path)
    write(tmp_path)
    (tmp_path / "weights.npz").unlink()
    assert "weights.npz: can't be read" in refusal(tmp_path)
    (tmp_path / "card.yaml").write_text("- a\n", encoding="utf-8")
    assert "is not a mapping" in refusal(tmp_path)
    (tmp_path / "card.yaml").write_text("{a: [\n", encoding="utf-8")
    assert "is not YAML" in refusal(tmp_path)


def test_weights_that_could_run_code_are_not_loaded(tmp_path: Path) -> None:
    refused = write(tmp_path, arrays={"out": np.array([{"a": 1}], dtype=object)})
    assert "is not an array file" in refusal(refused)


def test_weights_that_are_no_archive_are_refused(tmp_path: Path) -> None:
    write(tmp_path, sha256=hashlib.sha256(b"junk").hexdigest())
    (tmp_path / "weights.npz").write_bytes(b"junk")
    assert "is not an array file" in refusal(tmp_path)


def write_topics(directory: Path, **changes: Any) -> Path:
    np.savez(directory / "weights.npz", **tiny_topics.arrays())  # type: ignore[arg-type]  # stub takes a flag first
    card: dict[str, Any] = {
        "kind": "TopicModel",
        "format": "hashed-ngram-v2",
        "topics": list(tiny_topics.NAMES),
        "sha256": hashlib.sha256((directory / "weights.npz").read_bytes()).hexdigest(),
    }
    (directory / "card.yaml").write_text(yaml.safe_dump(card | changes), encoding="utf-8")
    return directory


def test_a_directory_with_card_and_weights_becomes_a_topic_model(tmp_path: Path) -> None:
    model = load_model(write_topics(tmp_path))
    assert isinstance(model, TopicModel)
    assert model.topics == frozenset(tiny_topics.NAMES)
    segments = [Segment("/x", "My knee hurts")]
    assert model.analyze(segments, ()) == tiny_topics.tiny().analyze(segments, ())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "hashed-ngram-v0"}, "hashed-ngram-v0"),
        ({"topics": ["health"]}, "6 heads"),
        ({"topics": None}, "fit"),
    ],
)
def test_a_topic_model_that_is_not_what_its_card_says_is_refused(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    assert said in refusal(write_topics(tmp_path, **changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"gazetteer_marks": np.ones(1, dtype=np.uint16)}, "gazetteer"),
        ({"gazetteer_marks": np.ones((1, 2), dtype=np.uint16)}, "gazetteer"),
        ({"gazetteer": NAMES.gazetteer[::-1].copy()}, "gazetteer"),
        ({"gazetteer": np.array(3, dtype=np.uint64)}, "gazetteer"),
        ({"pool": np.full((4, 2), 3e38), "pool_in": np.full((2, 8), 3e38)}, "pool_in"),
    ],
)
def test_a_damaged_entity_model_was_refused_only_when_it_was_used(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    assert said in refusal(write(tmp_path, arrays=changes))


def test_a_vocabulary_with_a_part_of_no_rows_is_refused(tmp_path: Path) -> None:
    for sizes in ((160, 0, 0), (64, 160, -64)):
        vocabulary = dict(zip(("word_rows", "gram_rows", "shape_rows"), sizes, strict=True))
        assert "no rows" in refusal(write(tmp_path, vocabulary=vocabulary))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"pairs": np.zeros((0, 6)), "pairs_rarity": np.zeros(0)}, "pairs"),
        ({"first_bias": np.zeros((1, 6))}, "first_bias"),
        ({"rarity": np.zeros((2, 64))}, "rarity"),
        ({"folded": np.array([2**62, 2**62])}, "linear or sizes"),
        ({"folded": np.array([64, 32]), "sizes": np.array([64, 64, -12])}, "sizes"),
    ],
)
def test_damaged_topic_weights_were_refused_only_when_they_were_used(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        tiny_topics.tiny(**changes)


@pytest.mark.parametrize(
    "card", sorted((bundled("classifiers") / "models").glob("*/card.yaml")), ids=lambda card: card.parent.name
)
def test_shipped_weights_need_no_unpacking(card: Path) -> None:
    with zipfile.ZipFile(card.parent / "weights.npz") as archive:
        assert {each.compress_type for each in archive.infolist()} == {zipfile.ZIP_STORED}
