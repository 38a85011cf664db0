"""One image in full: its verdict, all attempts and steps, every line that proves them, its findings."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.errors import InputError
from nbtrace.report import evidence, overview, timeline, verdict
from nbtrace.report.text import duration, one_line

if TYPE_CHECKING:
    from nbtrace.report.page import Page, Part
    from nbtrace.tables import Result

__all__ = ["find", "show"]


def show(page: Page, result: Result, image_id: str) -> None:
    """Write all that is known of one image; raise ``InputError`` when no such image was traced."""
    image = find(result, image_id)
    mine = pl.col("image_id") == image_id
    steps = result.steps.filter(mine).sort("attempt", "step")
    proofs = result.evidence.filter(mine).sort("time", "path", "line", nulls_last=True)
    verdict.heading(page, image)
    page.prose(*verdict.sentence(page, image, result.until, verdict.decided(steps)), indent=2)
    if cause := overview.causes_of(result.findings, result.images.filter(mine), full=True).get(image_id):
        page.prose(cause, indent=2)
    for name, value in _facts(page, image):
        page.prose((f"{name:15}", "dim"), value, indent=2, hang=15)
    sentences = overview.attempts(page, steps, overview.statuses(result.jobs))
    said, drawn = steps.partition_by("attempt"), timeline.own(steps).partition_by("attempt")
    proven = proofs.partition_by("attempt", as_dict=True)
    for number, (sentence, attempt, own) in enumerate(zip(sentences, said, drawn, strict=True)):
        page.heading(sentence[:1].upper() + sentence[1:])
        timeline.draw(page, timeline.lanes(own), result.until)
        if number == 0:
            timeline.legend(page)
        _steps(page, attempt, proven.get((attempt["attempt"][0],), proofs.clear()))
    _findings(page, result.findings.filter(mine))


def find(result: Result, image_id: str) -> dict[str, Any]:
    """Return the image's row of the table ``images``; ``InputError`` with its neighbours where no such was traced."""
    found = result.images.filter(pl.col("image_id") == image_id)
    if found.height:
        return found.row(0, named=True)
    near = difflib.get_close_matches(image_id, result.images["image_id"].to_list(), n=3)
    hint = f"; near it are: {', '.join(map(one_line, near))}" if near else ""
    raise InputError(f"no image '{one_line(image_id)}' was traced in this bundle{hint}")


def _facts(page: Page, image: dict[str, Any]) -> list[tuple[str, str]]:
    way = " to ".join(name for name in (image["source_primary"], image["primary"]) if name)
    facts = [
        ("client", image["client"]),
        ("backup time", f"{page.moment(image['backup_time'])} {page.zone}" if image["backup_time"] else ""),
        ("SLP", image["slp"]),
        ("replicated", f"from {way}" if image["source_primary"] else way and f"to {way}"),
        ("media server", image["media_server"]),
        ("jobs", ", ".join(map(str, image["job_ids"] or ()))),
    ]
    return [(name, value) for name, value in facts if value]


def _steps(page: Page, steps: pl.DataFrame, proofs: pl.DataFrame) -> None:
    """Write each step of an attempt with its times, and under it the lines that prove it."""
    known = [time for name in ("start_time", "end_time") for time in steps[name].drop_nulls().sort().head(1)]
    known += proofs["time"].drop_nulls().head(1).to_list()
    if known:
        page.line()
        page.line((f"Evidence, {page.local(min(known)):%Y-%m-%d} {page.zone}", "bold"), indent=2)
    before = None  # the host of the last step that has a time
    for step in steps.iter_rows(named=True):
        page.line()
        page.prose(*_step(page, step, before), indent=2, hang=4)
        before = step["host"] if step["end_time"] else before
        rows = proofs.filter(pl.col("step") == step["step"])
        if known and rows.height:
            evidence.show(page, rows, min(known), indent=4)


def _step(page: Page, step: dict[str, Any], before: str | None) -> list[Part]:
    implied = step["strength"] == "implied"
    facts = [step["state"]]
    facts += [f"only the log of {_would_tell(page, step)} would tell"] if step["state"] == "unseen" else []
    facts += ["implied by a later step" if implied else f"{step['strength']} proof"] if step["strength"] else []
    if (start := step["start_time"]) and (end := step["end_time"]):
        facts.append(f"{page.clock(start, start, exact=True)} to {page.clock(end, start, exact=True)}")
    facts += _waited(step["wait_s"], step["host"], before)
    facts += [f"took {duration(step['duration_s'])}"] if step["duration_s"] is not None else []
    return [page.state(step["state"]), " ", (f"{step['step']} {step['name'] or ''}", "bold"), f"  {', '.join(facts)}"]


def _waited(seconds: float | None, host: str | None, before: str | None) -> list[str]:
    """Say how long a step was waited for; where it begins before the last line of the step before, why that can be."""
    if seconds is None or seconds >= 0:
        return [] if seconds is None else [f"waited {duration(seconds)}"]
    why = "by the clock of another host" if host and before and host != before else "which goes on"
    return [f"begins {duration(-seconds)} before the last line of the step before, {why}"]


def _would_tell(page: Page, step: dict[str, Any]) -> str:
    return " on ".join(filter(None, (step["daemon"] or "this step", page.host(step["host"]))))


def _findings(page: Page, findings: pl.DataFrame) -> None:
    if findings.is_empty():
        return
    page.heading("Findings")
    for row in findings.iter_rows(named=True):
        page.line()
        page.prose((row["code"], "bold"), f"  {row['severity']}: {row['title'] or ''}", indent=2, hang=8)
        for text in (row["detail"], row["remedy"]):
            if text:
                page.prose(text, indent=10)
        for place in row["evidence"] or ():
            page.line((place, "dim"), indent=10)
