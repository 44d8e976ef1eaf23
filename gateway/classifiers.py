"""Recognizers and topic models, made of packs, models and lists on disk.

A user's directory replaces the bundled default as a whole. The defaults travel in the wheel as `gateway/_bundled/`;
in a checkout they are at the top, where people edit them.
"""

from __future__ import annotations

import hashlib
import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from gateway.adapters.models import load_model
from gateway.adapters.policy_files import listed, yaml_files
from gateway.adapters.presidio import PresidioRecognizer
from gateway.adapters.regular_file import content_of
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.protocols import Recognizer
from gateway.core.topic_models import TopicModel
from gateway.detect.exact import ExactMatchRecognizer
from gateway.detect.exact import load as load_list
from gateway.detect.language import LanguageModel
from gateway.detect.packs import Pack, VocabularyPack, load_packs
from gateway.detect.reidentification import ReidentificationRisk
from gateway.detect.secrets import SecretRecognizer
from gateway.detect.vocabulary import VocabularyTopics
from gateway.settings import Loaded, load
from gateway.settings.model import NlpSettings

__all__ = [
    "bundled",
    "classifiers_path",
    "language_of",
    "load_classifiers",
    "load_languages",
    "load_lists",
    "others_in",
    "packs_in",
    "plugins",
]


def bundled(name: str) -> Path:
    """Return the directory of the bundled `policies` or `classifiers`."""
    inside = Path(__file__).parent / "_bundled" / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def classifiers_path(loaded: Loaded) -> Path:
    """Return the directory that packs and models are read from."""
    classifiers = loaded.settings.classifiers
    return loaded.resolve(classifiers) if classifiers else bundled("classifiers")


def packs_in(directory: Path) -> dict[str, str]:
    """Return file name to text of the packs in `directory`.

    Raises:
        ConfigurationError: if one cannot be read, or there is no place for packs or models.
    """
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for file in yaml_files(directory / "packs"):
        try:
            texts[file.name] = content_of(file).decode("utf-8")
        except OSError as error:
            problems.append(Problem(str(file), 0, f"cannot be read ({error.strerror})", "a file of recognizers"))
        except UnicodeDecodeError:
            problems.append(Problem(str(file), 0, "the file is not UTF-8", "UTF-8 text", "save it as UTF-8"))
    if not any((directory / name).is_dir() for name in ("packs", "models")):
        mend = "run privacy-gateway init DIR, which copies the bundled ones"
        problems.append(Problem(str(directory), 0, "holds no classifiers", "directories packs/ and models/", mend))
    if problems:
        raise ConfigurationError(problems)
    return texts


def _cards(directory: Path) -> list[Path]:
    return [model / "card.yaml" for model in listed(directory / "models") if (model / "card.yaml").exists()]


def others_in(directory: Path) -> dict[str, str]:
    """Return path to SHA-256 of the classifier files beside the packs; a card names the hash of its weights."""
    files = [*_cards(directory), *sorted((directory / "lists").glob("*.txt"))]
    return {file.relative_to(directory).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def load_classifiers(
    packs: Mapping[str, str], directory: Path, nlp: NlpSettings
) -> tuple[tuple[Recognizer, ...], tuple[TopicModel, ...]]:
    """Return recognizers and topic models of the packs, the models in `directory`, and installed plug-ins.

    Raises:
        ConfigurationError: if a pack, model or pipeline cannot be used.
    """
    read = load_packs({str(directory / "packs" / name): text for name, text in packs.items()})
    models = [load_model(card.parent) for card in _cards(directory)]
    recognizers: list[Recognizer] = [_patterns(read, nlp, models)]
    seeds = directory / "lists" / "bip39-english.txt"
    recognizers.append(SecretRecognizer(seeds.read_text("ascii").split() if seeds.is_file() else ()))
    vocabularies = [pack for pack in read if isinstance(pack, VocabularyPack)]
    topics: list[TopicModel] = [ReidentificationRisk()]
    if vocabularies:
        topics.append(VocabularyTopics(vocabularies))
    for model in models:
        if isinstance(model, TopicModel):
            topics.append(model)
        elif isinstance(model, Recognizer):
            recognizers.append(model)
    recognizers.extend(plugins("recognizers", Recognizer))
    return tuple(recognizers), tuple(topics)


def _patterns(packs: Sequence[Pack], nlp: NlpSettings, models: Sequence[object]) -> PresidioRecognizer:
    """Return the recognizer of the packs and of the user's own pipelines, if there are any."""
    pipeline = None if nlp.pipeline == "blank" else nlp.pipeline
    if not nlp.languages:
        return PresidioRecognizer(packs, pipeline=pipeline)
    languages = next((model for model in models if isinstance(model, LanguageModel)), None)
    known = languages.languages if languages else ()
    if languages is None or not set(nlp.languages) <= set(known):
        wrong = ", ".join(sorted(set(nlp.languages) - set(known)))
        problem = Problem("nlp.languages", 0, f"{wrong}: not told apart", f"some of {', '.join(known) or 'none'}")
        raise ConfigurationError([problem])
    return PresidioRecognizer(packs, pipeline=pipeline, languages=nlp.languages, identify=languages.identify)


def load_lists(loaded: Loaded) -> tuple[Recognizer, ...]:
    """Return the recognizer of the user's own lists, if there are any; the files are mapped, not read."""
    lists = []
    for one, key in zip(loaded.settings.lists, loaded.list_keys, strict=True):
        path = loaded.resolve(one.file)
        try:
            with path.open("rb") as file:
                data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (OSError, ValueError):
            problem = Problem(str(path), 0, "cannot be read", "a file made by `privacy-gateway lists build`")
            raise ConfigurationError([problem]) from None
        lists.append(load_list(data, key, str(path)))
    return (ExactMatchRecognizer(lists),) if lists else ()


def load_languages(loaded: Loaded) -> LanguageModel | None:
    """Return the model that tells languages apart; None if there is none among the classifiers."""
    directory = classifiers_path(loaded) / "models" / "languages"
    model = load_model(directory) if (directory / "card.yaml").is_file() else None
    return model if isinstance(model, LanguageModel) else None


def language_of(config: Path | None) -> Callable[[str], str]:
    """Return what names the language of a text, by the settings in `config`: a code, "" where it is not sure."""
    model = load_languages(load(config, to="judge"))
    return model.identify if model else lambda _: ""


def plugins(kind: str, protocol: type[Any]) -> Iterator[Any]:
    """Yield what installed packages offer under the entry point `gateway.<kind>`.

    Raises:
        ConfigurationError: if one does not satisfy its protocol.
    """
    for point in _offered()(group=f"gateway.{kind}"):
        made = point.load()()
        if not isinstance(made, protocol):
            problem = Problem(
                f"entry point {point.group}: {point.name}", 0, f"is no {protocol.__name__}", "see core/protocols.py"
            )
            raise ConfigurationError([problem])
        yield made


@cache
def _offered() -> Callable[..., Iterable[EntryPoint]]:
    """Return what selects among all that installed packages offer: the metadata of each is read for it, and so once."""
    return entry_points().select
