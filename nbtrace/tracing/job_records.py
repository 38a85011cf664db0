"""Job records that listings hold → the table of jobs: the record's word beside what logs tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from nbtrace.tables import JOBS

if TYPE_CHECKING:
    from nbtrace.flows import Flow

__all__ = ["jobs_of"]


def jobs_of(jobs: pl.DataFrame, facts: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the table ``jobs`` with what the job records of the target say: their times, server and SLP, and jobs without images."""
    records = facts.filter(
        (pl.col("side") == "target") & (pl.col("fact") == "job") & (pl.col("job_type") == flow.job_type)
    )
    if records.is_empty():
        return jobs
    told = records.sort("until", nulls_last=False).group_by("job_id", maintain_order=True).last()
    told = told.select("job_id", "slp", "media_server", "status_code", "state", start_time="time", end_time="until")
    done = pl.col("state") == "done"
    told = told.with_columns(
        status_code=pl.when(done).then("status_code"),
        state=pl.when(done | (pl.col("state") == "active")).then("state").otherwise(pl.lit("queued")),
    )
    both = jobs.join(told, on="job_id", how="full", coalesce=True, suffix="_told")
    end = pl.coalesce("end_time_told", "end_time")
    start = pl.min_horizontal("start_time_told", "start_time")
    return JOBS.shape(
        both.with_columns(
            type=pl.coalesce("type", pl.lit(flow.name)),
            attempt=pl.coalesce("attempt", pl.lit(1, pl.Int32)),
            images=pl.coalesce("images", pl.lit([], JOBS.schema["images"])),
            state=pl.coalesce("state", "state_told"),
            status_code=pl.coalesce("status_code", "status_code_told"),
            slp=pl.coalesce("slp", "slp_told"),
            media_server=pl.coalesce("media_server", "media_server_told"),
            start_time=start,
            end_time=end,
            elapsed_s=pl.coalesce((end - start).dt.total_milliseconds() / 1000, "elapsed_s"),
        ).sort("start_time", "job_id", nulls_last=True)
    )
