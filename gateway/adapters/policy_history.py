"""What policies said when: texts by revision and bundles by digest, in a directory beside the audit log.

A record names the revision that decided. Its text is kept here when that revision is taken into use, so that a
decision can be explained, and a bundle be restored, long after the file was changed. Files are named by their content
and never written over; the history is one line for each time that a policy was taken into use.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from gateway.adapters.audit.disk import Disk
from gateway.adapters.policy_files import FilesInBundle, PolicyFiles

__all__ = ["DIRECTORY", "PolicyHistory", "Used", "now"]

DIRECTORY: Final = "policy_texts"
"""In the audit directory; no writer's log can have this name."""
_HISTORY: Final = "history.ndjson"
_REVISION: Final = re.compile(r"sha256:[0-9a-f]{16,64}")


@dataclass(frozen=True, slots=True)
class Used:
    """A time at which a policy was taken into use.

    Attributes:
        time: RFC 3339, UTC.
        policy_revision: of the policy.
        classifier_revision: of the classifiers.
        bundle: digest of the bundle it came in; empty: from files.
        tenants: tenant to revision, of those that have a policy of their own.
    """

    time: str
    policy_revision: str
    classifier_revision: str
    bundle: str
    tenants: Mapping[str, str] = field(default_factory=dict)


class PolicyHistory:
    """The texts and bundles that were in use.

    Args:
        audit: the audit directory.
    """

    def __init__(self, audit: Path) -> None:
        self._directory = audit / DIRECTORY
        self._disk = Disk()

    def keep(self, used: Used, files: PolicyFiles, sealed: bytes) -> None:
        """Keep the texts of a policy that is taken into use, and the bundle's bytes; empty: it came in none.

        Raises:
            OSError: if it cannot be written.
        """
        self.keep_text(used.policy_revision, files)
        if used.bundle:
            self._once(self._sealed(used.bundle), sealed)
        last = self.all()
        if last and _what(last[-1]) == _what(used):
            return
        line = {
            "time": used.time,
            "policy_revision": used.policy_revision,
            "classifier_revision": used.classifier_revision,
            "bundle": used.bundle,
            "tenants": dict(used.tenants),
        }
        fd = self._disk.open(self._directory / _HISTORY, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            self._disk.write(fd, json.dumps(line).encode() + b"\n")
            self._disk.sync(fd)
        finally:
            self._disk.close(fd)

    def keep_text(self, revision: str, files: PolicyFiles) -> None:
        """Keep the texts of the policy of `revision`, for explanations.

        Raises:
            OSError: if they cannot be written.
        """
        self._disk.make_directory(self._directory)
        text = {"revision": revision, "mains": list(files.mains), "files": files.texts}
        self._once(self._text(revision), json.dumps(text, sort_keys=True, indent=1).encode())

    def all(self) -> list[Used]:
        """Return what was in use, oldest first; lines that are damaged are left out."""
        try:
            lines = (self._directory / _HISTORY).read_text(encoding="utf-8").splitlines()
        except OSError:
            return []
        found: list[Used] = []
        for line in lines:
            try:
                found.append(Used(**json.loads(line)))
            except (ValueError, TypeError):
                continue
        return found

    def files(self, revision: str) -> FilesInBundle | None:
        """Return the texts of the policy of `revision`; None where they were not kept."""
        kept = self._read(self._text(revision)) if _REVISION.fullmatch(revision) else None
        try:
            value: Any = json.loads(kept or b"null")
            return FilesInBundle(value["mains"], value["files"], revision)
        except (ValueError, TypeError, KeyError):
            return None

    def sealed(self, digest: str) -> bytes | None:
        """Return the bytes of the bundle of `digest`; None where they were not kept."""
        return self._read(self._sealed(digest)) if _REVISION.fullmatch(digest) else None

    def _text(self, revision: str) -> Path:
        return self._directory / f"{revision.removeprefix('sha256:')}.policy.json"

    def _sealed(self, digest: str) -> Path:
        return self._directory / f"{digest.removeprefix('sha256:')}.bundle.json"

    def _once(self, path: Path, data: bytes) -> None:
        if not path.exists():
            self._disk.create(path, data)

    @staticmethod
    def _read(path: Path) -> bytes | None:
        try:
            return path.read_bytes()
        except OSError:
            return None


def _what(used: Used) -> tuple[object, ...]:
    return used.policy_revision, used.bundle, dict(used.tenants)


def now() -> str:
    """Return the time as the history writes it."""
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
