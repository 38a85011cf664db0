"""Measure how true the verdicts are, on simulated bundles whose truth is known.

    python benchmarks/accuracy.py --images 100 --seed 20261120
    python benchmarks/accuracy.py --dialect terse --variant holes --wrong 50
    python benchmarks/accuracy.py --remove-each-log --images 60

Every dialect of the simulator is played in every variant of ``variants.py``. A measured image is one row of a frame;
every figure that is printed is a sum over those rows. Exit status 1 where a bar of the project is missed.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl
import scoring
from rich.console import Console
from rich.table import Table
from variants import VARIANTS, Case, zones_of

from nbtrace.analysis import Options as Wanted
from nbtrace.analysis import analyze
from nbtrace.errors import NothingReadableError
from nbtrace.simulator import dialect_names, simulate
from nbtrace.tables import COVERAGE, EVIDENCE, FINDINGS, IGNORED, IMAGES, JOBS, LOGS, STEPS, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nbtrace.simulator import ImageTruth, Truth

__all__ = ["BARS", "Measured", "main", "play", "remove_each"]

# Held against the weakest dialect: name, least value, most value. Never moved to fit a result.
BARS: Final[tuple[tuple[str, float, float], ...]] = (
    ("found", 100, 100),
    ("spurious", 0, 0),
    ("verdict", 99.5, 100),
    ("failed_step", 98, 100),
    ("cause", 98, 100),
    ("step_states", 97, 100),
    ("false_gaps", 0, 0),
    ("missed_gaps_%", 0, 1),
    ("zones_right_%", 100, 100),
    ("zones_false", 0, 0),
    ("skews_right_%", 100, 100),
)
_BY: Final = ("dialect", "variant", "scenario")
_LETTERS_ONLY: Final = "U"  # what a step may become where a log goes


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured: ``images`` has one row an image, ``clocks`` one a bundle."""

    images: pl.DataFrame
    clocks: pl.DataFrame


def main(arguments: Sequence[str] | None = None) -> int:
    """Play all cases, print the tables, and return the exit status."""
    wanted = _arguments(arguments)
    seed = secrets.randbelow(10**6) * 1000 if wanted.seed is None else wanted.seed
    console = Console(width=200, highlight=False)
    console.print(f"seed {seed}, {wanted.images} images a bundle")
    cases = [
        Case(dialect, variant, seed + number, wanted.images)
        for number, (dialect, variant) in enumerate((d, v) for d in wanted.dialect for v in wanted.variant)
    ]
    with tempfile.TemporaryDirectory() as folder:
        if wanted.remove_each_log:
            return _report_removed(console, cases, Path(folder), wanted.wrong)
        measured = [play(case, Path(folder) / f"{case.dialect}-{case.variant}") for case in cases]
    rows = Measured(*(pl.concat(getattr(each, name) for each in measured) for name in ("images", "clocks")))
    return _report(console, rows, wanted.wrong)


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how true the verdicts are, on simulated bundles.")
    parser.add_argument("--images", type=int, default=100, help="images of each bundle (default: 100)")
    parser.add_argument("--seed", type=int, help="repeat a run: the seed that it printed")
    parser.add_argument("--dialect", action="append", choices=dialect_names(), help="these only; may be repeated")
    parser.add_argument("--variant", action="append", choices=list(VARIANTS), help="these only; may be repeated")
    parser.add_argument("--wrong", type=int, default=20, help="how many wrong images to show (default: 20)")
    parser.add_argument(
        "--remove-each-log",
        action="store_true",
        help="take each log out of a bundle in turn (variant full): what is still said must not become wrong",
    )
    parsed = parser.parse_args(arguments)
    parsed.dialect = parsed.dialect or dialect_names()
    parsed.variant = parsed.variant or (["full"] if parsed.remove_each_log else list(VARIANTS))
    return parsed


