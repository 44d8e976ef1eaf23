from __future__ import annotations

import importlib
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.model import Finding
from gateway.detect.namesakes import with_namesakes
from gateway.detect.readers import COMPILED, Reading
from gateway.detect.words import TOKEN


class Often(Reading):
    """A text that is never left alone because it spells a name but once."""

    def spelled(self, word: str) -> int:
        return super().spelled(word) + 1


def readings(text: str) -> list[Reading]:
    """Return the tokens of `text`, as they are looked at in all ways that there are."""
    matches = list(TOKEN.finditer(text))
    starts, ends = [match.start() for match in matches], [match.end() for match in matches]
    found: list[Reading] = [kind(text, 0, [], starts, ends, 0, len(matches)) for kind in (Reading, Often)]
    if COMPILED:
        tokens = importlib.import_module("gateway.detect._tokens")
        hashes, first, last, _ = tokens.Pieces(["Ida Lad", text, "lad"]).numbers()
        found.append(Reading(text, 0, [], first, last, 2, 2 + len(matches), hashes))
    return found


def namesakes(findings: list[Finding], text: str) -> list[Finding]:
    first, *others = [with_namesakes(findings, words, 0.5) for words in readings(text)]
    assert all(other == first for other in others)
    return first


def settle(text: str, *names: tuple[str, float]) -> list[tuple[str, float]]:
    findings = []
    position = 0
    for name, score in names:
        position = text.index(name, position)
        findings.append(Finding("/x", "PERSON", position, position + len(name), score, "test"))
        position += len(name)
    settled = namesakes(findings, text)
    assert settled == sorted(settled, key=lambda finding: finding.start)
    return [(text[f.start : f.end], f.score) for f in settled]


def test_parts_of_a_sure_name_are_found_elsewhere() -> None:
    text = "Lad came. Ida Lad's scan is fine. Ida’s pain is less, said Lad."
    assert settle(text, ("Ida Lad", 0.9)) == [("Lad", 0.9), ("Ida Lad", 0.9), ("Ida", 0.9), ("Lad", 0.9)]


def test_an_unsure_mention_is_raised_to_the_sure_one() -> None:
    assert settle("Ida sings. Ask Ida Lad.", ("Ida", 0.4), ("Ida Lad", 0.8)) == [("Ida", 0.8), ("Ida Lad", 0.8)]


def test_an_unsure_name_is_not_looked_for() -> None:
    assert settle("Homer wrote. I read Homer.", ("Homer", 0.4)) == [("Homer", 0.4)]


def test_words_also_written_in_lower_case_and_short_ones_are_left_alone() -> None:
    assert settle("Will Ng called. Will you come? I will. Ng?", ("Will Ng", 0.9)) == [("Will Ng", 0.9)]


def test_a_finding_of_another_type_is_left_as_it_is() -> None:
    text = "Ida Lad in Lad"
    place = Finding("/x", "LOCATION", 11, 14, 0.9, "test")
    person = Finding("/x", "PERSON", 0, 7, 0.9, "test")
    assert namesakes([person, place], text) == [person, place]


@given(st.lists(st.sampled_from(["Ida", "Lad", "the", ".", "Ida's", "lad"]), max_size=20), st.data())
def test_findings_stay_apart_and_none_is_lost(words: list[str], data: st.DataObject) -> None:
    text = " ".join(words)
    places = [match.span() for match in TOKEN.finditer(text)]
    chosen = sorted(data.draw(st.sets(st.integers(0, len(places) - 1)))) if places else []
    findings = [
        Finding("/x", "PERSON", *places[place], data.draw(st.sampled_from([0.4, 0.9])), "t") for place in chosen
    ]
    settled = namesakes(findings, text)
    assert all(before.end <= after.start for before, after in pairwise(settled))
    spans = {(finding.start, finding.end): finding.score for finding in settled}
    assert all(spans[f.start, f.end] >= f.score for f in findings)


def test_names_longer_than_a_hash_looks_at_are_told_apart_by_all_their_letters() -> None:
    long = "A" + "b" * 60
    text = f"{long} met {long}c and {long}’s friend; {long}"
    assert settle(text, (long, 0.9)) == [(long, 0.9)] * 3
