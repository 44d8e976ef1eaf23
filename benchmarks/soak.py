"""Memory over many requests: `python -m benchmarks.soak --requests 1000000`. Linux; needs a C compiler.

The gateway with everything on serves distinct requests from 64 connections, whole and streamed by turns, against the
mock upstream. Its resident memory is read after each fiftieth part. Prints the growth over 100,000 requests, as the
slope of a line through what was read after the first fifth, when caches are full; ends with 1 if that is above
`--allowed`. `--short` sends texts of 200 characters rather than 1,000: a million then take a third of the time.
`--fast` puts a recognizer that costs nothing in the place of detection, to look at the rest alone.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.loaded import gateway, upstream

_PORT: Final = 9393
_CONNECTIONS: Final = 64
_PARTS: Final = 50
_CELLS: Final = ("1k", "1k-contact", "stream")
_SHORT: Final = ("short", "short-contact", "short-stream")
_FOR_EVER_S: Final = 10**6


def main() -> int:
    """Send, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1_000_000)
    parser.add_argument("--allowed", type=float, default=4.0, help="MiB a hundred thousand requests may add")
    parser.add_argument("--short", action="store_true", help="texts of 200 characters")
    parser.add_argument("--fast", action="store_true", help="without detection")
    parser.add_argument("--directory", type=Path, help="for the audit log, about 3 KB a request (default: temporary)")
    asked = parser.parse_args()
    begun = time.monotonic()
    sizes: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory(prefix="privacy-gateway-soak-", dir=asked.directory) as place:
        directory = Path(place)
        with upstream(directory), gateway(directory, _PORT, *(["--pointing"] if asked.fast else [])) as running:
            done = 0
            for part in range(_PARTS):
                wanted = asked.requests * (part + 1) // _PARTS - done
                if not wanted:
                    continue
                _distinct(directory, part, _SHORT if asked.short else _CELLS)
                cost, told = running.load("soak", _CONNECTIONS, n=wanted, d=_FOR_EVER_S)
                done += told["n"]
                sizes.append((done, running.resident_mib()))
                spent = time.monotonic() - begun
                print(
                    f"{done:>9} requests  {sizes[-1][1]:8.1f} MiB  {cost:6.3f} ms of CPU each  {spent:6.0f} s",
                    flush=True,
                )
    settled = [size for size in sizes if size[0] > done / 5]
    slope = statistics.linear_regression(*zip(*settled, strict=True)).slope * 100_000
    print(f"{slope:+.2f} MiB a 100,000 requests, allowed {asked.allowed:g}; {sizes[-1][1]:.1f} MiB at the end")
    return int(slope > asked.allowed)


def _distinct(directory: Path, part: int, cells: Sequence[str]) -> None:
    """Write the bodies of a part: the load generator counts requests in each, from one on in every part."""
    name = cells[part % len(cells)]
    bodies = (directory / f"{name}.ndjson").read_text("utf-8").replace("Ref ", f"Ref {part}, ")
    bodies = bodies.replace('"seed":20000', '"seed":0').replace('"max_tokens":64', '"max_tokens":16')  # no pauses
    (directory / "soak.ndjson").write_text(bodies, "utf-8")


if __name__ == "__main__":
    sys.exit(main())
