"""Where exposure budgets are counted: in this process, or in Redis or Valkey for all replicas together."""

from gateway.adapters.exposure.memory import MemoryExposure
from gateway.adapters.exposure.shared import SharedExposure

__all__ = ["MemoryExposure", "SharedExposure"]
