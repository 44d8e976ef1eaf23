"""The `answers` section of a policy: several files' become one.

What is said further up wins key by key, so that a policy may let one more tool, or take out one more type, without
repeating what it is built upon.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from pydantic import BaseModel

from gateway.core.answers import EXFILTRATION_LINK, Action, AnswerPolicy
from gateway.core.mending import nearest, one_of
from gateway.core.model import Sensitivity
from gateway.core.uninspectable import UNINSPECTABLE_TYPES
from gateway.policy.document import AnswersSpec, RestoreSpec, ScanSpec
from gateway.policy.layers import Placed
from gateway.policy.names import NAMES_COMMAND

__all__ = ["compile_answers"]


def compile_answers(said: Sequence[Placed[AnswersSpec]], entity_types: Collection[str]) -> AnswerPolicy:
    """Return what all of `said` say together, the lowest first; complains of what cannot be meant.

    Args:
        said: sections, each with its place.
        entity_types: all that recognizers produce.
    """
    restore, scan = RestoreSpec(), ScanSpec()
    for placed in said:
        own = placed.said
        tools = restore.tools.model_copy(update=_given(own.restore.tools))
        restore = restore.model_copy(update=_given(own.restore) | {"tools": tools})
        scan = scan.model_copy(
            update=_given(own.scan) | {"types": scan.types | own.scan.types, "levels": scan.levels | own.scan.levels}
        )
        _check(placed, entity_types)
    return AnswerPolicy(
        allow=tuple(restore.tools.allow),
        deny=tuple(restore.tools.deny),
        urls=restore.urls,
        types=scan.types,
        levels={Sensitivity.parse(level): action for level, action in scan.levels.items()},
        on_failure=Action(scan.on_failure),
    )


def _given(spec: BaseModel) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in spec.model_fields_set}


def _check(placed: Placed[AnswersSpec], entity_types: Collection[str]) -> None:
    known = frozenset(entity_types) - UNINSPECTABLE_TYPES | {EXFILTRATION_LINK}
    here = placed.here.at("scan", "types")
    for entity_type in placed.said.scan.types:
        if entity_type not in known:
            meant = nearest(entity_type, sorted(known))
            here.at(entity_type).complain(
                f"nothing finds the entity type `{entity_type}` in an answer",
                one_of(sorted(known), NAMES_COMMAND),
                f"did you mean `{meant}`?" if meant else "use one of these",
            )
    tools = placed.said.restore.tools
    placed.here.at("restore", "tools", "allow").complain_of_twins(tools.allow)
    placed.here.at("restore", "tools", "deny").complain_of_twins(tools.deny)
