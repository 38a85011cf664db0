"""What listings say → jobs with their images, and evidence of strength ``record``.

A row of the target's domain is a record of what happened there. A row of the source is none: it says that an image was
sent, and is kept beside the evidence without a step. So is a row of which nobody knows whose it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tables import EVIDENCE, SEVERITY
from nbtrace.tracing.identify import backup_time
from nbtrace.tracing.told import tell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["carried_by", "evidence_of", "numbered"]

_IMPORT: Final = "target"
_RECENT: Final = pl.duration(days=1)  # I: an image is replicated within a day of its backup
_IN_CATALOG: Final = 1535  # the import was refused because the image is there: it is no proof of an import (D: §3.1)


def carried_by(carried: pl.DataFrame, facts: pl.DataFrame, named: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the jobs of the flow with their images (as ``belonging.import_jobs``), with those that listings know.

    Added are the images of import jobs, those that wait on the target, and those whose copy waits for its import on the
    source. Of long lists of images that only were replicated or are in the catalog, those count which are not older than
    what else is known.

    Args:
        carried: image_id, job_id, first, last, as the logs tell.
        facts: the table ``listed`` with ``who`` and the ``side`` of each row.
        named: images that lines of details and problems name as imported, as ``told.named_in`` finds them.
        flow: the process flow.
    """
    target = pl.col("side") == "target"
    ours = facts.filter(
        (pl.col("fact") == "job") & (pl.col("job_type") == flow.job_type) & pl.col("image_id").is_not_null()
    )
    jobs = ours.select("image_id", "job_id", first="time", last=pl.coalesce("until", "time"))
    told = named.select(jobs.columns).cast(dict(jobs.schema))  # type: ignore[arg-type]
    jobs = pl.concat([jobs, told.filter(pl.col("job_id").is_not_null())])
    waiting = (pl.col("fact") == "pending") | ((pl.col("fact") == "lifecycle") & (pl.col("state") == "import pending"))
    sure = pl.concat(
        [
            carried.select("image_id"),
            jobs.select("image_id"),
            told.select("image_id"),
            facts.filter(waiting).select("image_id"),
        ]
    )
    came = (pl.col("fact") == "catalog") & target & pl.col("complete") & pl.col("source_primary").is_not_null()
    others = facts.filter(came | (pl.col("fact") == "replica"))
    since = sure.select(backup_time().min()).item() if sure.height else None
    if since is not None:
        others = others.filter(backup_time() >= pl.lit(since) - _RECENT)
    images = pl.concat([sure, others.select("image_id")]).unique().drop_nulls()
    pairs = pl.concat([carried.filter(pl.col("job_id").is_not_null()), jobs], how="vertical_relaxed")
    pairs = pairs.group_by("image_id", "job_id").agg(pl.col("first").min(), pl.col("last").max())
    return images.join(pairs, on="image_id", how="left").select(carried.columns).sort("image_id", "first", "job_id")


def numbered(carried: pl.DataFrame) -> pl.DataFrame:
    """Return image_id, job_id and ``attempt`` (from 1), one a job in the order of time, as ``belonging.bind`` counts."""
    jobs = carried.filter(pl.col("job_id").is_not_null())
    number = pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("image_id", order_by=["first", "job_id"])
    return jobs.select("image_id", "job_id", attempt=number)


def evidence_of(
    evidence: pl.DataFrame,
    carried: pl.DataFrame,
    facts: pl.DataFrame,
    flow: Flow,
    *,
    identifiers: Sequence[Grammar],
    words: Sequence[Grammar],
) -> pl.DataFrame:
    """Return the evidence of logs together with that of listings, in the order of image, attempt and time.

    Args:
        evidence: as ``matching.match`` returns it.
        carried: as ``carried_by`` returns it.
        facts: the table ``listed`` with ``who`` and ``side``.
        flow: the process flow.
        identifiers: the grammars of what messages name.
        words: the evidence grammars.
    """
    if facts.is_empty():
        return evidence
    jobs = numbered(carried)
    known = carried.select("image_id").unique()
    ours = facts.filter((pl.col("side") == _IMPORT) & (pl.col("job_type") == flow.job_type))
    of_jobs = _of_jobs(ours, jobs, flow)
    told = tell(facts.filter(pl.col("side") != "source"), jobs, known, flow, identifiers=identifiers, words=words)
    named = facts.filter(pl.col("fact").is_in(["pending", "catalog", "lifecycle", "replica"])).join(
        known, on="image_id", how="semi"
    )
    before = pl.concat([_shaped(evidence), of_jobs, told], how="diagonal_relaxed")
    parts = [evidence, of_jobs, told, _of_images(named, before, flow)]
    found = pl.concat(parts, how="diagonal_relaxed").drop("order").with_row_index("order")
    return found.select(evidence.columns).sort("image_id", "attempt", "time", "log_id", "line", maintain_order=True)


def _shaped(evidence: pl.DataFrame) -> pl.DataFrame:
    return evidence.select("image_id", "attempt", "outcome", "ending", "status_code", "job_id")


