"""Past decisions judged again, from the audit record alone: types, scores, topics and facts, no content.

What a policy change would have done to real traffic is the best argument for or against it. A record holds all that
a policy may look at, with three exceptions, in which a record is judged as far as it goes and counted as incomplete:

* a model that settings do not name is recorded as `other`; a condition on `model` cannot be judged again;
* beyond the findings it lists it counts the others by type and score; if even these kinds are too many, some are left
  out;
* records of before groups were recorded do not have them, nor the types of findings that they omit.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gateway.core.model import (
    Classification,
    Decision,
    Effect,
    Finding,
    Principal,
    RequestFacts,
    Sensitivity,
    Topics,
    Zone,
)
from gateway.core.record import Event
from gateway.core.recorded import OTHER
from gateway.core.state import SERVER_STATE
from gateway.policy.bundle import ASKED_FOR, DETECTOR_FAILED, PolicyBundle

__all__ = ["Change", "Past", "Replay", "Verdict", "between", "replay", "shadow_summary"]

_RULE: Final = "rule"
_LEVEL: Final = "sensitivity"
_EFFECT: Final = "effect"
_ROUTE: Final = "route"
_TRANSFORM: Final = "transform"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a policy says about one request.

    Attributes:
        sensitivity: the level.
        rule: the rule that decides.
        effect: allow or deny.
        route: zones in order; in a record of before routes were recorded only the zone it went to.
        operators: entity type to operator; None where it is not known.
    """

    sensitivity: Sensitivity
    rule: str
    effect: Effect
    route: tuple[Zone, ...]
    operators: Mapping[str, str] | None = None

    @classmethod
    def of(cls, decision: Decision) -> Verdict:
        """Return a decision as a verdict."""
        operators = {obligation.entity_type: obligation.operator for obligation in decision.obligations}
        return cls(decision.sensitivity, decision.rule, decision.effect, decision.route, operators)

    def fields(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "sensitivity": self.sensitivity.label,
            "rule": self.rule,
            "effect": self.effect.value,
            "route": [zone.value for zone in self.route],
        }


@dataclass(frozen=True, slots=True)
class Past:
    """One decision as an audit record tells it.

    Attributes:
        id: the decision's id.
        time: RFC 3339.
        facts: who asked for what.
        findings: their types and scores; they have no place.
        topics: probabilities.
        floor: a level below which it cannot be: asked for by the client, a detector had failed, or what the
            request points to is of that level.
        revision: of the policy that decided.
        decided: what came of it.
        zone: where it went; None when it was refused.
        omitted: findings of which the record does not even tell type and score.
        lacks: fields that the record is too old to have.
    """

    id: str
    time: str
    facts: RequestFacts
    findings: tuple[Finding, ...]
    topics: Mapping[str, float]
    floor: Sensitivity
    revision: str
    decided: Verdict
    zone: Zone | None
    omitted: int
    lacks: frozenset[str] = frozenset()

    @classmethod
    def of(cls, record: Mapping[str, Any], event: Event = Event.DECISION) -> Past | None:
        """Return the decision in an audit record; None for a record of another kind than `event`.

        Raises:
            ValueError: if it is not as records are.
        """
        if record.get("event") != event.value:
            return None
        try:
            more = tuple(_more(record))
            lacks = frozenset({"groups", "route"} - record.keys())
            floors = {reason["rule"]: Sensitivity.parse(reason["level"]) for reason in record["reasons"]}
            asked = floors.get(ASKED_FOR, Sensitivity.LOW)
            zone = None if record["zone"] is None else Zone(record["zone"])
            return cls(
                id=str(record["id"]),
                time=str(record["time"]),
                facts=RequestFacts(
                    Principal(
                        record["principal"], record["tenant"], record["purpose"], tuple(record.get("groups", ()))
                    ),
                    record["endpoint"],
                    record["dialect"],
                    record["model"],
                    bool(record["stream"]),
                    asked,
                ),
                findings=tuple(
                    Finding(found["path"], found["entity_type"], 0, 0, float(found["score"]), found["recognizer"])
                    for found in record["findings"]
                )
                + more,
                topics={str(name): float(probability) for name, probability in record["topics"].items()},
                floor=max(floors.get(name, Sensitivity.LOW) for name in (ASKED_FOR, DETECTOR_FAILED, SERVER_STATE)),
                revision=str(record["policy_revision"]),
                decided=Verdict(
                    Sensitivity.parse(record["sensitivity"]),
                    str(record["rule"]),
                    Effect(record["effect"]),
                    tuple(map(Zone, record.get("route", () if zone is None else (zone,)))),
                ),
                zone=zone,
                omitted=int(record["findings_omitted"]) - len(more),
                lacks=lacks,
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"a decision record without {error}") from None

    def judge(self, bundle: PolicyBundle) -> Verdict:
        """Return what `bundle` says about it."""
        level, reasons = bundle.classify(self.findings, self.topics, self.facts)
        classification = Classification(max(level, self.floor), reasons, self.findings, Topics(self.topics))
        return Verdict.of(bundle.decide(classification, self.facts))

    def complete_for(self, bundle: PolicyBundle) -> bool:
        """Return whether the record holds all that `bundle` looks at."""
        variables = bundle.variables
        return not (self.omitted or variables & self.lacks or ("model" in variables and self.facts.model == OTHER))

    def differences(self, now: Verdict) -> tuple[str, ...]:
        """Return in what `now` differs from what came of it.

        A record that was refused under a rule that allows found no cleared upstream: that is no difference.
        """
        was = self.decided
        refused_for_lack = was.effect is Effect.DENY and now.effect is Effect.ALLOW and was.rule == now.rule
        different = {
            _LEVEL: was.sensitivity is not now.sensitivity,
            _RULE: was.rule != now.rule,
            _EFFECT: was.effect is not now.effect and not refused_for_lack,
            _ROUTE: now.effect is Effect.ALLOW and self._elsewhere(now),
        }
        return tuple(what for what, differs in different.items() if differs)

    def _elsewhere(self, now: Verdict) -> bool:
        """Return whether `now` routes otherwise; a record without its route tells only where the request went."""
        if "route" in self.lacks:
            return self.zone is not None and self.zone not in now.route
        return self.decided.effect is Effect.ALLOW and self.decided.route != now.route


