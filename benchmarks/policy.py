"""What a policy evaluation with 200 rules costs: `python -m benchmarks.policy`.

The rules are of the kinds that policies are made of; the request matches the last one only, so that every condition
is evaluated (the worst case). Figures are microseconds of one decision, environment included.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Final

from gateway.core.documents import YamlDocument
from gateway.core.model import Classification, Finding, Principal, RequestFacts, Topics
from gateway.policy.bundle import PolicyBundle
from gateway.policy.compile import compile_policy

ENTITY_TYPES: Final = frozenset(f"TYPE_{number}" for number in range(120))
TOPICS: Final = frozenset(f"topic_{number}" for number in range(10))


def conditions(count: int) -> list[str]:
    """Return `count` conditions of the usual kinds, none of which holds for the measured request."""
    kinds = (
        'sensitivity == "high" && tenant == "t{0}"',
        "topics.topic_{1} >= 0.{3:03}",
        "entities.TYPE_{2} > {3}",
        'purpose == "p{0}" && topics.topic_{1} >= 0.5',
        '"group-{0}" in groups',
        'model.startsWith("model-{0}") && !stream',
        'sensitivity in ["moderate", "high"] && endpoint == "/v1/e{0}"',
    )
    return [kinds[n % len(kinds)].format(n, n % 10, n % 120, 999 - n) for n in range(count)]


def bundle(rules: int) -> PolicyBundle:
    """Return a policy of `rules` rules."""
    made = [{"name": f"r{n}", "when": when, "route": ["local"]} for n, when in enumerate(conditions(rules - 1))]
    made.append({"name": "last", "route": ["cloud", "local"], "transform": True})
    content = {
        "apiVersion": "privacy-gateway/v1",
        "kind": "Policy",
        "metadata": {"name": "benchmark"},
        "spec": {
            "classify": [
                {"level": "moderate", "entities": sorted(ENTITY_TYPES)},
                {"level": "high", "when": "topics.topic_1 >= 0.5 && topics.topic_2 >= 0.5"},
            ],
            "rules": made,
        },
    }
    document = YamlDocument("benchmark", content)
    return compile_policy([document], entity_types=ENTITY_TYPES, topics=TOPICS, operators=frozenset({"tokenize"}))


def microseconds(rules: int, rounds: int) -> tuple[list[float], list[float]]:
    """Return what `rounds` classifications and decisions cost each, sorted."""
    policy = bundle(rules)
    facts = RequestFacts(Principal("ann", "acme", "care", ("staff",)), "/v1/chat/completions", "openai_chat", "gpt-4o")
    findings = tuple(Finding("/x", f"TYPE_{n % 5}", 0, 1, 0.9, "r") for n in range(10))
    topics = Topics(dict.fromkeys(TOPICS, 0.4))
    classify, decide = [], []
    for _ in range(rounds):
        start = time.perf_counter_ns()
        level, reasons = policy.classify(findings, topics.probabilities, facts)
        middle = time.perf_counter_ns()
        decision = policy.decide(Classification(level, reasons, findings, topics), facts)
        classify.append((middle - start) / 1000)
        decide.append((time.perf_counter_ns() - middle) / 1000)
        if decision.rule != "last":
            raise SystemExit(f"the rule {decision.rule} decided, so not every condition was measured")
    return sorted(classify), sorted(decide)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rules", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5000)
    given = parser.parse_args()
    for name, costs in zip(("classify", "decide"), microseconds(given.rules, given.rounds), strict=True):
        p99 = costs[int(len(costs) * 0.99)]
        print(f"{name}: median {statistics.median(costs):.1f} µs, p99 {p99:.1f} µs ({given.rules} rules)")


if __name__ == "__main__":
    main()
