"""What a speaker says of every job that passes a step, in words that nobody understands."""

from __future__ import annotations

from typing import Final

import polars as pl

from nbtrace.tracing.likeness import shape

__all__ = ["told_as_usual"]

_ALWAYS: Final = 5  # I: what is said of each of so many jobs is said of every job


def told_as_usual(evidence: pl.DataFrame, passed: pl.DataFrame, number: int, speaker: str) -> pl.Series | None:
    """Return the attempts (``trial``) of which the speaker says all that he says of each that passes the step.

    What he always says after the step before and before the next one is of this step, or comes before it: where it is
    not said, the step has not come. Nothing where there is no such thing.

    Args:
        evidence: that of ``Attempts``.
        passed: the attempts that passed the step while he was listened to: trial, and ``since`` and ``until`` when.
        number: the step.
        speaker: who speaks.
    """
    # All records of all images are many: no more of them is copied than is asked for.
    said = evidence.select("trial", "daemon", "job_id", "host", "time", "message")
    said = said.filter((pl.col("daemon") == speaker) & pl.col("job_id").is_not_null())
    said = said.select("trial", "job_id", "host", "time", shape=shape(pl.col("message")))
    after = said.join(passed, on="trial").filter(pl.col("time") >= pl.col("since"))
    jobs = said.join(passed, on="trial", how="semi")["job_id"].n_unique()
    every = _of_each(after, jobs)
    others = evidence.select("trial", "daemon", "host", "time", "step", "outcome").filter(pl.col("daemon") != speaker)
    in_time = _in_time(after, others, number)
    if in_time is None:  # then only the clocks of other hosts tell when the next step came
        in_time = _of_each(after.filter(pl.col("time") <= pl.col("until")), jobs)
    kinds = every.filter(every.is_in(in_time.implode()))
    if jobs < _ALWAYS or kinds.is_empty():
        return None
    told = said.filter(pl.col("shape").is_in(kinds.implode())).group_by("trial").agg(pl.col("shape").n_unique())
    return told.filter(pl.col("shape") == kinds.len())["trial"]


def _in_time(after: pl.DataFrame, others: pl.DataFrame, number: int) -> pl.Series | None:
    """Return the shapes that are said of each job before others on the same host show the step or the next one.

    Nothing where they show it of few jobs. One host has one clock, and those of two hosts differ.
    """
    shown = pl.col("step").is_in([number, number + 1]) & ~pl.col("outcome").is_in(["failed", "retry"])
    bounds = others.filter(shown).group_by("trial", "host").agg(shown=pl.col("time").min()).drop_nulls()
    sure = after.join(bounds, on=["trial", "host"])
    jobs = sure["job_id"].n_unique()
    return _of_each(sure.filter(pl.col("time") <= pl.col("shown")), jobs) if jobs >= _ALWAYS else None


def _of_each(said: pl.DataFrame, jobs: int) -> pl.Series:
    """Return the shapes that are said of so many jobs."""
    counts = said.group_by("shape").agg(jobs=pl.col("job_id").n_unique())
    return counts.filter(pl.col("jobs") == jobs)["shape"]
