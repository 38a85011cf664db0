"""One line an image: for a quick look, and for grep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.report import verdict
from nbtrace.report.page import STYLES
from nbtrace.tables import FAILED_BEFORE

if TYPE_CHECKING:
    from nbtrace.report.page import Page, Part
    from nbtrace.tables import Result

__all__ = ["show"]


def show(page: Page, result: Result, limit: int | None) -> None:
    """Write verdict, id, states and cause of each image on a line of its own, the worst first; ids are never cut."""
    images = verdict.by_urgency(result.images)
    shown = images.head(limit or images.height)
    words = [verdict.WORDS.get(word, word) for word in shown["verdict"]]
    width = max(map(len, words), default=0)
    names = max(shown["image_id"].str.len_chars().to_list(), default=0)
    titles = dict(result.findings.filter(pl.col("image_id").is_not_null()).select("image_id", "code", "title").unique(
        ["image_id", "code"], keep="first").select(pl.concat_str("image_id", "code", separator=" "), "title").iter_rows())  # fmt: skip
    unseen = dict(
        result.findings.join(result.images.filter(FAILED_BEFORE), on="image_id", how="semi")
        .filter(pl.col("code").is_in(["NBT301", "NBT303"]))
        .select("image_id", pl.format("{} {}", "code", "title"))
        .iter_rows()
    )
    for word, image in zip(words, shown.iter_rows(named=True), strict=True):
        title = titles.get(f"{image['image_id']} {image['cause']}", "")
        head = page.cell(word, width, STYLES.get(image["verdict"], ""))
        page.line(
            head,
            "  ",
            page.cell(image["image_id"], names),
            "  ",
            image["step_states"],
            *_why(page, image, title, unseen.get(image["image_id"])),
        )
    page.more(images.height - shown.height, "image")


def _why(page: Page, image: dict[str, Any], title: str, unseen: str | None) -> list[Part]:
    """Return where an image stopped and why, where it did, and what is `unseen` of what came after."""
    status = "" if image["status_code"] is None else f"status {image['status_code']}"
    cause = " ".join(filter(None, (image["cause"], title)))
    parts = [text for text in (page.step(image["failed_step"]), status, cause) if text]
    told = "; ".join(filter(None, (", ".join(parts), unseen)))
    return [f"  {told}"] if told else []
