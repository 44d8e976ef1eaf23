"""The file of API keys: hashes, and whom each stands for.

    keys:
      - name: billing-app
        hash: sha256:…                # of the key; the key itself is kept nowhere
        principal: billing-app
        tenant: acme
        purposes: [billing]
        expires: 2027-06-30

Edited as text, line by line, so that people's own comments and order stay; what an edit gives is read back before it is
written, and it replaces the file in one step.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from gateway.adapters.regular_file import content_of
from gateway.adapters.replaced_file import replace_file
from gateway.core.documents import parse_yaml, validate
from gateway.core.errors import ConfigurationError, Problem
from gateway.core.identity import Standing, StrictModel

__all__ = ["KeyEntry", "add_entry", "read_key_file", "revoke_entry"]

_HEADER: Final = "# API keys of privacy-gateway: hashes only. Made by `privacy-gateway keys new`.\nkeys:\n"
_OWNER_ONLY: Final = 0o600


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None:
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if isinstance(value, datetime):
        return value
    raise PydanticCustomError(
        "moment",
        "is no time",
        {"expected": "a date or a time, UTC", "mend": "write 2027-06-30 or 2027-06-30T12:00:00Z"},
    )


Moment = Annotated[datetime, BeforeValidator(_moment)]


class KeyEntry(Standing):
    """One API key."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,62}$")] = Field(description="of the key")
    hash: Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")] = Field(repr=False)
    created: Moment | None = None
    expires: Moment | None = Field(default=None, description="from this time on it is not accepted")
    revoked: Moment | None = Field(default=None, description="it is not accepted")


class _KeyFile(StrictModel):
    keys: list[KeyEntry] | None = None

    @model_validator(mode="after")
    def _unique(self) -> _KeyFile:
        for what in ("name", "hash"):
            values = [getattr(entry, what) for entry in self.keys or ()]
            if len(set(values)) != len(values):
                raise PydanticCustomError(
                    "twice", f"two keys have the same {what}", {"expected": "unique ones", "mend": "remove one of them"}
                )
        return self


def read_key_file(file: Path) -> tuple[KeyEntry, ...]:
    """Return the entries of `file`.

    Raises:
        ConfigurationError: with every problem.
    """
    try:
        text = content_of(file)
    except OSError as error:
        problem = Problem(
            str(file),
            0,
            f"cannot be read ({error.strerror or type(error).__name__})",
            "a file of API keys",
            "make the first: privacy-gateway keys new --file …",
        )
        raise ConfigurationError([problem]) from None
    return _entries(text, str(file))


def add_entry(file: Path, entry: KeyEntry) -> None:
    """Put `entry` at the end of `file`, which is made when missing.

    Raises:
        ConfigurationError: if the file is wrong, has the name already, or is written in a way that can't be added to.
    """
    text = file.read_text(encoding="utf-8") if file.exists() else _HEADER
    before = _entries(text.encode(), str(file))
    if any(known.name == entry.name for known in before):
        problem = Problem(str(file), 0, f"has a key `{entry.name}` already", "a new name", "choose another: --name")
        raise ConfigurationError([problem])
    if not before and not text.rstrip().endswith("keys:"):
        text = _HEADER
    lines = [f"{name}: {value}" for name, value in _fields(entry)]
    added = text.rstrip() + "\n  - " + "\n    ".join(lines) + "\n"
    _write(file, added, (*before, entry))


def revoke_entry(file: Path, name: str, now: datetime) -> None:
    """Mark the key `name` in `file` as revoked; done already: nothing changes.

    Raises:
        ConfigurationError: if the file is wrong, has no such key, or is written in a way that can't be edited.
    """
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    document = parse_yaml(text, str(file))
    entries = _entries(text.encode(), str(file))
    place = next((place for place, entry in enumerate(entries) if entry.name == name), None)
    if place is None:
        known = ", ".join(entry.name for entry in entries) or "none"
        raise ConfigurationError([Problem(str(file), 0, f"there is no key `{name}`", f"one of: {known}")])
    if entries[place].revoked is not None:
        return
    moment = now.astimezone(UTC).replace(microsecond=0)
    lines = text.splitlines()
    at = document.line("keys", place, "hash")
    lines.insert(at, "    " + f"revoked: {_written(moment)}")
    revoked = tuple(entry.model_copy(update={"revoked": moment}) if entry.name == name else entry for entry in entries)
    _write(file, "\n".join(lines) + "\n", revoked)


def _entries(text: bytes, name: str) -> tuple[KeyEntry, ...]:
    document = parse_yaml(text, name)
    return tuple(validate(document, _KeyFile).keys or ()) if document.value is not None else ()


def _fields(entry: KeyEntry) -> list[tuple[str, str]]:
    import json

    told = entry.model_dump(mode="json", exclude_defaults=True)
    first = [name for name in ("name", "hash", "principal") if name in told]
    return [
        (name, _written(getattr(entry, name)) if isinstance(getattr(entry, name), datetime) else json.dumps(told[name]))
        for name in (*first, *(name for name in told if name not in first))
    ]


def _written(moment: datetime) -> str:
    return f'"{moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}"'


def _write(file: Path, text: str, meant: tuple[KeyEntry, ...]) -> None:
    """Replace `file` by `text`, if that says what is meant."""
    try:
        fits = _entries(text.encode(), str(file)) == meant
    except ConfigurationError:
        fits = False
    if not fits:
        problem = Problem(
            str(file),
            0,
            "cannot be edited as it is written",
            "a list `keys` whose entries are indented by two spaces, at the end of the file",
            "edit it by hand, or write it so",
        )
        raise ConfigurationError([problem])
    replace_file(file, text.encode(), _OWNER_ONLY)
