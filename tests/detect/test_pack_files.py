import pytest

from gateway.core.errors import ConfigurationError
from gateway.detect.packs import PresidioSpec, RecognizerPack, RecognizerSpec, VocabularyPack, load_packs

PACK = """\
apiVersion: privacy-gateway/v1
kind: RecognizerPack
metadata: {name: test, description: for a test}
recognizers:
  - name: order
    supported_entity: ORDER_NUMBER
    patterns: [{name: order, regex: 'ORD-\\d{6}', score: 0.5}]
    context: [order]
    shape: digits>=6
    examples: ["order ORD-123456"]
  - presidio: UsSsnRecognizer
    supported_entity: US_SSN
    scores: {SSN4 (very weak): 0}
"""
WORDS = """\
apiVersion: privacy-gateway/v1
kind: VocabularyPack
metadata: {name: words}
topic: health
terms: [{term: diagnos*, weight: 0.4}]
"""


def test_a_pack_is_read_with_both_kinds_of_recogniser() -> None:
    (pack,) = load_packs({"test.yaml": PACK})

    assert isinstance(pack, RecognizerPack)
    first, second = pack.recognizers
    assert isinstance(first, RecognizerSpec)
    assert (first.name, first.min_digits, first.patterns[0].score) == ("order", 6, 0.5)
    assert isinstance(second, PresidioSpec)
    assert (second.label, second.scores) == ("UsSsnRecognizer", {"SSN4 (very weak)": 0})


def test_a_vocabulary_is_read() -> None:
    (pack,) = load_packs({"words.yaml": WORDS})

    assert isinstance(pack, VocabularyPack)
    assert pack.terms[0].term == "diagnos*"


def problems(files: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load_packs(files)
    return [f"{problem.file}:{problem.line} {problem.message}" for problem in caught.value.problems]


def test_all_problems_of_all_files_are_told_at_once() -> None:
    found = problems(
        {
            "a.yaml": PACK.replace("context:", "contxt:").replace("score: 0.5", "score: 5"),
            "b.yaml": WORDS.replace("health", "Health!"),
            "c.yaml": "kind: Recipe",
        }
    )

    assert [line.split()[0] for line in found] == ["a.yaml:7", "a.yaml:8", "b.yaml:4", "c.yaml:1"]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("'ORD-\\d{6}'", "'(a+)+'", 7),
        ("'ORD-\\d{6}'", "'('", 7),
        ("'ORD-\\d{6}'", "'x*'", 7),
        ("shape: digits>=6", "shape: long", 9),
        ("shape: digits>=6", "check: no_such_check", 9),
        ("supported_entity: ORDER_NUMBER", "supported_entity: order", 6),
    ],
)
def test_a_bad_recogniser_is_refused_with_its_line(old: str, new: str, line: int) -> None:
    assert [found.split()[0] for found in problems({"a.yaml": PACK.replace(old, new)})] == [f"a.yaml:{line}"]


def test_a_recogniser_without_anything_to_find_is_refused() -> None:
    empty = PACK.replace("    patterns: [{name: order, regex: 'ORD-\\d{6}', score: 0.5}]\n", "")

    assert "finds nothing" in problems({"a.yaml": empty})[0]


def test_a_name_that_comes_twice_is_refused() -> None:
    found = problems({"a.yaml": PACK, "b.yaml": PACK})

    assert [line.split()[0] for line in found] == ["b.yaml:3", "b.yaml:5", "b.yaml:11"]
