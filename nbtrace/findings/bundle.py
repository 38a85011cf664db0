"""Findings about the bundle itself: what could not be seen, and what had to be assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.findings.common import Case, Finding, clock
from nbtrace.listed import LISTING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.flows import Speaker

__all__ = ["absent_hosts", "absent_logs", "assumed_zones", "early_ends", "not_understood", "noticed"]

_EARLY: Final = 900  # seconds before the host's last record: a log that stops earlier is worth a word


def absent_logs(case: Case) -> Iterator[Finding]:
    """Name each log of the flow that a host of that role should have, and that is not in the bundle."""
    present = set(case.coverage.select("host", "log").iter_rows())
    hosts = {role: sorted(set(case.coverage.filter(pl.col("role") == role)["host"])) for role in ("primary", "media")}
    for speaker in case.flow.speaker:
        steps = [step for step in case.flow.step if speaker.name in step.witnesses]
        if not steps or (speaker.inside and _may_speak_inside(case, speaker)):
            continue
        names = ", ".join(f"{step.number} ({step.name})" for step in steps)
        if not hosts[speaker.role]:
            yield Finding(
                "NBT301",
                f"No log of a {_role(speaker.role)} is in the bundle; {_log(speaker)} would show step {names}.",
                title=f"no log {_log(speaker)} of any {_role(speaker.role)}",
            )
        for host in hosts[speaker.role]:
            if not any((host, log) in present for log in speaker.log_names):
                yield Finding(
                    "NBT301",
                    f"It would show step {names}.",
                    title=f"the log {_log(speaker)} of {host} is not in the bundle",
                    host=host,
                )


def absent_hosts(case: Case) -> Iterator[Finding]:
    """Name each media server that the logs speak of and of which the bundle holds no log."""
    here = {_short(host) for host in case.logs["host"]}
    logs = [speaker for speaker in case.flow.speaker if speaker.role == "media"]
    steps = [step.number for step in case.flow.step if any(speaker.name in step.witnesses for speaker in logs)]
    served = case.images.filter(pl.col("media_server").is_not_null()).group_by("media_server", maintain_order=True)
    for (host,), images in served:
        if _short(str(host)) not in here:
            yield Finding(
                "NBT301",
                f"{images.height} images were imported through {host}, and no log of it is in the bundle; "
                f"{' and '.join(map(_log, logs))} would show steps {', '.join(map(str, steps))}.",
                title=f"no log of the media server {host} is in the bundle",
                host=str(host),
            )


def _short(host: str) -> str:
    return host.split(".", maxsplit=1)[0].lower()


def _may_speak_inside(case: Case, speaker: Speaker) -> bool:
    """Tell whether a speaker that may have no files of its own is heard in others', or nobody is heard at all."""
    return case.evidence.is_empty() or bool((case.evidence["daemon"] == speaker.name).any())


def _log(speaker: Speaker) -> str:
    """Name a speaker's log so that one can fetch it."""
    if speaker.originators:
        return f"{speaker.name} (unified, originator {', '.join(map(str, speaker.originators))})"
    return f"netbackup/logs/{speaker.logs[0]}"


def _role(role: str) -> str:
    return "primary server" if role == "primary" else "media server"


def early_ends(case: Case) -> Iterator[Finding]:
    """Name each flow log that stops before its host's other logs do, by more than its own rhythm explains."""
    ends = pl.col("windows").list.last().struct.field("to")
    logs = case.coverage.filter(pl.col("format").ne_missing(LISTING))
    rows = logs.with_columns(ends=ends, host_end=pl.col("last_time").max().over("host"))
    rows = rows.filter(pl.col("windows").list.len() > 0)
    for row in rows.filter((pl.col("host_end") - pl.col("ends")).dt.total_seconds() > _EARLY).iter_rows(named=True):
        yield Finding(
            "NBT303",
            f"The log {row['log']} of {row['host']} stops at {clock(row['last_time'])}, while other logs of the host go on until {clock(row['host_end'])}.",
            title=f"the log {row['log']} of {row['host']} ends early",
            host=row["host"],
            time=row["last_time"],
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


def assumed_zones(case: Case) -> Iterator[Finding]:
    """Name each host whose local times were read as UTC because nobody said otherwise."""
    for (host,), rows in case.logs.filter(pl.col("zone_source") == "assumed").group_by("host", maintain_order=True):
        yield Finding(
            "NBT402",
            f"The local times in {rows.height} logs of {host} were read as UTC: nothing says otherwise.",
            host=str(host),
        )


def noticed(case: Case) -> Iterator[Finding]:
    """Pass on what was noticed while logs were opened and read."""
    for code, path, host, detail in case.partial:
        yield Finding(code, detail, host=host or None, evidence=(path,))
