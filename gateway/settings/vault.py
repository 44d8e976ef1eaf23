"""Settings of the vault: where it is kept what upstreams keep for callers, and for how long."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.base import SecretReference, StrictModel

__all__ = ["VaultSettings"]


class VaultSettings(StrictModel):
    """What the gateway remembers of ids that upstreams made, such as `previous_response_id` and `file_id`."""

    store: Literal["memory", "sqlite", "redis"] = Field(
        default="memory",
        description="memory (forgotten with a restart, one replica), sqlite (one machine), redis (all replicas)",
    )
    path: Path = Field(default=Path("vault.sqlite"), description="the file of `store: sqlite`; made when missing")
    url: SecretReference | None = Field(
        default=None, description="redis:// or rediss:// URL of `store: redis`; Valkey is as good"
    )
    ttl_seconds: float = Field(
        default=30 * 86_400, ge=1, le=3660 * 86_400, description="how long an id is remembered after its last use"
    )
    max_ids: int = Field(default=100_000, ge=1, description="ids of one tenant; beyond, its oldest are forgotten")
    timeout_seconds: float = Field(
        default=1, gt=0, le=30, description="past this redis counts as down, and requests with such ids are refused"
    )

    @model_validator(mode="after")
    def _the_store_has_an_address(self) -> VaultSettings:
        if self.store == "redis" and self.url is None:
            raise PydanticCustomError(
                "no_vault_url",
                "names no store",
                {"expected": "`url`", "mend": "add url: {env: REDIS_URL}, or use another store"},
            )
        return self
