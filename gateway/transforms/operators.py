"""What can be done to a found value, by the words that policies use.

Names and meanings follow Presidio's anonymizer where it has them (`redact replace mask hash keep`), plus `tokenize`.
Where Presidio's default would give something away, ours does not: `redact` leaves the type instead of nothing, so that
the model's sentence stays whole; `hash` is keyed, because a bare hash of a phone number can be reversed by trying them
all; `mask` covers everything unless told otherwise, and never shows more than half.

Parameters are checked when a policy is loaded (`check_parameters`) and again when they are used, so that an operator
never runs on parameters that make no sense (invariant 2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

from gateway.core.errors import TransformError
from gateway.core.model import Obligation
from gateway.core.protocols import Operator, SurrogateMint
from gateway.transforms.surrogates import label_of

__all__ = [
    "KEEP",
    "OPERATORS",
    "Checked",
    "Hash",
    "Keep",
    "Mask",
    "Redact",
    "Replace",
    "Tokenize",
    "check_parameters",
    "redacted",
]

KEEP: Final = "keep"
_NEW_VALUE_LONGEST: Final = 200


class Checked(Protocol):
    """An operator that can tell what is wrong with its parameters; the others take any."""

    def problems(self, parameters: Mapping[str, object]) -> list[str]:
        """Return what is wrong with `parameters`; empty when nothing is."""
        ...


class Tokenize:
    """Puts a surrogate in the value's place; the value comes back into the answer."""

    name = "tokenize"
    restorable = True

    def problems(self, parameters: Mapping[str, object]) -> list[str]:
        """Return what is wrong with `parameters`: there are none."""
        return _unknown(parameters, ())

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:
        """Return the surrogate of `value`."""
        _require(self, obligation)
        return mint.surrogate(obligation.entity_type, value)


class Redact:
    """Puts `[REDACTED_<TYPE>]` in the value's place, for good."""

    name = "redact"
    restorable = False

    def problems(self, parameters: Mapping[str, object]) -> list[str]:
        """Return what is wrong with `parameters`: there are none."""
        return _unknown(parameters, ())

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:  # noqa: ARG002  # says nothing of it
        """Return the redaction of `obligation.entity_type`."""
        _require(self, obligation)
        return redacted(obligation.entity_type)


class Replace:
    """Puts the fixed text `new_value` in the value's place, for good."""

    name = "replace"
    restorable = False

    def problems(self, parameters: Mapping[str, object]) -> list[str]:
        """Return what is wrong with `parameters`: `new_value` is a text of at most 200 characters."""
        found = _unknown(parameters, ("new_value",))
        new = parameters.get("new_value")
        if not isinstance(new, str) or len(new) > _NEW_VALUE_LONGEST:
            found.append(f"replace needs new_value, a text of at most {_NEW_VALUE_LONGEST} characters")
        return found

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:  # noqa: ARG002  # says nothing of it
        """Return `new_value`."""
        _require(self, obligation)
        return str(obligation.parameters["new_value"])


class Mask:
    """Covers the value's characters, all of them or all but the last `keep_last`.

    A value shorter than twice `keep_last` is covered whole: no more than half of it is ever shown.
    """

    name = "mask"
    restorable = False

    def problems(self, parameters: Mapping[str, object]) -> list[str]:
        """Return what is wrong with `parameters`: `keep_last` counts characters, `masking_char` is one character."""
        found = _unknown(parameters, ("keep_last", "masking_char"))
        keep = parameters.get("keep_last", 0)
        if isinstance(keep, bool) or not isinstance(keep, int) or keep < 0:
            found.append("mask's keep_last is a whole number, 0 or more")
        char = parameters.get("masking_char", "*")
        if not isinstance(char, str) or len(char) != 1 or not char.isprintable() or char.isalnum() or char.isspace():
            found.append("mask's masking_char is one printable character, no letter, digit or blank")
        return found

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:  # noqa: ARG002  # needs no mint
        """Return `value` covered."""
        _require(self, obligation)
        keep = obligation.parameters.get("keep_last", 0)
        shown = keep if isinstance(keep, int) and 2 * keep <= len(value) else 0
        covered = len(value) - shown
        return str(obligation.parameters.get("masking_char", "*")) * covered + value[covered:]


class Hash:
    """Puts a keyed digest in the value's place, for good: the same value has the same digest within a tenant."""

    name = "hash"
    restorable = False

    def problems(self, parameters: Mapping[str, object]) -> list[str]:
        """Return what is wrong with `parameters`: there are none."""
        return _unknown(parameters, ())

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:
        """Return `[HASHED_<TYPE>_<digest>]`."""
        _require(self, obligation)
        return f"[HASHED_{label_of(obligation.entity_type)}_{mint.keyed_hash(obligation.entity_type, value)}]"


class Keep:
    """Leaves the value as it is. The send gate still judges it."""

    name = KEEP
    restorable = False

    def problems(self, parameters: Mapping[str, object]) -> list[str]:
        """Return what is wrong with `parameters`: there are none."""
        return _unknown(parameters, ())

    def apply(self, value: str, obligation: Obligation, mint: SurrogateMint) -> str:  # noqa: ARG002  # needs no mint
        """Return `value`."""
        _require(self, obligation)
        return value


def _registry(*operators: Operator) -> Mapping[str, Operator]:
    return MappingProxyType({operator.name: operator for operator in operators})


OPERATORS: Final = _registry(Tokenize(), Redact(), Replace(), Mask(), Hash(), Keep())
"""The operators that ship, by name; plug-ins are added to a copy."""


def check_parameters(
    operator: str, parameters: Mapping[str, object], operators: Mapping[str, Operator] = OPERATORS
) -> list[str]:
    """Return what is wrong with using `operator` with `parameters`; empty when nothing is."""
    found = operators.get(operator)
    if found is None:
        return [f"there is no operator {operator!r}; known: {', '.join(sorted(operators))}"]
    problems: Callable[[Mapping[str, object]], list[str]] | None = getattr(found, "problems", None)
    return problems(parameters) if problems is not None else []


def redacted(entity_type: str) -> str:
    """Return what `redact` puts in a value's place."""
    return f"[REDACTED_{label_of(entity_type)}]"


def _unknown(parameters: Mapping[str, object], known: Sequence[str]) -> list[str]:
    return [f"there is no parameter {name!r}" for name in parameters if name not in known]


def _require(operator: Checked, obligation: Obligation) -> None:
    problems = operator.problems(obligation.parameters)
    if problems:
        raise TransformError(f"{obligation.operator} of {obligation.entity_type}: {'; '.join(problems)}")
