"""Verdicts in words: the order of urgency, the outcome of a night, what became of one image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.report.page import STYLES, Page, Part
from nbtrace.report.text import count, duration
from nbtrace.tables import VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = ["GLYPH_OF", "WORDS", "by_urgency", "decided", "heading", "outcome", "sentence"]

# The order in which the outcome is told.
TOLD: Final = ("imported", "failed", "stalled", "in_progress", "undetermined")
WORDS: Final = {"in_progress": "in progress"}
# The state whose glyph stands before the id of an image.
GLYPH_OF: Final = {
    "imported": "done", "failed": "failed", "stalled": "overdue", "in_progress": "waiting", "undetermined": "unseen",
}  # fmt: skip


def by_urgency(images: pl.DataFrame) -> pl.DataFrame:
    """Return the images with the worst verdict first, the earliest of each first."""
    rank = pl.col("verdict").replace_strict({verdict: number for number, verdict in enumerate(VERDICTS)}, default=99)
    return images.sort(rank, "first_time", "image_id", nulls_last=True)


def outcome(images: pl.DataFrame) -> list[Part]:
    """Return the outcome of all images in one line; verdicts that no image has are left out."""
    counts = dict(images["verdict"].value_counts().iter_rows())
    parts: list[Part] = [(count(images.height, "image"), "bold"), ": "]
    for number, verdict in enumerate(verdict for verdict in TOLD if counts.get(verdict)):
        parts += [", " if number else "", (f"{counts[verdict]:,} {WORDS.get(verdict, verdict)}", STYLES[verdict])]
    return parts


def heading(page: Page, image: Mapping[str, Any]) -> None:
    """Write the image's id on a line of its own, so that it can be copied."""
    page.line()
    page.line(page.state(GLYPH_OF.get(image["verdict"], "")), " ", (image["image_id"], "bold"))


def decided(steps: pl.DataFrame) -> datetime | None:
    """Return when the verdict on an image was decided: the time of the failure, else of the end of the last step.

    Args:
        steps: the rows of all attempts of the image, as ``tables.STEPS``.
    """
    last = steps.filter(pl.col("attempt") == pl.col("attempt").max()).sort("step")
    failed = last.filter(pl.col("state") == "failed")["end_time"].drop_nulls()
    times = failed if len(failed) else last.filter(pl.col("step") == pl.col("step").max())["end_time"].drop_nulls()
    return next(iter(times), None)


def sentence(page: Page, image: Mapping[str, Any], until: datetime | None, at: datetime | None = None) -> list[Part]:
    """Return the verdict of an image in words: where it stopped, since when, by which status; `at` as ``decided``."""
    verdict, last = image["verdict"], image["last_time"]
    word = (WORDS.get(verdict, verdict), STYLES.get(verdict, ""))
    done = f"done up to {page.step(image['last_step'])}" if image["last_step"] else "no step is known to be done"
    since = f", last seen {page.moment(last)} {page.zone}" if last else ""
    match verdict:
        case "failed":
            status = "" if image["status_code"] is None else f" with status {image['status_code']}"
            where = f" at {page.step(image['failed_step'])}" if image["failed_step"] else ""
            return [word, f"{where}{status}", f", {page.moment(at)} {page.zone}" if at else ""]
        case "stalled":
            quiet = f", silent for {duration((until - last).total_seconds())}" if until and last else ""
            return [word, f" before {page.step(image['failed_step'])}: {done}{since}{quiet}"]
        case "in_progress":
            return [word, f": {done}{since}; within its time when the logs end"]
        case "undetermined" if image["failed_step"]:
            status = "" if image["status_code"] is None else f" with status {image['status_code']}"
            failed = f"its last known job failed at {page.step(image['failed_step'])}{status}"
            return [word, f": {failed}{since}; the logs do not tell whether it is tried again"]
        case "undetermined":
            return [word, f": {done}{since}; the logs do not tell what came after"]
    took = "" if image["elapsed_s"] is None else f" in {duration(image['elapsed_s'])}"
    return [word, took, f", {page.moment(at)} {page.zone}" if at else ""]
