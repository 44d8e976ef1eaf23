"""A new policy while requests run: watched, built beside, swapped in whole; the last good one stays if it is broken.

The engine is one immutable object. A request takes it once, when it is planned, and keeps it to its end, its record
included; so a swap needs no lock and drops nothing. Files are looked at by content of their directory entry (time,
size, inode), which also sees the swapped symlinks of a Kubernetes ConfigMap. A change counts only when two looks in a
row see the same: an editor or a copy that is half done is not a policy.

What was adopted is known by what the files were just before they were read. Seen afterwards, a change that came while
they were read or compiled, or while the gateway started, would pass for adopted, and the policy it replaced would stay
in force. For the same reason a worker in a dead one's place looks at them anew: its parent has those of the start.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from gateway.adapters.policy_files import FileState, state_of
from gateway.assembly import Gateway, check_results
from gateway.core.errors import ConfigurationError
from gateway.loadout import Loadout, arrange, bundle_files, policy_path, unshared_budgets
from gateway.settings import Loaded

__all__ = ["PolicyWatch", "keep_texts", "latest"]

_log = logging.getLogger("privacy_gateway")

States = dict[Path, FileState]


class PolicyWatch:
    """Watches the files that the policy of `gateway` comes from."""

    def __init__(self, gateway: Gateway, loaded: Loaded) -> None:
        self._gateway = gateway
        self._loaded = loaded
        self._seen = _states(loaded, gateway.loadout)
        self._adopted = _adopted(gateway.loadout, self._seen, {})

    async def run(self) -> None:
        """Look every `reload_seconds`, until cancelled."""
        pause = self._loaded.settings.reload_seconds
        while pause and self._gateway.loadout is not None:
            await asyncio.sleep(pause)
            await self.look()

    async def look(self) -> None:
        """Look once; load what changed and has stayed the same since the last look. Never raises."""
        now = await asyncio.to_thread(_states, self._loaded, self._gateway.loadout)
        settled, self._seen = now == self._seen, now
        if now == self._adopted or not settled:
            return
        self._adopted = now
        try:
            loadout = await asyncio.to_thread(_arranged, self._loaded, self._gateway.loadout)
        except ConfigurationError as error:
            self._refuse(str(error))
        except Exception as error:  # noqa: BLE001 - whatever fails, the policy in force stays in force
            self._refuse(type(error).__name__)
        else:
            await self._adopt(loadout)
            self._seen = await asyncio.to_thread(_states, self._loaded, loadout)
            self._adopted = _adopted(loadout, self._seen, now)

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


def latest(loaded: Loaded, loadout: Loadout) -> Loadout:
    """Return what the files say now, for a worker that begins; `loadout` where they say the same, or are broken.

    Where they are broken, the watch says so soon.
    """
    now = _states(loaded, loadout)
    if not loaded.settings.reload_seconds or _adopted(loadout, now, {}) == now:
        return loadout
    try:
        return _arranged(loaded, loadout)
    except ConfigurationError:
        return loadout


def _arranged(loaded: Loaded, before: Loadout | None) -> Loadout:
    """Arrange anew.

    Raises:
        ConfigurationError: as `arrange`, and if a gateway could not start with what is new.
    """
    loadout = arrange(loaded, before)
    check_results(loaded, loadout.engine)
    problems = unshared_budgets(loaded, loadout)
    if problems:
        raise ConfigurationError(problems)
    return loadout


def _adopted(loadout: Loadout | None, seen: States, before: States) -> States:
    """Return what `loadout` knows of the files that are `seen` after it was made; of others nothing, so they are new.

    Args:
        loadout: what was made.
        seen: the files to watch.
        before: what they were before it was made, for those that are there and were not read.
    """
    known = before | (loadout.states if loadout is not None else {})
    return {path: known[path] for path in seen if path in known}


def _states(loaded: Loaded, loadout: Loadout | None) -> States:
    """Return what the files are now that a policy by `loaded` comes from, and those that `loadout` was made of."""
    settings, resolve = loaded.settings, loaded.resolve
    places = bundle_files(loaded) or [policy_path(loaded)]
    places += [resolve(tenant.policies) for tenant in settings.tenants.values() if tenant.policies is not None]
    if settings.shadow.policies is not None:
        places.append(resolve(settings.shadow.policies))
    if loadout is not None:
        places += loadout.states
    inside = [file for place in places if place.is_dir() for file in place.glob("*.yaml")]
    return {path: state_of(path) for path in (*(place for place in places if not place.is_dir()), *inside)}


def keep_texts(gateway: Gateway) -> None:
    """Keep the text of the policy in force beside the audit log; says in the log if it cannot."""
    try:
        gateway.keep_texts()
    except OSError as error:
        _log.error("the text of the policy could not be kept beside the audit log: %s", error.strerror)
