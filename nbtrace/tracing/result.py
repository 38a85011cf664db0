"""Judgements → the tables steps, images and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from nbtrace.tables import IMAGES, JOBS, STATE_LETTERS, STEPS
from nbtrace.tracing.attempts import FACTS
from nbtrace.tracing.numbering import job_ids

if TYPE_CHECKING:
    from nbtrace.flows import Flow
    from nbtrace.tracing.attempts import Attempts
    from nbtrace.tracing.judging import Judged

__all__ = ["images_table", "jobs_table", "steps_table"]


def steps_table(judged: Judged, attempts: Attempts, flow: Flow) -> pl.DataFrame:
    """Return the table ``steps``: every step of every attempt of every image, with what shows it."""
    names = {step.number: step.name for step in flow.step}
    state, step = pl.col("state"), pl.col("step")
    sure = state.is_in(["done", "failed"])
    rows = (
        judged.states.join(_shown(judged, attempts, flow), on=["trial", "step"], how="left", maintain_order="left")
        .join(judged.tries.select("trial", "image_id", "attempt", "job_id"), on="trial", maintain_order="left")
        .with_columns(proven=step.filter(sure).max().over("trial"))
        .with_columns(
            # When the step before ended: of a failed step only its beginning is known.
            ended=pl.when(state != "failed").then("last").forward_fill().shift(1).over("trial"),
            implied=(state == "done") | ((state != "missing") & (step < pl.col("proven"))).fill_null(value=False),
        )
    )
    return STEPS.shape(
        rows.select(
            *("image_id", "attempt", "step", "state", "host", "daemon", "pid", "line"),
            job_ids(pl.col("job_id")),
            name=step.replace_strict(names, return_dtype=pl.String),
            strength=pl.coalesce("strength", pl.when("implied").then(pl.lit("implied")).otherwise(pl.lit(""))),
            start_time="first",
            end_time="last",
            wait_s=_seconds(pl.col("first") - pl.col("ended")),
            duration_s=_seconds(pl.col("last") - pl.col("first")),
            evidence_count=pl.col("count").fill_null(0),
            source="path",
        )
    )


def _shown(judged: Judged, attempts: Attempts, flow: Flow) -> pl.DataFrame:
    """Return what shows the steps that are done or failed: ``trial``, ``step`` and the ``FACTS``."""
    done = judged.states.filter(pl.col("state") == "done").select("trial", "step")
    seen = attempts.seen.select("trial", "step", *FACTS).join(done, on=["trial", "step"], how="semi")
    also = [
        (step.number, speaker, rank) for step in flow.step[:-1] for rank, speaker in enumerate(step.also)
    ]  # who may have shown a step in words that nobody knows
    frame = pl.DataFrame(also, {"step": pl.Int8, "speaker": pl.String, "rank": pl.Int64}, orient="row")
    maybe = (
        done.join(seen, on=["trial", "step"], how="anti")
        .join(frame, on="step")
        .join(attempts.vague, on=["trial", "speaker"])
        .sort("trial", "step", "rank")
        .group_by("trial", "step", maintain_order=True)
        .first()
    )
    strength = pl.when(pl.col("failure_code").is_null()).then(pl.lit("weak")).otherwise(pl.lit("strong"))
    failed = judged.tries.filter((pl.col("verdict") == "failed") & pl.col("has_failure")).select(
        "trial",
        pl.col("failed_step").alias("step"),
        *(pl.col(f"failure_{name}").alias(name) for name in ("host", "daemon", "pid", "path", "line")),
        first="failure_time",
        last="failure_time",
        count=pl.lit(1, pl.UInt32),
        strength=strength.cast(seen.schema["strength"]),
    )
    order = ["trial", "step", *FACTS]
    return pl.concat([seen.select(order), maybe.select(order), failed.select(order)])


def _first(evidence: pl.LazyFrame, key: str, name: str) -> pl.LazyFrame:
    """Return the first value of a column of each group that has one: few records have."""
    return evidence.select(key, name).filter(pl.col(name).is_not_null()).group_by(key, maintain_order=True).first()


def _seconds(span: pl.Expr) -> pl.Expr:
    return (span.dt.total_milliseconds() / 1000).round(3)  # a division by a constant is a product, and not exact


def images_table(judged: Judged, attempts: Attempts, evidence: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the table ``images`` without ``cause``.

    The last attempt decides, unless one before it has imported the image: then it is in the catalog. An attempt of which
    no job is known decides only while it is in its time: what it came to nobody can tell.
    """
    times = evidence.lazy().select("image_id", "time").group_by("image_id")
    facts = times.agg(
        evidence_count=pl.len().cast(pl.UInt32), first_time=pl.col("time").min(), last_time=pl.col("time").max()
    ).collect()
    for name in ("slp", "source_primary", "media_server"):
        facts = facts.join(_first(evidence.lazy(), "image_id", name).collect(), on="image_id", how="left")
    facts = facts.rename({"media_server": "told_media"})
    letters = judged.states.group_by("trial", maintain_order=True).agg(
        step_states=pl.col("state").replace_strict(STATE_LETTERS, return_dtype=pl.String).str.join("")
    )
    trial, verdict = pl.col("trial"), pl.col("verdict")
    sure = pl.col("job_id").is_not_null() | pl.col("in_time").fill_null(value=False)
    decides = pl.coalesce(
        trial.filter(verdict == "imported").min().over("image_id"),
        trial.filter(sure).max().over("image_id"),
        trial.max().over("image_id"),
    )
    decisive = judged.tries.filter(pl.col("trial") == decides).drop("attempt", "job_id")
    tried = judged.tries.group_by("image_id").agg(
        job_ids=job_ids(pl.col("job_id").drop_nulls()), attempts=(~pl.col("perhaps")).sum()
    )
    frame = (
        decisive.join(tried, on="image_id")
        .join(letters, on="trial")
        .join(_hosts(attempts, flow), on="trial", how="left")
        .join(facts, on="image_id", how="left")
    )
    epoch = pl.col("image_id").str.extract(r"_([0-9]{10})$", 1).cast(pl.Int64)
    frame = frame.with_columns(
        last_step="passed",
        client=pl.col("image_id").str.extract(r"^(.*)_[0-9]{10}$", 1),
        backup_time=pl.from_epoch(epoch * 1000, "ms").dt.replace_time_zone("UTC"),
        media_server=pl.coalesce("media_server", "told_media"),
        elapsed_s=_seconds(pl.col("last_time") - pl.col("first_time")),
    )
    return IMAGES.shape(frame.sort("first_time", "image_id", nulls_last=True))


