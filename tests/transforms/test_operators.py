"""Operators: what each leaves of a value, and which parameters make no sense."""

import pytest

from gateway.core.errors import TransformError
from gateway.core.model import Obligation
from gateway.core.protocols import Operator
from gateway.transforms.operators import OPERATORS, check_parameters
from gateway.transforms.surrogates import Surrogates

CARD = "4111 1111 1111 1111"


def applied(operator: str, parameters: dict[str, object] | None = None, value: str = CARD) -> str:
    mint = Surrogates(b"a key for tests, 32 bytes long..", "acme", "hello")
    return OPERATORS[operator].apply(value, Obligation("CREDIT_CARD", operator, parameters or {}), mint)


def test_the_words_that_policies_use() -> None:
    assert OPERATORS.keys() == {"tokenize", "redact", "replace", "mask", "hash", "keep"}
    assert {name for name, operator in OPERATORS.items() if operator.restorable} == {"tokenize"}


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=list(OPERATORS))
def test_each_is_an_operator_under_its_own_name(operator: Operator) -> None:
    assert isinstance(operator, Operator)
    assert OPERATORS[operator.name] is operator


def test_tokenize_gives_a_surrogate() -> None:
    assert applied("tokenize").startswith("<CREDIT_CARD_")


def test_redact_leaves_the_type() -> None:
    assert applied("redact") == "[REDACTED_CREDIT_CARD]"


def test_replace_gives_the_fixed_text() -> None:
    assert applied("replace", {"new_value": "a card"}) == "a card"
    assert applied("replace", {"new_value": ""}) == ""


def test_keep_keeps() -> None:
    assert applied("keep") == CARD


def test_hash_is_keyed_and_says_what_it_is() -> None:
    first, second = applied("hash"), applied("hash", value="4111 1111 1111 1112")
    assert first.startswith("[HASHED_CREDIT_CARD_")
    assert first != second
    assert applied("hash") == first


@pytest.mark.parametrize(
    ("value", "parameters", "masked"),
    [
        (CARD, {}, "*" * 19),
        (CARD, {"keep_last": 4}, "*" * 15 + "1111"),
        (CARD, {"keep_last": 4, "masking_char": "#"}, "#" * 15 + "1111"),
        (CARD, {"keep_last": 0}, "*" * 19),
        ("12345678", {"keep_last": 4}, "****5678"),
        ("1234567", {"keep_last": 4}, "*******"),
        ("a\U0001f469b\U0001f469", {"keep_last": 1}, "***\U0001f469"),
    ],
)
def test_mask_covers_and_never_shows_more_than_half(value: str, parameters: dict[str, object], masked: str) -> None:
    assert applied("mask", parameters, value) == masked


BAD: list[tuple[str, dict[str, object]]] = [
    ("tokenize", {"keep_last": 4}),
    ("redact", {"with": "x"}),
    ("hash", {"algorithm": "md5"}),
    ("keep", {"some": 1}),
    ("replace", {}),
    ("replace", {"new_value": 5}),
    ("replace", {"new_value": "x" * 201}),
    ("replace", {"new_value": "x", "old": "y"}),
    ("mask", {"keep_last": -1}),
    ("mask", {"keep_last": True}),
    ("mask", {"keep_last": "4"}),
    ("mask", {"masking_char": "**"}),
    ("mask", {"masking_char": ""}),
    ("mask", {"masking_char": "1"}),
    ("mask", {"masking_char": "\n"}),
    ("mask", {"masking_char": 5}),
    ("mask", {"keep_first": 1}),
]


@pytest.mark.parametrize(("operator", "parameters"), BAD)
def test_parameters_that_make_no_sense_are_refused_at_load_and_in_use(
    operator: str, parameters: dict[str, object]
) -> None:
    assert len(check_parameters(operator, parameters)) == 1
    with pytest.raises(TransformError, match=f"^{operator} of CREDIT_CARD: ") as caught:
        applied(operator, parameters)
    assert CARD not in str(caught.value)


def test_parameters_that_make_sense_pass() -> None:
    assert check_parameters("mask", {"keep_last": 4, "masking_char": "#"}) == []
    assert check_parameters("replace", {"new_value": "x"}) == []
    assert check_parameters("tokenize", {}) == []


def test_an_unknown_operator_is_a_problem_that_names_the_known_ones() -> None:
    (problem,) = check_parameters("shred", {})
    assert "'shred'" in problem
    assert "hash, keep, mask, redact, replace, tokenize" in problem


class Plugin:
    """An operator that tells nothing about its parameters."""

    name = "shred"
    restorable = False

    def apply(self, value: str, obligation: Obligation, mint: object) -> str:
        return ""


def test_a_plugin_without_checks_takes_any_parameters() -> None:
    assert check_parameters("shred", {"fine": True}, {**OPERATORS, "shred": Plugin()}) == []
