"""Obligations on a request's texts: unions, conflicts, repeats, keys, and what cannot be edited."""

import pytest

from gateway.core.errors import TransformError
from gateway.core.model import Finding, Obligation, Segment, SegmentKind
from gateway.core.protocols import Operator, SurrogateMint
from gateway.transforms.apply import Transformation, transform
from gateway.transforms.operators import OPERATORS
from gateway.transforms.surrogates import Surrogates

KEY = b"a key for tests, 32 bytes long.."
TOKENIZE_ALL = [Obligation("*", "tokenize")]


def mint() -> Surrogates:
    return Surrogates(KEY, "acme", "hello")


def found(text: str, value: str, entity_type: str = "PERSON", *, path: str = "/a", score: float = 0.9) -> Finding:
    start = text.index(value)
    return Finding(path, entity_type, start, start + len(value), score, "test")


def run(
    text: str,
    findings: list[Finding],
    obligations: list[Obligation],
    operators: dict[str, Operator] | None = None,
) -> Transformation:
    return transform([Segment("/a", text)], findings, obligations, mint(), {**OPERATORS, **(operators or {})})


def test_findings_are_replaced_and_come_back() -> None:
    text = "Jane wrote to John."
    done = run(text, [found(text, "John"), found(text, "Jane")], TOKENIZE_ALL)
    jane, john = mint().surrogate("PERSON", "Jane"), mint().surrogate("PERSON", "John")
    assert done.edits == {"/a": f"{jane} wrote to {john}."}
    assert done.counts == {"PERSON": ("tokenize", 2)}
    assert done.restorers.text(done.edits["/a"]) == text
    assert done.undischarged == ()


def test_nothing_to_do_edits_nothing() -> None:
    done = run("Jane", [], TOKENIZE_ALL)
    assert (done.edits, done.counts, done.undischarged, done.restorers.empty) == ({}, {}, (), True)
    assert run("Jane", [found("Jane", "Jane")], []).edits == {}
    assert run("Jane", [found("Jane", "Jane")], [Obligation("PERSON", "keep")]).edits == {}


def test_an_obligation_of_its_own_goes_before_the_one_on_all() -> None:
    text = "Jane, 4111"
    obligations = [Obligation("*", "tokenize"), Obligation("PERSON", "redact"), Obligation("PIN", "keep")]
    done = run(text, [found(text, "Jane"), found(text, "4111", "PIN")], obligations)
    assert done.edits == {"/a": "[REDACTED_PERSON], 4111"}


def test_only_what_may_be_restored_is_in_the_map() -> None:
    text = "Jane hunter22"
    done = run(
        text,
        [found(text, "Jane"), found(text, "hunter22", "CREDENTIAL")],
        [Obligation("PERSON", "tokenize"), Obligation("CREDENTIAL", "redact")],
    )
    answer = done.edits["/a"]
    assert answer.endswith("[REDACTED_CREDENTIAL]")
    assert done.restorers.text(answer) == "Jane [REDACTED_CREDENTIAL]"


def test_overlapping_findings_are_replaced_as_one_so_that_no_rest_survives() -> None:
    text = "x Jane Doe-Smith y"
    done = run(text, [found(text, "Jane Doe"), found(text, "Doe-Smith", "LOCATION")], TOKENIZE_ALL)
    assert done.edits["/a"] == f"x {mint().surrogate('LOCATION', 'Jane Doe-Smith')} y"
    assert done.restorers.text(done.edits["/a"]) == text
    assert done.counts == {"LOCATION": ("tokenize", 1)}


def test_a_chain_of_overlaps_is_one_union() -> None:
    text = "abcdefghij"
    chain = [Finding("/a", f"T{start}", start, start + 3, 0.5, "test") for start in (0, 2, 4, 6)]
    done = run(text, chain, TOKENIZE_ALL)
    assert done.edits["/a"] == f"{mint().surrogate('T0', 'abcdefghi')}j"


@pytest.mark.parametrize(
    ("findings", "winner"),
    [
        ([("A", 0, 4, 0.9), ("B", 0, 5, 0.1)], "B"),
        ([("A", 0, 5, 0.4), ("B", 0, 5, 0.5)], "B"),
        ([("A", 1, 5, 0.5), ("B", 0, 4, 0.5)], "B"),
        ([("A", 0, 4, 0.4), ("B", 2, 6, 0.5)], "B"),
        ([("A", 0, 5, 0.5), ("B", 0, 5, 0.5)], "B"),
        ([("B", 0, 9, 0.5), ("A", 2, 4, 0.9), ("C", 5, 9, 0.9)], "B"),
    ],
)
def test_the_longest_then_the_surest_then_the_first_names_the_union(
    findings: list[tuple[str, int, int, float]], winner: str
) -> None:
    given = [Finding("/a", kind, start, end, score, "test") for kind, start, end, score in findings]
    for order in (given, given[::-1]):
        assert list(run("abcdefghij", order, TOKENIZE_ALL).counts) == [winner]


