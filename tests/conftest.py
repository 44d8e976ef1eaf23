"""Settings of the test tools that hold everywhere."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("everywhere", deadline=None)  # no test asserts how long something takes
settings.load_profile("everywhere")
