"""Measure how fast nbtrace is, beside other ways to read the same logs.

    python benchmarks/speed.py                           # 1 GB, three runs, everybody
    python benchmarks/speed.py --gb 8                    # and how it grows
    python benchmarks/speed.py --many-images 100000      # a night with that many images

Writes a bundle as large as that of a busy night (``filler.py``), lets every contender read it in turn, several times,
and prints medians and the bars that they are held against. The raw results go to ``benchmarks/results/``. Exit status
1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bars import BARS, exponent, figures
from contenders import NAMES, Contender, Run, contenders, help_of_nbtrace, run, warm
from filler import GB, Filled, make, night
from forms import FORMS
from results import Measured, save
from rich.console import Console
from rich.table import Table

from nbtrace.simulator import simulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["main"]

RESULTS: Final = Path(__file__).resolve().parent / "results"
LARGE: Final = ("nbtrace", "rg", "wc")  # who reads the large bundle
STEPS: Final = (0.1, 0.3, 1.0)  # of many images
HELP_RUNS: Final = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print and save what was measured, and return the exit status."""
    wanted = _arguments(arguments)
    console = Console(width=150, highlight=False)
    measured = Measured()
    judged = wanted.gb >= 1  # in a small bundle, starting Python counts for more than reading logs
    with _folder(wanted.keep) as work:
        if wanted.many_images:
            name = f"{wanted.many_images}-images"
            measured.grown = _grow(wanted.many_images, work, console)
        else:
            name = f"{wanted.gb:g}gb"
            base = min(1.0, wanted.gb)
            measured.filled, measured.runs = _measure(work / "bundle", base, wanted, wanted.contenders, console)
            measured.runs |= _rounds([help_of_nbtrace()], HELP_RUNS, work)
            if wanted.gb > base:
                names = [name for name in wanted.contenders if name in LARGE]
                _, measured.large = _measure(work / "large", wanted.gb, wanted, names, console)
            measured.figures = figures(measured.runs, measured.large, wanted.gb / base)
            console.print(_bars(measured.figures, judged=judged))
        print(f"raw results: {save(wanted.results, name, measured, work).name}")
    known = measured.figures
    return int(judged and any(bar.name in known and not bar.reached(known[bar.name]) for bar in BARS))


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Measure how fast nbtrace is, beside other ways to read the same logs."
    )
    parser.add_argument("--gb", type=float, default=1.0, help="size of the bundle; above 1, 1 GB is measured, too")
    parser.add_argument(
        "--images", type=int, help="imported images in it (default: so that 0.5 %% of the lines are theirs)"
    )
    parser.add_argument("--runs", type=int, default=3, help="runs of each contender (default: 3)")
    parser.add_argument(
        "--contenders", nargs="+", choices=NAMES, default=list(NAMES), metavar="NAME", help=", ".join(NAMES)
    )
    parser.add_argument("--many-images", type=int, metavar="N", help="measure N/10, 3N/10 and N images instead")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="write the bundles into this new folder and leave them there"
    )
    parser.add_argument("--results", type=Path, metavar="DIR", default=RESULTS, help="where the raw results go")
    return parser.parse_args(arguments)  # fmt: skip


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give a folder for bundles: a passing one, unless it is to be kept."""
    if keep is not None:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep.resolve()
    else:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)


def _measure(
    bundle: Path, gb: float, wanted: argparse.Namespace, names: Sequence[str], console: Console
) -> tuple[Filled, dict[str, Run]]:
    """Write one bundle, let the contenders of these names read it, and print what they took."""
    images = wanted.images if wanted.images is None else round(wanted.images * gb / min(1.0, wanted.gb))
    filled = make(bundle, round(gb * GB), images=images)
    console.print(_mix(filled))
    warm(bundle)
    scratch = bundle.with_name(f"{bundle.name}-scratch")
    scratch.mkdir(exist_ok=True)
    runs = _rounds([one for one in contenders(bundle, scratch) if one.name in names], wanted.runs, scratch)
    console.print(_table(runs, filled))
    return filled, runs


def _rounds(taking_part: Sequence[Contender], count: int, scratch: Path) -> dict[str, Run]:
    """Let the contenders run in turn, ``count`` times; those that fail once are left out from then on."""
    runs = {one.name: Run(one, trouble=one.missing) for one in taking_part}
    for _ in range(count):
        for each in (each for each in runs.values() if not each.trouble):
            try:
                each.taken.append(run(each.contender, scratch))
            except RuntimeError as error:
                each.trouble = str(error)
    return runs


def _grow(images: int, work: Path, console: Console) -> list[dict[str, Any]]:
    """Measure nights with ever more images and nothing else; print time and memory for each image."""
    grown: list[dict[str, Any]] = []
    for number in (round(images * step) for step in STEPS):
        bundle = work / f"images-{number}"
        simulate(bundle, night(number))
        warm(bundle)
        one = next(one for one in contenders(bundle, work) if one.name == "nbtrace")
        grown.append({"images": number, **run(one, work)})
    table = Table(title="one night, ever more images", title_justify="left")
    for title in ("images", "time s", "ms an image", "peak MB", "KB an image"):
        table.add_column(title, justify="right")
    for row in grown:
        each = row["wall_s"] * 1000 / row["images"], row["peak_mb"] * 1000 / row["images"]
        table.add_row(
            f"{row['images']:,}", f"{row['wall_s']:.1f}", f"{each[0]:.2f}", f"{row['peak_mb']:.0f}", f"{each[1]:.1f}"
        )
    console.print(table)
    powers = [
        exponent([row["images"] for row in grown], [row[name] for row in grown]) for name in ("wall_s", "peak_mb")
    ]
    console.print(f"time grows with the images to the power of {powers[0]:.2f}, peak memory of {powers[1]:.2f}")
    return grown


def _mix(filled: Filled) -> str:
    """Say what the bundle holds."""
    size, lines = filled.bytes.total(), filled.lines.total()
    mix = "; ".join(
        f"{form} {filled.bytes[form] / size:.0%} of bytes, {filled.lines[form] / lines:.0%} of lines, {filled.files[form]} files"
        for form in FORMS
    )
    return (
        f"{size / GB:.3g} GB, {lines:,} lines of {size / lines:.0f} bytes, {filled.images:,} images, "
        f"{filled.import_share:.2%} of the lines are of imports\n{mix}"
    )


def _table(runs: Mapping[str, Run], filled: Filled) -> Table:
    """Return what each contender took; those that could not run are named with the reason."""
    table = Table(title=f"on {filled.bytes.total() / GB:.3g} GB", title_justify="left")
    for title in ("contender", "what it does"):
        table.add_column(title)
    for title in ("median s", "processor s", "MB/s", "nbtrace = 1", "peak MB", "runs"):
        table.add_column(title, justify="right")
    base = runs["nbtrace"].wall_s if "nbtrace" in runs else None
    for name, each in runs.items():
        if each.trouble or each.wall_s is None:
            table.add_row(name, f"left out: {each.trouble}")
            continue
        cells = (
            f"{'~' if each.contender.estimates else ''}{each.wall_s:.2f}",
            "" if each.cpu_s is None else f"{each.cpu_s:.2f}",
            "" if name == "lnav-legacy" else f"{filled.bytes.total() / 1e6 / each.wall_s:.0f}",
            "" if base is None else f"{each.wall_s / base:.2f}",
            f"{each.peak_mb:.0f}",
            str(len(each.taken)),
        )
        table.add_row(name, each.contender.does, *cells)
    return table


def _bars(measured: Mapping[str, float], *, judged: bool) -> Table:
    """Return each bar with what was measured."""
    table = Table(title="bars", title_justify="left")
    table.add_column("what")
    for title in ("bar", "measured"):
        table.add_column(title, justify="right")
    table.add_column("")
    for bar in BARS:
        value = measured.get(bar.name)
        verdict = "not measured" if value is None else "reached" if bar.reached(value) else "MISSED"
        verdict = verdict if judged else "not judged below 1 GB"
        table.add_row(bar.name, str(bar), "" if value is None else f"{value:.3g}", verdict)
    return table


if __name__ == "__main__":
    sys.exit(main())
