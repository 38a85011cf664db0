"""What ``bpdbjobs`` and copied job details say of jobs, as rows of the table ``listed``.

The readers of this package take the lines of one kind in one file (``line``, ``text``, ``rule``, ``listing``), the rules
and the zone in which local times are read. They return columns of ``LISTED``, and two more: ``seen``, a moment (UTC) at
which the listing was not printed yet, and ``local``, whether a time of the fact was read in that zone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.records.listings.dates import local_ms, utc
from nbtrace.records.listings.jobs import IMPORT, REPLICATION, Job, read_job
from nbtrace.records.times import epoch_ms
from nbtrace.tables import SEVERITY, TIME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.records.listings.scan import Rules

__all__ = ["ROWS", "details", "jobs"]

# The columns of a fact as Python writes it: times are epoch seconds.
ROWS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "line": pl.UInt32,
    "listing": pl.UInt32,
    "fact": pl.String,
    "primary": pl.String,
    "image_id": pl.String,
    "job_id": pl.Int64,
    "job_type": pl.Int32,
    "state": pl.String,
    "status_code": pl.Int32,
    "time": pl.Int64,
    "until": pl.Int64,
    "seen": pl.Int64,
    "slp": pl.String,
    "media_server": pl.String,
    "side": pl.String,
    "complete": pl.Boolean,
    "message": pl.String,
}
_TIMES: Final = ("time", "until", "seen")
_SIDES: Final = {IMPORT: "target", REPLICATION: "source"}
_SLP_JOB: Final = "SLP_"  # L: the jobs of an SLP run under a policy of this name and its own
_LARGEST_CODE: Final = 99_999
_QUARTER: Final = 15 * 60_000  # ms: zones differ from UTC by whole quarters of an hour
_FARTHEST: Final = 14 * 4  # quarters


def jobs(lines: pl.DataFrame, rules: Rules, zone: str) -> pl.DataFrame:
    """Read the rows of ``bpdbjobs``: of import and replication jobs all, of others only that they were there.

    A row has one fact ``job`` for each of its images (``image_id`` null where it names none), one ``try`` for each try,
    and one ``detail`` for each line of a try.
    """
    rows = lines.filter(pl.col("rule") != "heading").select("line", "listing", "text").iter_rows()
    read = ((line, listing, read_job(text)) for line, listing, text in rows)
    facts = [{"line": line, "listing": listing} | fact for line, listing, job in read if job for fact in _facts(job)]
    frame = pl.DataFrame(facts, schema=ROWS)
    told = frame.filter(pl.col("fact") == "detail")
    frame = frame.filter(pl.col("fact") != "detail").with_columns(_epoch(name) for name in _TIMES)
    return pl.concat([frame, _told(told, rules, zone, begun="time")], how="diagonal_relaxed")


def details(lines: pl.DataFrame, rules: Rules, zone: str) -> pl.DataFrame:
    """Read the lines of job details that somebody copied; each belongs to the job of the last heading above it."""
    headings = rules.read(lines.filter(pl.col("rule") == "heading"), "job_details", "heading")
    told = lines.filter(pl.col("rule") == "mark").select("line", "listing", message="text", fact=pl.lit("detail"))
    if headings.height:
        jobs_of = headings.select("line", job_id=pl.col("heading_job").cast(pl.Int64, strict=False))
        told = told.join_asof(jobs_of, on="line", strategy="backward", check_sortedness=False)
    return _told(told, rules, zone)


def _facts(job: Job) -> Iterator[dict[str, Any]]:
    same = {
        "job_id": job.job_id,
        "job_type": job.job_type,
        "side": _SIDES.get(job.job_type or 0),
        "primary": job.primary or None,
    }
    began, ended = (
        next((time for time in times if time), None)
        for times in (
            (job.started, *(one.started for one in job.tries)),
            (job.ended, *(one.ended for one in reversed(job.tries))),
        )
    )
    servers = (job.server, *(one.server for one in job.tries))
    whole = same | {
        "fact": "job",
        "state": job.state or None,
        "status_code": _code(job.status),
        "time": began,
        "until": ended,
    }
    whole |= {
        "slp": job.policy.removeprefix(_SLP_JOB) if job.policy.startswith(_SLP_JOB) else None,
        "seen": job.last or None,
    }
    whole |= {"media_server": next(filter(None, servers), None), "complete": job.complete, "message": _say(job)}
    if job.job_type not in _SIDES:
        yield whole
        return
    for image in job.images or (None,):
        yield whole | {"image_id": image}
    for one in job.tries:
        mine = same | {"media_server": one.server or None}
        told = f"a try of job {job.job_id} on {one.server}: status {one.status} {one.description}".strip()
        ending = {"time": one.started, "until": one.ended, "status_code": _code(one.status)}
        yield mine | ending | {"fact": "try", "message": told}
        yield from (mine | {"fact": "detail", "time": one.started, "message": line} for line in one.lines)


def _say(job: Job) -> str:
    """Say in one line what a row of so many cells says."""
    kind = {IMPORT: "A.I.R. import", REPLICATION: "replication"}.get(job.job_type or 0, f"type {job.job_type}")
    parts = [f"job {job.job_id}: {kind}", job.state or "state unknown"]
    parts += [] if job.status is None else [f"status {job.status}"]
    parts += [f"{len(job.images)} image{'s' if len(job.images) > 1 else ''}"] if job.images else []
    return ", ".join(parts) + (f"; {job.reason}" if job.reason else "")


def _code(status: int | None) -> int | None:
    return status if status is not None and status <= _LARGEST_CODE else None


def _epoch(name: str) -> pl.Expr:
    return epoch_ms(pl.col(name).cast(pl.String) + "000").cast(TIME).alias(name)


def _told(told: pl.DataFrame, rules: Rules, zone: str, begun: str = "") -> pl.DataFrame:
    """Read lines of details (column ``message``): their time, severity, program and process.

    A row of ``bpdbjobs`` holds the start of a try as an epoch (``begun``), and its lines in local time (V): the first line,
    written as the try begins, tells how far the one is ahead of the other. Other lines are read in ``zone``.
    """
    taken = rules.read(told.rename({"message": "text"}), "job_details").drop("line_right", strict=False)
    if taken.is_empty():
        return told.clear().select("line", "listing", "fact")
    local = local_ms(taken["date"], taken["clock"], taken["meridiem"])
    time, zoned = utc(local, zone), local.is_not_null()
    if begun:
        start = pl.col(begun) * 1000
        ahead = ((pl.col("local").first() - start.first()) / _QUARTER).round().over("line", begun)
        known = taken.with_columns(local=local).select(
            pl.when(ahead.abs() <= _FARTHEST).then(pl.col("local") - ahead.cast(pl.Int64) * _QUARTER)
        )
        exact = pl.from_epoch(known.to_series(), "ms").dt.replace_time_zone("UTC").cast(TIME)
        time, zoned = exact.fill_null(time), exact.is_null() & zoned
    word = pl.col("severity").str.to_lowercase().replace_strict(SEVERITY, default=None, return_dtype=pl.Int8)
    number = pl.col("pid").cast(pl.Int64, strict=False)
    return (
        taken.with_columns(time=time, severity=word, pid=number, seen=time, local=zoned, until=pl.lit(None, TIME))
        .drop("date", "clock", "meridiem", "said")
        .rename({"text": "message"})
    )
