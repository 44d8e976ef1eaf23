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
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.core.documents import YamlDocument, parse_yaml, validate
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.model import Sensitivity, Upstream, Zone

__all__ = ["PREFIX", "Address", "AuditSettings", "LimitSettings", "Settings", "load", "settings_from"]

PREFIX: Final = "PRIVACY_GATEWAY_"
_KUBERNETES: Final = re.compile(r"(SERVICE_(HOST|PORT(_.+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_.+)?)?)\Z")
_NOT_SETTINGS: Final = frozenset({"CONFIG", "COMPLETE"})

_CLEARANCE: Final = {Zone.LOCAL: Sensitivity.HIGH, Zone.SECURE: Sensitivity.MODERATE, Zone.CLOUD: Sensitivity.LOW}


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0: any free one."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _address(value: object) -> object:
    if isinstance(value, str):
        host, colon, port = value.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if colon and host and port.isascii() and port.isdigit() and int(port) < 65_536:  # noqa: PLR2004 - TCP's ports
            return Address(host, int(port))
    if isinstance(value, Address):
        return value
    raise PydanticCustomError(
        "address", "is not an address", {"expected": "HOST:PORT", "mend": "write for example 127.0.0.1:8080"}
    )


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)


class SecretReference(_Model):
    """Where a secret is kept: an environment variable or a file."""

    env: str | None = Field(default=None, description="name of an environment variable")
    file: Path | None = Field(default=None, description="path of a file; a final line break is dropped")

    @model_validator(mode="before")
    @classmethod
    def _never_a_literal(cls, value: object) -> object:
        if isinstance(value, str):
            raise PydanticCustomError(
                "literal_secret",
                "is a literal secret",
                {"expected": "{env: NAME} or {file: PATH}", "mend": "put the secret in an environment variable"},
            )
        if isinstance(value, dict) and len(value) != 1:
            raise PydanticCustomError(
                "secret_source",
                "names no place or two",
                {"expected": "{env: NAME} or {file: PATH}", "mend": "name one"},
            )
        return value

    def read(self, base: Path, environment: Mapping[str, str]) -> str:
        """Return the secret.

        Raises:
            LookupError: with what is missing, when it cannot be read or is empty.
        """
        if self.env is not None:
            found = environment.get(self.env, "")
            where = f"the environment variable {self.env}"
        else:
            path = base / (self.file or "")
            where = f"the file {path}"
            try:
                found = path.read_text(encoding="utf-8").rstrip("\r\n")
            except (OSError, UnicodeError):
                raise LookupError(f"{where} cannot be read") from None
        if not found:
            raise LookupError(f"{where} is not set" if self.env else f"{where} is empty")
        return found


class UpstreamSettings(_Model):
    """A model server that requests may be sent to."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$", description="unique; appears in records and metrics")
    zone: Zone = Field(description="local, secure or cloud")
    clearance: Literal["high", "moderate", "low"] | None = Field(
        default=None, description="highest sensitivity it may receive; by zone: local high, secure moderate, cloud low"
    )
    base_url: str = Field(pattern=r"^https?://[^\s?#]+$", description="up to and with /v1; the endpoint's path follows")
    models: dict[str, str] = Field(default={}, description="requested model (glob) to served model; empty: as asked")
    api_key: SecretReference | None = Field(default=None, description="its credential, never a literal")
    dialects: list[Literal["openai", "anthropic"]] = Field(default=["openai"], min_length=1)
    region: str = Field(default="", max_length=64, description="a label that policies may ask for")
    timeout_seconds: float = Field(
        default=120, gt=0, le=3600, description="to the first byte of an answer, and between two pieces of a stream"
    )


class AuditSettings(_Model):
    """The audit log."""

    directory: Path = Field(default=Path("audit"), description="where records are kept; made when missing")
    writer: str = Field(
        default="",
        pattern=r"^[A-Za-z0-9-]{0,63}$",
        description="name of this process's own log in the directory, where several share it",
    )
    key_file: Path | None = Field(
        default=None, description="Ed25519 key that signs the log's head; made in the directory when not named"
    )
    rotate_bytes: int = Field(default=64 * 2**20, ge=4096, description="size at which a new file is begun")


class LimitSettings(_Model):
    """What the gateway takes at most."""

    body_bytes: int = Field(default=16 * 2**20, ge=1024, description="largest request body")
    in_flight: int = Field(default=512, ge=1, description="requests at once; more are answered 503 with retry-after")
    drain_seconds: int = Field(default=30, ge=1, le=3600, description="time for running requests to end on SIGTERM")


class NlpSettings(_Model):
    """The spaCy pipeline under Presidio."""

    pipeline: str = Field(
        default="blank", description="blank (nothing to download), or an installed pipeline such as en_core_web_lg"
    )


class Settings(_Model):
    """Everything in `gateway.yaml`."""

    listen: Annotated[Address, BeforeValidator(_address)] = Field(
        default=Address("127.0.0.1", 8080), description="data plane"
    )
    admin: Annotated[Address, BeforeValidator(_address)] = Field(
        default=Address("127.0.0.1", 8081), description="health, metrics, decisions; never on the data port"
    )
    upstreams: list[UpstreamSettings] = Field(default=[], description="where requests may go, in order of preference")
    policies: Path | None = Field(default=None, description="a directory or file; default: the bundled policies")
    classifiers: Path | None = Field(default=None, description="a directory; default: the bundled classifiers")
    audit: AuditSettings = AuditSettings()
    limits: LimitSettings = LimitSettings()
    nlp: NlpSettings = NlpSettings()
    key: SecretReference | None = Field(
        default=None,
        description="secret from which surrogates and hashes are keyed; absent: a new one at each start, so that "
        "placeholders change with a restart, and replicas must share one",
    )

    @model_validator(mode="after")
    def _names_are_unique(self) -> Settings:
        names = [upstream.name for upstream in self.upstreams]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise PydanticCustomError(
                "twice",
                f"two upstreams have the name {', '.join(twice)}",
                {"expected": "unique names", "mend": "rename"},
            )
        return self


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings with their secrets read and their paths resolved.

    Attributes:
        settings: as written, after precedence.
        file: the settings file; None when there was none.
        upstreams: ready to use.
        key: 32 or more bytes; hidden.
        key_is_ephemeral: whether the key was made for this process alone.
    """

    settings: Settings
    file: Path | None
    upstreams: tuple[Upstream, ...]
    key: bytes = field(repr=False)
    key_is_ephemeral: bool = False

    def resolve(self, path: Path) -> Path:
        """Return `path` relative to the settings file's directory."""
        return path if path.is_absolute() or self.file is None else self.file.parent / path


