"""Reading labelled texts: what is missing is not scored, what is wrong is told by line and without text."""

import pytest

from gateway.core.errors import ConfigurationError
from gateway.core.model import Sensitivity
from gateway.evaluation.examples import read_brat, read_jsonl


def test_only_the_text_is_required_and_missing_labels_stay_unknown() -> None:
    (example,) = read_jsonl('\n{"text": "Grüße", "other": 1}\n\n'.encode(), "f")
    assert (example.text, example.level, example.spans, example.place) == ("Grüße", None, None, "f:2")


def test_no_spans_is_a_statement_unlike_none() -> None:
    (example,) = read_jsonl(b'{"text": "a", "spans": [], "sensitivity": "LOW"}', "f")
    assert example.spans == ()
    assert example.level is Sensitivity.LOW


def test_offsets_are_code_points_and_spans_come_in_order_once() -> None:
    data = '{"text": "👩‍⚕️ Ann", "spans": [[5, 8, "PERSON"], [0, 1, "X"], [5, 8, "PERSON"]]}'.encode()
    (example,) = read_jsonl(data, "f")
    assert example.spans == ((0, 1, "X"), (5, 8, "PERSON"))
    assert example.text[5:8] == "Ann"


@pytest.mark.parametrize(
    "line",
    [
        b"secret-nonsense",
        b'{"text": 7}',
        b'["secret"]',
        b'{"text": "secret", "sensitivity": "secret"}',
        b'{"text": "secret", "sensitivity": 3}',
        b'{"text": "secret", "spans": {}}',
        b'{"text": "secret", "spans": [[0, 99, "PERSON"]]}',
        b'{"text": "secret", "spans": [[3, 3, "PERSON"]]}',
        b'{"text": "secret", "spans": [[-1, 3, "PERSON"]]}',
        b'{"text": "secret", "spans": [[0, 3]]}',
        b'{"text": "secret", "genre": ["secret"]}',
        b'{"text": "\xff secret"}',
        b"[" * 100_000,
    ],
)
def test_a_wrong_line_is_told_by_its_number_and_never_by_its_text(line: bytes) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_jsonl(b'{"text": "fine"}\n' + line, "data.jsonl")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("data.jsonl", 2)
    assert "secret" not in str(problem)


def test_all_wrong_lines_are_told_at_once_but_not_without_end() -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_jsonl(b"x\n" * 100, "f")
    assert len(caught.value.problems) == 20


def test_brat_kinds_of_meddocan_become_ours_and_parts_become_spans() -> None:
    text = "Paciente: Ana Ruiz, 54 años"
    notes = (
        "T1\tNOMBRE_SUJETO_ASISTENCIA 10 18\tAna Ruiz\n"
        "T2\tEDAD_SUJETO_ASISTENCIA 20 22;23 27\t54 años\n"
        "#1\tAnnotatorNotes T1\tnote\n"
        "T3\tOWN_KIND 0 8\tPaciente\n"
    )
    example = read_brat(text, notes, "a/b")
    assert example.spans == ((0, 8, "OWN_KIND"), (10, 18, "PERSON"), (20, 22, "AGE"), (23, 27, "AGE"))


def test_a_brat_annotation_out_of_the_text_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"b\.ann:1"):
        read_brat("short", "T1\tPAIS 0 99\tSpain", "b")


def test_no_text_is_shown_by_repr() -> None:
    (example,) = read_jsonl(b'{"text": "secret"}', "f")
    assert "secret" not in repr(example)
