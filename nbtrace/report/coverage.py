"""Which log of which host shows which part of the time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.report.text import count

if TYPE_CHECKING:
    from nbtrace.report.page import Page, Part
    from nbtrace.tables import Result

__all__ = ["show"]

ENTRIES = 12
BAR = 26  # columns: a bar needs room for the two times above it


def show(page: Page, result: Result, limit: int | None) -> None:
    """Draw one bar for each log of each host: strong where its silence means something, thin where only records are."""
    since, until = result.since, result.until
    if result.coverage.is_empty() or since is None or until is None:
        return
    rows = result.coverage.sort(pl.col("role") != "primary", "host", "log", nulls_last=True)
    shown = rows.head(limit or rows.height)
    hosts = [page.host(host) for host in shown["host"]]
    host = min(max(*map(len, hosts), 4), page.width // 4)
    log = min(max(*(len(name or "") for name in shown["log"]), 3), 14)
    width = page.width - 2 - host - 2 - log - 2 - ENTRIES - 2
    if width < BAR:
        _narrow(page, shown, hosts)
        page.more(rows.height - shown.height, "log")
        return
    page.line()
    first, last = f"{page.local(since):%m-%d %H:%M}", f"{page.local(until):%m-%d %H:%M}"
    scale = f"{first} {page.glyphs.rule * (width - len(first) - len(last) - 2)} {last}"
    page.line((f"{'host':{host}}  {'log':{log}}  {'records':>{ENTRIES}}  {scale}", "dim"), indent=2)
    for name, row in zip(hosts, shown.iter_rows(named=True), strict=True):
        cells: list[Part] = [page.cell(name, host), "  ", page.cell(row["log"] or "", log), "  "]
        cells += [page.cell(f"{row['entries'] or 0:,}", ENTRIES, right=True), "  "]
        page.line(*cells, *_bar(page, row, since, until, width), indent=2)
    page.more(rows.height - shown.height, "log")
    strong, thin = page.glyphs.active * 4, page.glyphs.rule * 4
    page.line(
        (f"{strong} its silence is a gap   {thin} its silence proves nothing", "dim"),
        indent=2,
    )


def _narrow(page: Page, rows: pl.DataFrame, hosts: list[str]) -> None:
    """Write each log with its first and last time, where there is no room for bars."""
    page.line()
    for host, row in zip(hosts, rows.iter_rows(named=True), strict=True):
        when = page.span(row["first_time"], row["last_time"])
        text = f"  {count(row['entries'] or 0, 'record')}, {when or 'no time is known'}"
        page.prose((f"{host} {row['log'] or ''}", "bold"), text, indent=2, hang=2)


def _bar(page: Page, row: dict[str, Any], since: datetime, until: datetime, width: int) -> list[Part]:
    first, last = row["first_time"], row["last_time"]
    if first is None or last is None:
        return [("no time is known", "dim")]
    whole = max(until - since, timedelta(milliseconds=1))
    bar = [" "] * width
    stretches = [(page.glyphs.rule, first, last)]
    stretches += [(page.glyphs.active, window["from"], window["to"]) for window in row["windows"] or ()]
    for glyph, begin, end in stretches:
        left, right = (round((time - since) / whole * (width - 1)) for time in (begin, end))
        for cell in range(max(left, 0), min(right, width - 1) + 1):
            bar[cell] = glyph
    return ["".join(bar)]
