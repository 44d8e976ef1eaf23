"""One evaluation: every example judged once, then every score of it.

A second detector may be run over the same texts in the same run, so that both are measured by the same rules, on the
same data, on the same machine at the same time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.core.model import Finding
from gateway.evaluation.entities import EntityScores, labels_of, score_entities
from gateway.evaluation.examples import Example
from gateway.evaluation.judging import Judged, PipelineJudge
from gateway.evaluation.levels import LevelScores, score_levels
from gateway.evaluation.sweep import (
    EntityPoint,
    LevelPoint,
    sweep_entities,
    sweep_scores,
    sweep_topics,
)
from gateway.evaluation.worst import Flaw, worst

__all__ = ["Evaluation", "Rival", "Speed", "System", "evaluate"]


@dataclass(frozen=True, slots=True)
class Rival:
    """Another detector: its name, and what it finds in a text (path empty)."""

    name: str
    find: Callable[[str], Sequence[Finding]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Speed:
    """What detection cost: CPU time of all threads, so the figures are those of one core."""

    texts: int
    size: int
    """Bytes in UTF-8."""
    seconds: float

    @property
    def texts_per_second(self) -> float:
        """Texts a second on one core."""
        return self.texts / self.seconds if self.seconds else 0.0

    @property
    def megabytes_per_second(self) -> float:
        """10^6 bytes a second on one core."""
        return self.size / 1e6 / self.seconds if self.seconds else 0.0

    def fields(self) -> dict[str, float]:
        """Return it for JSON."""
        return {
            "texts": self.texts,
            "bytes": self.size,
            "cpu_seconds": round(self.seconds, 3),
            "texts_per_second": round(self.texts_per_second, 1),
            "megabytes_per_second": round(self.megabytes_per_second, 3),
        }


@dataclass(frozen=True, slots=True)
class System:
    """What one detector reached."""

    name: str
    speed: Speed
    entities: EntityScores | None
    sweep: tuple[EntityPoint, ...] = ()
    flagged: int = 0
    """Texts in which it found anything at all."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """All scores of one data set.

    Attributes:
        dataset: its name.
        sha256: of its bytes.
        revisions: of policy and classifiers.
        systems: the gateway first, then the detector it is compared with.
        levels: None where no level is labelled.
        judged: level to number of texts, labelled or not.
        protected_judged: the same over texts in which something is labelled as private.
        by_score: levels over thresholds for the score.
        by_topic: levels over thresholds for topics.
        flaws: the worst errors of the gateway by kind.
    """

    dataset: str
    sha256: str
    revisions: Mapping[str, str]
    systems: tuple[System, ...]
    levels: LevelScores | None
    judged: Mapping[str, int]
    protected_judged: Mapping[str, int]
    by_score: tuple[LevelPoint, ...]
    by_topic: tuple[LevelPoint, ...]
    flaws: Mapping[str, Sequence[Flaw]]

    def fields(self) -> dict[str, object]:
        """Return all of it for JSON; stable."""
        return {
            "dataset": self.dataset,
            "sha256": self.sha256,
            **self.revisions,
            "systems": {
                system.name: {
                    "entities": system.entities.fields() if system.entities else None,
                    "speed": system.speed.fields(),
                    "texts_with_findings": system.flagged,
                    "sweep_by_score": [
                        {name: _rounded(getattr(point, name)) for name in EntityPoint.__slots__}
                        for point in system.sweep
                    ],
                }
                for system in self.systems
            },
            "levels": self.levels.fields() if self.levels else None,
            "judged": dict(self.judged),
            "judged_of_texts_with_spans": dict(self.protected_judged),
            "levels_by_score": [_point(point) for point in self.by_score],
            "levels_by_topic_threshold": [_point(point) for point in self.by_topic],
            "worst": {kind: [flaw.fields() for flaw in flaws] for kind, flaws in self.flaws.items()},
        }


def evaluate(
    examples: Sequence[Example],
    judge: PipelineJudge,
    clock: Callable[[], float],
    *,
    dataset: str,
    sha256: str,
    rival: Rival | None = None,
    progress: Callable[[Iterable[Example], str], Iterable[Example]] = lambda items, _: items,
    with_text: bool = False,
    count: int = 20,
) -> Evaluation:
    """Judge every example and return all scores.

    Args:
        examples: the data.
        judge: the gateway.
        clock: seconds of CPU time.
        dataset: the data's name, for the report.
        sha256: of its bytes.
        rival: a detector to compare with.
        progress: passes the examples on and shows how far it is; gets what is going on.
        with_text: whether errors come with their text.
        count: errors to keep of each kind.
    """
    judged = [judge(example) for example in progress(examples, "gateway")]
    labels = labels_of(examples)
    size = sum(len(example.text.encode("utf-8", "surrogatepass")) for example in examples)
    found = [one.findings for one in judged]
    own = Speed(len(examples), size, sum(one.seconds for one in judged))
    systems = [_system("gateway", examples, found, own, labels)]
    if rival is not None:
        begun = clock()
        theirs = [rival.find(example.text) for example in progress(examples, rival.name)]
        speed = Speed(len(examples), size, clock() - begun)
        systems.append(_system(rival.name, examples, theirs, speed, labels))
    policy = judge.engine.policy
    private = [one for example, one in zip(examples, judged, strict=True) if example.spans]
    return Evaluation(
        dataset,
        sha256,
        {"policy_revision": policy.revision, "classifier_revision": judge.engine.classifier_revision},
        tuple(systems),
        score_levels(examples, judged),
        _counted(judged),
        _counted(private),
        tuple(sweep_scores(examples, judged, policy)),
        tuple(sweep_topics(examples, judged, policy)),
        worst(examples, judged, labels, count=count, with_text=with_text),
    )


def _system(
    name: str,
    examples: Sequence[Example],
    found: Sequence[Sequence[Finding]],
    speed: Speed,
    labels: frozenset[str],
) -> System:
    entities = score_entities(examples, found, labels)
    sweep = tuple(sweep_entities(examples, found, labels))
    return System(name, speed, entities if entities.examples else None, sweep, sum(map(bool, found)))


def _counted(judged: Iterable[Judged]) -> dict[str, int]:
    counts = Counter(one.sensitivity.label for one in judged)
    return {level: counts[level] for level in ("high", "moderate", "low")}


def _point(point: LevelPoint) -> dict[str, object]:
    return {
        "threshold": point.threshold,
        "macro_f1": _rounded(point.macro_f1),
        "leaked": point.leaked.fields(),
        "blocked": point.blocked.fields(),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
