"""Settings: where traffic may go, and where files are. Precedence: flag > environment > file > default.

The file says where traffic *may* go; policies say *what* may go where, so that they are the same in every
environment. Everything wrong is reported at once, with file, line, what was expected, and the mend.

Any setting can be given as an environment variable: `PRIVACY_GATEWAY_` and the key in capitals, `__` between the
levels, a number for a place in a list: `PRIVACY_GATEWAY_AUDIT__DIRECTORY=/var/audit`,
`PRIVACY_GATEWAY_UPSTREAMS__0__BASE_URL=http://vllm:8000/v1`. The value is read as YAML. Kubernetes' own variables for a
Service called privacy-gateway (`…_SERVICE_HOST`, `…_PORT_…`) begin alike and are passed over.

A credential is never a literal in the file: `{env: NAME}` or `{file: PATH}`.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from gateway.core.agents import AgentProtocol, AgentServer, AgentServers
from gateway.core.documents import YamlDocument, parse_yaml, validate
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.model import Purpose, Sensitivity, Upstream, Vendor, Zone
from gateway.settings.base import SecretReference
from gateway.settings.model import Settings
from gateway.settings.references import agents_of, problems_of
from gateway.transforms.surrogates import MINIMUM_KEY

__all__ = ["PREFIX", "Loaded", "load", "settings_from"]

PREFIX: Final = "PRIVACY_GATEWAY_"
Use = Literal["send", "judge", "read"]
_KUBERNETES: Final = re.compile(r"(SERVICE_(HOST|PORT(_.+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_.+)?)?)\Z")
_IPV6_ADDRESS: Final = re.compile(r"\[[0-9A-Fa-f:.]+(%\w+)?\]:\d+")
"""`[::]:8080` in a variable: to YAML a list that goes on behind its bracket."""
_NOT_SETTINGS: Final = frozenset({"CONFIG", "COMPLETE"})

_SECRETS: Final[Mapping[str, tuple[str, ...]]] = {"judge": ("key", "lists"), "read": ()}
"""Use of settings to the parts of them whose secrets it needs; sending needs all."""

_CLEARANCE: Final = {Zone.LOCAL: Sensitivity.HIGH, Zone.SECURE: Sensitivity.MODERATE, Zone.CLOUD: Sensitivity.LOW}


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with their secrets read and their paths resolved.

    Attributes:
        settings: as written, after precedence.
        file: the settings file; None when there was none.
        upstreams: ready to use.
        purposes: what each declared purpose allows.
        agents: servers that agents call.
        key: 16 or more bytes; hidden.
        key_is_ephemeral: whether the key was made for this process alone.
        list_keys: the keys of `settings.lists`, in their order; hidden.
        redis_url: of the store that exposure is counted in; may hold a password, hidden; None: in this process.
        limits_url: the same of rate limits and quotas.
        vault_url: of the vault's store, likewise; None: it is no such store.
    """

    settings: Settings
    file: Path | None
    upstreams: tuple[Upstream, ...]
    key: bytes = field(repr=False)
    key_is_ephemeral: bool = False
    list_keys: tuple[bytes, ...] = field(default=(), repr=False)
    redis_url: str | None = field(default=None, repr=False)
    limits_url: str | None = field(default=None, repr=False)
    vault_url: str | None = field(default=None, repr=False)
    purposes: Mapping[str, Purpose] = field(default_factory=dict)
    agents: AgentServers = field(default_factory=dict)

    def resolve(self, path: Path) -> Path:
        """Return `path` relative to the settings file's directory."""
        return path if path.is_absolute() or self.file is None else self.file.parent / path


def load(
    file: Path | None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
    *,
    to: Use = "send",
) -> Loaded:
    """Read settings.

    Args:
        file: the settings file; None: none.
        environment: the process's environment by default.
        flags: dotted key to value, from the command line; they win.
        to: what they are for. Who only judges needs no credential of an upstream, an agent or a store, and who only
            reads the log needs no secret at all: what is not needed is not read. `key` may be missing for both.

    Raises:
        ConfigurationError: with every problem.
    """
    environment = os.environ if environment is None else environment
    name = str(file) if file else "settings"
    if file is None:
        document = YamlDocument(name, {})
    else:
        try:
            document = parse_yaml(file.read_bytes(), name)
        except OSError as error:
            problem = Problem(
                name, 0, f"cannot be read ({error.strerror})", "a settings file", "run privacy-gateway init"
            )
            raise ConfigurationError([problem]) from None
    return settings_from(document, file, environment, flags or {}, to=to)


def settings_from(
    document: YamlDocument,
    file: Path | None,
    environment: Mapping[str, str],
    flags: Mapping[str, object],
    *,
    to: Use = "send",
) -> Loaded:
    """Return the settings in `document`, overlaid by the environment and by flags (see `load`)."""
    overlay = _Overlay(document)
    for variable, text in sorted(environment.items()):
        key = variable.removeprefix(PREFIX)
        if key != variable and key not in _NOT_SETTINGS and not _KUBERNETES.match(key):
            source = f"environment variable {variable}"
            value = text if _IPV6_ADDRESS.fullmatch(text) else parse_yaml(text, source).value
            overlay.put(source, key.lower().split("__"), value)
    for key, flag in flags.items():  # as they are: a path may hold what is YAML's own
        overlay.put(f"--{key.replace('.', '-').replace('_', '-')}", key.split("."), flag)
    try:
        settings = validate(overlay.document(), Settings)
        base = file.parent if file else Path()
        return _with_secrets(settings, overlay.document(), file, base, environment, to=to)
    except ConfigurationError as error:
        raise ConfigurationError([overlay.blame(problem) for problem in error.problems]) from None


