"""A new policy while requests run: watched, built beside, swapped in whole; the last good one stays if it is broken.

The engine is one immutable object. A request takes it once, when it is planned, and keeps it to its end, its record
included; so a swap needs no lock and drops nothing. Files are looked at by content of their directory entry (time,
size, inode), which also sees the swapped symlinks of a Kubernetes ConfigMap. A change counts only when two looks in a
row see the same: an editor or a copy that is half done is not a policy.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from gateway.adapters.policy_files import FilesOnDisk
from gateway.assembly import Gateway
from gateway.core.errors import ConfigurationError
from gateway.loadout import Loadout, arrange, policy_path
from gateway.settings import Loaded

__all__ = ["PolicyWatch", "keep_texts"]

_log = logging.getLogger("privacy_gateway")

Fingerprint = tuple[tuple[str, int, int, int], ...]


class PolicyWatch:
    """Watches the files that the policy of `gateway` comes from."""

    def __init__(self, gateway: Gateway, loaded: Loaded) -> None:
        self._gateway = gateway
        self._loaded = loaded
        self._adopted = self._seen = self._fingerprint()

    async def run(self) -> None:
        """Look every `reload_seconds`, until cancelled."""
        pause = self._loaded.settings.reload_seconds
        while pause and self._gateway.loadout is not None:
            await asyncio.sleep(pause)
            await self.look()

    async def look(self) -> None:
        """Look once; load what changed and has stayed the same since the last look. Never raises."""
        now = await asyncio.to_thread(self._fingerprint)
        settled, self._seen = now == self._seen, now
        if now == self._adopted or not settled:
            return
        self._adopted = now
        try:
            loadout = await asyncio.to_thread(arrange, self._loaded, self._gateway.loadout)
        except ConfigurationError as error:
            self._refuse(str(error))
        except Exception as error:  # noqa: BLE001 - whatever fails, the policy in force stays in force
            self._refuse(type(error).__name__)
        else:
            await self._adopt(loadout)
        # Files that were read for the first time (a new `extends`) belong to it from now on.
        self._adopted = self._seen = await asyncio.to_thread(self._fingerprint)

    async def _adopt(self, loadout: Loadout) -> None:
        before = self._gateway.engine.policy.revision
        self._gateway.adopt(loadout)
        _log.info("policy %s in the place of %s (%s)", loadout.engine.policy.revision, before, loadout.source)
        if loadout.shadow_problem:
            _log.error("the shadow policy is broken and decides nothing:\n%s", loadout.shadow_problem)
        await asyncio.to_thread(keep_texts, self._gateway)

    def _refuse(self, problem: str) -> None:
        self._gateway.refuse(problem)
        _log.error("the new policy is broken; %s stays in force:\n%s", self._gateway.engine.policy.revision, problem)

    def _fingerprint(self) -> Fingerprint:
        return tuple(_entry(path) for path in self._paths())

    def _paths(self) -> list[Path]:
        settings, resolve = self._loaded.settings, self._loaded.resolve
        if settings.bundle.file is not None:
            places = [resolve(settings.bundle.file), *(resolve(key) for key in settings.bundle.public_keys)]
        else:
            places = [policy_path(self._loaded)]
        places += [resolve(tenant.policies) for tenant in settings.tenants.values() if tenant.policies is not None]
        if settings.shadow.policies is not None:
            places.append(resolve(settings.shadow.policies))
        loadout = self._gateway.loadout
        if loadout is not None:
            read = (loadout.files, loadout.shadow_files, *loadout.tenant_files.values())
            places += [path for files in read if isinstance(files, FilesOnDisk) for path in files.paths]
        inside = [file for place in places if place.is_dir() for file in place.glob("*.yaml")]
        return sorted({*(place for place in places if not place.is_dir()), *inside})


def _entry(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return str(path), 0, 0, 0
    return str(path), found.st_mtime_ns, found.st_size, found.st_ino


def keep_texts(gateway: Gateway) -> None:
    """Keep the text of the policy in force beside the audit log; says in the log if it cannot."""
    try:
        gateway.keep_texts()
    except OSError as error:
        _log.error("the text of the policy could not be kept beside the audit log: %s", error.strerror)
