"""What a condition may speak about: one table, from which compiling, checking and the documentation all work.

Building the environment is what an evaluation costs: 1 µs for each entry of a map against 0.2 to 0.5 µs for
executing a compiled expression (measured). So a `Scope` holds the names that a policy's conditions really mention and
builds no more than these, once for all conditions.

No clock, no randomness and nothing of the request's text: a decision can be judged again from its audit record. For
the same reason scores and probabilities are compared as the record keeps them, to four decimal places; else 0.49998
would be judged to be below a half and replayed as a half.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from gateway.core.light import light
from gateway.core.model import Finding, RequestFacts, Sensitivity
from gateway.core.rounding import rounded
from gateway.core.uninspectable import UNINSPECTABLE, UNINSPECTABLE_TYPES
from gateway.policy.cel_library import cel

__all__ = [
    "COUNTING_SCORE",
    "LEVELS",
    "NONE_FOUND",
    "VARIABLES",
    "Facts",
    "Scope",
    "Variable",
    "at_least",
    "count_findings",
    "markdown_table",
    "probability",
    "tally",
    "word",
]

COUNTING_SCORE: Final = 0.5
"""A finding counts in `entities` and `findings` from this score on."""
NONE_FOUND: Final[Mapping[str, Mapping[float, int]]] = {}
"""The tally of no findings."""
_rounded: Final = lru_cache(maxsize=256)(rounded)
"""Recognizers give few different scores."""
LEVELS: Final = tuple(level.label for level in Sensitivity)


@dataclass(frozen=True, slots=True)
class Variable:
    """A name that conditions may use.

    Attributes:
        name: as written in a condition.
        type: its CEL type.
        description: what it holds.
        example: a condition that uses it.
        in_clauses: whether `classify` clauses may use it too, or only rules.
    """

    name: str
    type: str
    description: str
    example: str
    in_clauses: bool = True


VARIABLES: Final = (
    Variable(
        "sensitivity",
        "string",
        "The level of the request: `low`, `moderate` or `high`. Compare with `==`, `!=` or `in`; it is a word, so `<` "
        "and `>` are refused.",
        'sensitivity in ["moderate", "high"]',
        in_clauses=False,
    ),
    Variable(
        "entities",
        "map(string, int)",
        "How many findings with a score of at least 0.5 there are of each entity type. Every known type is there, "
        "with 0 where nothing was found; `UNINSPECTABLE` counts whatever cannot be read.",
        "entities.CREDENTIAL > 0",
    ),
    Variable(
        "topics",
        "map(string, double)",
        "The probability, from 0 to 1, that the request is about a topic. Every known topic is there.",
        "topics.health >= 0.5 && topics.particular_person >= 0.5",
    ),
    Variable("findings", "int", "How many findings with a score of at least 0.5 there are in all.", "findings > 100"),
    Variable("principal", "string", "Who asks: the name of the verified credential.", 'principal == "ci-bot"'),
    Variable("groups", "list(string)", "The groups of who asks, from the verified credential.", '"legal" in groups'),
    Variable("tenant", "string", "The tenant of who asks.", 'tenant == "acme"'),
    Variable(
        "purpose", "string", "What the request is for, from the verified credential; may be empty.", 'purpose == "care"'
    ),
    Variable("model", "string", "The model as the client asked for it; may be empty.", 'model.startsWith("gpt-")'),
    Variable("endpoint", "string", "The public path that was called.", 'endpoint == "/v1/embeddings"'),
    Variable("dialect", "string", "The name of the API's dialect.", 'dialect == "openai_chat"'),
    Variable("stream", "bool", "Whether the answer is to be streamed.", "!stream"),
)


def markdown_table() -> str:
    """Return the variables as a table in Markdown, for `docs/policies.md`."""
    lines = ["| name | type | what it holds | example |", "|---|---|---|---|"]
    for known in VARIABLES:
        where = "" if known.in_clauses else " Not in `classify`."
        example = known.example.replace("|", "\\|")
        lines.append(f"| `{known.name}` | `{known.type}` | {known.description}{where} | `{example}` |")
    return "\n".join(lines) + "\n"


@light(frozen=True, slots=True)
class Facts:
    """All that conditions see of one request; plain values, so that they can come from an audit record too."""

    counts: Mapping[str, int]
    topics: Mapping[str, float]
    request: RequestFacts
    sensitivity: Sensitivity = Sensitivity.LOW


def tally(
    findings: Iterable[Finding], before: Mapping[str, Mapping[float, int]] = NONE_FOUND
) -> dict[str, dict[float, int]]:
    """Return entity type to score to how many findings have it: a long conversation has many, of few scores.

    Args:
        findings: to count.
        before: what is counted already.
    """
    scores = {kind: dict(its) for kind, its in before.items()} if before else {}
    for finding in findings:
        score = _rounded(finding.score)
        its = scores.setdefault(finding.entity_type, {})
        its[score] = its.get(score, 0) + 1
    return scores


def at_least(scores: Mapping[float, int], bound: float) -> int:
    """Return how many of one type's findings have a score of `bound` or more."""
    found = 0
    for score, count in scores.items():
        if score >= bound:
            found += count
    return found


