"""What must hold for every policy, request and outage: nothing reaches an upstream outside its clearance, region or
purpose.

Random policies over the whole language, random purposes, requests and fleets, and random outages and failures in the
order in which the relay would meet them, failover included; 10,000 requests, and their records judged again. Nothing of
the policy's own words is trusted: the fleet's clearance, region and vendors are compared with what the planted values
and the purposes say.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from gateway.core.errors import ConfigurationError
from gateway.core.model import Effect, Principal, Purpose, Sensitivity, Upstream, Vendor, Zone
from gateway.core.recorded import decision_record
from gateway.pipeline import Engine, Plan, Request, plan
from gateway.policy.replay import replay
from tests.fakes.engines import DIALECT, engine

NOON: Final = datetime(2025, 1, 1, tzinfo=UTC)
EXAMPLES: Final = 2_000
BODIES: Final = 5
"""Requests for each policy: 2,000 policies with 5 requests and outages each."""
TEXTS: Final = {
    "What is a heat pump?": Sensitivity.LOW,
    "Write to martha@nordhavn-clinic.com": Sensitivity.MODERATE,
    "SSN 536-22-8741": Sensitivity.HIGH,
}
CONDITIONS: Final = st.sampled_from(
    [
        None,
        'sensitivity == "high"',
        'sensitivity in ["moderate", "low"]',
        'sensitivity != "high"',
        "entities.EMAIL_ADDRESS > 0",
        "entities.US_SSN == 0",
        "findings > 1",
        'purpose == "care"',
        '"legal" in groups',
        'tenant == "acme" || principal == "ann"',
        "stream",
        "topics.internal_business >= 0.5",
    ]
)
RULE: Final = st.fixed_dictionaries(
    {"route": st.lists(st.sampled_from([zone.value for zone in Zone]), min_size=1, max_size=3, unique=True)},
    optional={
        "transform": st.booleans(),
        "regions": st.lists(st.sampled_from(["eu", "us"]), min_size=1, max_size=2, unique=True),
    },
)
VENDORS: Final = (
    None,
    Vendor("kept", "Kept SE", 0, trains_on_data=False, has_dpa=True),
    Vendor("month", "Month Inc.", 30, trains_on_data=False, has_dpa=True),
    Vendor("trains", "Trains Ltd.", 30, trains_on_data=True, has_dpa=True),
    Vendor("loose", "Loose Ltd.", None, trains_on_data=False, has_dpa=False),
)
PURPOSE: Final = st.fixed_dictionaries(
    {},
    optional={
        "zones": st.lists(st.sampled_from(list(Zone)), min_size=1, max_size=2, unique=True).map(tuple),
        "regions": st.lists(st.sampled_from(["eu", "us"]), min_size=1, max_size=2, unique=True).map(tuple),
        "vendors": st.lists(st.sampled_from([v.name for v in VENDORS if v]), min_size=1, max_size=2).map(tuple),
        "retention_days": st.sampled_from([0, 29, 30]),
        "training": st.booleans(),
        "without_dpa": st.booleans(),
    },
)
PURPOSES: Final[st.SearchStrategy[dict[str, dict[str, Any]]]] = st.one_of(
    st.just({}), st.dictionaries(st.sampled_from(["care", "billing"]), PURPOSE, max_size=2)
)
FLEET: Final = st.lists(
    st.tuples(
        st.sampled_from(list(Zone)),
        st.sampled_from([*Sensitivity, Sensitivity.HIGH, Sensitivity.HIGH]),
        st.sampled_from(["", "eu", "eu", "us"]),
        st.sampled_from(VENDORS),
    ),
    min_size=2,
    max_size=4,
)
"""More that may receive than may not: what is refused at once shows little."""
OPERATOR: Final = st.sampled_from(["tokenize", "redact", "mask", "hash", "keep"])
"""`keep` too: a policy that lets values through must not get them past a clearance."""
EXCHANGE: Final = st.tuples(
    st.lists(st.sampled_from(sorted(TEXTS)), min_size=1, max_size=3),
    FLEET,
    st.sets(st.integers(0, 3), max_size=2),
    st.sets(st.integers(0, 3), max_size=2),
    st.sampled_from(
        [Principal(), Principal("ann", "acme", "care", ("legal",)), Principal("bob", "b", "billing", ("ops",))]
    ),
    st.sampled_from([Sensitivity.LOW, Sensitivity.LOW, *Sensitivity]),
)


def engine_of(rules: list[tuple[str | None, dict[str, Any]]], operator: str) -> Engine | None:
    spec = {
        "classify": [
            {"level": "high", "name": "numbers", "entities": ["US_SSN", "CREDENTIAL"]},
            {"level": "moderate", "name": "contact", "entities": ["PERSON", "EMAIL_ADDRESS"]},
        ],
        "transform": {"*": operator},
        "rules": [
            {"name": f"r{number}", **({"when": when} if when else {}), **rule}
            for number, (when, rule) in enumerate(rules)
        ],
    }
    document = {"apiVersion": "privacy-gateway/v1", "kind": "Policy", "metadata": {"name": "random"}, "spec": spec}
    try:
        return engine(json.dumps(document))
    except ConfigurationError:
        return None  # a rule that can never match is refused


def is_allowed(upstream: Upstream, purpose: str, purposes: dict[str, dict[str, Any]]) -> bool:
    """Say what the settings' reference says of purposes, in other words than the code's."""
    if not purposes:
        return True
    if purpose not in purposes:
        return False
    told, vendor = purposes[purpose], upstream.vendor
    forbidden = [
        "zones" in told and upstream.zone not in told["zones"],
        "regions" in told and upstream.region not in told["regions"],
        vendor is None and upstream.zone is not Zone.LOCAL,
    ]
    if vendor is not None:
        kept = float("inf") if vendor.retention_days is None else vendor.retention_days
        forbidden += [
            "vendors" in told and vendor.name not in told["vendors"],
            "retention_days" in told and kept > told["retention_days"],
            vendor.trains_on_data and not told.get("training"),
            not vendor.has_dpa and not told.get("without_dpa"),
        ]
    return not any(forbidden)


def up(down: set[int]) -> Callable[[Upstream], bool]:
    return lambda upstream: int(upstream.name[1:]) not in down


def sent(planned: Plan, failing: set[int]) -> list[tuple[Upstream, bytes]]:
    """Return what reaches which upstream, as the relay does it: the next one if one fails."""
    reached: list[tuple[Upstream, bytes]] = []
    for cleared in planned.attempts():
        reached.append((cleared.upstream, cleared.body))
        if int(cleared.upstream.name[1:]) not in failing:
            break
    return reached


def test_no_request_reaches_an_upstream_outside_its_clearance_region_or_purpose() -> None:
    seen = {"sent": 0, "failed over": 0}

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(st.tuples(CONDITIONS, RULE), min_size=1, max_size=3),
        OPERATOR,
        st.lists(EXCHANGE, min_size=BODIES, max_size=BODIES),
        PURPOSES,
    )
    def holds(
        rules: list[tuple[str | None, dict[str, Any]]],
        operator: str,
        exchanges: list[
            tuple[
                list[str],
                list[tuple[Zone, Sensitivity, str, Vendor | None]],
                set[int],
                set[int],
                Principal,
                Sensitivity,
            ]
        ],
        purposes: dict[str, dict[str, Any]],
    ) -> None:
        made = engine_of(rules, operator)
        assume(made is not None)
        assert made is not None
        made = replace(made, purposes={name: Purpose(name, **told) for name, told in purposes.items()})
        named = {f"r{number}": rule for number, (_, rule) in enumerate(rules)}
        records = []
        for texts, fleet, down, failing, principal, minimum in exchanges:
            upstreams = [
                Upstream(f"u{number}", zone, clearance, "http://127.0.0.1:1/v1", region=region, vendor=vendor)
                for number, (zone, clearance, region, vendor) in enumerate(fleet)
            ]
            messages = [{"role": "user", "content": text} for text in texts]
            body = json.dumps({"model": "m", "messages": messages}).encode()
            request = Request(DIALECT, body, principal, minimum)
            planned = plan(request, made, upstreams, up(down))
            rule = named.get(planned.decision.rule, {})
            for upstream, leaving in sent(planned, failing):
                left = max((level for text, level in TEXTS.items() if text[-10:].encode() in leaving), default=minimum)
                assert max(left, Sensitivity.LOW) <= upstream.clearance
                assert upstream.zone.value in rule["route"]
                assert not rule.get("regions") or upstream.region in rule["regions"]
                assert is_allowed(upstream, principal.purpose, purposes)
                assert int(upstream.name[1:]) not in down
            reached = len(sent(planned, failing))
            seen["sent"] += reached > 0
            seen["failed over"] += reached > 1
            records.append(
                decision_record(
                    id="d",
                    time=NOON,
                    facts=planned.facts,
                    classification=planned.classification,
                    decision=planned.decision,
                    policy_revision=made.policy.revision,
                    classifier_revision="",
                    upstream=planned.first.upstream if planned.first else None,
                    effect=None if planned.first else Effect.DENY,
                ).fields()
            )
        done = replay(json.loads(json.dumps(records)), made.policy, made.policy)
        assert (done.judged, done.changes, done.incomplete, done.unreadable) == (BODIES, [], 0, 0)

    holds()
    assert seen["sent"] > EXAMPLES * BODIES / 10, seen
    assert seen["failed over"] > EXAMPLES * BODIES / 100, seen
