"""Traces and coverage → findings: one pipeline of plain rules, each testable alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.findings import bundle, clocks, listings, policies, repeats, steps, verdicts
from nbtrace.findings.common import Case, ClockTables, Finding
from nbtrace.findings.requests import requests
from nbtrace.findings.unseen import with_witnesses
from nbtrace.tables import FINDINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["RULES", "Case", "ClockTables", "Finding", "find", "requests", "with_causes", "with_witnesses"]

RULES: Final[tuple[Callable[[Case], Iterator[Finding]], ...]] = (
    clocks.wrong_zones,
    verdicts.failures,
    policies.pairs,
    listings.stopped,
    verdicts.overdue,
    verdicts.undetermined,
    listings.expected,
    listings.unclaimed,
    listings.disagreements,
    repeats.repeated,
    verdicts.gaps,
    steps.out_of_order,
    steps.slow,
    bundle.absent_logs,
    bundle.absent_hosts,
    bundle.early_ends,
    bundle.holes,
    steps.silent_logs,
    listings.whose,
    bundle.not_understood,
    clocks.assumed_zones,
    clocks.strange_offsets,
    clocks.skewed,
    clocks.dates,
    clocks.either_order,
    bundle.noticed,
)


def find(case: Case) -> pl.DataFrame:
    """Return the table ``findings``: what every rule has to say, in the order of the rules."""
    rows = [finding.row() for rule in RULES for finding in rule(case)]
    return FINDINGS.check(pl.DataFrame(rows, schema=dict(FINDINGS.schema), orient="row"))


def with_causes(images: pl.DataFrame, findings: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``images`` with ``cause``: the code of the first finding that explains a verdict."""
    explaining = findings.filter(
        pl.col("image_id").is_not_null() & pl.col("code").is_in(["NBT102", "NBT106", "NBT301", "NBT303"])
        | pl.col("code").str.starts_with("NBT2")
    )
    causes = explaining.group_by("image_id", maintain_order=True).agg(pl.col("code").first().alias("cause"))
    order = images.columns
    told = pl.col("verdict").is_in(["imported", "in_progress"])
    joined = images.drop("cause").join(causes, on="image_id", how="left", maintain_order="left")
    return joined.with_columns(cause=pl.when(told).then(None).otherwise(pl.col("cause"))).select(order)