def count_findings(scores: Mapping[str, Mapping[float, int]]) -> dict[str, int]:
    """Return how many findings of a tally count, by entity type."""
    counts = {kind: at_least(its, COUNTING_SCORE) for kind, its in scores.items()}
    return {kind: count for kind, count in counts.items() if count}


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that some conditions mention; all others need not be built.

    Attributes:
        variables: names of variables.
        entity_types: the entries of `entities` that are needed.
        topics: the entries of `topics` that are needed.
        whole_maps: variables whose entries are not all named (`entities.exists(t, …)`), so that other types that
            were found must be there too.
    """

    variables: frozenset[str] = frozenset()
    entity_types: frozenset[str] = frozenset()
    topics: frozenset[str] = frozenset()
    whole_maps: frozenset[str] = frozenset()

    @property
    def counts(self) -> bool:
        """Whether findings need to be counted."""
        return "entities" in self.variables or "findings" in self.variables

    def union(self, others: Iterable[Scope]) -> Scope:
        """Return the scope that holds the names of this one and of all `others`."""
        scopes = (self, *others)
        return Scope(
            frozenset().union(*(scope.variables for scope in scopes)),
            frozenset().union(*(scope.entity_types for scope in scopes)),
            frozenset().union(*(scope.topics for scope in scopes)),
            frozenset().union(*(scope.whole_maps for scope in scopes)),
        )

    def environment(self, facts: Facts) -> cel.Context:
        """Return what conditions of this scope are evaluated in."""
        return cel.Context({name: self._value(name, facts) for name in self.variables})

    def _value(self, name: str, facts: Facts) -> Any:
        match name:
            case "entities":
                counts = {kind: facts.counts.get(kind, 0) for kind in self.entity_types}
                if name in self.whole_maps:
                    counts |= facts.counts
                if UNINSPECTABLE in counts:
                    counts[UNINSPECTABLE] = sum(facts.counts.get(kind, 0) for kind in UNINSPECTABLE_TYPES)
                return counts
            case "topics":
                return {topic: probability(facts.topics.get(topic, 0.0)) for topic in self.topics}
            case "findings":
                return sum(facts.counts.values())
            case "groups":
                return list(facts.request.principal.groups)
            case "stream":
                return facts.request.stream
            case _:
                return word(name, facts)


def word(name: str, facts: Facts) -> str:
    """Return the value of a variable that is a word."""
    match name:
        case "sensitivity":
            return facts.sensitivity.label
        case "principal":
            return facts.request.principal.name
        case "tenant" | "purpose":
            return str(getattr(facts.request.principal, name))
        case _:
            return str(getattr(facts.request, name))


def probability(value: float) -> float:
    """Return `value`, or 1 for what is no probability: a comparison with NaN is false, and false would mean clean."""
    return rounded(float(value)) if 0.0 <= value <= 1.0 else 1.0
