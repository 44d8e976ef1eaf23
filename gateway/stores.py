"""Who asks, and what outlives a request: identity and stores as the settings want them.

In memory for one process; where the settings name a shared server, several gateways count and keep together.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.adapters.exposure import MemoryExposure, SharedExposure
from gateway.adapters.identity import Authenticator, KeyRing, MemoryLimits, Peers, SharedLimits
from gateway.adapters.vault import MemoryStore, SharedStore, SqliteStore, Vault
from gateway.core.errors import ConfigurationError, Problem, VaultError
from gateway.core.exposure import ExposureStore
from gateway.core.identity import LimitStore
from gateway.core.state import VaultStore
from gateway.settings import Loaded

__all__ = ["authenticator_of", "open_exposure", "open_request_limits", "open_vault"]


def authenticator_of(loaded: Loaded, told: Callable[[str], None]) -> Authenticator | None:
    """Return what tells who asks, by the settings.

    Args:
        loaded: the settings.
        told: called when the file of API keys was read again, with what is wrong with it; empty: nothing.

    Raises:
        ConfigurationError: if the file of API keys is wrong, or gives purposes that are not declared.
    """
    settings = loaded.settings.identity
    if settings is None:
        return None
    keys = peers = tokens = fetch = None
    if settings.api_keys is not None:
        file = loaded.resolve(settings.api_keys.file)
        keys = KeyRing(file, told=told)
        problems = [
            Problem(str(file), 0, f"key {entry.name}: the purpose `{name}` is not declared", "a name in `purposes`")
            for entry in keys.entries
            for name in entry.identity().purposes
            if loaded.purposes and name not in loaded.purposes
        ]
        if problems:
            raise ConfigurationError(problems)
    if settings.oidc:
        from gateway.adapters.identity.jwks import HttpFetch, Jwks
        from gateway.adapters.identity.tokens import TokenVerifier

        fetch = HttpFetch()
        tokens = TokenVerifier([(issuer, Jwks(issuer, fetch)) for issuer in settings.oidc])
    if settings.mtls is not None:
        peers = Peers(settings.mtls.spiffe_trust_domain, {peer.id: peer.identity() for peer in settings.mtls.peers})
    return Authenticator(
        keys=keys,
        tokens=tokens,
        peers=peers,
        viewers=settings.admin.viewers,
        auditors=settings.admin.auditors,
        fetch=fetch,
    )


def open_exposure(loaded: Loaded) -> ExposureStore:
    """Return what counts how much was told of each person: of this process, or shared by several."""
    if loaded.redis_url is None:
        return MemoryExposure()
    return SharedExposure(loaded.redis_url, loaded.settings.budgets.timeout_seconds)


def open_request_limits(loaded: Loaded) -> LimitStore:
    """Return what counts requests against limits: of this process, or shared by several."""
    if loaded.limits_url is None:
        return MemoryLimits()
    return SharedLimits(loaded.limits_url, loaded.settings.request_limits.timeout_seconds, loaded.key)


def open_vault(loaded: Loaded) -> Vault:
    """Return the vault by the settings.

    Raises:
        ConfigurationError: if its store cannot be opened.
    """
    settings = loaded.settings.vault
    store: VaultStore
    try:
        if settings.store == "sqlite":
            store = SqliteStore(loaded.resolve(settings.path), settings.max_ids)
        elif settings.store == "redis" and loaded.vault_url is not None:
            store = SharedStore(loaded.vault_url, settings.timeout_seconds, settings.max_ids)
        else:
            store = MemoryStore(settings.max_ids)
    except VaultError as error:
        raise ConfigurationError([Problem("vault.path", 0, str(error), mend="see docs/state.md")]) from None
    return Vault(store, loaded.key, settings.ttl_seconds)
