"""Settings of what data may be used for: the vendor register, and purposes with what each allows."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from gateway.core.identity import Name
from gateway.core.model import Purpose, Vendor, Zone
from gateway.settings.base import StrictModel

__all__ = ["PurposeSettings", "VendorSettings"]


class VendorSettings(StrictModel):
    """Who runs an upstream, and on what terms."""

    legal_entity: str = Field(min_length=1, max_length=200, description="the contract's other party")
    retention_days: int | None = Field(default=None, ge=0, description="how long it keeps requests; absent: not known")
    trains_on_data: bool = Field(description="whether it may train on requests")
    dpa: date | None = Field(default=None, description="date of the data-processing agreement; absent: there is none")

    def vendor(self, name: str) -> Vendor:
        """Return the vendor `name`."""
        return Vendor(
            name,
            self.legal_entity,
            self.retention_days,
            trains_on_data=self.trains_on_data,
            has_dpa=self.dpa is not None,
        )


class AllowedSettings(StrictModel):
    """Where data may go for a purpose. What is left out does not restrict, but for training, which must be allowed."""

    zones: list[Zone] = Field(default=[], description="zones; empty: any")
    regions: list[str] = Field(default=[], description="regions of upstreams; empty: any")
    vendors: list[str] = Field(
        default=[], description="vendors; empty: any. Local upstreams without a vendor are yours"
    )
    retention_days: int | None = Field(default=None, ge=0, description="longest retention of a vendor; absent: any")
    training: bool = Field(default=False, description="vendors that train on requests too")
    without_dpa: bool = Field(default=False, description="vendors without a data-processing agreement too")


class PurposeSettings(StrictModel):
    """What data is used for."""

    description: str = Field(min_length=1, max_length=500, description="in words that the person concerned understands")
    legal_basis: str = Field(min_length=1, max_length=200, description="such as contract, consent (GDPR, article 6)")
    allows: AllowedSettings = AllowedSettings()

    def purpose(self, name: Name) -> Purpose:
        """Return the purpose `name`."""
        allows = self.allows
        return Purpose(
            name,
            zones=tuple(allows.zones),
            regions=tuple(allows.regions),
            vendors=tuple(allows.vendors),
            retention_days=allows.retention_days,
            training=allows.training,
            without_dpa=allows.without_dpa,
        )
