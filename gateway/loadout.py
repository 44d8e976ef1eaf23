"""What judges and decides, made from settings, bundle, packs, models and policies: the memory half of a gateway.

Kept apart from `assembly` because it is made again whenever a policy changes, beside the one in force and in a thread,
while the other half (connections, log, telemetry) stays open.

Where files come from: a user's directory replaces the bundled default as a whole (a policy reuses the default by
`extends`, not by chance), and a signed bundle replaces policies and packs. The defaults travel in the wheel as
`gateway/_bundled/`; in a checkout they are at the top, where people edit them.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from gateway.adapters.bundles import Bundle, Opened, TenantPolicy, open_bundle, read_bundle
from gateway.adapters.policy_files import FilesInBundle, FilesOnDisk, FileState, PolicyFiles, state_of
from gateway.adapters.readers import bundled_readers
from gateway.classifiers import (
    bundled,
    classifiers_path,
    load_classifiers,
    load_lists,
    others_in,
    packs_in,
    plugins,
)
from gateway.core.collector import collector_paused
from gateway.core.errors import ConfigurationError, DetectionError, Problem
from gateway.core.files import FileLimits
from gateway.core.model import Classification, Obligation, Principal, RequestFacts, Segment
from gateway.core.protocols import Operator, Reader
from gateway.core.uninspectable import UNINSPECTABLE_TYPES
from gateway.detect.memory import Memory
from gateway.pipeline import Engine, judge
from gateway.policy.bundle import PolicyBundle
from gateway.policy.compile import compile_policy
from gateway.settings import Loaded, load
from gateway.settings.model import FileSettings
from gateway.transforms.operators import OPERATORS, check_parameters

__all__ = [
    "Loadout",
    "arrange",
    "build_engine",
    "bundle_files",
    "bundle_of",
    "counted_apart",
    "judge_text",
    "load_engine",
    "policy_from",
    "policy_path",
    "preparations",
    "prepare",
    "tenant_engines",
    "tenant_files",
    "unshared_budgets",
    "warm",
    "with_policy",
]


def build_engine(loaded: Loaded) -> Engine:
    """Return what judges and decides, by `loaded` settings; reads files, opens nothing.

    Raises:
        ConfigurationError: with every problem in policies, packs and models.
    """
    return arrange(loaded).engine


def load_engine(config: Path | None) -> Engine:
    """Return the engine by the settings in `config`, or by the defaults."""
    return build_engine(load(config, to="judge"))


def judge_text(engine: Engine, text: str) -> Classification:
    """Classify a bare text, without any API around it."""
    facts = RequestFacts(principal=Principal(), endpoint="check", dialect="text", model="")
    return judge(engine, [Segment("", text)], facts)


@collector_paused()
def warm(engine: Engine) -> None:
    """Load now what would be loaded when a text first needs it, so that no request waits for it.

    Raises:
        ConfigurationError: if it cannot be loaded.
    """
    for recognizer in engine.recognizers:
        load = getattr(recognizer, "warm", None)
        if callable(load):
            try:
                load()
            except DetectionError as error:
                raise ConfigurationError([Problem(recognizer.name, 0, str(error))]) from None
    judge_text(engine, "Call +1 212 664 7665 on 2024-05-06.")


def preparations(engine: Engine) -> Iterator[None]:
    """Do, a millisecond with each step, what is else done when a text first asks for it: for idle moments."""
    for each in (*engine.recognizers, *engine.topics):
        prepare = getattr(each, "prepare", None)
        if callable(prepare):
            yield from prepare()


def prepare(engine: Engine) -> None:
    """Do at once all that is else done at the start, when a text first asks for it, or in idle moments: to measure.

    Raises:
        ConfigurationError: as `warm`.
    """
    warm(engine)
    deque(preparations(engine), maxlen=0)


@dataclass(frozen=True, slots=True)
class Loadout:
    """An engine, and what it was made of.

    Attributes:
        engine: what judges and decides.
        files: the policy's files as they were read.
        packs: file name to text of the recognizer packs.
        classifiers: path to SHA-256 of the other classifier files.
        bundle: digest of the bundle that policies and packs came in; empty: from directories.
        sealed: the bundle's own bytes.
        shadow_files: the files of the candidate policy.
        shadow_problem: why there is a candidate in the settings and none in the engine.
        tenants: tenant to engine, of those that have a policy of their own.
        tenant_files: tenant to the files of its policy.
        bundle_states: the bundle's file and its keys, as they were just before they were read.
    """

    engine: Engine
    files: PolicyFiles = field(repr=False)
    packs: Mapping[str, str] = field(repr=False)
    classifiers: Mapping[str, str]
    bundle: str = ""
    sealed: bytes = field(default=b"", repr=False)
    shadow_files: PolicyFiles | None = field(default=None, repr=False)
    shadow_problem: str = ""
    tenants: Mapping[str, Engine] = field(default_factory=dict, repr=False)
    tenant_files: Mapping[str, PolicyFiles] = field(default_factory=dict, repr=False)
    bundle_states: Mapping[Path, FileState] = field(default_factory=dict, repr=False)

    @property
    def states(self) -> dict[Path, FileState]:
        """Each file that it was made of, as it was just before it was read."""
        states = dict(self.bundle_states)
        for files in (self.files, *self.tenant_files.values(), self.shadow_files):
            if isinstance(files, FilesOnDisk):
                # One file may serve two policies: the earlier look counts.
                states = files.states | states
        return states

    @property
    def source(self) -> str:
        """What it came from, in a word."""
        return f"bundle {self.bundle}" if self.bundle else "files"


@collector_paused()
def arrange(loaded: Loaded, before: Loadout | None = None) -> Loadout:
    """Return the engine by `loaded` settings, from their bundle or their directories.

    Args:
        loaded: the settings.
        before: what is in use: its classifiers are kept where the packs are the same, so that a new policy is loaded
            in a moment. Models are read at start only.

    Raises:
        ConfigurationError: with every problem in bundle, policies, packs and models.
    """
    bundle_states = {path: state_of(path) for path in bundle_files(loaded)}
    sealed, opened = _opened(loaded)
    directory = classifiers_path(loaded)
    packs = packs_in(directory) if opened is None else opened.bundle.packs
    if before is not None and before.packs == packs:
        base, others = before.engine, before.classifiers
    else:
        others = others_in(directory)
        recognizers, topics = load_classifiers(packs, directory, loaded.settings.nlp)
        recognizers += load_lists(loaded)
        operators = {**OPERATORS, **{operator.name: operator for operator in plugins("operators", Operator)}}
        base = Engine(
            recognizers,
            topics,
            _NO_POLICY,
            operators,
            loaded.key,
            _revision(packs, others),
            readers=(*bundled_readers(images=loaded.settings.files.images), *plugins("readers", Reader)),
            file_limits=_file_limits(loaded.settings.files),
        )
    files: PolicyFiles
    if opened is None:
        files = FilesOnDisk(policy_path(loaded), bundled("policies"))
    else:
        _check_bundle(opened.bundle, others, str(loaded.settings.bundle.file))
        files = FilesInBundle(opened.bundle.mains, opened.bundle.policies, str(loaded.settings.bundle.file))
    base = replace(base, purposes=loaded.purposes)
    limits = loaded.settings.limits
    engine = replace(
        base,
        policy=policy_from(files, base),
        # What was found under the policy before is forgotten.
        memory=Memory(limits.cache_bytes) if limits.cache_bytes else None,
        seconds=limits.plan_seconds,
    )
    of_tenants = tenant_files(loaded, opened)
    tenants = tenant_engines(of_tenants, engine)
    shadow_files, shadow, shadow_problem = _shadow(loaded, base)
    if shadow_problem and before is None:
        raise ConfigurationError(shadow_problem)
    return Loadout(
        replace(engine, shadow=shadow),
        files,
        packs,
        others,
        opened.digest if opened else "",
        sealed,
        shadow_files,
        "\n".join(str(problem) for problem in shadow_problem),
        tenants,
        of_tenants,
        bundle_states,
    )


def bundle_files(loaded: Loaded) -> list[Path]:
    """Return the files of the settings' bundle and of the keys that it must be signed with; none without a bundle."""
    settings = loaded.settings.bundle
    return [] if settings.file is None else [loaded.resolve(path) for path in (settings.file, *settings.public_keys)]


