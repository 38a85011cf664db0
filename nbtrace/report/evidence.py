"""The lines that prove a step, each with its place, its strength and its whole message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from nbtrace.report.page import STYLES, Page, Part

if TYPE_CHECKING:
    from datetime import datetime

    import polars as pl

__all__ = ["show"]

OUTCOMES: Final = {"failed": STYLES["failed"], "retry": STYLES["overdue"], "done": STYLES["done"]}

# How a line that proves a step belongs to the image.
BOUND: Final = {"named": "names it", "session": "same process", "job": "same job"}


def show(page: Page, rows: pl.DataFrame, day: datetime, *, indent: int) -> None:
    """Write evidence in the order given; a time on a later day than `day` carries how many days later."""
    for row in rows.iter_rows(named=True):
        page.prose(*_head(page, row, day), indent=indent, hang=4)
        page.line((f"{row['path']}:{row['line']}", "dim"), indent=indent + 4)
        if row["message"]:
            page.prose(row["message"], indent=indent + 4)


def _head(page: Page, row: dict[str, Any], day: datetime) -> list[Part]:
    time = page.clock(row["time"], day, exact=True) if row["time"] else "no time"
    pid = "" if row["pid"] is None else f"[{row['pid']}]"
    status = "" if row["status_code"] is None else f", status {row['status_code']}"
    why = ", ".join(part for part in (row["strength"], row["rule"], BOUND.get(row["bound"], "")) if part)
    return [
        (time, "bold"), "  ", page.host(row["host"]), " ", f"{row['daemon'] or ''}{pid}", "  ",
        (row["outcome"] or "", OUTCOMES.get(row["outcome"], "")), status, (f"  ({why})", "dim"),
    ]  # fmt: skip
