"""Compiles the package's `*.pyx` where they lie, when the gateway is installed or `make setup` finds them changed.

Each of them has a twin in Python that finds the same: without a C compiler the gateway works, and is slower. So a
failure to compile is told and never fails an installation. Cython, because it reads like the rest, checks the bounds of
what it is given, and lets go of the GIL.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
_FLAGS = ["-O3", "-fno-math-errno", "-g0"]
_DIRECTIVES = {
    "language_level": 3,
    "boundscheck": True,
    "wraparound": False,
    "cdivision": True,
    "embedsignature": True,
    "show_performance_hints": False,
}


def compile_in_place(root: Path = ROOT) -> list[Path]:
    """Compile every `.pyx` of the package beside its source; return the libraries.

    Raises:
        Exception: whatever Cython or the compiler says; there are too many kinds to name.
    """
    from Cython.Build import cythonize
    from setuptools import Distribution, Extension
    from setuptools.command.build_ext import build_ext

    sources = sorted((root / "gateway").rglob("*.pyx"))
    names = [".".join(source.relative_to(root).with_suffix("").parts) for source in sources]
    extensions = [
        Extension(name, [str(source)], extra_compile_args=[] if sys.platform == "win32" else _FLAGS)
        for name, source in zip(names, sources, strict=True)
    ]
    build = root / "build"
    modules = cythonize(extensions, build_dir=str(build), compiler_directives=_DIRECTIVES, quiet=True)
    command = build_ext(Distribution({"name": "privacy-gateway", "ext_modules": modules}))
    command.build_temp = str(build)
    command.build_lib = str(root)
    command.ensure_finalized()
    command.run()
    return [root / command.get_ext_filename(name) for name in names]


class CustomBuildHook(BuildHookInterface[Any]):
    """Hatchling's hook: makes the wheel one for this platform if anything could be compiled."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before the wheel (or the editable install) is put together."""
        del version
        problem = attempt(Path(self.root))
        if problem:
            self.app.display_warning(problem)
        else:
            build_data["pure_python"] = False
            build_data["infer_tag"] = True


def attempt(root: Path = ROOT) -> str:
    """Compile; return what to tell if that failed, else nothing."""
    try:
        compile_in_place(root)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - see the header: never fails an installation
        return f"Not compiled ({error}): the gateway works, and needs several times the CPU."
    return ""


if __name__ == "__main__":
    sys.exit(attempt() or None)
