"""What puts originals back into an answer and looks through it, with the recognizers and the policy of the request.

Looking at every piece of a stream with all recognizers would cost more than the request did. So where a policy has
something changed in answers, only those that find such types are asked, and only where sieves say that they may.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from gateway.core.answers import AnswerPolicy
from gateway.core.model import Finding, Segment, Sensitivity
from gateway.core.protocols import Recognizer
from gateway.core.steps import Steps, done
from gateway.detect.hidden import finding_all
from gateway.detect.overlaps import resolve
from gateway.detect.sieves import Sieves
from gateway.engine import Engine
from gateway.transforms.guard import Guard
from gateway.transforms.looking import Changes, Looking
from gateway.transforms.requested import Requested
from gateway.transforms.restore import Restorers

__all__ = ["guard"]


def guard(
    engine: Engine,
    restorers: Restorers,
    own: Callable[[str], Sequence[tuple[int, int]]],
    requested: Requested,
    answers: AnswerPolicy | None = None,
) -> Guard:
    """Return what puts originals back into one answer, and looks through it.

    Args:
        engine: recognizers and policy.
        restorers: over the surrogates of the request.
        own: where these stand in a text.
        requested: what the request said.
        answers: what is looked for; by default what the policy says.
    """
    ranks = engine.policy.ranks
    answers = answers or engine.policy.answers
    sieves = _sieves(engine.recognizers, answers.changing_types)

    def find(text: str, recognizers: Sequence[Recognizer] = engine.recognizers) -> Steps[Sequence[Finding]]:
        segments = (Segment("", text),)
        found = yield from finding_all(recognizers, segments)
        return resolve(found, segments, ranks)

    def find_changing(text: str, signs: int) -> Sequence[Finding]:
        # Whatever the recognizers find only where there is something to change: overlaps are settled as in a request.
        return done(find(text, sieves.recognizers)) if sieves.finds(text, signs) else ()

    def level(kind: str) -> Sensitivity:
        return Sensitivity(ranks.get(kind, Sensitivity.HIGH))

    changes = Changes(find_changing, sieves.signs, sieves.may_find, sieves.lookout, sieves.marked)
    looking = Looking(find, own, level, requested, changes)
    return Guard(restorers, answers, looking)


@lru_cache(maxsize=8)
def _sieves(recognizers: tuple[Recognizer, ...], types: frozenset[str] | None) -> Sieves:
    return Sieves(recognizers, types)