def _more(record: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield the findings that a record counts and does not list."""
    for more in record.get("omitted", ()):
        finding = Finding("", more["entity_type"], 0, 0, float(more["score"]), "")
        yield from itertools.repeat(finding, int(more["count"]))


def between(before: Verdict, after: Verdict) -> tuple[str, ...]:
    """Return in what two verdicts on one request differ."""
    different = {
        _LEVEL: before.sensitivity is not after.sensitivity,
        _RULE: before.rule != after.rule,
        _EFFECT: before.effect is not after.effect,
        _ROUTE: before.route != after.route,
        _TRANSFORM: before.operators != after.operators,
    }
    return tuple(what for what, differs in different.items() if differs)


@dataclass(frozen=True, slots=True)
class Change:
    """A decision that would be another one."""

    past: Past
    what: tuple[str, ...]
    before: Verdict
    after: Verdict

    def fields(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "id": self.past.id,
            "time": self.past.time,
            "tenant": self.past.facts.principal.tenant,
            "principal": self.past.facts.principal.name,
            "what": list(self.what),
            "before": self.before.fields(),
            "after": self.after.fields(),
        }


@dataclass(slots=True)
class Replay:
    """What came out of judging again.

    Attributes:
        judged: how many decisions were judged again.
        incomplete: how many of them by less than the policy looks at.
        unreadable: how many records were not as records are.
        changes: those that would be decided otherwise, in the order of the records.
    """

    judged: int = 0
    incomplete: int = 0
    unreadable: int = 0
    changes: list[Change] = field(default_factory=list)

    def by(self, what: str) -> dict[str, int]:
        """Return how many change by `rule`, `tenant` or `route`, most first."""
        counts: dict[str, int] = {}
        for change in self.changes:
            if what == "tenant":
                key = change.past.facts.principal.tenant
            else:
                before, after = (_shown(verdict, what) for verdict in (change.before, change.after))
                key = f"{before} -> {after}"
            counts[key] = counts.get(key, 0) + 1
        return dict(sorted(counts.items(), key=lambda entry: (-entry[1], entry[0])))

    def fields(self) -> dict[str, object]:
        """Return it as JSON; documented and stable."""
        return {
            "judged": self.judged,
            "changed": len(self.changes),
            "incomplete": self.incomplete,
            "unreadable": self.unreadable,
            "by": {what: self.by(what) for what in ("rule", "tenant", "route")},
            "changes": [change.fields() for change in self.changes],
        }


def _shown(verdict: Verdict, what: str) -> str:
    if what == _RULE:
        return verdict.rule
    return ", ".join(zone.value for zone in verdict.route) or "refused"


def replay(records: Iterable[Mapping[str, Any]], candidate: PolicyBundle, live: PolicyBundle | None = None) -> Replay:
    """Judge the decisions among `records` again.

    Args:
        records: audit records; those that are no decisions are passed over.
        candidate: the policy to try.
        live: the policy that is in force. Records of its revision are compared by what it says too, which knows the
            whole route and the operators; the record tells only where the request went.
    """
    done = Replay()
    for record in records:
        try:
            past = Past.of(record)
        except ValueError:
            done.unreadable += 1
            continue
        if past is None:
            continue
        done.judged += 1
        done.incomplete += not past.complete_for(candidate)
        after = past.judge(candidate)
        before, what = past.decided, past.differences(after)
        if live is not None and past.revision == live.revision:
            before = past.judge(live)
            what = tuple(dict.fromkeys((*what, *between(before, after))))
        if what:
            done.changes.append(Change(past, what, before, after))
    return done


def shadow_summary(records: Iterable[Mapping[str, Any]]) -> Replay:
    """Return the differences that a shadow policy left in the log; `judged` counts the decisions among `records`."""
    done = Replay()
    for record in records:
        done.judged += record.get("event") == Event.DECISION.value
        try:
            past = Past.of(record, Event.SHADOW)
            if past is None:
                continue
            told = record["shadow"]
            route = tuple(map(Zone, told["route"]))
            after = Verdict(Sensitivity.parse(told["sensitivity"]), told["rule"], Effect(told["effect"]), route)
            done.changes.append(Change(past, tuple(told["differs"]), past.decided, after))
        except (ValueError, KeyError, TypeError):
            done.unreadable += 1
    return done
