"""How much of what the daemons say of images is understood, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.report.text import count

if TYPE_CHECKING:
    from nbtrace.report.page import Page
    from nbtrace.tables import Result

__all__ = ["show", "summary"]

_WORST: Final = 2  # daemons that are named
_EXAMPLE: Final = 240  # characters of a message


def summary(page: Page, result: Result) -> None:
    """Write in one sentence how much of what is said of images is understood; nothing where nothing is said."""
    told = result.understanding
    lines, strong, weak = (int(told[name].sum()) for name in ("lines", "strong", "weak"))
    if not lines:
        return
    page.line()
    if strong == lines:
        page.prose(f"All {lines:,} lines about images are understood.", indent=2)
        return
    share = (pl.col("strong") / pl.col("lines")).alias("share")
    worst = told.with_columns(share).filter(pl.col("share") < strong / lines).sort("share", "daemon").head(_WORST)
    named = ", ".join(f"{row['daemon']} {_percent(row['strong'], row['lines'])}" for row in worst.to_dicts())
    page.prose(
        f"Of {count(lines, 'line')} about images {_percent(strong, lines)} are understood"
        + (f", {_percent(weak, lines)} by who speaks only" if weak else "")
        + (f" (least: {named})" if named else "")
        + ". `nbtrace grammars unknown` shows the rest.",
        indent=2,
    )


def show(page: Page, result: Result, shapes: pl.DataFrame, limit: int | None) -> None:
    """Write each daemon with its share, and the kinds of its messages (table ``shapes``) that no rule knows."""
    told = result.understanding
    if told.is_empty():
        page.line("No line of these logs is about an image of the flow.")
        return
    names = told["daemon"].to_list()
    width = max(len(name) for name in (*names, "daemon"))
    page.line(
        (f"{'daemon':{width}}  {'lines':>9}  {'understood':>10}  {'only by speaker':>15}  {'not at all':>10}", "dim")
    )
    for row in told.iter_rows(named=True):
        cells = f"{row['lines']:>9,}  {_percent(row['strong'], row['lines']):>10}"
        page.line(page.cell(row["daemon"], width), f"  {cells}  {row['weak']:>15,}  {row['unknown']:>10,}")
    for name in names:
        mine = shapes.filter(pl.col("daemon") == name)
        if mine.height:
            page.heading(f"{name}: {count(mine.height, 'kind')} of messages that no rule knows")
        for row in mine.head(limit or mine.height).iter_rows(named=True):
            _shape(page, row)
        page.more(mine.height - (limit or mine.height), "kind")
    if shapes.is_empty():
        page.line()
        page.line("Every message about an image is understood.")


def _shape(page: Page, row: dict[str, Any]) -> None:
    taken = f"taken for {page.step(row['step'])}" if row["step"] else "shows no step"
    page.line()
    page.prose((f"{count(row['lines'], 'line')} about {count(row['images'], 'image')}, {taken}", "dim"), indent=2)
    page.prose((row["shape"], "bold"), indent=2, hang=2)
    page.prose(("e.g. ", "dim"), row["message"][:_EXAMPLE], indent=2, hang=5)
    page.line((f"{row['path']}:{row['line']}", "dim"), indent=7)


def _percent(part: int, whole: int) -> str:
    """Return the share; 100% only where nothing is left, 0% only where there is nothing."""
    if 0 < part < whole:
        return f"{min(max(round(100 * part / whole), 1), 99)}%"
    return "100%" if part else "0%"
