from collections.abc import Sequence
from typing import Protocol, TypeAlias

from gateway.detect import rules
from gateway.detect._literals import Literals

class _Among(Protocol):
    def may_be_among(self, keys: str) -> bool: ...

_Probe: TypeAlias = tuple[int, int, int, bool, bool, _Among | None]
FamilyGate: TypeAlias = tuple[int, int, int, int, int, bool, Sequence[_Probe], rules.Pattern]

class Gates:
    literals: Literals
    families: int
    def __init__(
        self,
        literals: Literals,
        sets: Sequence[Sequence[int]],
        needs: Sequence[tuple[int, int, int]],
        families: Sequence[FamilyGate],
        limits: tuple[int, int, int, int, int, int],
    ) -> None: ...
    def prepare(self, family: int) -> None: ...
    def prepare_asked(self, pattern: rules.Pattern, in_ascii: bool) -> None: ...
