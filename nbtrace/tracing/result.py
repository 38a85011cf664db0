"""Judgements → the tables steps, images and jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import polars as pl

from nbtrace.flows import Flow
from nbtrace.tables import IMAGES, JOBS, STATE_LETTERS, STEPS
from nbtrace.tracing.judging import Judgement

__all__ = ["images_table", "jobs_table", "steps_table"]


def steps_table(judged: Sequence[Sequence[Judgement]], flow: Flow) -> pl.DataFrame:
    """Return the table ``steps``: every step of every attempt of every image."""
    return pl.DataFrame([row for image in judged for judgement in image for row in _steps(judgement, flow)], schema=dict(STEPS.schema), orient="row")


def _steps(judgement: Judgement, flow: Flow) -> list[tuple[Any, ...]]:
    attempt, rows, ended = judgement.attempt, [], None
    proven = max((number for number, state in enumerate(judgement.states, 1) if state in {"done", "failed"}), default=0)
    failure = judgement.failure
    for step, state, seen in zip(flow.step, judgement.states, judgement.shown, strict=True):
        head = (attempt.image_id, attempt.number, attempt.job_id, step.number, step.name, state)
        if state == "failed" and failure is not None:
            path, _, line = failure.place.rpartition(":")
            host = attempt.hosts.get(failure.daemon, "")
            strength = "strong" if failure.code is not None else "weak"
            rows.append((*head, strength, failure.time, failure.time, _seconds(ended, failure.time), 0.0, host, failure.daemon, None, 1, path, int(line)))
        elif seen is None:
            strength = "implied" if step.number < proven or state == "done" else ""
            rows.append((*head, strength, *[None] * 4, None, None, None, 0, None, None))
        else:
            duration = _seconds(seen.first, seen.last)
            rows.append((*head, seen.strength, seen.first, seen.last, _seconds(ended, seen.first), duration, seen.host, seen.daemon, seen.pid, seen.count, seen.path, seen.line))
            ended = seen.last or ended
    return rows


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    return None if since is None or until is None else (until - since).total_seconds()


def images_table(judged: Sequence[Sequence[Judgement]], evidence: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``images`` without ``cause``: the last attempt decides, unless one before has imported the image."""
    facts = evidence.group_by("image_id").agg(
        *(pl.col(name).drop_nulls().first() for name in ("slp", "source_primary", "media_server")),
        pl.len().cast(pl.UInt32).alias("evidence_count"), first_time=pl.col("time").min(), last_time=pl.col("time").max(),
    )
    rows = [_image(image) for image in judged]
    frame = pl.DataFrame(rows, schema={**IMAGES.schema, "media_host": pl.String}, orient="row").drop("slp", "source_primary", "evidence_count", "first_time", "last_time", "media_server")
    name, epoch = pl.col("image_id").str.extract(r"^(.*)_[0-9]{10}$", 1), pl.col("image_id").str.extract(r"_([0-9]{10})$", 1)
    frame = frame.join(facts, on="image_id", how="left").with_columns(
        client=name, backup_time=pl.from_epoch(epoch.cast(pl.Int64) * 1000, "ms").dt.replace_time_zone("UTC"),
        media_server=pl.coalesce("media_host", "media_server"),
        elapsed_s=(pl.col("last_time") - pl.col("first_time")).dt.total_milliseconds() / 1000,
    )
    return IMAGES.shape(frame.sort("first_time", "image_id", nulls_last=True))


def decisive(image: Sequence[Judgement]) -> Judgement:
    """Return the judgement that decides: an import that succeeded stays one, else the last attempt."""
    return next((judgement for judgement in image if judgement.verdict == "imported"), image[-1])


def _image(image: Sequence[Judgement]) -> dict[str, Any]:
    judgement = decisive(image)
    attempt = judgement.attempt
    media = next((host for speaker, host in attempt.hosts.items() if speaker == "bpdm"), None)
    primary = next((host for speaker, host in attempt.hosts.items() if speaker not in {"bpdm", "nbrmms"}), None)
    return {
        "image_id": attempt.image_id, "primary": primary, "media_host": media,
        "job_ids": [other.attempt.job_id for other in image if other.attempt.job_id is not None], "attempts": len(image), "verdict": judgement.verdict,
        "last_step": judgement.passed, "failed_step": judgement.failed_step, "status_code": judgement.status_code,
        "step_states": "".join(STATE_LETTERS[state] for state in judgement.states),
    }


def jobs_table(judged: Sequence[Sequence[Judgement]], evidence: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``jobs``: every import job with its images and its end."""
    attempts = [judgement.attempt for image in judged for judgement in image if judgement.attempt.job_id is not None]
    ends = {attempt.job_id: attempt.end for attempt in attempts if attempt.end is not None}
    numbers = {attempt.job_id: attempt.number for attempt in attempts}
    frame = (
        evidence.filter(pl.col("job_id").is_not_null() & (pl.col("step").is_null() | (pl.col("step") >= 3)))
        .group_by("job_id")
        .agg(
            pl.col("image_id").unique().sort().alias("images"), start_time=pl.col("time").min(), last=pl.col("time").max(),
            begun=(pl.col("step") >= 4).any(),
            media_server=pl.coalesce(pl.col("host").filter(pl.col("daemon") == "bpdm").first(), pl.col("media_server").drop_nulls().first()),
            **{name: pl.col(name).drop_nulls().first() for name in ("storage_server", "disk_volume", "slp")},
        )
    )
    job = pl.col("job_id")
    frame = frame.with_columns(
        type=pl.lit("import"), attempt=job.replace_strict(numbers, default=1, return_dtype=pl.Int32),
        status_code=job.replace_strict({number: end.status for number, end in ends.items()}, default=None, return_dtype=pl.Int32),
        end_time=job.replace_strict({number: end.time for number, end in ends.items()}, default=None, return_dtype=pl.Datetime("ms", "UTC")),
    ).with_columns(
        state=pl.when(pl.col("status_code").is_not_null()).then(pl.lit("done")).when("begun").then(pl.lit("active")).otherwise(pl.lit("queued")),
        elapsed_s=(pl.coalesce("end_time", "last") - pl.col("start_time")).dt.total_milliseconds() / 1000,
    )
    return JOBS.shape(frame.sort("start_time", "job_id", nulls_last=True))
