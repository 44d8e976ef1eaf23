"""The nouns that every layer shares.

Decisions kept here:

* A type that carries request or response text hides it from `repr` (invariant 4), so that a log line or a
  traceback of any of these objects is safe by construction.
* A `Segment.path` never holds a key of the user's own making: such a key is written `*N`, N being its place in
  its object. Paths may therefore be logged and audited as they are. The real keys are in `Segment.location`.
* A `Finding` has offsets and no text, so an audit record made of findings is redacted by construction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum, StrEnum
from fnmatch import fnmatchcase
from typing import Final

from gateway.core.files import Attachment
from gateway.core.light import light

__all__ = [
    "EMBEDDED",
    "KEY",
    "NAME",
    "OPAQUE",
    "VALUE",
    "Classification",
    "Decision",
    "Effect",
    "Finding",
    "Location",
    "Obligation",
    "Principal",
    "Purpose",
    "Reason",
    "RequestFacts",
    "Segment",
    "SegmentKind",
    "Sensitivity",
    "Step",
    "Topics",
    "Upstream",
    "Vendor",
    "Zone",
]


class Sensitivity(IntEnum):
    """How sensitive a text is; ordered, so that `max` is the high-water mark."""

    LOW = 0
    MODERATE = 1
    HIGH = 2

    @property
    def label(self) -> str:
        """The word used in policies, headers and records: `low`, `moderate` or `high`."""
        return _LABELS[self]

    @classmethod
    def parse(cls, word: str) -> Sensitivity:
        """Return the level named by `word` (any case).

        Raises:
            ValueError: if `word` names no level.
        """
        try:
            return cls[word.strip().upper()]
        except KeyError:
            raise ValueError(f"expected low, moderate or high, got {word!r}") from None


_LABELS: Final = tuple(level.name.lower() for level in Sensitivity)


class Zone(StrEnum):
    """Where an upstream runs."""

    LOCAL = "local"
    SECURE = "secure"
    CLOUD = "cloud"


class Effect(StrEnum):
    """What a policy decides (XACML's permit and deny, in the words policies use)."""

    ALLOW = "allow"
    DENY = "deny"


class SegmentKind(StrEnum):
    """What part of a JSON document a segment is."""

    VALUE = "value"
    KEY = "key"
    NAME = "name"
    """A name that the API looks up, such as a model's: identifiers are looked for in it, people and meaning are not."""
    OPAQUE = "opaque"
    """Content that cannot be read (image, encrypted item, pointer to server-side state); `text` says what kind."""


VALUE: Final = SegmentKind.VALUE
KEY: Final = SegmentKind.KEY
NAME: Final = SegmentKind.NAME
OPAQUE: Final = SegmentKind.OPAQUE
"""The kinds by themselves: to ask the enumeration for one takes as long as a call, and leaves are asked often."""


class _Embedded(Enum):
    """Step from a string leaf into the JSON document that the string holds."""

    EMBEDDED = "embedded"


EMBEDDED: Final = _Embedded.EMBEDDED
Step = str | int | _Embedded
"""One step into a document: an object's key, an array's index, or `EMBEDDED`."""
Location = tuple[Step, ...]


@light(frozen=True, slots=True)
class Segment:
    """A text leaf of a request at a JSON Pointer (RFC 6901).

    Attributes:
        path: unique in its request; safe to log: `/messages/0/content`, `/metadata/*0` (a user's own key),
            `/metadata/*0#` (that key itself), `/messages/1/tool_calls/0/function/arguments/*2` (JSON in a string).
        text: the decoded text, in Unicode code points.
        kind: value, key, name or opaque.
        context: words that lead to the leaf (its keys), for recognizers that weigh context; may be private.
        location: the real steps from the document's root, for editing; may be private.
        editable: whether a transform may replace the text (a JSON number or an array of numbers may not).
        attachment: the file that the leaf holds, if it holds one; a reader may put its texts in this segment's place.
    """

    path: str
    text: str = field(repr=False)
    kind: SegmentKind = SegmentKind.VALUE
    context: tuple[str, ...] = field(default=(), repr=False)
    location: Location = field(default=(), repr=False)
    editable: bool = True
    attachment: Attachment | None = None


@light(frozen=True, slots=True)
class Finding:
    """Something private in a segment. Field names are Presidio's; offsets are code points, `end` exclusive."""

    path: str
    entity_type: str
    start: int
    end: int
    score: float
    recognizer: str


@light(frozen=True, slots=True)
class Topics:
    """What a text is about.

    Attributes:
        probabilities: topic name to calibrated probability in [0, 1].
        evidence: topic name to spans (path, start, end) of the words that spoke for it, for `explain`.
    """

    probabilities: Mapping[str, float] = field(default_factory=dict)
    evidence: Mapping[str, tuple[tuple[str, int, int], ...]] = field(default_factory=dict)


@light(frozen=True, slots=True)
class Reason:
    """Why a request got its level. `rule` is the clause's name, `detail` has counts and probabilities, no text."""

    rule: str
    detail: str
    level: Sensitivity


@light(frozen=True, slots=True)
class Classification:
    """The judgement on one body: the highest level of any matching clause, and why."""

    sensitivity: Sensitivity
    reasons: tuple[Reason, ...]
    findings: tuple[Finding, ...]
    topics: Topics

    def counts(self) -> dict[str, int]:
        """Return how many findings there are of each entity type, sorted by type."""
        tally: dict[str, int] = {}
        for finding in self.findings:
            tally[finding.entity_type] = tally.get(finding.entity_type, 0) + 1
        return dict(sorted(tally.items()))


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. Values come from verified credentials or settings, never from a free header."""

    name: str = "anonymous"
    tenant: str = "default"
    purpose: str = ""
    groups: tuple[str, ...] = ()


@light(frozen=True, slots=True)
class RequestFacts:
    """What a policy may know about a request besides its content.

    Attributes:
        principal: who asks.
        endpoint: the public path, such as `/v1/chat/completions`.
        dialect: the dialect's name, such as `openai_chat`.
        model: the model as asked for.
        stream: whether the answer is to be streamed.
        min_sensitivity: the client may raise the level to this, never lower it.
    """

    principal: Principal
    endpoint: str
    dialect: str
    model: str = field(repr=False)
    stream: bool = False
    min_sensitivity: Sensitivity = Sensitivity.LOW


@light(frozen=True, slots=True)
class Obligation:
    """What must be done before a body may leave (XACML): apply `operator` to findings of `entity_type`."""

    entity_type: str
    operator: str
    parameters: Mapping[str, object] = field(default_factory=dict)


@light(frozen=True, slots=True)
class Decision:
    """What the policy decided.

    Attributes:
        effect: allow or deny.
        rule: the name of the rule that decided; `default-deny` when none matched.
        sensitivity: the level that was decided upon.
        route: zones in the order of preference; empty when denied.
        obligations: one for each entity type among the findings, when the rule transforms.
        regions: if not empty, only upstreams in one of these regions may be used.
        detail: why it was denied, where the rule alone does not tell; no text of the request.
    """

    effect: Effect
    rule: str
    sensitivity: Sensitivity
    route: tuple[Zone, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    regions: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Vendor:
    """Who runs an upstream, and on what terms.

    Attributes:
        name: its key in the vendor register.
        legal_entity: the contract's other party.
        retention_days: how long it keeps requests; None: not known.
        trains_on_data: whether it may train on requests.
        has_dpa: whether there is a data-processing agreement.
    """

    name: str
    legal_entity: str
    retention_days: int | None
    trains_on_data: bool
    has_dpa: bool


@dataclass(frozen=True, slots=True)
class Upstream:
    """A model server that requests may be sent to. The key is a secret and hidden from `repr`.

    Attributes:
        name: unique in the settings.
        zone: where it runs.
        clearance: the highest residual sensitivity it may receive.
        base_url: up to and with `/v1`; the endpoint's path follows.
        models: requested model (glob) to served model, in order; empty: passed as asked.
        dialects: API families it speaks: `openai`, `anthropic`.
        region: a label that policies may ask for.
        vendor: who runs it; None: nobody else does, or it isn't known who.
        api_key: its credential, if it needs one.
        timeout_s: seconds to wait for the first byte of an answer and between two pieces of a stream.
        headers: other credentials, by header.
    """

    name: str
    zone: Zone
    clearance: Sensitivity
    base_url: str
    models: tuple[tuple[str, str], ...] = ()
    dialects: tuple[str, ...] = ("openai",)
    region: str = ""
    api_key: str | None = field(default=None, repr=False)
    timeout_s: float = 120.0
    vendor: Vendor | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    def served(self, model: str) -> str | None:
        """Return the model that it serves for `model`; None if it passes the name as asked."""
        return next((served for pattern, served in self.models if fnmatchcase(model, pattern)), None)

    def serves(self, model: str) -> bool:
        """Whether it may be asked for `model`; empty: the request names none."""
        return not model or not self.models or self.served(model) is not None


@dataclass(frozen=True, slots=True)
class Purpose:
    """What data is used for, and where it may go for that. An empty tuple does not restrict.

    Attributes:
        name: as credentials name it.
        zones: where upstreams may run.
        regions: in which they may be.
        vendors: who may run them.
        retention_days: longest time a vendor may keep requests; None: any.
        training: whether a vendor may train on them.
        without_dpa: whether a vendor may have no data-processing agreement.
    """

    name: str
    zones: tuple[Zone, ...] = ()
    regions: tuple[str, ...] = ()
    vendors: tuple[str, ...] = ()
    retention_days: int | None = None
    training: bool = False
    without_dpa: bool = False

    def allows(self, upstream: Upstream) -> bool:
        """Whether data may go to `upstream` for this purpose. Terms that are not known are not kept (fail closed)."""
        if self.zones and upstream.zone not in self.zones:
            return False
        if self.regions and upstream.region not in self.regions:
            return False
        vendor = upstream.vendor
        if vendor is None:
            return upstream.zone is Zone.LOCAL
        return (
            (not self.vendors or vendor.name in self.vendors)
            and (self.training or not vendor.trains_on_data)
            and (self.without_dpa or vendor.has_dpa)
            and (
                self.retention_days is None
                or (vendor.retention_days is not None and vendor.retention_days <= self.retention_days)
            )
        )
