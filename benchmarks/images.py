"""Measure how an analysis grows with the number of images, phase by phase.

    python benchmarks/images.py                              # 1,000, 10,000 and 100,000 images
    python benchmarks/images.py --images 1000 5000 --seed 7

The simulator plays nights with batches of up to 250 images (import-flow.md §4, U: the most a job takes). Every night is
analysed by a process of its own, reports and CSV files included. It tells what its phases took in seconds of the processor,
all its threads together: whatever else the machine does counts little. The peak of its memory is that of the operating
system. Printed are time and memory for each image, and by which power each phase grows from one night to the next larger
one. Exit status 1 where a phase that counts grows faster than n log n.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tempfile
from math import log
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, Final
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bars import exponent
from contenders import launched, warm
from rich.console import Console
from rich.table import Table

from nbtrace.analysis import Options as Wanted
from nbtrace.analysis import analyze
from nbtrace.report.csv_files import write_csv
from nbtrace.report.terminal import View, console, show
from nbtrace.simulator import SCENARIOS, Options, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["allowed", "analyse", "growth", "main", "night"]

SIZES: Final = (1_000, 10_000, 100_000)
BATCH: Final = (2, 250)
COUNTS_FROM_S: Final = 1.0  # a shorter phase is start-up and chance: its growth says nothing
TOLERANCE: Final = 0.1  # of an exponent: two runs of the same differ by so much
ZONE: Final = "UTC"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure every size, print the tables, and return the exit status."""
    parser = argparse.ArgumentParser(description="Measure how an analysis grows with the number of images.")
    parser.add_argument("--images", type=int, nargs="+", default=list(SIZES), help="how many images, ascending")
    parser.add_argument("--seed", type=int, default=20261120)
    parser.add_argument("--dialect", default="plain")
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)  # analyse this bundle and print its phases
    wanted = parser.parse_args(arguments)
    if wanted.one is not None:
        sys.stdout.write(json.dumps(analyse(wanted.one)) + "\n")
        return 0
    printer = Console(width=160, highlight=False)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for images in sorted(wanted.images):
            bundle = Path(folder) / f"images-{images}"
            night(bundle, images, seed=wanted.seed, dialect=wanted.dialect)
            rows.append(_measured(bundle, images))
    printer.print(_table(rows))
    fast = [name for name, power, seconds in growth(rows) if seconds >= COUNTS_FROM_S and power > allowed(rows)]
    printer.print(f"n log n would be {allowed(rows) - TOLERANCE:.2f}; faster than that: {', '.join(fast) or 'nothing'}")
    return 1 if fast else 0


def night(out: Path, images: int, *, seed: int, dialect: str = "plain") -> None:
    """Write a bundle with that many images, in batches of up to 250."""
    batch = SCENARIOS["imported_batch"]
    SCENARIOS["imported_batch"] = batch._replace(images=BATCH, before_end_h=2.5)  # so many images take their time
    try:
        simulate(out, Options(images=images, seed=seed, dialect=dialect, zones=(ZONE,), noise=0.2))
    finally:
        SCENARIOS["imported_batch"] = batch


def analyse(bundle: Path) -> dict[str, Any]:
    """Analyse a bundle as the command does; return its number of images and the processor's seconds of each phase."""
    with patch("nbtrace.analysis.time.perf_counter", process_time):
        result = analyze([bundle], Wanted(tz=ZONE))
    begun = process_time()
    show(result, console(color=False, file=io.StringIO(), width=80), View())
    shown = process_time()
    with tempfile.TemporaryDirectory() as folder:
        write_csv(result, Path(folder))
    phases = {**result.phases, "report": shown - begun, "csv": process_time() - shown}
    return {"images": result.images.height, "phases": {name: round(spent, 4) for name, spent in phases.items()}}


def _measured(bundle: Path, images: int) -> dict[str, Any]:
    """Analyse a bundle in a process of its own; return its images, phases, ``wall_s`` and ``peak_mb``."""
    warm(bundle)
    answer = bundle.with_name(f"{bundle.name}.json")
    command = (sys.executable, __file__, "--one", str(bundle))
    taken, problem = launched(command, answer)
    if taken["status"]:
        raise RuntimeError(f"The analysis of {images} images ended with {taken['status']}: {problem[-300:]}")
    told = json.loads(answer.read_text(encoding="utf-8"))
    if told["images"] != images:
        raise RuntimeError(f"Of {images} images {told['images']} were found.")
    return {**taken, **told}


def growth(rows: Sequence[dict[str, Any]]) -> list[tuple[str, float, float]]:
    """Return for each phase, and for all together, by which power it grows between the last two sizes, and its seconds."""
    if len(rows) < 2:  # noqa: PLR2004 — two points make a line
        return []
    before, last = rows[-2:]
    sizes = [before["images"], last["images"]]
    powers = [
        (name, exponent(sizes, [max(before["phases"][name], 1e-4), max(seconds, 1e-4)]), seconds)
        for name, seconds in last["phases"].items()
    ]
    return [*powers, ("all", exponent(sizes, [before["cpu_s"], last["cpu_s"]]), last["cpu_s"])]


def allowed(rows: Sequence[dict[str, Any]]) -> float:
    """Return by which power n log n grows between the last two sizes, with some tolerance."""
    sizes = [row["images"] for row in rows[-2:]]
    return exponent(sizes, [size * log(size) for size in sizes]) + TOLERANCE


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    """Return time and memory of every size, and what its phases took; the last line is the growth."""
    table = Table(title="ever more images in one night", title_justify="left")
    names = list(rows[0]["phases"])
    for title in (
        "images",
        "wall s",
        "cpu s",
        "ms an image",
        "peak MB",
        "KB an image",
        *(f"{name} s" for name in names),
    ):
        table.add_column(title, justify="right")
    for row in rows:
        count = row["images"]
        table.add_row(
            f"{count:,}",
            f"{row['wall_s']:.1f}",
            f"{row['cpu_s']:.1f}",
            f"{row['cpu_s'] * 1e3 / count:.2f}",
            f"{row['peak_mb']:.0f}",
            f"{row['peak_mb'] * 1e3 / count:.1f}",
            *(f"{row['phases'][name]:.2f}" for name in names),
        )
    if powers := {name: power for name, power, _ in growth(rows)}:
        memory = exponent([row["images"] for row in rows[-2:]], [row["peak_mb"] for row in rows[-2:]])
        shown = [None, powers["all"], None, memory, None, *(powers[name] for name in names)]
        table.add_row("power", *("" if power is None else f"{power:.2f}" for power in shown))
    return table


if __name__ == "__main__":
    sys.exit(main())
