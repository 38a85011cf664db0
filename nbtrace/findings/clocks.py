"""Findings about clocks: zones that contradict the logs or had to be assumed, clocks that differ, dates that do not fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.findings.common import Case, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["assumed_zones", "dates", "either_order", "skewed", "strange_offsets", "wrong_zones"]

_WORTH_S: Final = 1.0  # seconds: nobody needs to know of a smaller difference
_NAMED: Final = 5  # files that a sentence names
# Quarters of an hour at which clocks of some place on Earth are set, beside the whole hours (IANA time zone database).
_ODD: Final = r"(03:30|04:30|05:30|05:45|06:30|08:45|09:30|10:30|12:45|13:45|02:30)"
_EITHER: Final = """\
See whether the day is right. If it is not, print the file again with `vxlogview` on a host whose locale writes months \
first, or hand in the raw files of the log: their times can be read in one way only."""


def wrong_zones(case: Case) -> Iterator[Finding]:
    """Name each host whose given zone is contradicted by the same jobs and images in other logs."""
    one = case.clocks.zones.sort("host", "facts", descending=[False, True]).unique(
        ["host", "zone"], keep="first", maintain_order=True
    )
    for row in one.iter_rows(named=True):
        host, given, zone = row["host"], row["given"], row["zone"]
        says = f"{row['facts']} jobs or images that its logs name stand in other logs as if its clock showed {zone}"
        if row["obeyed"]:
            yield Finding(
                "NBT402",
                f"--host-tz says {given} for {host}, but {says}. Which is right is not known, so these logs count without their times.",
                title=f"the zone that was given for {host} contradicts its logs",
                remedy=f"Run again without --host-tz {host}={given}: the zone is found by itself; or with --host-tz {host}={zone}.",
                severity="warning",
                host=host,
            )
        else:
            yield Finding(
                "NBT402",
                f"--tz says {given} for all hosts, but {says}. Its times were read in {zone}.",
                title=f"{host} has another zone than the one that was given",
                remedy=f"Nothing, if that is right; else give its zone with --host-tz {host}=ZONE.",
                host=host,
            )


def assumed_zones(case: Case) -> Iterator[Finding]:
    """Name each host whose local times were read as UTC because nothing says otherwise."""
    for (host,), rows in case.logs.filter(pl.col("zone_source") == "assumed").group_by("host", maintain_order=True):
        yield Finding(
            "NBT402",
            f"The local times in {rows.height} logs of {host} were read as UTC: nothing says otherwise, "
            "and they name too few jobs and images that logs with known times name as well.",
            host=str(host),
        )


def strange_offsets(case: Case) -> Iterator[Finding]:
    """Name each host whose clock shows a time that is that of no zone: then it is the clock that is wrong."""
    odd = pl.col("zone").str.contains(r"^[+-]\d\d:\d\d$") & ~pl.col("zone").str.contains(rf":00$|{_ODD}")
    matched = case.logs.filter((pl.col("zone_source") == "matched") & odd).select("host", "zone").unique()
    for host, zone in matched.sort("host", "zone").iter_rows():
        yield Finding(
            "NBT401",
            f"The clock of {host} shows {zone} against UTC, which is the time of no place: it is wrong by a quarter of "
            "an hour or more. Its times were corrected by that much.",
            title=f"the clock of {host} is wrong by a quarter of an hour or more",
            host=host,
        )


def skewed(case: Case) -> Iterator[Finding]:
    """Name each two hosts whose clocks differ by more than a second for certain."""
    for row in case.clocks.skews.iter_rows(named=True):
        ahead, behind, low, high = row["host"], row["other"], row["low_s"], row["high_s"]
        if high is not None and high < 0:
            ahead, behind, low, high = behind, ahead, -high, None if low is None else -low
        if low is None or low <= _WORTH_S:
            continue
        much = f"at least {low:.1f} s" if high is None else f"{low:.1f} to {high:.1f} s"
        yield Finding(
            "NBT401",
            f"The clock of {ahead} is {much} ahead of that of {behind}: {row['pairs']} causes and effects say so. "
            "Times of the two hosts are comparable only to that extent; no order of steps was concluded from less.",
            title=f"the clock of {ahead} is ahead of that of {behind}",
            host=ahead,
        )


def dates(case: Case) -> Iterator[Finding]:
    """Name each file whose name has no date, or one that its records contradict."""
    told = case.clocks.dates.join(case.logs.select("log_id", "path", "host"), on="log_id", how="inner").sort("path")
    for row in told.iter_rows(named=True):
        path, day = row["path"], row["date"]
        told_by = (
            f"{row['facts']} jobs or images that other logs name as well"
            if row["facts"]
            else "the time of its last change"
        )
        if row["named"] is not None:
            detail = f"The name of '{path}' says {row['named']}, but {told_by} say that it begins on {day}. Which is right is not known, so its records count without their times."
            yield Finding("NBT403", detail, host=row["host"], evidence=(path,))
        elif day is None:
            detail = f"The name of '{path}' has no date, and nothing else tells it: its records have no times."
            yield Finding(
                "NBT403", detail, title="a log without a date has no times", host=row["host"], evidence=(path,)
            )
        else:
            detail = f"The name of '{path}' has no date; {told_by} say that it begins on {day}."
            title = "the date of a log was found in other places than its name"
            yield Finding("NBT403", detail, title=title, severity="info", host=row["host"], evidence=(path,))


def either_order(case: Case) -> Iterator[Finding]:
    """Name the files of each host whose printed dates do not tell the order of day and month."""
    for host, paths in case.clocks.either.group_by("host", maintain_order=True).agg("path").sort("host").iter_rows():
        names = ", ".join(f"'{path}'" for path in paths[:_NAMED])
        more = f" and {len(paths) - _NAMED} more files" if len(paths) > _NAMED else ""
        yield Finding(
            "NBT403",
            f"The dates of {names}{more} can be read month first or day first; month first was taken.",
            title="the order of day and month is not known",
            remedy=_EITHER,
            host=host,
            evidence=tuple(paths),
        )