def test_findings_that_touch_stay_two() -> None:
    done = run("JaneDoe", [Finding("/a", "A", 0, 4, 1, "t"), Finding("/a", "B", 4, 7, 1, "t")], TOKENIZE_ALL)
    assert done.counts == {"A": ("tokenize", 1), "B": ("tokenize", 1)}


def test_of_two_obligations_the_irreversible_wins_so_that_a_secret_never_comes_back() -> None:
    text = "see https://jane:hunter22@x.example/ now"
    url = found(text, "https://jane:hunter22@x.example/", "URL")
    secret = found(text, "hunter22", "CREDENTIAL")
    done = run(text, [url, secret], [Obligation("URL", "tokenize"), Obligation("CREDENTIAL", "redact")])
    assert done.edits["/a"] == "see [REDACTED_CREDENTIAL] now"
    assert done.restorers.empty
    assert done.counts == {"CREDENTIAL": ("redact", 1)}


def test_a_mask_in_conflict_shows_nothing() -> None:
    text = "card 4111111111111111"
    card, phone = found(text, "4111111111111111", "CREDIT_CARD"), found(text, "1111111111", "PHONE_NUMBER")
    mask = Obligation("CREDIT_CARD", "mask", {"keep_last": 4})
    assert run(text, [card, phone], [mask]).edits["/a"] == "card ************1111"
    done = run(text, [card, phone], [mask, Obligation("PHONE_NUMBER", "tokenize")])
    assert done.edits["/a"] == "card [REDACTED_CREDIT_CARD]"
    assert done.restorers.empty


def test_a_type_with_two_operators_says_so() -> None:
    text = "4111111111111111 or 5500000000000004 now"
    cards = [found(text, "4111111111111111", "CARD"), found(text, "5500000000000004", "CARD")]
    done = run(text, [*cards, found(text, "5500", "PIN")], [Obligation("CARD", "mask"), Obligation("PIN", "tokenize")])
    assert done.counts == {"CARD": ("mask+redact", 2)}


def test_what_overlaps_a_kept_finding_is_still_transformed() -> None:
    text = "Paris Hilton"
    done = run(
        text, [found(text, "Paris Hilton"), found(text, "Paris", "CITY")], [*TOKENIZE_ALL, Obligation("CITY", "keep")]
    )
    assert done.counts == {"PERSON": ("tokenize", 1)}
    done = run(
        text, [found(text, "Paris Hilton"), found(text, "Paris", "CITY")], [*TOKENIZE_ALL, Obligation("PERSON", "keep")]
    )
    assert done.edits["/a"].endswith("> Hilton")


def test_a_value_found_once_is_transformed_wherever_it_repeats() -> None:
    first, second = "the password is hunter22.", "then type hunter22, not hunter222"
    done = transform(
        [Segment("/b", second), Segment("/a", first)],
        [found(first, "hunter22", "CREDENTIAL")],
        [Obligation("CREDENTIAL", "redact")],
        mint(),
    )
    assert done.edits == {
        "/a": "the password is [REDACTED_CREDENTIAL].",
        "/b": "then type [REDACTED_CREDENTIAL], not hunter222",
    }
    assert done.counts == {"CREDENTIAL": ("redact", 2)}


def test_what_cannot_be_edited_is_left_and_told() -> None:
    number = Segment("/n", "4111111111111111", editable=False)
    image = Segment("/i", "image", SegmentKind.OPAQUE)
    text = Segment("/t", "no 4111111111111111 here")
    done = transform(
        [number, image, text],
        [Finding("/n", "CREDIT_CARD", 0, 16, 1, "t"), Finding("/i", "UNINSPECTABLE", 0, 99, 1, "t")],
        TOKENIZE_ALL,
        mint(),
    )
    assert done.undischarged == (("/n", "CREDIT_CARD"), ("/i", "UNINSPECTABLE"))
    assert list(done.edits) == ["/t"]


