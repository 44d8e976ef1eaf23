"""Composition root: settings, files and plug-ins make a `Gateway`.

The only place that knows every concrete class. Everything that can be wrong with files is found here, at start, and
told at once; a request never meets a half-built gateway.

Where files come from: a user's directory replaces the bundled default as a whole (a policy reuses the default by
`extends`, not by chance). The defaults travel in the wheel as `gateway/_bundled/`; in a checkout they are at the top,
where people edit them.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from gateway.adapters.audit import AuditLog, records_of
from gateway.adapters.models import load_model
from gateway.adapters.presidio import PresidioRecognizer
from gateway.adapters.telemetry import Telemetry
from gateway.adapters.upstreams import UpstreamClient
from gateway.core.documents import YamlDocument, parse_yaml_all
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.model import Classification, Principal, RequestFacts, Segment, Sensitivity, Upstream, Zone
from gateway.core.protocols import Dialect, Operator, Recognizer, TopicModel
from gateway.core.record import AuditRecord, known_models
from gateway.detect.packs import VocabularyPack, load_packs
from gateway.detect.reidentification import ReidentificationRisk
from gateway.detect.secrets import SecretRecognizer
from gateway.detect.vocabulary import VocabularyTopics
from gateway.dialects.registry import DIALECTS, table
from gateway.pipeline import Engine, Plan, Request, judge, plan
from gateway.policy.bundle import UNINSPECTABLE, PolicyBundle
from gateway.policy.compile import compile_policy
from gateway.settings import LimitSettings, Loaded, load
from gateway.transforms.operators import OPERATORS

__all__ = [
    "Gateway",
    "build_engine",
    "build_gateway",
    "bundled",
    "classifiers_path",
    "data_plane_dialects",
    "explain_body",
    "imaginary_upstreams",
    "judge_text",
    "load_engine",
    "policy_path",
    "with_policy",
]

_RECENT: Final = 2048
"""Decisions kept in memory for the admin plane; older ones are read from the log."""


class RecentDecisions:
    """The last decisions and their outcomes: redacted by construction, bounded in number."""

    def __init__(self, capacity: int = _RECENT) -> None:
        self._capacity = capacity
        self._records: OrderedDict[str, list[dict[str, object]]] = OrderedDict()

    def remember(self, record: AuditRecord) -> None:
        """Keep `record` beside the others of its decision."""
        self._records.setdefault(record.id, []).append(record.fields())
        while len(self._records) > self._capacity:
            self._records.popitem(last=False)

    def of(self, decision_id: str) -> list[dict[str, object]]:
        """Return the records of a decision, oldest first; empty when it is not (or no longer) here."""
        return list(self._records.get(decision_id, ()))


@dataclass(slots=True)
class Gateway:
    """A gateway ready to serve.

    Attributes:
        engine: what judges and decides.
        upstreams: where requests may go.
        dialects: the endpoints of the data plane.
        client: sends cleared bodies.
        audit: the write-ahead log.
        telemetry: traces and metrics.
        limits: what it takes at most.
        known_models: model names that may stand in records.
        recent: the last decisions.
    """

    engine: Engine
    upstreams: tuple[Upstream, ...]
    dialects: tuple[Dialect, ...]
    client: UpstreamClient
    audit: AuditLog
    telemetry: Telemetry
    limits: LimitSettings
    known_models: frozenset[str]
    recent: RecentDecisions = field(default_factory=RecentDecisions)
    draining: bool = False

    def begin_to_drain(self) -> None:
        """Readiness turns false; running requests go on."""
        self.draining = True

    async def not_ready(self) -> list[str]:
        """Return why no request should be sent here now; empty: ready."""
        problems = ["draining"] if self.draining else []
        if not await self.audit.is_writable():
            problems.append("the audit log cannot be written")
        return problems

    async def records(self, decision_id: str) -> list[dict[str, object]]:
        """Return the audit records of a decision, oldest first; empty when there is none."""
        return self.recent.of(decision_id) or await records_of(self.audit.directory, decision_id)

    async def aclose(self) -> None:
        """Close the log, the connections and the exporters."""
        await self.client.aclose()
        await self.audit.aclose()
        self.telemetry.shutdown()


def bundled(name: str) -> Path:
    """Return the directory of the bundled `policies` or `classifiers`."""
    inside = Path(__file__).parent / "_bundled" / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name


def build_gateway(loaded: Loaded, engine: Engine | None = None, dialects: tuple[Dialect, ...] | None = None) -> Gateway:
    """Return a gateway by `loaded` settings.

    Args:
        loaded: the settings.
        engine: what judges and decides; by default made from the settings.
        dialects: the endpoints; by default all that there are.

    Raises:
        ConfigurationError: with every problem in settings, policies, packs and models.
    """
    settings = loaded.settings
    engine = build_engine(loaded) if engine is None else engine
    models = known_models(loaded.upstreams)
    telemetry = Telemetry(upstreams=loaded.upstreams, models=models, rules=[rule.name for rule in engine.policy.rules])
    audit = AuditLog(
        loaded.resolve(settings.audit.directory),
        writer=settings.audit.writer,
        key_file=loaded.resolve(settings.audit.key_file) if settings.audit.key_file else None,
        rotate_bytes=settings.audit.rotate_bytes,
        observer=telemetry.audit_flushed,
    )
    return Gateway(
        engine=engine,
        upstreams=loaded.upstreams,
        dialects=data_plane_dialects() if dialects is None else dialects,
        client=UpstreamClient(),
        audit=audit,
        telemetry=telemetry,
        limits=settings.limits,
        known_models=models,
    )


def build_engine(loaded: Loaded) -> Engine:
    """Return what judges and decides, by `loaded` settings; reads files, opens nothing.

    Raises:
        ConfigurationError: with every problem in policies, packs and models.
    """
    settings = loaded.settings
    recognizers, topics, revision = _classifiers(classifiers_path(loaded), settings.nlp.pipeline)
    operators = {**OPERATORS, **{operator.name: operator for operator in _plugins("operators", Operator)}}
    policy = _policy(policy_path(loaded), recognizers, topics, operators)
    return Engine(recognizers, topics, policy, operators, loaded.key, revision)


def policy_path(loaded: Loaded) -> Path:
    """Return the file or directory that the policy is read from."""
    policies = loaded.settings.policies
    return loaded.resolve(policies) if policies else bundled("policies") / "default.yaml"


def classifiers_path(loaded: Loaded) -> Path:
    """Return the directory that packs and models are read from."""
    classifiers = loaded.settings.classifiers
    return loaded.resolve(classifiers) if classifiers else bundled("classifiers")


def with_policy(engine: Engine, path: Path) -> Engine:
    """Return `engine` with the policy in `path` (a file, or a directory whose files make one policy).

    Raises:
        ConfigurationError: with every problem in it.
    """
    return replace(engine, policy=_policy(path, engine.recognizers, engine.topics, engine.operators))


def _policy(
    path: Path, recognizers: Sequence[Recognizer], topics: Sequence[TopicModel], operators: Mapping[str, Operator]
) -> PolicyBundle:
    return compile_policy(
        _policy_documents(path),
        entity_types=frozenset({UNINSPECTABLE}.union(*(recognizer.entity_types for recognizer in recognizers))),
        topics=frozenset().union(*(model.topics for model in topics)),
        operators=frozenset(operators),
        bases=_bases,
    )


def _policy_documents(path: Path) -> list[YamlDocument]:
    return [document for file in _policy_files(path) for document in parse_yaml_all(file.read_bytes(), str(file))]


def _bases(reference: str, file: str) -> list[YamlDocument]:
    """Return the policy that `extends` names in `file`: `bundled:NAME`, or a path from that file."""
    name = reference.removeprefix("bundled:")
    if name == reference:
        place = Path(file).parent / reference
    elif name.replace("-", "").isalnum():
        place = bundled("policies") / name
    else:
        place = Path(file).parent / "no such policy"
    for path in (place, place.with_suffix(".yaml")):
        if path.exists():
            return _policy_documents(path)
    problem = Problem(file, 0, f"there is no policy `{reference}`", "bundled:NAME, or a path from this file")
    raise ConfigurationError([problem])


def load_engine(config: Path | None) -> Engine:
    """Return the engine by the settings in `config`, or by the defaults."""
    return build_engine(load(config))


def judge_text(engine: Engine, text: str) -> Classification:
    """Classify a bare text, without any API around it."""
    facts = RequestFacts(principal=Principal(), endpoint="check", dialect="text", model="")
    return judge(engine, [Segment("", text)], facts)


def explain_body(config: Path | None, body: bytes, endpoint: str) -> Plan:
    """Plan one request body as `serve` would; without upstreams in the settings, one imaginary stands in each zone.

    Raises:
        ConfigurationError: if settings are wrong, or no dialect has `endpoint`.
        InvalidRequest: if the body is malformed.
    """
    loaded = load(config)
    dialects = data_plane_dialects()
    dialect = next((dialect for dialect in dialects if dialect.endpoint == endpoint), None)
    if dialect is None:
        known = ", ".join(sorted(dialect.endpoint for dialect in dialects))
        raise ConfigurationError([Problem("--endpoint", 0, "no dialect has this endpoint", f"one of {known}")])
    return plan(Request(dialect, body), build_engine(loaded), loaded.upstreams or imaginary_upstreams(dialect.family))


def imaginary_upstreams(family: str) -> tuple[Upstream, ...]:
    """Return one upstream of the usual clearance in each zone, for planning without sending."""
    clearance = {Zone.LOCAL: Sensitivity.HIGH, Zone.SECURE: Sensitivity.MODERATE, Zone.CLOUD: Sensitivity.LOW}
    return tuple(
        Upstream(f"{zone.value}-example", zone, clearance[zone], "http://127.0.0.1:1/v1", dialects=(family,))
        for zone in Zone
    )


def data_plane_dialects() -> tuple[Dialect, ...]:
    """Return the endpoints of the data plane: the built-in ones and those of plug-ins."""
    return tuple(table(*DIALECTS.values(), *_plugins("dialects", Dialect)).values())


def _classifiers(directory: Path, pipeline: str) -> tuple[tuple[Recognizer, ...], tuple[TopicModel, ...], str]:
    pack_files = sorted((directory / "packs").glob("*.yaml"))
    packs = load_packs({str(file): file.read_text(encoding="utf-8") for file in pack_files})
    cards = sorted((directory / "models").glob("*/card.yaml"))
    models = [load_model(card.parent) for card in cards]
    recognizers: list[Recognizer] = [PresidioRecognizer(packs, pipeline=None if pipeline == "blank" else pipeline)]
    seeds = directory / "lists" / "bip39-english.txt"
    recognizers.append(SecretRecognizer(seeds.read_text("ascii").split() if seeds.is_file() else ()))
    vocabularies = [pack for pack in packs if isinstance(pack, VocabularyPack)]
    topics: list[TopicModel] = [ReidentificationRisk()]
    if vocabularies:
        topics.append(VocabularyTopics(vocabularies))
    for model in models:
        if isinstance(model, TopicModel):
            topics.append(model)
        else:
            recognizers.append(model)
    recognizers.extend(_plugins("recognizers", Recognizer))
    return tuple(recognizers), tuple(topics), _revision([*pack_files, *cards, *([seeds] if seeds.is_file() else [])])


def _revision(files: Sequence[Path]) -> str:
    """Return a content hash of the classifiers; a model's card names the hash of its weights."""
    whole = hashlib.sha256()
    for file in files:
        for part in (f"{file.parent.name}/{file.name}".encode(), file.read_bytes()):
            whole.update(len(part).to_bytes(8, "big"))
            whole.update(part)
    return f"sha256:{whole.hexdigest()[:16]}"


def _policy_files(path: Path) -> list[Path]:
    """Return `path`, or the YAML files directly in it; cases below `tests/` are not policies."""
    return [path] if path.is_file() else sorted(path.glob("*.yaml"))


def _plugins(kind: str, protocol: type[Any]) -> Iterator[Any]:
    """Yield what installed packages offer under the entry point `gateway.<kind>`.

    Raises:
        ConfigurationError: if one does not satisfy its protocol.
    """
    for point in entry_points(group=f"gateway.{kind}"):
        made = point.load()()
        if not isinstance(made, protocol):
            problem = Problem(
                f"entry point {point.group}: {point.name}", 0, f"is no {protocol.__name__}", "see core/protocols.py"
            )
            raise ConfigurationError([problem])
        yield made
