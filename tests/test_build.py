"""What an installation compiles, and what it does where it cannot."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def built(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "hatch_build.py", tmp_path)
    source = tmp_path / "gateway" / "detect" / "_places.pyx"
    source.parent.mkdir(parents=True)
    shutil.copy(ROOT / "gateway" / "detect" / "_places.pyx", source)
    return subprocess.run(
        [sys.executable, "hatch_build.py"],
        cwd=tmp_path,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_without_a_c_compiler_the_installation_goes_on_and_says_what_it_costs(tmp_path: Path) -> None:
    run = built(tmp_path, CC="/nowhere/cc")
    assert "the gateway works, and needs several times the CPU" in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(tmp_path.rglob("*.so"))


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler")
def test_what_is_compiled_lies_beside_its_source(tmp_path: Path) -> None:
    run = built(tmp_path)
    assert run.returncode == 0, run.stderr
    assert [path.parent for path in tmp_path.glob("gateway/**/_places.*.so")] == [tmp_path / "gateway" / "detect"]
