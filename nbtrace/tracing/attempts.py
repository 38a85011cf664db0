"""Evidence → attempts: what is known of each attempt to import an image, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tables import STRENGTHS
from nbtrace.tracing.likeness import like_imported
from nbtrace.tracing.matching import OPENING, name_of

if TYPE_CHECKING:
    from nbtrace.flows import Flow

__all__ = ["FACTS", "Attempts", "attempts", "numbered"]

FACTS: Final = ("first", "last", "host", "daemon", "pid", "count", "strength", "path", "line")
_LATE_LINES: Final = pl.duration(seconds=10)  # I: the last lines of a process follow its end at once
_BINDING: Final = {"named": 0, "session": 1, "job": 2}  # how closely a record belongs to the image
_NEVER: Final = pl.lit(value=False)


@dataclass(frozen=True, slots=True)
class Attempts:
    """All attempts of all images as tables; ``trial`` (UInt32) is the number of an attempt, and all times are UTC.

    ``tries`` has one row an attempt, in order: ``trial``, ``image_id``, ``attempt`` (from 1), ``job_id``, ``began`` (its
    first time), ``handed`` (when it was named last by who submits jobs), ``unclear`` (its records that name the image and show no later step for sure), ``named_media`` (media server named in text), ``activity`` (last record of its job's processes),
    ``like_imported`` (its last words are those said of imported images), ``end_status`` and ``end_time`` (of its job).

    ``seen`` has one row for each step (``step``) that an attempt shows: ``FACTS`` (its first and last time, and host,
    daemon, process, path and line of its strongest record), and ``speakers`` (all that show it, and not only by their complaints). ``vague`` are those
    whose records about an attempt show no step for sure: ``speaker`` and the ``FACTS`` of the first such record.
    ``failed`` are records that say a failure: ``time``, ``step``, ``code``, ``closeness`` (0 names the image, 2 its job
    only), ``host``, ``daemon``, ``pid``, ``path``, ``line`` and ``ending`` (it closes its run or its job). ``heard`` tells who
    (``speaker``) spoke of an attempt, on which ``host``, and whether he named the image itself (``naming``). ``evidence`` are
    all records of them.
    """

    tries: pl.DataFrame
    seen: pl.DataFrame
    vague: pl.DataFrame
    failed: pl.DataFrame
    heard: pl.DataFrame
    evidence: pl.DataFrame


def numbered(evidence: pl.DataFrame) -> pl.DataFrame:
    """Add ``trial`` (UInt32): the number of the attempt, for evidence sorted by image and attempt.

    Numbers are odd: after each attempt there is one for another of which nothing is seen (``retried``).
    """
    new = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in ("image_id", "attempt"))
    return evidence.with_columns(trial=(new.fill_null(value=True).cum_sum() * 2 - 1).cast(pl.UInt32))


def attempts(evidence: pl.DataFrame, flow: Flow) -> Attempts:
    """Return what is known of each attempt.

    Args:
        evidence: the frame of ``matching.match`` with its ``numbered`` attempts.
        flow: the process flow.
    """
    tries = (
        evidence.group_by("trial", maintain_order=True)
        .agg(
            pl.col("image_id", "attempt").first(),
            pl.col("job_id").drop_nulls().first(),
            began=pl.col("time").min(),
            unclear=_unclear(flow),
            handed=_handed(flow),
            named_media=pl.col("media_server").filter(pl.col("media_server") != "").first(),
        )
        .join(_activity(evidence, flow), on="job_id", how="left", maintain_order="left")
        .join(like_imported(evidence, flow), on="trial", how="left", maintain_order="left")
        .join(_ends(evidence, flow), on="trial", how="left", maintain_order="left")
        .with_columns(pl.col("like_imported").fill_null(value=False))
    )
    told = ~pl.col("outcome").is_in(["failed", "retry"])
    vague = told & (pl.col("step").is_null() | (pl.col("strength") == "weak"))
    # Who begins with a failure has begun.
    begun = pl.col("rule").str.ends_with(OPENING).fill_null(value=False) & (pl.col("outcome") == "failed")
    own = pl.col("step").is_not_null() & ((pl.col("step") != len(flow.step)) | _completes())
    heard = evidence.group_by("trial", pl.col("daemon").alias("speaker"), maintain_order=True).agg(
        pl.col("host").first(), naming=(pl.col("bound") == "named").any()
    )
    return Attempts(
        tries,
        _inherited(_summed(evidence, (told | begun) & own, "trial", "step", late=begun), tries, flow),
        _summed(evidence, vague, "trial", pl.col("daemon").alias("speaker"), first_only=True),
        _failures(evidence.with_columns(step=pl.when(~begun).then("step")), flow),
        heard,
        evidence,
    )


def _unclear(flow: Flow) -> pl.Expr:
    """Count records of who submits jobs, which name the image before it has one, in words that nobody knows.

    They may be of any step up to the batch; one is the arrival of the event, where no other record tells of that.
    """
    words = pl.col("step").is_null() | (pl.col("strength") == "weak")
    named = _named_for_a_job(flow)
    unknown = (named & words).sum()
    arrived = (named & ~words & (pl.col("step") == 1)).any()
    return unknown + ((unknown > 0) & arrived).cast(pl.UInt32)


def _handed(flow: Flow) -> pl.Expr:
    """Return when who submits jobs named the image itself last: it may have been put into another batch then."""
    return pl.col("time").filter(_named_for_a_job(flow)).max()


def _named_for_a_job(flow: Flow) -> pl.Expr:
    """Tell whether who submits jobs names the image itself, and not to say that it failed."""
    submits = pl.col("daemon").is_in(flow.marked("submits"))
    return submits & (pl.col("bound") == "named") & (pl.col("outcome") != "failed")


def _activity(evidence: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the last time of each job's processes, whichever of its images they speak of."""
    workers = flow.marked("runs")
    busy = evidence.lazy().filter(pl.col("daemon").is_in(workers) & pl.col("job_id").is_not_null())
    return busy.group_by("job_id").agg(activity=pl.col("time").max()).collect()


def _completes() -> pl.Expr:
    """Tell whether a record of the last step says that the image is through: the end of its job, or words about it."""
    closing = pl.col("ending") & (pl.col("bound") != "named")
    return (
        pl.when(closing).then(pl.col("status_code") == 0).otherwise(pl.col("outcome") == "done").fill_null(value=False)
    )


def _summed(
    evidence: pl.DataFrame, wanted: pl.Expr, *key: str | pl.Expr, late: pl.Expr = _NEVER, first_only: bool = False
) -> pl.DataFrame:
    """Return the ``FACTS`` of each group of wanted records, of the strongest one or of the first alone, and ``speakers``.

    Of equally strong ones those that come ``late`` count last.
    """
    rank = pl.col("strength").replace_strict({name: n for n, name in enumerate(STRENGTHS)}, return_dtype=pl.Int8)
    # Sorted is only what the groups need; all else is looked up for the one record of each that counts.
    strengths = evidence.with_columns(pl.col("strength").fill_null("weak")).with_row_index("row")
    rows = (
        strengths.lazy()
        .filter(wanted)
        .select(
            *key,
            *("time", "row"),
            showing=pl.when(pl.col("outcome") != "failed").then("daemon"),
            rank=pl.lit(0, pl.Int8) if first_only else rank,
            late=late,
        )
        .collect()
    )
    keys = rows.columns[: len(key)]
    rows = rows.sort(*keys, "rank", "late", descending=[*(False for _ in key), True, False], maintain_order=True)
    times = [pl.col("time").first()] * 2 if first_only else [pl.col("time").min(), pl.col("time").max()]
    summed = rows.group_by(keys, maintain_order=True).agg(
        times[0].alias("first"),
        times[1].alias("last"),
        pl.col("row").first(),
        count=pl.lit(1, pl.UInt32) if first_only else pl.len().cast(pl.UInt32),
        speakers=pl.col("showing").drop_nulls().unique(),
    )
    facts = strengths.select("host", "daemon", "pid", "strength", "path", "line")[summed["row"]]
    return summed.hstack(facts).select(*keys, *FACTS, "speakers")


def _inherited(seen: pl.DataFrame, tries: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Give each attempt what the ones before it showed of the steps that come before the job."""
    early = pl.col("step") < flow.first_job_step
    order = seen.columns
    shown = seen.filter(early).join(tries.select("trial", "image_id"), on="trial", how="left")
    steps = pl.DataFrame({"step": [step.number for step in flow.step[: flow.first_job_step - 1]]}, {"step": pl.Int8})
    wanted = tries.select("trial", "image_id").join(steps, how="cross")
    found = wanted.sort("trial").join_asof(
        shown.sort("trial").with_columns(own=pl.lit(value=True)),
        on="trial",
        by=["image_id", "step"],
        check_sortedness=False,
    )
    return pl.concat([found.filter("own").select(order), seen.filter(~early)])


def _failures(evidence: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the records that say a failure, in their order.

    What closes a job stands behind all of its steps, but not where its words tell what it was that failed.
    """
    code = pl.col("status_code")
    telling = pl.Series([name_of(rule) for _, rule in flow.rules() if rule.failing and rule.words], dtype=pl.String)
    return evidence.filter(pl.col("outcome") == "failed").select(
        "trial",
        "time",
        "step",
        "host",
        "daemon",
        "pid",
        "path",
        "line",
        ending=pl.col("ending") & ~pl.col("rule").is_in(telling.implode()).fill_null(value=False),
        code=pl.when(code != 0).then(code),
        closeness=pl.col("bound").replace_strict(_BINDING, return_dtype=pl.Int8),
    )


def _ends(evidence: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the end of each attempt's job: the last record that closes it, if none of its processes goes on after it."""
    closers = flow.closers
    workers = [speaker.name for speaker in flow.speaker if speaker.runs and speaker.name in closers]
    working = pl.col("daemon").is_in(workers)
    used = ("trial", "host", "daemon", "bound", "ending", "status_code", "time")
    timed = evidence.select(used).filter(pl.col("time").is_not_null())
    ends = timed.filter(pl.col("ending") & (pl.col("bound") != "named") & pl.col("daemon").is_in(list(closers)))
    last = (
        ends.select("trial", "host", end_status="status_code", end_time="time", rank=working.cast(pl.Int8))
        .sort("trial", "end_time", "rank", descending=[False, True, False], maintain_order=True)
        .group_by("trial", maintain_order=True)
        .first()
    )
    busy = timed.filter(working).group_by("trial", "host").agg(busy=pl.col("time").max())
    over = (pl.col("busy") <= pl.col("end_time") + _LATE_LINES).fill_null(value=True)
    return last.join(busy, on=["trial", "host"], how="left").filter(over).select("trial", "end_status", "end_time")
