"""Which steps a message can show at all: those of its daemon, between what is known to come before and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from nbtrace.flows import Flow

__all__ = ["possible", "with_clocks"]

_MOSTLY: Final = 0.9  # I: clocks of two hosts may differ, and a late line is no wonder
_ATTEMPT: Final = ("image_id", "attempt")
_SHAPE: Final = ("daemon", "shape")


def with_clocks(rows: pl.DataFrame, logs: pl.DataFrame) -> pl.DataFrame:
    """Add ``clock`` (String): records of the same clock can be compared; all true ones are one, an assumed zone is its own."""
    assumed = pl.when(pl.col("zone_source") == "assumed").then("host").otherwise(pl.lit(""))
    clocks = logs.select("path", clock=assumed).unique("path")
    return rows.join(clocks, on="path", how="left", maintain_order="left")


def possible(said: pl.DataFrame, rows: pl.DataFrame, flow: Flow) -> dict[tuple[str, str], tuple[int, ...]]:
    """Return for each shape of a daemon the steps that it can show, in order; shapes without any are left out.

    Args:
        said: the records of imported images in question, with their shapes.
        rows: all records: what is known of them for sure stands before and after those in question.
        flow: the process flow.
    """
    certain = rows.filter(
        pl.col("strength").is_in(["strong", "record"])
        & pl.col("step").is_not_null()
        & ~pl.col("outcome").is_in(["failed", "retry"])
        & pl.col("time").is_not_null()
    )
    begun = certain.group_by(*_ATTEMPT, "clock", known="step").agg(begun=pl.col("time").min())
    first = (
        said.filter(pl.col("time").is_not_null())
        .group_by(*_SHAPE, *_ATTEMPT, "clock")
        .agg(time=pl.col("time").min(), named=(pl.col("bound") == "named").all())
    )
    between = (
        first.join(begun, on=[*_ATTEMPT, "clock"], how="left")
        .group_by(*_SHAPE, *_ATTEMPT)
        .agg(
            named=pl.col("named").first(),
            low=pl.col("known").filter(pl.col("begun") < pl.col("time")).max().fill_null(1),
            high=pl.col("known").filter(pl.col("begun") > pl.col("time")).min().fill_null(len(flow.step)),
        )
    )
    steps = pl.DataFrame(
        _steps(flow), schema={"daemon": pl.String, "step": pl.Int8, "by_name": pl.Boolean}, orient="row"
    )
    fits = (pl.col("step") >= pl.col("low")) & (pl.col("step") <= pl.col("high"))
    likely = (
        between.join(steps, on="daemon")
        .group_by(*_SHAPE, "step")
        .agg(share=fits.mean(), named=pl.col("named").all(), by_name=pl.col("by_name").first())
        .filter((pl.col("share") >= _MOSTLY) & (pl.col("named") | ~pl.col("by_name")))
        .group_by(*_SHAPE)
        .agg(pl.col("step").sort())
    )
    return {(daemon, shape): tuple(found) for daemon, shape, found in likely.iter_rows()}


def _steps(flow: Flow) -> list[tuple[str, int, bool]]:
    """Return who may speak of which step, and whether the image must be named then.

    By a rule of evidence that hangs on more than the place in a run, as its witness, or as one that may know of it.
    """
    found: dict[tuple[str, int], bool] = {}
    for step in flow.step:
        for speaker in (*step.witnesses, *step.also):
            found[speaker, step.number] = False
        for rule in step.evidence:
            if not (rule.opening or rule.ending or rule.failing):
                found[rule.speaker, step.number] = rule.names == "image"
    return [(speaker, number, by_name) for (speaker, number), by_name in found.items()]