def unshared_budgets(loaded: Loaded, loadout: Loadout) -> list[Problem]:
    """Return why several workers can't keep the exposure budgets of `loadout`: each would count them for itself."""
    engines = (loadout.engine, *loadout.tenants.values())
    if loaded.settings.workers == 1 or loaded.redis_url is not None or not any(e.policy.budgets for e in engines):
        return []
    return [counted_apart(loaded, "the policy has exposure budgets", "budgets.redis_url")]


def counted_apart(loaded: Loaded, what: str, setting: str) -> Problem:
    """Return the problem that there is something which workers would not count together without `setting`."""
    message = f"{what}, which each of several workers would count for itself"
    return Problem(str(loaded.file or "settings"), 0, message, f"`{setting}`", "name a Redis, or serve with one worker")


def tenant_files(loaded: Loaded, opened: Opened | None = None) -> dict[str, PolicyFiles]:
    """Return the files of tenants' own policies, from the bundle or from the settings' places (never from both)."""
    if opened is not None:
        place = str(loaded.settings.bundle.file)
        return {
            name: FilesInBundle(own.mains, own.policies, f"{place}, tenant {name}")
            for name, own in opened.bundle.tenants.items()
        }
    return {
        name: FilesOnDisk(loaded.resolve(tenant.policies), bundled("policies"))
        for name, tenant in loaded.settings.tenants.items()
        if tenant.policies is not None
    }


