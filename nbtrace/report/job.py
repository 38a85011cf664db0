"""One import job: its record, its images, when it was at which step, and the lines that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.errors import InputError
from nbtrace.report import evidence, timeline, verdict
from nbtrace.report.page import STYLES, Page
from nbtrace.report.text import count, duration

if TYPE_CHECKING:
    from nbtrace.tables import Result

__all__ = ["show"]


def show(page: Page, result: Result, job_id: int, limit: int | None) -> None:
    """Write all that is known of one job; raise ``InputError`` when the logs name no such import job."""
    found = result.jobs.filter(pl.col("job_id") == job_id)
    if found.is_empty():
        raise InputError(f"no import job {job_id} was found in this bundle")
    _record(page, found.row(0, named=True))
    mine = pl.col("job_id") == job_id
    steps = result.steps.filter(mine)
    _images(page, result.images, steps, found["images"].explode().drop_nulls(), limit)
    if steps.height:
        page.heading(f"The worst state of any image, step by step (times are {page.zone})")
        timeline.draw(page, timeline.lanes(steps), result.until)
        timeline.legend(page)
    _evidence(page, result.evidence.filter(mine), None)


def _record(page: Page, job: dict[str, Any]) -> None:
    facts = [job["type"], job["attempt"] and f"attempt {job['attempt']}", job["state"]]
    facts += [None if job["status_code"] is None else f"status {job['status_code']}"]
    page.line()
    page.line((f"job {job['job_id']}", "bold"), f"  {', '.join(filter(None, facts))}")
    when = page.span(job["start_time"], job["end_time"])
    took = "" if job["elapsed_s"] is None else f", took {duration(job['elapsed_s'])}"
    if when:
        page.line(f"{when} {page.zone}{took}", indent=2)
    for name, column in (("media server", "media_server"), ("storage server", "storage_server"),
                         ("disk volume", "disk_volume"), ("SLP", "slp")):  # fmt: skip
        if job[column]:
            page.prose((f"{name:15}", "dim"), job[column], indent=2, hang=15)


def _images(page: Page, images: pl.DataFrame, steps: pl.DataFrame, listed: pl.Series, limit: int | None) -> None:
    """Write the job's images, the worst first, each with the states of its steps in this job."""
    letters = steps.sort("step").group_by("image_id").agg(pl.col("state"))
    ids = pl.concat([listed, steps["image_id"]]).drop_nulls().unique().to_frame("image_id")
    rows = verdict.by_urgency(ids.join(images, on="image_id", how="left").join(letters, on="image_id", how="left"))
    page.heading(count(rows.height, "image"))
    for row in rows.head(limit or rows.height).iter_rows(named=True):
        cells = [page.state(state) for state in row["state"] or ()]
        word = verdict.WORDS.get(row["verdict"], row["verdict"]) or "not traced"
        page.line(*cells, "  ", page.cell(word, 13, STYLES.get(row["verdict"], "")), "  ", row["image_id"], indent=2)
    page.more(rows.height - (limit or rows.height), "image")


def _evidence(page: Page, rows: pl.DataFrame, limit: int | None) -> None:
    """Write the lines of the job, each once however many images it speaks of."""
    # One row of a listing holds many lines of a job's details.
    inside = pl.when(pl.col("daemon") == "job details").then("message").alias("inside")
    lines = rows.unique(["path", "line", "step", inside], keep="first", maintain_order=True)
    lines = lines.sort("step", "time", "path", "line", nulls_last=True)
    day = next(iter(lines["time"].drop_nulls().sort()), None)
    if day is None:
        return
    page.heading(f"Evidence, {page.local(day):%Y-%m-%d} {page.zone}")
    shown = lines.head(limit or lines.height)
    for part in shown.partition_by("step"):
        page.line()
        page.line((page.step(part["step"][0]), "bold"), indent=2)
        evidence.show(page, part, day, indent=4)
    page.more(lines.height - shown.height, "line")