def _rows(facts: pl.DataFrame, flow: Flow, **columns: pl.Expr) -> pl.DataFrame:
    """Return facts as rows of evidence with these columns; the host is the primary that speaks."""
    fixed = {
        "flow": pl.lit(flow.name),
        "strength": pl.lit("record"),
        "bound": pl.lit("named"),
        "outcome": pl.lit("progress"),
        "daemon": pl.col("kind"),
        "severity": pl.lit(SEVERITY["info"], pl.Int8),
        "ending": pl.lit(value=False),
        "step": pl.lit(None, pl.Int8),
        "status_code": pl.lit(None, pl.Int32),
    }
    kept = (
        "image_id",
        "job_id",
        "attempt",
        "time",
        "path",
        "line",
        "message",
        "slp",
        "media_server",
        "source_primary",
        "log_id",
        "pid",
    )
    shaped = facts.with_columns(host=pl.coalesce("primary", "host")).with_columns(**(fixed | columns))
    names = [*fixed, "rule", "host", *kept]
    cast = {name: dtype for name, dtype in EVIDENCE.schema.items() if name in names}
    return shaped.select(names).cast(cast)  # type: ignore[arg-type]


def _of_jobs(facts: pl.DataFrame, jobs: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return what job records prove: the batch, the start, a try that failed, and the end with its status."""
    records = facts.filter(pl.col("fact") == "job").drop("attempt", strict=False).join(jobs, on=["image_id", "job_id"])
    tries = facts.filter(pl.col("fact") == "try").drop("image_id").join(jobs, on="job_id")
    tried = pl.col("job_id").is_in(tries["job_id"].unique().implode()) & (pl.col("state") != "queued")
    first = flow.first_job_step
    failing = pl.col("status_code") > 1
    ended = records.filter((pl.col("state") == "done") & pl.col("status_code").is_not_null())
    when = pl.coalesce("until", "time")
    how = (
        pl.when(pl.col("status_code") == 0)
        .then(pl.lit("done"))
        .when(failing)
        .then(pl.lit("failed"))
        .otherwise(pl.lit("progress"))
    )
    error = pl.when(failing).then(SEVERITY["error"]).otherwise(SEVERITY["info"]).cast(pl.Int8)
    return pl.concat([
        _rows(records, flow, step=pl.lit(first), rule=pl.lit("the job's list of images")),
        _rows(records.filter(tried), flow, step=pl.lit(first + 1), rule=pl.lit("the job has begun"), bound=pl.lit("job")),
        _rows(
            tries.filter(failing), flow, rule=pl.lit("a try of the job"), bound=pl.lit("job"), time=when,
            outcome=pl.lit("failed"), status_code=pl.col("status_code"), severity=error,
        ),
        _rows(
            ended, flow, step=pl.lit(len(flow.step)), rule=pl.lit("the job's record"), bound=pl.lit("job"), time=when,
            outcome=how, status_code=pl.col("status_code"), severity=error, ending=pl.lit(value=True),
        ),
    ])  # fmt: skip


def _of_images(facts: pl.DataFrame, before: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return what lists of images prove: on the target the insert and the catalog, elsewhere no step.

    An image that is in the catalog after its last job failed was imported by one of which nothing is known: that is an
    attempt of its own, unless the job failed because the image was there already.
    """
    ended_well = (pl.col("ending") & (pl.col("status_code") == 0)).any()
    refused = (pl.col("status_code") == _IN_CATALOG).any()
    last = before.group_by("image_id", "attempt").agg(
        failed=(pl.col("outcome") == "failed").any() & ~ended_well, refused=refused.fill_null(value=False)
    )
    last = last.sort("attempt").group_by("image_id").last()
    target = pl.col("side") == "target"
    facts = facts.drop("attempt", strict=False).join(last, on="image_id", how="left", maintain_order="left")
    number = pl.col("attempt").fill_null(1)
    pending = facts.filter(target & (pl.col("fact") == "pending")).with_columns(attempt=pl.lit(1, pl.Int32))
    there = target & (pl.col("fact") == "catalog") & pl.col("complete") & ~pl.col("refused").fill_null(value=False)
    again = pl.when("failed").then(number + 1).otherwise(number).cast(pl.Int32)
    catalog = facts.filter(there).with_columns(attempt=again, time=pl.lit(None, EVIDENCE.schema["time"]))
    rest = facts.filter(~((target & (pl.col("fact") == "pending")) | there)).with_columns(attempt=number)
    where = pl.when(target).then("kind").when(pl.col("side") == "source").then(pl.format("{} (source)", "kind"))
    sent = pl.when(pl.col("side") == "source").then(pl.coalesce("primary", "host")).otherwise("source_primary")
    return pl.concat([
        _rows(pending, flow, step=pl.lit(2), rule=pl.lit("the image waits for its import"), outcome=pl.lit("done")),
        _rows(catalog, flow, step=pl.lit(len(flow.step)), rule=pl.lit("the image is in the catalog"), outcome=pl.lit("done")),
        _rows(
            rest.with_columns(time=pl.lit(None, EVIDENCE.schema["time"])), flow, rule=pl.lit("a list names the image"),
            daemon=where.otherwise(pl.format("{} (domain unknown)", "kind")), source_primary=sent,
            media_server=pl.when(target).then("media_server"),
        ),
    ])  # fmt: skip