def _hosts(attempts: Attempts, flow: Flow) -> pl.DataFrame:
    """Return where each attempt was worked on: ``primary`` and ``media_server``, the hosts of those who spoke of it first."""
    columns = {"primary": "primary", "media": "media_server"}  # by role; a media server is one where processes ran
    speaks = pl.col("speaker")
    return attempts.heard.group_by("trial").agg(
        pl.col("host")
        .filter(
            speaks.is_in([each.name for each in flow.speaker if each.role == role and (each.runs or role == "primary")])
        )
        .first()
        .alias(column)
        for role, column in columns.items()
    )


def jobs_table(attempts: Attempts, evidence: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the table ``jobs``: every import job with its images and its end."""
    tries = attempts.tries.filter(pl.col("job_id").is_not_null())
    numbers = tries.group_by("job_id").agg(pl.col("attempt").last())
    ended = tries.filter(pl.col("end_status").is_not_null()).group_by("job_id")
    ends = ended.agg(status_code=pl.col("end_status").last(), end_time=pl.col("end_time").last())
    first = next(step.number for step in flow.step if "job" in step.carries)  # where a job comes in
    movers = [speaker.name for speaker in flow.speaker if speaker.role == "media" and speaker.runs]
    job, step = pl.col("job_id"), pl.col("step")
    running = pl.when("begun").then(pl.lit("active")).otherwise(pl.lit("queued"))
    of_jobs = evidence.lazy().filter(job.is_not_null() & (step.is_null() | (step >= first)))
    hosts = of_jobs.filter(pl.col("daemon").is_in(movers)).select("job_id", mover_host="host")
    found = [
        of_jobs.select("job_id", images="image_id").unique().group_by("job_id").agg(pl.col("images").sort()),
        hosts.group_by("job_id", maintain_order=True).first(),
        *(_first(of_jobs, "job_id", name) for name in ("media_server", "storage_server", "disk_volume", "slp")),
    ]
    # One after the other: all records are repeated in the groups of each column.
    times = of_jobs.select("job_id", "time", begun=step > first).group_by("job_id")
    frame = times.agg(start_time=pl.col("time").min(), last=pl.col("time").max(), begun=pl.col("begun").any()).collect()
    for table in found:
        frame = frame.join(table.collect(), on="job_id", how="left")
    frame = (
        frame.with_columns(media_server=pl.coalesce("mover_host", "media_server"))
        .join(numbers, on="job_id", how="left")
        .join(ends, on="job_id", how="left")
        .with_columns(
            pl.col("attempt").fill_null(1),
            type=pl.lit(flow.name),
            state=pl.when(pl.col("status_code").is_not_null()).then(pl.lit("done")).otherwise(running),
            elapsed_s=_seconds(pl.coalesce("end_time", "last") - pl.col("start_time")),
        )
    )
    return JOBS.shape(frame.sort("start_time", "job_id", nulls_last=True).with_columns(job_ids(job)))
