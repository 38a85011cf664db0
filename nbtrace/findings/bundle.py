"""Findings about the bundle itself: what could not be seen, and what had to be assumed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.findings.common import Case, Finding, clock
from nbtrace.findings.unseen import absent
from nbtrace.listed import LISTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.flows import Speaker

__all__ = [
    "absent_hosts",
    "absent_logs",
    "early_ends",
    "ended_early",
    "holes",
    "not_understood",
    "noticed",
    "unknown_media",
]

_EARLY: Final = 900  # seconds before the host's last record: a log that stops earlier is worth a word
_UNIFIED: Final = "Fetch the log from that host (`nbcplogs`, or copy its folder) and run nbtrace again."


def absent_logs(case: Case) -> Iterator[Finding]:
    """Name each log of the flow that a host of that role should have, and that is not in the bundle."""
    for name, host in absent(case):
        speaker = case.flow.named(name)
        steps = ", ".join(f"{step.number} ({step.name})" for step in case.flow.step if name in step.witnesses)
        if host is None:
            yield Finding(
                "NBT301",
                f"No log of a {_role(speaker.role)} is in the bundle; {_log(speaker)} would show step {steps}.",
                title=f"no log {_log(speaker)} of any {_role(speaker.role)}",
                remedy=_UNIFIED if speaker.originators else "",
            )
        else:
            yield Finding(
                "NBT301",
                f"It would show step {steps}.",
                title=f"the log {_log(speaker)} of {host} is not in the bundle",
                remedy=_UNIFIED if speaker.originators else "",
                host=host,
            )


def absent_hosts(case: Case) -> Iterator[Finding]:
    """Name each media server that the logs speak of and of which the bundle holds no log."""
    logs = [speaker for speaker in case.flow.speaker if speaker.role == "media"]
    steps = [step.number for step in case.flow.step if any(speaker.name in step.witnesses for speaker in logs)]
    for host, images in unknown_media(case):
        yield Finding(
            "NBT301",
            f"{images} {'image' if images == 1 else 'images'} went through {host}, and no log of it is in the bundle; "
            f"{' and '.join(map(_log, logs))} would show steps {', '.join(map(str, steps))}.",
            title=f"no log of the media server {host} is in the bundle",
            host=host,
        )


def unknown_media(case: Case) -> Iterator[tuple[str, int]]:
    """Yield each media server that images name and that has no log in the bundle, with the number of these images."""
    here = {_short(host) for host in case.logs["host"]}
    served = case.images.filter(pl.col("media_server").is_not_null()).group_by("media_server", maintain_order=True)
    for host, images in served.len().iter_rows():
        if _short(host) not in here:
            yield host, images


def _short(host: str) -> str:
    return host.split(".", maxsplit=1)[0].lower()


def _log(speaker: Speaker) -> str:
    """Name a speaker's log so that one can fetch it."""
    if speaker.originators:
        return f"{speaker.name} (unified, originator {', '.join(map(str, speaker.originators))})"
    return f"netbackup/logs/{speaker.logs[0]}"


def _role(role: str) -> str:
    return "primary server" if role == "primary" else "media server"


def early_ends(case: Case) -> Iterator[Finding]:
    """Name each flow log that stops before its host's other logs do, by more than its own rhythm explains."""
    for row in ended_early(case).iter_rows(named=True):
        yield Finding(
            "NBT303",
            f"The log {row['log']} of {row['host']} stops at {clock(row['last_time'])}, while other logs of the host go on until {clock(row['host_end'])}.",
            title=f"the log {row['log']} of {row['host']} ends early",
            host=row["host"],
            time=row["last_time"],
        )


def ended_early(case: Case) -> pl.DataFrame:
    """Return the rows of ``coverage`` of flow logs that end early, with ``host_end`` (UTC), the last time of the host.

    A log whose zone is doubted is no such log.
    """
    ends = pl.col("windows").list.last().struct.field("to")
    doubted = case.clocks.zones.filter("obeyed")
    logs = case.coverage.filter(pl.col("format").ne_missing(LISTING))
    rows = logs.join(doubted, on=["host", "format"], how="anti", maintain_order="left")
    rows = rows.with_columns(ends=ends, host_end=pl.col("last_time").max().over("host"))
    rows = rows.filter(pl.col("windows").list.len() > 0)
    return rows.filter((pl.col("host_end") - pl.col("ends")).dt.total_seconds() > _EARLY)


def holes(case: Case) -> Iterator[Finding]:
    """Name each flow log that tells nothing of some time between its beginning and its end."""
    for row in case.coverage.filter(pl.col("windows").list.len() > 1).iter_rows(named=True):
        gaps = [(before["to"], after["from"]) for before, after in pairwise(row["windows"])]
        since, until = max(gaps, key=lambda gap: gap[1] - gap[0])
        more = f", and of {len(gaps) - 1} shorter ones" if len(gaps) > 1 else ""
        yield Finding(
            "NBT303",
            f"The log {row['log']} of {row['host']} tells nothing of the time from {clock(since)} to {clock(until)}{more}.",
            title=f"the log {row['log']} of {row['host']} has a hole",
            host=row["host"],
            time=since,
        )


def not_understood(case: Case) -> Iterator[Finding]:
    """Count the lines that no grammar took, log by log, with the first few of them."""
    for row in case.coverage.filter(pl.col("unparsed") > 0).iter_rows(named=True):
        places = tuple(":".join(sample.split(":", 2)[:2]) for sample in row["samples"])
        yield Finding(
            "NBT304",
            f"{row['unparsed']} lines of the log {row['log']} of {row['host']} ({row['entries']} records) were not understood. The first: {row['samples'][0]}",
            title=f"lines of {row['log']} on {row['host']} were not understood",
            host=row["host"],
            evidence=places,
            severity="info" if row["unparsed"] * 100 < row["entries"] else "",
        )


def noticed(case: Case) -> Iterator[Finding]:
    """Pass on what was noticed while logs were opened and read."""
    for code, path, host, detail in case.noticed:
        yield Finding(code, detail, host=host or None, evidence=(path,))