def _with_secrets(
    settings: Settings,
    document: YamlDocument,
    file: Path | None,
    base: Path,
    environment: Mapping[str, str],
    *,
    to: Use,
) -> Loaded:
    problems = problems_of(settings, document, base)
    vendors: dict[str, Vendor] = {name: vendor.vendor(name) for name, vendor in settings.vendors.items()}

    def read(reference: SecretReference | None, *path: str | int) -> str | None:
        if reference is None or path[0] not in _SECRETS.get(to, path):
            return None
        try:
            return reference.read(base, environment)
        except LookupError as error:
            if to == "judge" and path == ("key",):
                return None  # another one makes other placeholders, and the same decisions
            problems.append(document.problem(path, str(error), mend="set it, or name another place"))
            return None

    def headers_of(references: Mapping[str, SecretReference], *path: str | int) -> dict[str, str]:
        return {name: read(secret, *path, "headers", name) or "" for name, secret in references.items()}

    upstreams = tuple(
        Upstream(
            name=upstream.name,
            zone=upstream.zone,
            clearance=Sensitivity.parse(upstream.clearance) if upstream.clearance else _CLEARANCE[upstream.zone],
            base_url=upstream.base_url.rstrip("/"),
            models=tuple(upstream.models.items()),
            dialects=tuple(upstream.dialects),
            region=upstream.region,
            api_key=read(upstream.api_key, "upstreams", place, "api_key"),
            timeout_s=upstream.timeout_seconds,
            vendor=vendors.get(upstream.vendor) if upstream.vendor else None,
            headers=headers_of(upstream.headers, "upstreams", place),
        )
        for place, upstream in enumerate(settings.upstreams)
    )
    agents: dict[tuple[AgentProtocol, str], AgentServer] = {}
    for at, protocol, server in agents_of(settings):
        headers = headers_of(server.headers, *at)
        vendor = vendors.get(server.vendor) if server.vendor else None
        upstream = server.upstream(protocol, read(server.api_key, *at, "api_key"), headers, vendor)
        agents[protocol, server.name] = server.server(upstream)
    key = read(settings.key, "key")
    if key is not None and len(key.encode()) < MINIMUM_KEY:
        problems.append(
            document.problem(
                ("key",),
                "is too short: placeholders and hashes could be guessed",
                expected=f"{MINIMUM_KEY} bytes or more",
                mend="make one: openssl rand -hex 32",
            )
        )
    list_keys = tuple((read(one.key, "lists", place, "key") or "").encode() for place, one in enumerate(settings.lists))
    redis_url = read(settings.budgets.redis_url, "budgets", "redis_url")
    limits_url = read(settings.request_limits.redis_url, "request_limits", "redis_url")
    vault_url = read(settings.vault.url, "vault", "url")
    if settings.key is None and settings.vault.store != "memory":
        problems.append(
            document.problem(
                ("vault", "store"),
                "nothing outside this process can be read after a restart, because there is no `key`",
                expected="`key`",
                mend="add key: {env: SURROGATE_KEY}",
            )
        )
    if problems:
        raise ConfigurationError(problems)
    return Loaded(
        settings,
        file,
        upstreams,
        (key or secrets.token_hex(32)).encode(),
        key is None,
        list_keys,
        redis_url,
        limits_url,
        vault_url,
        {name: purpose.purpose(name) for name, purpose in settings.purposes.items()},
        agents,
    )


class _Overlay:
    """A settings document with values put over it, which remembers where each came from."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._value: Any = _copied(document.value if document.value is not None else {})
        self._lines = dict(document.lines)
        self._sources: list[str] = []

    def put(self, source: str, steps: list[str], value: object) -> None:
        """Put `value` at `steps`; a number names a place in a list."""
        self._sources.append(source)
        mark = -len(self._sources)
        path: tuple[str | int, ...] = ()
        place = self._value
        for here, after in zip(steps, [*steps[1:], None], strict=True):
            step: str | int = int(here) if isinstance(place, list) and here.isdigit() else here
            path = (*path, step)
            if after is None:
                _set(place, step, value)
            else:
                place = _enter(place, step, [] if after.isdigit() else {})
        for known in [known for known in self._lines if known[: len(path)] == path]:
            del self._lines[known]
        self._lines[path] = mark

    def document(self) -> YamlDocument:
        """Return the overlaid document; values put over it have negative lines."""
        return YamlDocument(self._document.file, self._value, self._lines)

    def blame(self, problem: Problem) -> Problem:
        """Return `problem` with the source that brought the value in."""
        if problem.line >= 0:
            return problem
        return Problem(self._sources[-problem.line - 1], 0, problem.message, problem.expected, problem.mend)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(member) for key, member in value.items()}
    return [_copied(member) for member in value] if isinstance(value, list) else value


def _set(place: Any, step: str | int, value: object) -> None:
    if isinstance(place, dict):
        place[step] = value
    elif isinstance(place, list) and step == len(place):
        place.append(value)
    elif isinstance(place, list) and isinstance(step, int) and step < len(place):
        place[step] = value


def _enter(place: Any, step: str | int, empty: Any) -> Any:
    inside = place.get(step) if isinstance(place, dict) else None
    if isinstance(place, list) and isinstance(step, int) and step < len(place):
        inside = place[step]
    if not isinstance(inside, dict | list):
        inside = empty
        _set(place, step, inside)
    return inside