def test_a_repeat_in_a_number_is_told_too() -> None:
    text = "my card is 4111111111111111"
    done = transform(
        [Segment("/t", text), Segment("/n", "4111111111111111", editable=False)],
        [found(text, "4111111111111111", "CARD", path="/t")],
        TOKENIZE_ALL,
        mint(),
    )
    assert done.undischarged == (("/n", "CARD"),)


def test_a_finding_of_no_length_cannot_be_discharged() -> None:
    assert run("text", [Finding("/a", "ODD", 2, 2, 1, "t")], TOKENIZE_ALL).undischarged == (("/a", "ODD"),)


def test_a_key_is_edited_like_a_value() -> None:
    key = Segment("/metadata/*0#", "jane@x.example", SegmentKind.KEY)
    done = transform([key], [Finding(key.path, "EMAIL", 0, 14, 1, "t")], TOKENIZE_ALL, mint())
    assert done.edits == {key.path: mint().surrogate("EMAIL", "jane@x.example")}


def test_two_redacted_keys_of_one_object_stay_two_keys() -> None:
    keys = [
        Segment(f"/{parent}/*{number}#", text, SegmentKind.KEY)
        for parent, number, text in [
            ("a", 0, "jane"),
            ("a", 1, "[REDACTED_PERSON] 2"),
            ("a", 2, "john"),
            ("a", 3, "jack"),
            ("b", 0, "jane"),
        ]
    ]
    findings = [Finding(key.path, "PERSON", 0, 4, 1, "t") for key in keys if key.text.startswith("j")]
    done = transform(keys, findings, [Obligation("PERSON", "redact")], mint())
    assert done.edits == {
        "/a/*0#": "[REDACTED_PERSON]",
        "/a/*2#": "[REDACTED_PERSON] 3",
        "/a/*3#": "[REDACTED_PERSON] 4",
        "/b/*0#": "[REDACTED_PERSON]",
    }


class Broken:
    """A plug-in that fails, with the value in its message."""

    name = "broken"
    restorable = True

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:
        raise RuntimeError(value)


class Wordless:
    """A plug-in that gives no text."""

    name = "wordless"
    restorable = True

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:
        return None  # type: ignore[return-value]  # the fault under test


class Pseudonym:
    """A plug-in that uses surrogates and doesn't want them back."""

    name = "pseudonym"
    restorable = False

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:
        return mint.surrogate(obligation.entity_type, value)


@pytest.mark.parametrize("operator", [Broken(), Wordless()])
def test_a_plugin_that_fails_stops_the_request_and_tells_no_value(operator: Operator) -> None:
    with pytest.raises(TransformError) as caught:
        run("Jane", [found("Jane", "Jane")], [Obligation("PERSON", operator.name)], {operator.name: operator})
    assert "Jane" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_surrogate_of_an_irreversible_operator_is_never_restored() -> None:
    done = run("Jane", [found("Jane", "Jane")], [Obligation("PERSON", "pseudonym")], {"pseudonym": Pseudonym()})
    assert done.edits["/a"] == mint().surrogate("PERSON", "Jane")
    assert done.restorers.empty


@pytest.mark.parametrize(
    "obligations",
    [
        [Obligation("PERSON", "shred")],
        [Obligation("OTHER", "shred")],
        [Obligation("PERSON", "mask", {"keep_last": "4"})],
        [Obligation("PERSON", "mask"), Obligation("PERSON", "redact")],
    ],
)
def test_an_obligation_that_makes_no_sense_stops_the_request(obligations: list[Obligation]) -> None:
    with pytest.raises(TransformError):
        run("Jane", [found("Jane", "Jane")], obligations)


@pytest.mark.parametrize("span", [(-1, 2), (2, 5), (3, 1)])
def test_a_finding_outside_its_text_stops_the_request(span: tuple[int, int]) -> None:
    with pytest.raises(TransformError, match="outside the text at /a"):
        run("Jane", [Finding("/a", "PERSON", *span, 1, "t")], TOKENIZE_ALL)


def test_a_finding_where_there_is_no_text_stops_the_request() -> None:
    with pytest.raises(TransformError, match="/b, where there is no text"):
        run("Jane", [Finding("/b", "PERSON", 0, 1, 1, "t")], TOKENIZE_ALL)


def test_nothing_shows_in_repr() -> None:
    assert "Jane" not in repr(run("Jane x", [found("Jane x", "Jane")], [Obligation("PERSON", "mask")]))
    done = run("Jane secret", [found("Jane secret", "Jane")], TOKENIZE_ALL)
    assert "Jane" not in repr(done)
    assert "secret" not in repr(done)
