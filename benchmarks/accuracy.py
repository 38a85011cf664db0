"""Measure how true the verdicts are, on simulated bundles whose truth is known.

    python benchmarks/accuracy.py --images 100 --seed 20261120

Every dialect of the simulator is played in every variant below. A measured image is one row of a frame; every figure
that is printed is a sum over those rows. Exit status 1 where a bar of the project is missed.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from rich.console import Console
from rich.table import Table

from nbtrace.analysis import analyze
from nbtrace.simulator import BUNDLE_SCENARIOS, SCENARIOS, Options, Truth, dialect_names, simulate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.tables import Result

__all__ = ["BARS", "VARIANTS", "main", "measure", "overall", "play", "table"]

EVERYTHING: Final = tuple(SCENARIOS)
GAPS: Final = ("M", "O")

# What differs between the bundles of one dialect. Names with a leading `no_` lack logs.
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "full": {},
    "full_2": {},
    "windows": {"windows": True},
    "raw_only": {"printed": (), "zones": ("Asia/Kolkata",)},
    "small_files": {"log_kb": 64, "skew_s": 1.0},
    "quiet": {"heartbeat_s": 900.0},
    "skewed": {"skew_s": 120.0, "zones": ("Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland")},
    "clock_change": {
        "start": datetime(2026, 10, 24, 19, tzinfo=UTC),
        "zones": ("Europe/Berlin", "Europe/London", "UTC"),
    },
    **{name: {"scenarios": (name, *EVERYTHING)} for name in BUNDLE_SCENARIOS},
    **{
        f"no_{part}_log": {"without": (part,)}
        for part in ("nbstserv", "nbpem", "nbjm", "nbrb", "nbemm", "admin", "nbrmms", "bpdm", "bptm", "media2")
    },
}

# The figures that the overall line is held against: column of `overall`, least value, most value.
BARS: Final[tuple[tuple[str, float, float], ...]] = (
    ("found", 100.0, 100.0),
    ("noise", 0, 0),
    ("verdict", 99.0, 100.0),
    ("failed_step", 97.0, 100.0),
    ("false_gaps", 0, 0),
)


@dataclass(frozen=True, slots=True)
class Case:
    """One simulated bundle: its dialect, its variant and its seed."""

    dialect: str
    variant: str
    seed: int
    images: int = 100


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
        rows = pl.concat([play(case, Path(folder) / f"{case.dialect}-{case.variant}") for case in cases])
    for title in ("dialect", "variant", "scenario"):
        console.print(_printable(table(rows, title), title))
    for row in _wrong(rows).head(wanted.wrong).iter_rows(named=True):
        console.print(" ".join(f"{key}={value}" for key, value in row.items()), markup=False, soft_wrap=True)
    whole = overall(rows)
    missed = [name for name, least, most in BARS if not least <= whole[name] <= most]
    for name, least, most in BARS:
        bar = f"{least:g} or more" if most != least else f"{least:g}"
        console.print(f"{name:12} {whole[name]:8.6g}   bar: {bar:12} {'MISSED' if name in missed else 'kept'}")
    return 1 if missed else 0


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measure how true the verdicts are, on simulated bundles.")
    parser.add_argument("--images", type=int, default=100, help="images of each bundle (default: 100)")
    parser.add_argument("--seed", type=int, help="repeat a run: the seed that it printed")
    parser.add_argument("--dialect", action="append", choices=dialect_names(), help="these only; may be repeated")
    parser.add_argument("--variant", action="append", choices=list(VARIANTS), help="these only; may be repeated")
    parser.add_argument("--wrong", type=int, default=20, help="how many wrong images to show (default: 20)")
    parsed = parser.parse_args(arguments)
    parsed.dialect = parsed.dialect or dialect_names()
    parsed.variant = parsed.variant or list(VARIANTS)
    return parsed


def play(case: Case, folder: Path) -> pl.DataFrame:
    """Simulate one bundle into a new folder, analyse it, and return the measured rows (see ``measure``)."""
    options = Options(images=case.images, seed=case.seed, dialect=case.dialect, **VARIANTS[case.variant])
    truth = simulate(folder, options)
    rows = measure(truth, analyze([folder]))  # nobody says the zones: they are found
    return rows.with_columns(
        dialect=pl.lit(case.dialect), variant=pl.lit(case.variant), seed=pl.lit(case.seed, pl.Int64)
    )


def measure(truth: Truth, result: Result) -> pl.DataFrame:
    """Compare what was found with what is true: one row for each image of either.

    ``scenario`` is that of the truth; ``noise`` for an image id of ordinary work and ``unknown`` for one that the truth
    does not know. Boolean columns say what is right; they are null where the question does not arise (the status code
    of an image that did not fail, or any but the verdict where this is ``cautious``).
    """
    true = pl.DataFrame(
        [{name: getattr(image, name) for name in ("image_id", "scenario", *_COMPARED)} for image in truth.images],
        schema={"image_id": pl.String, "scenario": pl.String} | _COMPARED,
        orient="row",
    )
    noise = pl.col("image_id").is_in(truth.noise_ids)
    both = true.join(
        result.images.select("image_id", *_COMPARED), on="image_id", how="full", coalesce=True, suffix="_found"
    ).filter(~pl.col("image_id").is_in(truth.invisible_ids))
    both = both.with_columns(
        known=pl.col("scenario").is_not_null(),
        found=pl.col("scenario").is_not_null() & pl.col("verdict_found").is_not_null(),
        scenario=pl.coalesce("scenario", pl.when(noise).then(pl.lit("noise")).otherwise(pl.lit("unknown"))),
        full=pl.lit(not truth.removed_logs),
    )
    cautious = (pl.col("verdict_found") == "undetermined") & (pl.col("verdict") != "undetermined") & ~pl.col("full")
    both = both.with_columns(cautious=cautious.fill_null(value=False))
    asked = pl.col("known") & ~pl.col("cautious")
    stopped = asked & (pl.col("failed_step").is_not_null() | pl.col("failed_step_found").is_not_null())
    questions = {
        "verdict": asked,
        "failed_step": stopped,
        "status_code": asked & (pl.col("verdict") == "failed"),
        "cause": asked & pl.col("cause").is_not_null(),
        "job_ids": pl.col("known"),
        "step_states": asked,
    }
    letters = [(pl.col("step_states").str.slice(n, 1), pl.col("step_states_found").str.slice(n, 1)) for n in range(8)]
    return both.with_columns(
        *(
            pl.when(applies).then(pl.col(name).eq_missing(pl.col(f"{name}_found"))).alias(f"{name}_right")
            for name, applies in questions.items()
        ),
        false_gaps=pl.sum_horizontal(
            (found.is_in(GAPS) & ~true.is_in(GAPS)).fill_null(value=False) for true, found in letters
        ),
        missed_gaps=pl.sum_horizontal(
            (true.is_in(GAPS) & ~found.is_in(GAPS)).fill_null(value=False) for true, found in letters
        ),
    )


_COMPARED: Final[dict[str, Any]] = {
    "verdict": pl.String,
    "failed_step": pl.Int8,
    "status_code": pl.Int32,
    "cause": pl.String,
    "job_ids": pl.List(pl.Int64),
    "step_states": pl.String,
}


def _figures() -> list[pl.Expr]:
    """Return the figures over measured rows: counts, and shares in percent of those where the question arises."""
    share = [pl.col(f"{name}_right").mean().mul(100).alias(name) for name in _COMPARED]
    return [
        pl.col("known").sum().alias("images"),
        pl.col("found").filter("known").mean().mul(100).alias("found"),
        (pl.col("scenario") == "noise").sum().alias("noise"),
        (pl.col("scenario") == "unknown").sum().alias("unknown"),
        *share,
        pl.col("false_gaps", "missed_gaps", "cautious").sum(),
    ]


def table(rows: pl.DataFrame, by: str) -> pl.DataFrame:
    """Return the figures for each value of a column: dialect, variant or scenario."""
    return rows.group_by(by, maintain_order=True).agg(_figures())


def overall(rows: pl.DataFrame) -> dict[str, float]:
    """Return the figures over all measured rows."""
    return rows.select(_figures()).row(0, named=True)


def _printable(figures: pl.DataFrame, title: str) -> Table:
    printed = Table(title=f"by {title}", title_justify="left")
    for name in figures.columns:
        printed.add_column(name.replace("_", " "), justify="left" if name == title else "right")
    for row in figures.iter_rows():
        printed.add_row(
            *("" if value is None else f"{value:.1f}" if isinstance(value, float) else str(value) for value in row)
        )
    return printed


def _wrong(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the images of which something that a bar asks for is wrong."""
    wrong = ~pl.col("found") | ~pl.col("verdict_right") | ~pl.col("failed_step_right") | (pl.col("false_gaps") > 0)
    shown = ["verdict", "failed_step", "status_code", "step_states"]
    pairs = [name for column in shown for name in (column, f"{column}_found")]
    return rows.filter(wrong.fill_null(value=False)).select(
        "dialect", "variant", "seed", "scenario", "image_id", *pairs
    )


if __name__ == "__main__":
    sys.exit(main())
