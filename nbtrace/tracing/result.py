"""Judgements → the tables steps, images and jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.tables import IMAGES, JOBS, STATE_LETTERS, STEPS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from nbtrace.flows import Flow
    from nbtrace.tracing.judging import Judgement

__all__ = ["images_table", "jobs_table", "steps_table"]


def steps_table(judged: Sequence[Sequence[Judgement]], flow: Flow) -> pl.DataFrame:
    """Return the table ``steps``: every step of every attempt of every image."""
    rows = [row for image in judged for judgement in image for row in _steps(judgement, flow)]
    return pl.DataFrame(rows, schema=dict(STEPS.schema), orient="row")


def _steps(judgement: Judgement, flow: Flow) -> Iterator[dict[str, Any]]:
    """Yield one row a step: what shows it, else what its state follows from."""
    attempt, ended = judgement.attempt, None
    proven = max((number for number, state in enumerate(judgement.states, 1) if state in {"done", "failed"}), default=0)
    for step, state, seen in zip(flow.step, judgement.states, judgement.shown, strict=True):
        row = {"image_id": attempt.image_id, "attempt": attempt.number, "job_id": attempt.job_id}
        row |= {"step": step.number, "name": step.name, "state": state, "strength": "", "evidence_count": 0}
        if state == "failed" and judgement.failure is not None:
            row |= _failed(judgement, ended)
        elif seen is not None:
            row |= {"strength": seen.strength, "start_time": seen.first, "end_time": seen.last, "host": seen.host}
            row |= {"daemon": seen.daemon, "pid": seen.pid, "evidence_count": seen.count, "source": seen.path}
            row |= {"line": seen.line, "wait_s": _seconds(ended, seen.first)}
            row |= {"duration_s": _seconds(seen.first, seen.last)}
            ended = seen.last or ended
        elif state != "missing" and (step.number < proven or state == "done"):
            row["strength"] = "implied"
        yield row


def _failed(judgement: Judgement, ended: datetime | None) -> dict[str, Any]:
    """Return what a failed step shows: the record that says so."""
    failure = judgement.failure
    if failure is None:
        return {}
    path, _, line = failure.place.rpartition(":")
    return {
        "strength": "weak" if failure.code is None else "strong",
        "start_time": failure.time,
        "end_time": failure.time,
        "wait_s": _seconds(ended, failure.time),
        "duration_s": 0.0,
        "host": failure.host,
        "daemon": failure.daemon,
        "pid": failure.pid,
        "evidence_count": 1,
        "source": path,
        "line": int(line),
    }


def _seconds(since: datetime | None, until: datetime | None) -> float | None:
    return None if since is None or until is None else (until - since).total_seconds()


def images_table(judged: Sequence[Sequence[Judgement]], evidence: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the table ``images`` without ``cause``.

    The last attempt decides, unless one before it has imported the image: then it is in the catalog.
    """
    facts = evidence.group_by("image_id").agg(
        *(pl.col(name).drop_nulls().first() for name in ("slp", "source_primary")),
        pl.len().cast(pl.UInt32).alias("evidence_count"),
        named_media=pl.col("media_server").drop_nulls().first(),
        first_time=pl.col("time").min(),
        last_time=pl.col("time").max(),
    )
    roles = {speaker.name: speaker.role for speaker in flow.speaker if speaker.role == "primary" or speaker.runs}
    frame = pl.DataFrame([_image(image, roles) for image in judged], schema=_IMAGE, orient="row")
    epoch = pl.col("image_id").str.extract(r"_([0-9]{10})$", 1).cast(pl.Int64)
    frame = frame.join(facts, on="image_id", how="left").with_columns(
        client=pl.col("image_id").str.extract(r"^(.*)_[0-9]{10}$", 1),
        backup_time=pl.from_epoch(epoch * 1000, "ms").dt.replace_time_zone("UTC"),
        media_server=pl.coalesce("media_server", "named_media"),
        elapsed_s=(pl.col("last_time") - pl.col("first_time")).dt.total_milliseconds() / 1000,
    )
    return IMAGES.shape(frame.sort("first_time", "image_id", nulls_last=True))


_IMAGE = {
    name: IMAGES.schema[name]
    for name in ("image_id", "primary", "media_server", "job_ids", "attempts", "verdict", "last_step", "failed_step")
} | {"status_code": pl.Int32, "step_states": pl.String}


def _image(image: Sequence[Judgement], roles: Mapping[str, str]) -> dict[str, Any]:
    """Return what the judgements say of one image; ``roles`` are those of the speakers that tell where it was worked on."""
    judgement = next((judgement for judgement in image if judgement.verdict == "imported"), image[-1])
    attempt = judgement.attempt
    hosts = {roles[speaker]: host for speaker, host in attempt.hosts.items() if speaker in roles}
    return {
        "image_id": attempt.image_id,
        "primary": hosts.get("primary"),
        "media_server": hosts.get("media"),
        "job_ids": [other.attempt.job_id for other in image if other.attempt.job_id is not None],
        "attempts": len(image),
        "verdict": judgement.verdict,
        "last_step": judgement.passed,
        "failed_step": judgement.failed_step,
        "status_code": judgement.status_code,
        "step_states": "".join(STATE_LETTERS[state] for state in judgement.states),
    }


def jobs_table(judged: Sequence[Sequence[Judgement]], evidence: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the table ``jobs``: every import job with its images and its end."""
    attempts = [judgement.attempt for image in judged for judgement in image if judgement.attempt.job_id is not None]
    ends = {attempt.job_id: attempt.end for attempt in attempts if attempt.end is not None}
    numbers = {attempt.job_id: attempt.number for attempt in attempts}
    first = next(step.number for step in flow.step if "job" in step.carries)  # where a job comes in
    movers = [speaker.name for speaker in flow.speaker if speaker.role == "media" and speaker.runs]
    mover_host = pl.col("host").filter(pl.col("daemon").is_in(movers)).first()
    job, step = pl.col("job_id"), pl.col("step")
    frame = (
        evidence.filter(job.is_not_null() & (step.is_null() | (step >= first)))
        .group_by("job_id")
        .agg(
            pl.col("image_id").unique().sort().alias("images"),
            start_time=pl.col("time").min(),
            last=pl.col("time").max(),
            begun=(step > first).any(),
            media_server=pl.coalesce(mover_host, pl.col("media_server").drop_nulls().first()),
            **{name: pl.col(name).drop_nulls().first() for name in ("storage_server", "disk_volume", "slp")},
        )
    )
    statuses, times = ({number: getattr(end, what) for number, end in ends.items()} for what in ("status", "time"))
    frame = frame.with_columns(
        type=pl.lit(flow.name),
        attempt=job.replace_strict(numbers, default=1, return_dtype=pl.Int32),
        status_code=job.replace_strict(statuses, default=None, return_dtype=pl.Int32),
        end_time=job.replace_strict(times, default=None, return_dtype=JOBS.schema["end_time"]),
    )
    running = pl.when("begun").then(pl.lit("active")).otherwise(pl.lit("queued"))
    frame = frame.with_columns(
        state=pl.when(pl.col("status_code").is_not_null()).then(pl.lit("done")).otherwise(running),
        elapsed_s=(pl.coalesce("end_time", "last") - pl.col("start_time")).dt.total_milliseconds() / 1000,
    )
    return JOBS.shape(frame.sort("start_time", "job_id", nulls_last=True))
