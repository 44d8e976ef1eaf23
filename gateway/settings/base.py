"""What every part of the settings is made of: strict models, addresses, and references to secrets.

A credential is never a literal in the file: `{env: NAME}` or `{file: PATH}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

__all__ = ["Address", "SecretReference", "StrictModel", "as_address", "without_credential"]


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen. Port 0: any free one."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def as_address(value: object) -> object:
    """Return `value` (`HOST:PORT`) as an address; for pydantic."""
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


def without_credential(url: str) -> str:
    """Return `url` if nothing stands before an `@` in its authority (RFC 3986, 3.2.1); for pydantic."""
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise PydanticCustomError(
            "credential_in_address",
            "holds a credential",
            {
                "expected": "an address without USER:PASSWORD@",
                "mend": "put the secret in an environment variable, and name it in `api_key` or `headers`",
            },
        )
    return url


class StrictModel(BaseModel):
    """Refuses unknown keys, never changes, never shows what was wrong with a value."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, arbitrary_types_allowed=True)


class SecretReference(StrictModel):
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
            except OSError as error:
                raise LookupError(f"{where} cannot be read ({error.strerror})") from None
            except UnicodeError:
                raise LookupError(f"{where} is not UTF-8") from None
        if not found:
            raise LookupError(f"{where} is not set" if self.env else f"{where} is empty")
        return found
