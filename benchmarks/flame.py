"""A flame graph of the gateway under load, as SVG. Run: `python -m benchmarks.flame [FILE.svg]` (after `make peers`).

The gateway is the one that `benchmarks.peers` measures, at 1 KB and 64 connections; `py-spy` samples it from outside,
200 times a second, C extensions as the Python lines that called them. Widths are shares of the time
that a thread ran Python.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from benchmarks.peers.bodies import write
from benchmarks.peers.processes import settle
from benchmarks.peers.servers import HERE, LOAD_CORE, SERVERS, TOOLS, started

_SECONDS: Final = 20
_WARM_S: Final = 3


def main() -> int:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=Path("docs/flame.svg"))
    target = parser.parse_args().file.resolve()
    for name in ("load", "mock"):
        subprocess.run(["cc", "-O2", "-o", TOOLS / name, HERE / f"{name}.c"], check=True)
    with tempfile.TemporaryDirectory(prefix="privacy-gateway-flame-") as place:
        directory = Path(place)
        write(directory)
        with started(SERVERS["mock"], directory), started(SERVERS["ours"], directory) as gateway:
            bodies = directory / "1k-contact.ndjson"
            command = ["taskset", "-c", LOAD_CORE, TOOLS / "load", "-u", gateway.url, "-c", "64", "-b", bodies]
            settle(gateway.pids)
            subprocess.run([*command, "-d", str(_WARM_S)], check=True, capture_output=True)
            load = subprocess.Popen([*command, "-d", str(_SECONDS + 4)], stdout=subprocess.DEVNULL)
            spy = [TOOLS / "profiler/bin/py-spy", "record", "--pid", str(gateway.pids[0]), "--rate", "200"]
            subprocess.run([*spy, "--duration", str(_SECONDS), "--function", "--gil", "--output", target], check=True)
            load.wait()
    drawn = target.read_text(encoding="utf-8")
    # The title is the command, with paths of this machine.
    drawn = re.sub(r'(<text id="title"[^>]*>)[^<]*', r"\1privacy-gateway: 1 KB, 64 connections", drawn)
    target.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
