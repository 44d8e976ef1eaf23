"""Settings: where traffic may go, who may ask, and where files are (`gateway.yaml`)."""

from gateway.settings.base import Address
from gateway.settings.load import PREFIX, Loaded, load, settings_from
from gateway.settings.model import AuditSettings, LimitSettings, Settings

__all__ = ["PREFIX", "Address", "AuditSettings", "LimitSettings", "Loaded", "Settings", "load", "settings_from"]
