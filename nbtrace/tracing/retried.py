"""Failures that may not be the last word: a later attempt of which only a log would tell that did not listen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from nbtrace.flows import Flow
    from nbtrace.tracing.attempts import Attempts
    from nbtrace.tracing.judging import Judged
    from nbtrace.tracing.windows import Windows
    from nbtrace.tracing.witnesses import Witnesses

__all__ = ["with_unseen"]


def with_unseen(
    judged: Judged, attempts: Attempts, flow: Flow, windows: Windows, witnesses: Witnesses
) -> tuple[Judged, Attempts]:
    """Add an attempt without a verdict to images whose job failed, where nobody can tell whether they are tried again.

    Until a job names it, only who makes the batches tells of a retry. Where his log does not listen from the failure to
    the end, a retry may be under way; after ``retry_s`` of the flow it would have come to a job, which other logs show.
    The new attempt is marked ``perhaps``: what comes before the first job is done once, all else of it is unseen. It
    keeps ``failed_step`` and ``status_code`` of the one that failed, which is what is known.
    """
    tries = judged.tries.with_columns(perhaps=pl.lit(value=False))
    over = pl.max_horizontal("failure_time", "end_time", "activity")
    last = pl.col("trial") == pl.col("trial").max().over("image_id")
    stays = (pl.col("verdict") == "imported").any().over("image_id")
    recent = pl.lit(windows.until()) < over + pl.duration(seconds=flow.retry_s)
    failed = tries.filter(last & ~stays & (pl.col("verdict") == "failed") & pl.col("job_id").is_not_null() & recent)
    failed = failed.filter(~witnesses.batches(failed, over))
    if failed.is_empty():
        return replace(judged, tries=tries), attempts
    new = pl.col("trial") + 1  # free: see ``attempts.numbered``
    first = flow.first_job_step
    facts = ["image_id", "attempt", "trial", "began", "named_media", "failed_step", "status_code"]
    begun = failed.select(facts).with_columns(
        trial=new,
        attempt=pl.col("attempt") + 1,
        verdict=pl.lit("undetermined"),
        next=pl.lit("unseen"),
        in_time=pl.lit(value=True),
        perhaps=pl.lit(value=True),
        has_failure=pl.lit(value=False),
        passed=pl.lit(first - 1, pl.Int8),
    )
    states = judged.states.join(failed.select("trial"), on="trial", how="semi").with_columns(
        trial=new, state=pl.when(pl.col("step") < first).then("state").otherwise(pl.lit("unseen"))
    )
    seen = attempts.seen.filter(pl.col("step") < first).join(failed.select("trial"), on="trial", how="semi")
    heard = attempts.heard.join(failed.select("trial"), on="trial", how="semi")
    order = tries.columns
    tries = pl.concat([tries, begun], how="diagonal_relaxed").select(order).sort("trial")
    return (
        replace(judged, tries=tries, states=pl.concat([judged.states, states]).sort("trial", "step")),
        replace(
            attempts,
            seen=pl.concat([attempts.seen, seen.with_columns(trial=new)]),
            heard=pl.concat([attempts.heard, heard.with_columns(trial=new)]),
        ),
    )
