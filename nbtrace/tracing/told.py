"""Lines of job details and of ``bperror`` → evidence: what daemons told the job database, in their own words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.knowledge.codes import statuses
from nbtrace.tables import SEVERITY
from nbtrace.tracing.identify import describe, identify
from nbtrace.tracing.matching import match
from nbtrace.tracing.words import rules_of, says, with_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["named_in", "tell"]

_QUARTER: Final = 15 * 60_000  # ms
_FARTHEST: Final = 14 * 4  # quarters: no zone is farther from UTC
_BESIDE: Final = pl.duration(minutes=7)  # half a quarter: a line that is farther from its job is of another zone
_SPEAKERS: Final = {"detail": "job details", "problem": "bperror"}  # in flows/import.toml


def named_in(facts: pl.DataFrame, identifiers: Sequence[Grammar], words: Sequence[Grammar]) -> pl.DataFrame:
    """Return the images (``image_id``) that lines of job details or problems name as imported, with job and times.

    Columns: image_id, job_id (null where the line has none), first, last. Words must say that it is an import, in the
    line or in another of its job, and none that somebody typed it.
    """
    lines = facts.filter(pl.col("fact").is_in(list(_SPEAKERS)) & (pl.col("side") != "source"))
    lines = lines.select("message", "time", given="job_id").with_columns(context=pl.lit(""), function=pl.lit(""))
    rows = with_words(identify(lines, identifiers), words, ("importing", "manual")).with_columns(
        job=pl.coalesce("given", "job_id")
    )
    ours = says("importing").any() & ~says("manual").any()
    rows = rows.with_columns(
        ours=pl.when(pl.col("job").is_null()).then(says("importing") & ~says("manual")).otherwise(ours.over("job"))
    )
    named = rows.filter("ours").explode("images").drop_nulls("images")
    return named.group_by(image_id="images", job_id="job").agg(first=pl.col("time").min(), last=pl.col("time").max())


def tell(
    facts: pl.DataFrame,
    jobs: pl.DataFrame,
    known: pl.DataFrame,
    flow: Flow,
    *,
    identifiers: Sequence[Grammar],
    words: Sequence[Grammar],
) -> pl.DataFrame:
    """Return the evidence in lines of details and problems, as ``matching.match`` does for lines of logs.

    A line belongs to the image that it names, else to all images of its job. Which step it shows is decided by the
    rules of the flow for the speakers ``job details`` and ``bperror``.

    Args:
        facts: rows of the table ``listed``.
        jobs: the jobs of the flow with their images: image_id, job_id, attempt.
        known: the images (``image_id``) of the flow.
        flow: the process flow.
        identifiers: the grammars of what messages name.
        words: the evidence grammars.
    """
    lines = _in_time(facts)
    lines = lines.select(
        "log_id",
        "path",
        "line",
        "host",
        "primary",
        "time",
        "severity",
        "program",
        "pid",
        "fact",
        "message",
        given="job_id",
    )
    lines = lines.with_columns(
        context=pl.lit(""), function=pl.lit(""), severity=pl.col("severity").fill_null(SEVERITY["info"])
    )
    rows = describe(identify(lines, identifiers).with_row_index("entry"), identifiers)
    rows = with_words(rows, words, rules_of(flow)).with_columns(job=pl.coalesce("given", "job_id"))
    rows = _with_outcome(rows).drop("job_id", "given")
    named = rows.explode("images").rename({"images": "image_id", "job": "job_id"}).drop_nulls("image_id")
    with_job = named.join(jobs, on=["image_id", "job_id"], how="inner").with_columns(bound=pl.lit("named"))
    alone = named.join(with_job.select("entry", "image_id"), on=["entry", "image_id"], how="anti")
    alone = alone.join(known, on="image_id", how="semi").filter(pl.col("job_id").is_null())
    alone = alone.with_columns(attempt=pl.lit(1, pl.Int32), bound=pl.lit("named"))
    shared = rows.filter(pl.col("images").list.len() == 0).drop("images").rename({"job": "job_id"})
    shared = shared.join(jobs, on="job_id", how="inner").with_columns(bound=pl.lit("job"))
    bound = pl.concat([with_job, alone, shared.select(with_job.columns)], how="diagonal_relaxed")
    bound = bound.with_columns(
        speaker=pl.col("fact").replace_strict(_SPEAKERS, return_dtype=pl.String),
        host=pl.coalesce("primary", "host"),
        opening=pl.lit(value=False),
        tied=pl.col("job_id").is_not_null(),
    )
    proven = pl.when(pl.col("step").is_not_null()).then(pl.lit("record")).otherwise("strength")
    return match(bound, flow).with_columns(strength=proven)


def _in_time(facts: pl.DataFrame) -> pl.DataFrame:
    """Return the lines; those of copied details that lie beside their job are of another zone, and are set into it.

    A job's record holds epochs (V), copied details hold local times, and zones differ from UTC by whole quarters.
    """
    lines = facts.filter(pl.col("fact").is_in(list(_SPEAKERS)))
    jobs = facts.filter((pl.col("fact") == "job") & pl.col("time").is_not_null() & (pl.col("side") != "source"))
    spans = jobs.group_by("job_id").agg(began=pl.col("time").min(), ended=pl.col("until").max())
    lines = lines.join(spans, on="job_id", how="left", maintain_order="left")
    first = pl.col("time").min().over("log_id", "listing", "job_id")
    quarters = ((pl.col("began") - first).dt.total_milliseconds() / _QUARTER).round()
    copied = (pl.col("kind") == "job_details") & (quarters != 0) & (quarters.abs() <= _FARTHEST)
    beside = (first < pl.col("began") - _BESIDE) | (first > pl.coalesce("ended", "began") + _BESIDE)
    ahead = pl.when((copied & beside).fill_null(value=False)).then(quarters.cast(pl.Int64) * _QUARTER).otherwise(0)
    return lines.with_columns(time=pl.col("time") + pl.duration(milliseconds=ahead))


def _with_outcome(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``outcome`` and ``ending``: by severity and words; the number at the end of an error is its status."""
    known = pl.Series(list(statuses()), dtype=pl.Int32).implode()
    loud = pl.col("severity") >= SEVERITY["error"]
    at_end = pl.when((loud | says("failed")) & pl.col("closing_code").is_in(known)).then("closing_code")
    code = pl.coalesce(pl.when(pl.col("status_code") != 0).then("status_code"), at_end, "status_code")
    rows = rows.with_columns(status_code=code)
    code = pl.col("status_code")
    failed = (
        (code > 1)
        | (loud & ~says("harmless"))
        | (code.is_null() & says("failed") & ~says("harmless") & ~says("succeeded"))
    )
    ending = code.is_not_null() & says("ended") & pl.col("job").is_not_null() & (pl.col("images").list.len() == 0)
    outcome = (
        pl.when(failed & says("retry") & ~ending)
        .then(pl.lit("retry"))
        .when(failed)
        .then(pl.lit("failed"))
        .when((code == 0) | says("succeeded"))
        .then(pl.lit("done"))
        .otherwise(pl.lit("progress"))
    )
    return rows.with_columns(outcome=outcome.fill_null("progress"), ending=ending.fill_null(value=False))
