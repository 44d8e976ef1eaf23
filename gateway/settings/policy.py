"""Settings of what decides: the bundle, the candidate in its shadow, the stores of budgets and limits."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.base import SecretReference, StrictModel

__all__ = ["BudgetSettings", "BundleSettings", "RequestLimitSettings", "ShadowSettings"]


class BundleSettings(StrictModel):
    """A signed bundle of policies and packs, in the place of `policies` and of the packs in `classifiers`."""

    file: Path | None = Field(default=None, description="made by policy bundle make; absent: policies from files")
    public_keys: list[Path] = Field(
        default=[], description="PEM files of Ed25519 public keys; a signature by one of them is enough"
    )
    require_signed: bool = Field(default=True, description="refuse a bundle that none of the keys signed")
    minimum_serial: int = Field(
        default=0, ge=0, description="refuse a bundle with a lower serial: earlier ones that were signed stay out"
    )

    @model_validator(mode="after")
    def _keys_to_check_with(self) -> BundleSettings:
        if self.file is not None and self.require_signed and not self.public_keys:
            raise PydanticCustomError(
                "no_public_keys",
                "names a bundle and no key to check it with",
                {"expected": "`public_keys`", "mend": "name a public key, or set require_signed: false"},
            )
        return self


class ShadowSettings(StrictModel):
    """A candidate policy that decides beside the one in force; only its differences are recorded."""

    policies: Path | None = Field(default=None, description="a directory or file; absent: no shadow")


class RequestLimitSettings(StrictModel):
    """Where rate limits and quotas are counted."""

    redis_url: SecretReference | None = Field(
        default=None, description="redis:// or rediss:// URL, shared by replicas; absent: counted in this process"
    )
    timeout_seconds: float = Field(
        default=0.5, gt=0, le=30, description="past this the store counts as down, and requests are answered 503"
    )


class BudgetSettings(StrictModel):
    """Where exposure budgets are counted."""

    redis_url: SecretReference | None = Field(
        default=None, description="redis:// or rediss:// URL, shared by replicas; absent: counted in this process"
    )
    timeout_seconds: float = Field(
        default=0.5, gt=0, le=30, description="past this the store counts as down, and the stricter route is taken"
    )
