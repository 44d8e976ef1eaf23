"""Becomes another program under limits (`python -I limited.py SECONDS BYTES PROGRAM …`): a script, no module.

Time, memory, no files written, and no core dump, which would hold the request (invariant 4).
"""

import os
import resource
import sys

if __name__ == "__main__":
    seconds, memory = map(int, sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    os.execvp(sys.argv[3], sys.argv[3:])  # noqa: S606 - arguments of our own, no shell
