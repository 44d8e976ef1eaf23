"""What is made of the settings: pipelines for the languages that the model tells apart; classifiers that are none."""

import os
from pathlib import Path

import pytest

from gateway.classifiers import load_languages
from gateway.core.errors import ConfigurationError
from gateway.loadout import build_engine
from gateway.settings import load


def settings(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "gateway.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_language_that_the_model_does_not_know_is_refused(tmp_path: Path) -> None:
    loaded = load(settings(tmp_path, "nlp: {languages: {de: de_core_news_lg, tlh: klingon}}\n"))
    with pytest.raises(ConfigurationError, match="tlh: not told apart"):
        build_engine(loaded)


def test_a_pipeline_of_a_language_that_is_not_installed_is_refused(tmp_path: Path) -> None:
    loaded = load(settings(tmp_path, "nlp: {languages: {de: no_such_pipeline}}\n"))
    with pytest.raises(ConfigurationError, match="not installed"):
        build_engine(loaded)


def test_classifiers_without_a_language_model_tell_no_languages_apart(tmp_path: Path) -> None:
    (tmp_path / "empty" / "packs").mkdir(parents=True)
    loaded = load(settings(tmp_path, "classifiers: empty\nnlp: {languages: {de: de_core_news_lg}}\n"))
    assert load_languages(loaded) is None
    with pytest.raises(ConfigurationError, match=r"nlp\.languages: de: not told apart"):
        build_engine(loaded)


def test_classifiers_that_cannot_be_read_are_told_as_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigurationError) as caught:
        build_engine(load(settings(tmp_path, "classifiers: empty\n")))
    (problem,) = caught.value.problems
    assert problem.message == "holds no classifiers"
    packs = tmp_path / "mine" / "packs"
    (packs / "directory.yaml").mkdir(parents=True)
    (packs / "latin.yaml").write_bytes(b"# \xe4\n")
    os.mkfifo(packs / "pipe.yaml")
    with pytest.raises(ConfigurationError) as caught:
        build_engine(load(settings(tmp_path, "classifiers: mine\n")))
    assert [problem.message for problem in caught.value.problems] == [
        "cannot be read (Is a directory)",
        "the file is not UTF-8",
        "cannot be read (Is no regular file)",
    ]


@pytest.mark.parametrize("name", ["packs", "models"])
def test_packs_and_models_that_cannot_be_listed_are_not_taken_for_none(tmp_path: Path, name: str) -> None:
    for directory in {"packs", "models"} - {name}:
        (tmp_path / "mine" / directory).mkdir(parents=True)
    (tmp_path / "mine" / name).touch()
    with pytest.raises(ConfigurationError, match=f"{name}: cannot be read"):
        build_engine(load(settings(tmp_path, "classifiers: mine\n")))