def play(case: Case, folder: Path) -> Measured:
    """Simulate one bundle into a new folder, analyse it, and return what was measured."""
    truth, result = _analysed(case, folder)
    images = scoring.images(truth, result)
    about = {"dialect": case.dialect, "variant": case.variant}
    counts = scoring.clocks(scoring.zones(truth, result), scoring.skews(truth, result), told=case.told)
    return Measured(
        _with_commands(images, case, truth).with_columns(pl.lit(value).alias(name) for name, value in about.items()),
        pl.DataFrame([about | counts]),
    )


def _analysed(case: Case, folder: Path) -> tuple[Truth, Result]:
    truth = simulate(folder, case.options)
    try:
        return truth, analyze([folder], Wanted(host_tz=zones_of(truth) if case.told else ()))
    except NothingReadableError:  # then nothing is found
        empty = [each.empty() for each in (LOGS, IGNORED, COVERAGE, IMAGES, JOBS, STEPS, EVIDENCE, FINDINGS)]
        return truth, Result("", *empty)


def _with_commands(images: pl.DataFrame, case: Case, truth: Truth) -> pl.DataFrame:
    """Add the commands that show a wrong image again."""
    wrong = images.filter(scoring.wrong())["image_id"].to_list()
    commands = {image: case.commands(truth, image) for image in wrong}
    again = pl.col("image_id").replace_strict(commands, default=None, return_dtype=pl.String)
    return images.with_columns(again=again)


def _report(console: Console, rows: Measured, wrong: int) -> int:
    """Print what was measured, and return the exit status."""
    for title in _BY:
        table = rows.images.group_by(title, maintain_order=True).agg(scoring.figures())
        console.print(_printable(table, f"by {title}"))
    clocks = _clocks(rows.clocks, "variant").filter(pl.any_horizontal(pl.selectors.integer() > 0))
    if not clocks.is_empty():
        console.print(_printable(clocks, "zones and skews, by variant"))
    _show_wrong(console, rows.images, wrong)
    whole = _overall(rows, "dialect")
    missed = []
    for name, least, most in BARS:
        values = whole[name].drop_nulls()
        bar = f"{least:g} or more" if most == 100 else f"{most:g} or less"  # noqa: PLR2004 - percent
        worst = None if values.is_empty() else values.max() if least == 0 else values.min()
        if worst is None:
            console.print(f"{name:14} {'not offered':>12}   bar: {bar}")
            continue
        if not least <= worst <= most:
            missed.append(name)
        console.print(f"{name:14} {worst:12.6g}   bar: {bar:14} {'MISSED' if name in missed else 'kept'}")
    return 1 if missed else 0


def _overall(rows: Measured, by: str) -> pl.DataFrame:
    """Return the figures that the bars are about, for each value of a column."""
    table = rows.images.group_by(by, maintain_order=True).agg(scoring.figures())
    table = table.join(_clocks(rows.clocks, by), on=by, how="left", maintain_order="left")
    asked = pl.when(pl.col("zones_claimed") > 0).then(pl.col("zones_asked"))
    return table.with_columns(
        (pl.col("missed_gaps") / pl.when(pl.col("gaps") > 0).then(pl.col("gaps")) * 100).alias("missed_gaps_%"),
        (pl.col("zones_right") / asked * 100).alias("zones_right_%"),
        (pl.col("skews_right") / pl.when(pl.col("skews_stated") > 0).then(pl.col("skews_stated")) * 100).alias(
            "skews_right_%"
        ),
    )


def _clocks(clocks: pl.DataFrame, by: str) -> pl.DataFrame:
    return clocks.group_by(by, maintain_order=True).agg(pl.selectors.integer().sum())


def _show_wrong(console: Console, images: pl.DataFrame, count: int) -> None:
    """Print the images of which something that a bar asks for is wrong: in how many ways, and how to see them again."""
    shown = ["verdict", "failed_step", "status_code", "cause", "step_states"]
    rows = images.filter(scoring.wrong())
    if rows.is_empty() or not count:
        return
    ways = rows.group_by("variant", "scenario", "verdict", "verdict_found", "step_states", "step_states_found").len("n")
    console.print(
        _printable(ways.sort("n", descending=True).head(count), f"the wrong ones ({rows.height}), by their way")
    )
    for row in rows.sort("false_gaps", descending=True).head(count).iter_rows(named=True):
        pairs = [f"{name}={row[name]}→{row[f'{name}_found']}" for name in shown if row[name] != row[f"{name}_found"]]
        head = [row["dialect"], row["variant"], row["scenario"], row["image_id"], *pairs]
        console.print(" ".join(head), markup=False, soft_wrap=True)
        console.print(f"    {row['again']}", markup=False, soft_wrap=True)


