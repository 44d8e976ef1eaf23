"""Light dataclasses compare, hash and spell themselves as frozen ones do; what stands for a permission is frozen."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from gateway.core.light import light
from gateway.core.model import Principal, Sensitivity
from gateway.gate import Cleared


@light(frozen=True, slots=True)
class Light:
    number: int
    texts: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Frozen:
    number: int
    texts: tuple[str, ...] = field(default=(), repr=False)


def test_it_compares_hashes_and_is_spelled_as_a_frozen_one() -> None:
    assert Light(1, ("a",)) == Light(1, ("a",)) != Light(1)
    assert hash(Light(1, ("a",))) == hash(Frozen(1, ("a",)))
    assert repr(Light(1, ("a",))) == "Light(number=1)"
    assert replace(Light(1, ("a",)), number=2) == Light(2, ("a",))


def test_it_has_no_room_for_what_it_does_not_name() -> None:
    with pytest.raises(AttributeError):
        setattr(Light(1), "other", 2)  # noqa: B010 - mypy would not let it through


@pytest.mark.parametrize(("kind", "name"), [(Cleared, "residual"), (Principal, "tenant")])
def test_what_lets_a_body_out_and_who_asks_cannot_be_written_to(kind: type[object], name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(object.__new__(kind), name, Sensitivity.LOW)
