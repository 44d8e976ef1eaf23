"""Whether packs find what they say they find: examples and near-misses, as `policy validate` tries them.

An expression that matches nothing is as valid as any other, and says nothing until what it was written for has left.
Those of packs that are the bundled ones are not tried: they have their own tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli.policy_source import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gateway.core.documents import YamlDocument
    from gateway.core.errors import Problem
    from gateway.detect.packs import PresidioSpec, RecognizerPack, RecognizerSpec, VocabularyPack

__all__ = ["examples_that_fail"]

_COUNTED: Final = 0.5
"""The score, and the probability, from which policies count unless they say otherwise."""


def examples_that_fail(config: Path | None) -> Iterator[Problem]:
    """Yield the examples of the settings' own packs that are not found, and the near-misses that are.

    Raises:
        ConfigurationError: if a pack cannot be used.
    """
    from gateway.classifiers import bundled, classifiers_path, packs_in
    from gateway.core.documents import parse_yaml
    from gateway.detect.packs import RecognizerPack, load_packs

    directory = classifiers_path(load_settings(config, None))
    shipped = packs_in(bundled("classifiers"))
    for name, text in packs_in(directory).items():
        if shipped.get(name) == text:
            continue
        file = str(directory / "packs" / name)
        (pack,) = load_packs({file: text})
        document = parse_yaml(text, file)
        if isinstance(pack, RecognizerPack):
            yield from _of_recognizers(document, pack)
        else:
            yield from _of_words(document, pack)


def _of_recognizers(document: YamlDocument, pack: RecognizerPack) -> Iterator[Problem]:
    from gateway.adapters.presidio import PresidioRecognizer
    from gateway.core.model import Segment
    from gateway.detect.packs import PresidioSpec

    for number, spec in enumerate(pack.recognizers):
        recognizer = PresidioRecognizer([pack.model_copy(update={"recognizers": (spec,)})])

        def finds(text: str, recognizer: PresidioRecognizer = recognizer) -> bool:
            return any(found.score >= _COUNTED for found in recognizer.analyze([Segment("", text)]))

        name = spec.label if isinstance(spec, PresidioSpec) else spec.name
        yield from _told(document, ("recognizers", number), spec, name, finds)


def _of_words(document: YamlDocument, pack: VocabularyPack) -> Iterator[Problem]:
    from gateway.core.model import Segment
    from gateway.detect.vocabulary import VocabularyTopics

    topics = VocabularyTopics([pack])

    def finds(text: str) -> bool:
        return topics.analyze([Segment("", text)], []).probabilities[pack.topic] >= _COUNTED

    yield from _told(document, (), pack, pack.metadata.name, finds)


def _told(
    document: YamlDocument,
    at: Sequence[str | int],
    said: RecognizerSpec | PresidioSpec | VocabularyPack,
    name: str,
    finds: Callable[[str], bool],
) -> Iterator[Problem]:
    for place, text in enumerate(said.examples):
        if not finds(text):
            path = (*at, "examples", place)
            mend = "mend the pack, or the example"
            yield document.problem(path, f"`{name}` does not find this example", expected="0.5 or more", mend=mend)
    for place, text in enumerate(said.near_misses):
        if finds(text):
            path = (*at, "near_misses", place)
            mend = "make what it looks for narrower"
            yield document.problem(path, f"`{name}` finds this near-miss", expected="less than 0.5", mend=mend)