def load(
    file: Path | None,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, object] | None = None,
) -> Loaded:
    """Read settings.

    Args:
        file: the settings file; None: none.
        environment: the process's environment by default.
        flags: dotted key to value, from the command line; they win.

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
    return settings_from(document, file, environment, flags or {})


def settings_from(
    document: YamlDocument, file: Path | None, environment: Mapping[str, str], flags: Mapping[str, object]
) -> Loaded:
    """Return the settings in `document`, overlaid by the environment and by flags (see `load`)."""
    overlay = _Overlay(document)
    for variable, text in sorted(environment.items()):
        key = variable.removeprefix(PREFIX)
        if key != variable and key not in _NOT_SETTINGS and not _KUBERNETES.match(key):
            overlay.put(f"environment variable {variable}", key.lower().split("__"), text)
    for key, value in flags.items():
        overlay.put(f"--{key.replace('.', '-').replace('_', '-')}", key.split("."), value)
    try:
        settings = validate(overlay.document(), Settings)
    except ConfigurationError as error:
        raise ConfigurationError([overlay.blame(problem) for problem in error.problems]) from None
    base = file.parent if file else Path()
    return _with_secrets(settings, overlay.document(), file, base, environment)


def _with_secrets(
    settings: Settings, document: YamlDocument, file: Path | None, base: Path, environment: Mapping[str, str]
) -> Loaded:
    problems: list[Problem] = []

    def read(reference: SecretReference | None, *path: str | int) -> str | None:
        if reference is None:
            return None
        try:
            return reference.read(base, environment)
        except LookupError as error:
            problems.append(document.problem(path, str(error), mend="set it, or name another place"))
            return None

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
        )
        for place, upstream in enumerate(settings.upstreams)
    )
    key = read(settings.key, "key")
    for name in ("policies", "classifiers"):
        path = getattr(settings, name)
        if path is not None and not (base / path).exists():
            problems.append(
                document.problem(
                    (name,),
                    f"{base / path} does not exist",
                    expected="a directory",
                    mend="run privacy-gateway init DIR",
                )
            )
    if problems:
        raise ConfigurationError(problems)
    return Loaded(settings, file, upstreams, (key or secrets.token_hex(32)).encode(), key is None)


class _Overlay:
    """A settings document with values put over it, which remembers where each came from."""

    def __init__(self, document: YamlDocument) -> None:
        self._document = document
        self._value: Any = _copied(document.value if document.value is not None else {})
        self._lines = dict(document.lines)
        self._sources: list[str] = []

    def put(self, source: str, steps: list[str], value: object) -> None:
        """Put `value` (text: read as YAML) at `steps`; a number names a place in a list."""
        self._sources.append(source)
        mark = -len(self._sources)
        if isinstance(value, str):
            value = parse_yaml(value, source).value
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
