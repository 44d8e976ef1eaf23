"""CEL, without the library's own command line.

`import cel` also imports its interactive shell and with it three terminal libraries, a tenth of a second that every
start of this program would pay for nothing. An empty module stands in for the shell while the library loads, and goes
again, so that whoever wants the shell can import it.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Final

__all__ = ["cel"]

_SHELL: Final = "cel.cli"

_stand_in = None if "cel" in sys.modules else sys.modules.setdefault(_SHELL, ModuleType(_SHELL))

import cel  # noqa: E402 - after the stand-in

if _stand_in is not None and sys.modules.get(_SHELL) is _stand_in:
    del sys.modules[_SHELL]
    del cel.cli