def tenant_engines(files: Mapping[str, PolicyFiles], engine: Engine) -> dict[str, Engine]:
    """Return an engine for each tenant that has a policy of its own, in `files`.

    Raises:
        ConfigurationError: with every problem in any of them.
    """
    engines: dict[str, Engine] = {}
    problems: list[Problem] = []
    for name, own in files.items():
        try:
            engines[name] = replace(engine, policy=policy_from(own, engine), shadow=None)
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return engines


def _shadow(loaded: Loaded, engine: Engine) -> tuple[PolicyFiles | None, PolicyBundle | None, Sequence[Problem]]:
    """Return the candidate of the settings; while running, a broken one must not hold up the policy in force."""
    path = loaded.settings.shadow.policies
    if path is None:
        return None, None, ()
    files = FilesOnDisk(loaded.resolve(path), bundled("policies"))
    try:
        return files, policy_from(files, engine), ()
    except ConfigurationError as error:
        return files, None, error.problems


def bundle_of(loadout: Loadout, serial: int = 0) -> Bundle:
    """Return the bundle of what `loadout` was made of."""
    return Bundle(
        dict(loadout.files.texts),
        loadout.files.mains,
        dict(loadout.packs),
        loadout.classifiers,
        loadout.engine.policy.revision,
        loadout.engine.classifier_revision,
        {
            name: TenantPolicy(dict(files.texts), files.mains, loadout.tenants[name].policy.revision)
            for name, files in loadout.tenant_files.items()
        },
        serial,
    )


def _opened(loaded: Loaded) -> tuple[bytes, Opened | None]:
    """Return the bytes and the content of the settings' bundle; None when they name none."""
    settings = loaded.settings.bundle
    if settings.file is None:
        return b"", None
    from gateway.adapters.bundle_keys import public_key

    file = loaded.resolve(settings.file)
    keys = [public_key(loaded.resolve(path)) for path in settings.public_keys]
    data = read_bundle(file)
    opened = open_bundle(
        data,
        str(file),
        keys,
        require_signed=settings.require_signed,
        minimum_serial=settings.minimum_serial,
    )
    return data, opened


def _check_bundle(bundle: Bundle, others: Mapping[str, str], file: str) -> None:
    """Raise if the models and lists here are not those that the bundle was made with."""
    problems = [
        Problem(file, 0, f"was made with another `{name}` than is here", "the same classifiers", "deploy them together")
        for name in sorted(bundle.classifiers.keys() | others.keys())
        if bundle.classifiers.get(name) != others.get(name)
    ]
    if problems:
        raise ConfigurationError(problems)


def policy_path(loaded: Loaded) -> Path:
    """Return the file or directory that the policy is read from."""
    policies = loaded.settings.policies
    return loaded.resolve(policies) if policies else bundled("policies") / "default.yaml"


def with_policy(engine: Engine, path: Path) -> Engine:
    """Return `engine` with the policy in `path` (a file, or a directory whose files make one policy).

    Raises:
        ConfigurationError: with every problem in it.
    """
    return replace(engine, policy=policy_from(FilesOnDisk(path, bundled("policies")), engine))


_NO_POLICY: Final = PolicyBundle("", "", (), (), {}, Obligation("*", "redact"))
"""Denies everything; stands in an engine until its policy is compiled."""


def policy_from(files: PolicyFiles, engine: Engine) -> PolicyBundle:
    """Return the policy that `files` make, for what `engine` recognizes and does.

    Raises:
        ConfigurationError: with every problem in them.
    """
    recognized = frozenset(UNINSPECTABLE_TYPES.union(*(recognizer.entity_types for recognizer in engine.recognizers)))
    return compile_policy(
        files.documents(),
        entity_types=recognized,
        topics=frozenset().union(*(model.topics for model in engine.topics)),
        operators=frozenset(engine.operators),
        bases=files.bases,
        purposes=frozenset(engine.purposes),
        misused=lambda operator, parameters: check_parameters(operator, parameters, engine.operators),
    )


def _file_limits(settings: FileSettings) -> FileLimits:
    return FileLimits(settings.unpacked_bytes, settings.characters, settings.files, settings.depth, settings.seconds)


def _revision(packs: Mapping[str, str], others: Mapping[str, str]) -> str:
    """Return a content hash of the classifiers."""
    whole = hashlib.sha256()
    for name, text in sorted([*((f"packs/{name}", text) for name, text in packs.items()), *others.items()]):
        for part in (name.encode(), text.encode()):
            whole.update(len(part).to_bytes(8, "big"))
            whole.update(part)
    return f"sha256:{whole.hexdigest()[:32]}"
