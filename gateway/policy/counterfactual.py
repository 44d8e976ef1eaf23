"""Why a decision came out as it did: made again without each kind of evidence, from its record alone.

"Without the topic health it would have been moderate" is what a person can use who asks why. Each entity type and each
topic that some clause looks at is left out in turn; what changes the level, the rule or the route is told. Where no
single one does, because several speak for the same level, all that speak for it are left out together.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from gateway.core.model import Effect
from gateway.policy.bundle import PolicyBundle
from gateway.policy.replay import Past, Verdict, between

__all__ = ["Counterfactual", "counterfactuals", "fields_of"]


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What would have been decided without some of the evidence.

    Attributes:
        entity_types: types of findings that are left out.
        topics: topics that are left out.
        verdict: what the same policy says then.
    """

    entity_types: tuple[str, ...]
    topics: tuple[str, ...]
    verdict: Verdict

    def __str__(self) -> str:
        left_out = [*self.entity_types, *(f"the topic {topic}" for topic in self.topics)]
        verdict = self.verdict
        where = ", ".join(zone.value for zone in verdict.route) if verdict.effect is Effect.ALLOW else "refused"
        return f"without {' and '.join(left_out)}: {verdict.sensitivity.label} (rule {verdict.rule}; {where})"

    def fields(self) -> dict[str, object]:
        """Return it as JSON."""
        left_out = {"entity_types": list(self.entity_types), "topics": list(self.topics)}
        return {"without": left_out, **self.verdict.fields(), "words": str(self)}


def counterfactuals(past: Past, bundle: PolicyBundle) -> tuple[Counterfactual, ...]:
    """Return what `bundle` would have decided about `past` without each kind of evidence, where that is something else.

    Args:
        past: the decision.
        bundle: the policy that made it.
    """
    before = past.judge(bundle)
    types = sorted({finding.entity_type for finding in past.findings})
    topics = sorted(topic for topic in _topics(bundle) if past.topics.get(topic, 0.0) > 0)
    told = [
        *_changing(past, bundle, before, (((kind,), ()) for kind in types)),
        *_changing(past, bundle, before, (((), (topic,)) for topic in topics)),
    ]
    if not any(one.verdict.sensitivity < before.sensitivity for one in told):
        together = _speaking_for(past, bundle, before)
        told += _changing(past, bundle, before, (together,) if sum(map(len, together)) > 1 else ())
    return tuple(told)


def fields_of(record: Mapping[str, object]) -> dict[str, dict[str, int]]:
    """Return which kinds of private things a record tells of in which field, and how many."""
    tally: dict[str, dict[str, int]] = {}
    findings = record.get("findings")
    for finding in findings if isinstance(findings, list) else ():
        kinds = tally.setdefault(finding["path"], {})
        kinds[finding["entity_type"]] = kinds.get(finding["entity_type"], 0) + 1
    return tally


Evidence = tuple[tuple[str, ...], tuple[str, ...]]


def _changing(
    past: Past, bundle: PolicyBundle, before: Verdict, evidence: Iterator[Evidence] | Collection[Evidence]
) -> Iterator[Counterfactual]:
    for types, topics in evidence:
        without = replace(
            past,
            findings=tuple(finding for finding in past.findings if finding.entity_type not in types),
            topics={topic: value for topic, value in past.topics.items() if topic not in topics},
        )
        after = without.judge(bundle)
        if {"sensitivity", "rule", "effect", "route"}.intersection(between(before, after)):
            yield Counterfactual(types, topics, after)


def _topics(bundle: PolicyBundle) -> frozenset[str]:
    conditions = [clause.condition for clause in bundle.clauses] + [rule.condition for rule in bundle.rules]
    return frozenset().union(*(condition.scope.topics for condition in conditions if condition is not None))


def _speaking_for(past: Past, bundle: PolicyBundle, before: Verdict) -> Evidence:
    """Return all evidence that clauses of the decided level look at, and types that no clause names."""
    found = {finding.entity_type for finding in past.findings}
    types, topics = set(found - bundle.named_types), set[str]()
    for clause in bundle.clauses:
        if clause.level is before.sensitivity:
            types |= clause.entity_types
            if clause.condition is not None:
                types |= clause.condition.scope.entity_types
                topics |= clause.condition.scope.topics
    return tuple(sorted(types & found)), tuple(sorted(topic for topic in topics if past.topics.get(topic, 0.0) > 0))
