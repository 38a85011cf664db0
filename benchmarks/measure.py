"""Run one command and say what it took; a program of its own, because a child's peak memory counts from its parent's.

    python -I -S measure.py OUTPUT COMMAND…

Writes the command's standard output to the file OUTPUT and one line of JSON to its own: wall_s, cpu_s, peak_mb, status.
The peak is that of the largest process the command started; this launcher itself (some 10 MB) is the least it can see.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time

_WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC


def main(output: str, *command: str) -> None:
    """Run the command and print what it took."""
    program = shutil.which(command[0])
    if program is None:
        sys.exit(f"{command[0]} is not installed.")
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, output, _WRITE, 0o600),
    ]
    start = time.perf_counter()
    child = os.posix_spawn(program, command, os.environ, file_actions=actions)
    _, status, used = os.wait4(child, 0)
    wall = time.perf_counter() - start
    unit = 1_000_000 if sys.platform == "darwin" else 1000 / 1.024  # bytes there, units of 1024 bytes elsewhere
    taken = {
        "wall_s": round(wall, 4),
        "cpu_s": round(used.ru_utime + used.ru_stime, 4),
        "peak_mb": round(used.ru_maxrss / unit, 1),
        "status": os.waitstatus_to_exitcode(status),
    }
    sys.stdout.write(json.dumps(taken) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