def _printable(figures: pl.DataFrame, title: str) -> Table:
    printed = Table(title=title, title_justify="left")
    for name, dtype in figures.schema.items():
        printed.add_column(name.replace("_", " "), justify="right" if dtype.is_numeric() else "left")
    for row in figures.iter_rows():
        printed.add_row(
            *("" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value) for value in row)
        )
    return printed


# Each log taken out in turn.


def remove_each(case: Case, folder: Path) -> Iterator[pl.DataFrame]:
    """Take each log out of a bundle in turn, and yield the images of which something wrong is then said.

    Right is what is true of the full bundle, ``undetermined``, and for a step ``unseen``: a log less can never make
    something else true. An image that no other log names may be gone.
    """
    whole, _ = _analysed(case, folder / "full")
    true = {image.image_id: image for image in whole.images}
    for number, place in enumerate(f"{log['host']}/{log['log']}" for log in whole.logs):
        less = replace(case, without=(place,))
        truth, result = _analysed(less, folder / str(number))
        gone = {image: "gone" for image in true if image not in truth.invisible_ids}
        rows = []
        for found in result.images.iter_rows(named=True):
            gone.pop(found["image_id"], None)
            image = true.get(found["image_id"])
            faults = ["spurious"] if image is None else list(_faults(image, found))
            rows += [(found["image_id"], fault) for fault in faults]
        rows += gone.items()
        frame = pl.DataFrame(rows, schema={"image_id": pl.String, "fault": pl.String}, orient="row")
        commands = {image: less.commands(truth, image) for image, _ in rows}
        yield (
            frame.with_columns(
                dialect=pl.lit(case.dialect),
                removed=pl.lit(place.partition("/")[2]),
                images=pl.lit(result.images.height),
                again=pl.col("image_id").replace_strict(commands, default=None, return_dtype=pl.String),
            )
            if rows
            else frame.with_columns(
                dialect=pl.lit(""), removed=pl.lit(""), images=pl.lit(0), again=pl.lit(None, pl.String)
            )
        )


def _faults(image: ImageTruth, found: dict[str, object]) -> Iterator[str]:
    """Yield what of a found image contradicts the truth of the full bundle."""
    names = ("verdict", "failed_step", "status_code", "cause")
    for name in names if found["verdict"] != "undetermined" else ():  # its cause is what is not there
        value, right = found[name], getattr(image, name)
        if value not in {right, None}:
            yield f"{name} {right}→{value}"
    true, states = image.step_states, str(found["step_states"])
    for step, (right, state) in enumerate(zip(true, states, strict=True), 1):
        if state not in {right, _LETTERS_ONLY}:
            yield f"step {step} {right}→{state}"


def _report_removed(console: Console, cases: Iterable[Case], folder: Path, wrong: int) -> int:
    """Print what becomes wrong where a log is taken out, and return the exit status."""
    frames = [frame for n, case in enumerate(cases) for frame in remove_each(case, folder / str(n))]
    faults = pl.concat(frames).filter(pl.col("dialect") != "")
    console.print(f"{len(frames)} bundles with a log less: {faults['image_id'].len()} wrong statements")
    if not faults.is_empty():
        console.print(_printable(faults.group_by("removed", "fault").len("n").sort("n", descending=True), "by log"))
        for row in faults.unique("image_id", maintain_order=True).head(wrong).iter_rows(named=True):
            console.print(f"{row['dialect']} {row['fault']} {row['image_id']}", markup=False, soft_wrap=True)
            console.print(f"    {row['again']}", markup=False, soft_wrap=True)
    return 0 if faults.is_empty() else 1


if __name__ == "__main__":
    sys.exit(main())
