"""Findings from listings: where they stop an image, where they and the logs disagree, whose they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.findings.common import Case, Finding, clock

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["disagreements", "expected", "stopped", "unclaimed", "whose"]

_SHOWN: Final = 3  # images that are named before the rest is counted


def stopped(case: Case) -> Iterator[Finding]:
    """Say for every image whose verdict a listing decided what it says, and what it does not hold."""
    pending = set(case.waiting()["image_id"])
    for row in case.stops.iter_rows(named=True):
        code, title, detail = _stop(case, row)
        if code:
            yield Finding(
                code,
                detail,
                title=title,
                remedy=case.step(row["step"]).advice(is_pending=row["image_id"] in pending) if code == "NBT102" else "",
                image_id=row["image_id"],
                job_id=row["job_id"],
                step=row["step"],
                host=row["host"],
                time=row["since"],
                evidence=tuple(row["evidence"] or ()),
            )


def _stop(case: Case, row: dict[str, Any]) -> tuple[str, str, str]:
    """Return code, title and detail of one stop; no code where the image is still within its time."""
    step = case.step(row["step"])
    since, until = clock(row["since"]), clock(row["until"])
    overdue = f"step {step.number} ({step.name}) is overdue: {step.what}"
    job = f"Job {row['job_id']}"
    told = {
        "pending": (
            "NBT102",
            overdue,
            f"The image waits for its import since {since}; up to {until} no listed import job carries it.",
        ),
        "queued": ("NBT102", overdue, f"{job} is queued since {since}, and still was when it was listed at {until}."),
        "long": (
            "NBT102",
            "the image waits for its import for longer than a day",
            f"The image waits for its import since {since} and still was listed at {until}; which step is late cannot be seen.",
        ),
        "absent": (
            "NBT106",
            "",
            f"{job} ended with status 0 at {since}; a list of the catalog that covers the image does not hold it.",
        ),
        "partly": (
            "NBT106",
            "",
            f"{job} ended with status 1 at {since}: some of its images failed; a list of the catalog that covers the image does not hold it.",
        ),
    }
    return told.get(row["why"], ("", "", ""))


def disagreements(case: Case) -> Iterator[Finding]:
    """Name what a listing and a log, or two listings, say differently; both are shown."""
    yield from _statuses(case)
    yield from _still_pending(case)
    yield from _there_after_all(case)


def _statuses(case: Case) -> Iterator[Finding]:
    """Name jobs whose record has another status than their logs."""
    ends = case.evidence.filter(
        pl.col("rule").str.contains("ending|the job's record") & pl.col("status_code").is_not_null()
    )
    listed = pl.col("daemon").is_in(case.flow.marked("listing"))
    place = pl.format("{}:{}", "path", "line")
    by_job = (
        ends.sort("time", nulls_last=False)
        .group_by("job_id", maintain_order=True)
        .agg(
            record=pl.col("status_code").filter(listed).last(),
            log=pl.col("status_code").filter(~listed).last(),
            places=pl.concat([place.filter(listed).tail(1), place.filter(~listed).tail(1)]),
            time=pl.col("time").last(),
            daemon=pl.col("daemon").filter(~listed).last(),
            host=pl.col("host").first(),
        )
    )
    for row in by_job.filter(pl.col("record") != pl.col("log")).iter_rows(named=True):
        yield Finding(
            "NBT107",
            f"The record of job {row['job_id']} says status {row['record']}, the log of {row['daemon']} says {row['log']}.",
            title="the record of a job and a log say different statuses",
            job_id=row["job_id"],
            host=row["host"],
            time=row["time"],
            evidence=tuple(row["places"]),
        )


def _still_pending(case: Case) -> Iterator[Finding]:
    """Name images that are imported, and that a later list still shows as waiting for their import."""
    waits = case.waiting().filter(pl.col("time").is_not_null())
    imported = case.images.filter(pl.col("verdict") == "imported").select("image_id", "last_time", "job_ids")
    ends = case.jobs.select(job_id="job_id", end="end_time")
    known = waits.drop("job_id").join(imported, on="image_id").with_columns(job_id=pl.col("job_ids").list.last())
    known = known.join(ends, on="job_id", how="inner").filter(pl.col("time") > pl.col("end"))
    for row in known.unique("image_id", keep="first", maintain_order=True).iter_rows(named=True):
        yield Finding(
            "NBT107",
            f"Job {row['job_id']} imported the image by {clock(row['end'])}, and it is listed as waiting for its import since {clock(row['time'])}.",
            title="an imported image is listed as waiting for its import",
            image_id=row["image_id"],
            job_id=row["job_id"],
            host=row["host"],
            time=row["time"],
            evidence=(f"{row['path']}:{row['line']}",),
        )


def _there_after_all(case: Case) -> Iterator[Finding]:
    """Name images whose jobs failed, and that are in the catalog."""
    there = case.evidence.filter(pl.col("rule") == "the image is in the catalog").select(
        "image_id", "attempt", "host", place=pl.format("{}:{}", "path", "line")
    )
    failed = case.steps.filter(pl.col("state") == "failed").select(
        "image_id", "job_id", "start_time", last=pl.col("attempt") + 1, source=pl.format("{}:{}", "source", "line")
    )
    both = there.join(failed, left_on=["image_id", "attempt"], right_on=["image_id", "last"], how="inner")
    for row in both.unique("image_id", keep="first", maintain_order=True).iter_rows(named=True):
        job = "its import" if row["job_id"] is None else f"job {row['job_id']}"
        yield Finding(
            "NBT107",
            f"By all that is known {job} failed, but the catalog holds the image: it was imported by a job that left no other trace.",
            title="an image whose import failed is in the catalog",
            image_id=row["image_id"],
            job_id=row["job_id"],
            host=row["host"],
            time=row["start_time"],
            evidence=tuple(place for place in (row["place"], row["source"]) if place),
        )


def expected(case: Case) -> Iterator[Finding]:
    """Name images for whose import the source still waits: nothing is known of them here, or they are imported."""
    waits = case.facts.filter((pl.col("fact") == "lifecycle") & (pl.col("state") == "import pending"))
    waits = waits.unique("image_id", keep="first", maintain_order=True)
    rows = waits.select("image_id", "who", "path", "line").join(
        case.images.select("image_id", "verdict", "last_step", "job_ids"),
        on="image_id",
        how="inner",
        maintain_order="left",
    )
    for row in rows.iter_rows(named=True):
        place = (f"{row['path']}:{row['line']}",)
        if row["verdict"] == "imported":
            yield Finding(
                "NBT109",
                f"The image is imported, but {row['who']} lists it as waiting for its import. One of the two may be older.",
                image_id=row["image_id"],
                evidence=place,
            )
        elif not row["last_step"] and not row["job_ids"]:
            yield Finding(
                "NBT108",
                f"On the source primary {row['who']} its copy waits for the import, and nothing of it is seen on the target.",
                image_id=row["image_id"],
                evidence=place,
            )


def unclaimed(case: Case) -> Iterator[Finding]:
    """Name images that wait for their import and that no listed job carries, where the listings do not prove a stop."""
    jobs = case.facts.filter((pl.col("side") == "target") & (pl.col("kind") == "bpdbjobs"))
    waits = case.waiting().filter(pl.col("who").is_in(jobs["who"].unique().implode()))
    open_ones = case.images.filter((pl.col("verdict") == "undetermined") & (pl.col("job_ids").list.len() == 0))
    found = waits.join(open_ones.select("image_id"), on="image_id", how="semi").unique(
        "image_id", keep="first", maintain_order=True
    )
    for row in found.iter_rows(named=True):
        since = f" since {clock(row['time'])}" if row["time"] else ""
        yield Finding(
            "NBT110",
            f"The image waits for its import{since}. Whether the listed jobs are all that could carry it is not sure: "
            "the list may be older, shorter, or hold jobs whose images it does not name.",
            image_id=row["image_id"],
            host=row["host"],
            time=row["time"],
            step=case.flow.first_job_step,
            evidence=(f"{row['path']}:{row['line']}",),
        )


def whose(case: Case) -> Iterator[Finding]:
    """Name listings of which nobody knows whether they are of the target or of the source: their word counts for nothing."""
    open_ones = case.facts.filter((pl.col("side") == "") & pl.col("fact").is_in(["catalog", "lifecycle"]))
    known = open_ones.join(case.images.select("image_id"), on="image_id", how="semi")
    rows = known.group_by("path", "kind", maintain_order=True).agg(
        pl.col("image_id").unique(maintain_order=True), pl.col("host", "line").first()
    )
    for row in rows.iter_rows(named=True):
        names = ", ".join(row["image_id"][:_SHOWN])
        more = len(row["image_id"]) - _SHOWN
        yield Finding(
            "NBT305",
            f"The output of {row['kind']} names {names}{f' and {more} more' if more > 0 else ''}, but nothing tells whose it is.",
            title=f"whose list of {row['kind']} this is, is not known",
            host=row["host"],
            evidence=(f"{row['path']}:{row['line']}",),
        )
