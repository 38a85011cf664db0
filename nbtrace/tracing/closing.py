"""Who would tell that a job has ended, whatever became of its processes, and whether he may have done so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from nbtrace.tracing.likeness import LEARNT, shape
from nbtrace.tracing.matching import name_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from nbtrace.flows import Flow

__all__ = ["JobEnds", "job_ends"]


@dataclass(frozen=True, slots=True)
class JobEnds:
    """Who would tell the end of a job (``watching``), and those of them whose way of saying it is ``understood`` here.

    ``perhaps`` are the attempts (trial, UInt32) of whose job one of the others says last what may be its end.
    """

    watching: list[str]
    understood: list[str]
    perhaps: pl.Series


def job_ends(evidence: pl.DataFrame, flow: Flow, closers: Collection[str]) -> JobEnds:
    """Return what is known of the ends of jobs in this bundle.

    Args:
        evidence: that of ``Attempts``.
        flow: the process flow.
        closers: who is understood when he closes any job. That must do for few jobs of the flow: none may have ended yet.
    """
    ending = flow.closers
    watching = [speaker.name for speaker in flow.speaker if speaker.name in ending and not speaker.runs]
    jobs = evidence.select("daemon", "job_id", "ending", "bound").filter(pl.col("job_id").is_not_null())
    told = jobs.group_by("daemon").agg(
        closed=(pl.col("ending") & (pl.col("bound") != "named")).any(), few=pl.col("job_id").n_unique() < LEARNT
    )
    sure = pl.col("closed") | (pl.col("few") & pl.col("daemon").is_in(list(closers)))
    clear = told.filter(sure)["daemon"]
    understood = [name for name in watching if name in clear]
    others = evidence.select("trial", "daemon", "order", "rule", "message").filter(
        pl.col("daemon").is_in([name for name in watching if name not in understood])
    )
    return JobEnds(watching, understood, _perhaps(others, flow))


def _perhaps(said: pl.DataFrame, flow: Flow) -> pl.Series:
    """Return the attempts of which somebody says last what may be the end of the job, in words that nobody understands.

    It is neither his first word of the job, nor something after which he speaks of other jobs again.
    """
    of_job = ["trial", "daemon"]
    place, length = pl.int_range(1, pl.len() + 1).over(of_job, order_by="order"), pl.len().over(of_job)
    said = said.select(*of_job, "rule", shape=shape(pl.col("message")), last=place == length, first=place == 1)
    words = pl.Series([name_of(rule) for _, rule in flow.rules() if rule.words]).implode()
    ends = said.filter(pl.col("last") & ~pl.col("first") & ~pl.col("rule").is_in(words).fill_null(value=False))
    goes_on = said.filter(~pl.col("last")).select("daemon", "shape").unique()
    return ends.join(goes_on, on=["daemon", "shape"], how="anti")["trial"].unique()
