"""Findings grouped by their cause: one entry for what a hundred images have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.report.text import count

if TYPE_CHECKING:
    from nbtrace.report.page import Page, Part

__all__ = ["failures", "noted", "unseen"]

# Codes of what could not be seen: coverage, time and input (NBT3xx, 4xx, 5xx).
BLIND: Final = pl.col("code").str.contains("^NBT[345]")
FAILURE: Final = ~BLIND & (pl.col("severity") == "error")
SEVERITIES: Final = {"error": "bold red", "warning": "yellow", "info": "dim"}
PLACES: Final = 3  # steps or hosts that are named before the rest is counted


def failures(page: Page, findings: pl.DataFrame, images: pl.DataFrame, limit: int | None) -> None:
    """Write the causes of failures and stalls, the most frequent first."""
    status = images.select("image_id", "cause", "verdict", status=pl.col("status_code"))
    of_cause = pl.when(pl.col("code") == pl.col("cause")).then("status")
    found = findings.filter(FAILURE).join(status, on="image_id", how="left").with_columns(of_cause.alias("status"))
    if found.is_empty():
        return
    page.heading("Not imported, by cause")
    groups = _grouped(found, "status")
    for group in groups.head(limit or groups.height).iter_rows(named=True):
        _failure(page, group)
    page.more(groups.height - (limit or groups.height), "cause")


def noted(page: Page, findings: pl.DataFrame, limit: int | None) -> None:
    """Write what is neither a failure nor a blind spot: slow steps, repeated attempts and the like."""
    groups = _grouped(findings.filter(~BLIND & ~FAILURE))
    if groups.is_empty():
        return
    page.heading("Also noted")
    for group in groups.head(limit or groups.height).iter_rows(named=True):
        page.prose(*_title(group), f", {_amount(group)}", indent=2, hang=8)
        _see(page, group["example"])
    page.more(groups.height - (limit or groups.height), "kind")


def unseen(page: Page, findings: pl.DataFrame, limit: int | None) -> bool:
    """Write what could not be seen, each with what to fetch; return whether there was anything."""
    rank = pl.col("severity").replace_strict({"error": 0, "warning": 1}, default=2)
    groups = _grouped(findings.filter(BLIND).sort(rank, maintain_order=True), keep_order=True)
    for group in groups.head(limit or groups.height).iter_rows(named=True):
        hosts = _listed([host for host in group["hosts"] if host not in group["title"]])
        images = f", {_amount(group)}" if group["images"] else ""
        page.prose(*_title(group), f": {hosts}" if hosts and not images else "", images, indent=2, hang=8)
        _say(page, "why", group["detail"])
        _say(page, "do", group["remedy"])
        _see(page, group["place"])
    page.more(groups.height - (limit or groups.height), "finding")
    return not groups.is_empty()


def _grouped(findings: pl.DataFrame, *more: str, keep_order: bool = False) -> pl.DataFrame:
    """Group by code, title and `more`; image, place and detail come from the earliest finding of each group."""
    known = "verdict" in findings.columns
    lasting, again = (
        pl.col("verdict") == word if known else pl.lit(value=False) for word in ("imported", "undetermined")
    )
    groups = (
        (findings if keep_order else findings.sort("time", nulls_last=True, maintain_order=True))
        .with_columns(later=lasting, again=again)
        .group_by("code", "title", *more, maintain_order=True)
        .agg(
            pl.col("severity").first(),
            pl.col("image_id").first().alias("example"),
            pl.col("evidence").list.first().first().alias("place"),
            *(pl.col(name).first() for name in ("detail", "remedy") if name not in more),
            images=pl.col("image_id").drop_nulls().n_unique(),
            later=pl.col("image_id").filter("later").n_unique(),
            again=pl.col("image_id").filter("again").n_unique(),
            findings=pl.len(),
            first=pl.col("time").min(),
            last=pl.col("time").max(),
            steps=pl.col("step").drop_nulls().unique().sort(),
            hosts=pl.col("host").drop_nulls().unique().sort(),
        )
    )
    return groups if keep_order else groups.sort("images", "findings", descending=True, maintain_order=True)


def _failure(page: Page, group: dict[str, Any]) -> None:
    page.line()
    status = "" if group["status"] is None else f", status {group['status']}"
    page.prose(*_title(group), status, indent=2, hang=8)
    steps, hosts = (
        _listed([page.step(step) for step in group["steps"]]),
        _listed([page.host(h) for h in group["hosts"]]),
    )
    where = "".join(f" {word} {names}" for word, names in (("at", steps), ("on", hosts)) if names)
    later = f", {group['later']:,} of them imported later" if group["later"] else ""
    again = f", {group['again']:,} of them undetermined: a retry could be unseen" if group["again"] else ""
    page.prose((_amount(group), "bold"), where, later, again, indent=10)
    if when := page.span(group["first"], group["last"]):
        page.prose(f"{when} {page.zone}", indent=10)
    _say(page, "why", group["detail"])
    _say(page, "do", group["remedy"])
    _see(page, group["example"], group["place"])


def _say(page: Page, label: str, text: str | None) -> None:
    """Write a text with its label in the gutter."""
    if text:
        page.prose((f"{label:6}", "dim"), text, indent=4, hang=6)


def _see(page: Page, *things: str | None) -> None:
    """Write an example and a place, whole and each on its own line, so that they can be copied."""
    for number, thing in enumerate(filter(None, things)):
        page.line((f"{'' if number else 'see':6}", "dim"), thing, indent=4)


def _title(group: dict[str, Any]) -> list[Part]:
    return [(group["code"], SEVERITIES.get(group["severity"], "")), "  ", (group["title"] or "", "bold")]


def _amount(group: dict[str, Any]) -> str:
    return count(group["images"], "image") if group["images"] else count(group["findings"], "time")


def _listed(names: list[str]) -> str:
    rest = len(names) - PLACES
    return ", ".join(names[:PLACES]) + (f" and {rest} more" if rest > 0 else "")
