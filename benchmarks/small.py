"""Measure how an analysis grows with the number of small logs.

    python benchmarks/small.py                           # 400 and 4,000 logs of one line each
    python benchmarks/small.py --logs 4000 --lines 20

Each log is one day of one daemon on one host, half of them legacy logs and half raw unified ones. None speaks of an
import: what is measured is what it costs to begin with a log.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from contenders import launched, nbtrace, warm

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["main", "write"]

OWNERS: Final = tuple(zip((0, 111, 0, 116, 0, 117), ("bpdbm", "", "bpdm", "", "bptm", ""), strict=True))
HOSTS: Final = 20
FIRST: Final = datetime(2026, 10, 1, tzinfo=UTC)
APART: Final = timedelta(seconds=7)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure each number of logs and print what it took."""
    parser = argparse.ArgumentParser(description="Measure how an analysis grows with the number of small logs.")
    parser.add_argument("--logs", type=int, nargs="+", default=[400, 4000])
    parser.add_argument("--lines", type=int, default=1, help="lines of each log (default: 1)")
    wanted = parser.parse_args(arguments)
    print(f"{'logs':>7} {'wall s':>7} {'cpu s':>7} {'ms a log':>9} {'peak MB':>8}")
    for count in wanted.logs:
        with tempfile.TemporaryDirectory() as folder:
            bundle = Path(folder) / "bundle"
            write(bundle, count, wanted.lines)
            warm(bundle)
            taken, problem = launched(nbtrace(bundle, "--no-cache"), Path(folder) / "answer")
            if taken["status"]:
                raise RuntimeError(f"The analysis of {count} logs ended with {taken['status']}: {problem[-300:]}")
        each = taken["wall_s"] * 1000 / count
        print(f"{count:7,} {taken['wall_s']:7.1f} {taken['cpu_s']:7.1f} {each:9.2f} {taken['peak_mb']:8.0f}")
    return 0


def write(bundle: Path, count: int, lines: int) -> None:
    """Write so many logs of so many lines: of every host and day one of each daemon."""
    for number, (day, host, (owner, name)) in enumerate(product(range(count), range(HOSTS), OWNERS)):
        if number == count:
            break
        begin = FIRST + timedelta(days=day, seconds=number % 3600)
        times = [begin + APART * line for line in range(lines)]
        if owner:
            file = f"logs/51216-{owner}-{host}-{begin:%y%m%d}-0000000000.log"
            text = "".join(
                f"0,51216,{owner},{owner},1,{time.timestamp() * 1000:.0f},{number},90,0:,4:idle,1:f,1\n"
                for time in times
            )
        else:
            file = f"netbackup/logs/{name}/root.{begin:%m%d%y}_00001.log"
            text = "".join(f"{time:%H:%M:%S}.000 [{number}] <2> {name}: idle\n" for time in times)
        path = bundle / f"host{host}" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
