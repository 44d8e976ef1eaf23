"""What judges and decides: the parts of a gateway that `plan` needs, all of them pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gateway.core.files import FileLimits, Reader
from gateway.core.light import light
from gateway.core.model import Purpose, Upstream
from gateway.core.protocols import Operator, Recognizer
from gateway.core.state import Pair
from gateway.core.topic_models import NotingTopicModel, RereadingTopicModel, ResumableTopicModel, Resume, TopicModel
from gateway.detect.memory import Memory
from gateway.policy.bundle import PolicyBundle
from gateway.transforms.operators import KEEP

__all__ = ["Asked", "Engine"]


@light(frozen=True, slots=True)
class Asked:
    """A topic model, and what it offers beyond judging: told once, since every request asks for it several times.

    Attributes:
        model: the model.
        noting: the same, if it takes notes.
        place: where its notes are among those of a block.
        from_notes: whether it concludes from notes alone.
        resuming: makes what resumes, for a request, if it does.
        begin: what the digests of the blocks that it has read begin with.
    """

    model: TopicModel
    noting: NotingTopicModel | None
    place: int
    from_notes: bool
    resuming: Callable[[], Resume] | None
    begin: bytes

    @classmethod
    def of(cls, models: Iterable[TopicModel]) -> tuple[Asked, ...]:
        """Return what is asked of each of `models`."""
        asked: list[Asked] = []
        notes = 0
        for number, model in enumerate(models):
            noting = model if isinstance(model, NotingTopicModel) else None
            resuming = _resuming(model) if noting is None else None
            from_notes = noting is not None and bool(getattr(model, "from_notes", False))
            asked.append(cls(model, noting, notes, from_notes, resuming, f"topics {number}".encode()))
            notes += noting is not None
        return tuple(asked)


def _resuming(model: TopicModel) -> Callable[[], Resume] | None:
    if isinstance(model, RereadingTopicModel):
        return model.rereading
    if not isinstance(model, ResumableTopicModel):
        return None
    resume = model.resume
    return lambda: resume


@dataclass(frozen=True, slots=True)
class Engine:
    """What judges and decides; made once by `assembly`, shared by all requests.

    Attributes:
        recognizers: find what is private.
        topics: tell what a text is about; probabilities of the same topic: the highest counts.
        policy: the compiled policy.
        operators: operator name to operator.
        key: 32 bytes from which surrogates and hashes are keyed.
        classifier_revision: content hash of packs and models.
        shadow: a candidate policy that is asked beside, on the same findings, and decides nothing.
        purposes: what each declared purpose allows; none: purposes limit nothing.
        readers: take texts out of files; none: a file is content that cannot be read.
        file_limits: what the files of one request may cost.
        memory: what was found in earlier requests; None: nothing is remembered.
        seconds: of CPU that detection may take for one request, the send gate's included; None: as long as it takes.
        asked: what is asked of the topic models.
    """

    recognizers: tuple[Recognizer, ...]
    topics: tuple[TopicModel, ...]
    policy: PolicyBundle
    operators: Mapping[str, Operator]
    key: bytes = field(repr=False)
    classifier_revision: str = ""
    shadow: PolicyBundle | None = None
    purposes: Mapping[str, Purpose] = field(default_factory=dict)
    readers: tuple[Reader, ...] = ()
    file_limits: FileLimits = field(default_factory=FileLimits)
    memory: Memory | None = field(default=None, repr=False)
    seconds: float | None = None
    asked: tuple[Asked, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Frozen for those who hold it; this follows from the rest.
        object.__setattr__(self, "asked", Asked.of(self.topics))

    def permits(self, purpose: str, upstream: Upstream) -> bool:
        """Whether data may go to `upstream` for `purpose`; where any are declared, nothing goes for another one."""
        if not self.purposes:
            return True
        declared = self.purposes.get(purpose)
        return declared is not None and declared.allows(upstream)

    def restored(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """Return those of `pairs`, which are remembered from before, that the policy in force would put back, too."""
        return tuple(pair for pair in pairs if self._restores(pair.entity_type))

    def _restores(self, entity_type: str) -> bool:
        name = self.policy.obligation(entity_type).operator
        operator = self.operators.get(name)
        return name == KEEP or (operator is not None and operator.restorable)
