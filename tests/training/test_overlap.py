from __future__ import annotations

from pathlib import Path

from training.common.manifest import manifest, sha256_of
from training.common.overlap import overlap, texts_of

SENTENCE = "one two three four five six seven eight nine"


def test_a_shared_run_of_words_is_found_whatever_the_case_and_marks() -> None:
    assert overlap(
        [SENTENCE], ["Zero. One, two; THREE four five six seven -- eight!", "short text", "eight seven " * 5]
    ) == (1, 2)


def test_seven_shared_words_are_not_a_run_of_eight() -> None:
    assert overlap([SENTENCE], ["x one two three four five six seven x nine"]) == (0, 1)


def test_texts_are_read_from_each_kind_of_file(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"text": "a b"}\n{"prompt": "c"}\n', encoding="utf-8")
    (tmp_path / "b.csv").write_text('x,"y, z"\n', encoding="utf-8")
    (tmp_path / "c.txt").write_text("p\nq\n\nr", encoding="utf-8")
    assert list(texts_of(tmp_path / "a.jsonl")) == ["a b", "c"]
    assert list(texts_of(tmp_path / "b.csv")) == ["x y, z"]
    assert list(texts_of(tmp_path / "c.txt")) == ["p\nq", "r"]
    assert list(texts_of(tmp_path)) == ["p\nq\n\nr"]


def test_the_manifest_changes_with_any_file_of_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    (folder / "one").write_text("1", encoding="utf-8")
    (tmp_path / "f").write_text("1", encoding="utf-8")
    before = manifest(tmp_path, ["d", "f"])
    assert before["f"] == sha256_of(folder / "one")
    (folder / "two").write_text("", encoding="utf-8")
    after = manifest(tmp_path, ["d", "f"])
    assert (after["d"] != before["d"], after["f"] == before["f"]) == (True, True)
