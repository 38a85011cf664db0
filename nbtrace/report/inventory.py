"""What of the logs is there, and what to ask for: a text to paste into a mail."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.flows import load
from nbtrace.knowledge.collecting import whereabouts
from nbtrace.knowledge.daemons import daemon
from nbtrace.report.text import count, duration, span

if TYPE_CHECKING:
    from datetime import datetime

    from nbtrace.report.page import Page, Part
    from nbtrace.tables import Result

__all__ = ["show", "summary"]

QUIET: Final = 600.0  # seconds: a shorter silence means nothing (nbtrace/tracing/windows.py)
ROLES: Final = {"primary": "primary server", "media": "media server"}


def show(page: Page, result: Result) -> None:
    """Write the logs of each host, then what to ask for."""
    page.prose(("nbtrace", "bold"), " ", result.bundle, f", {_when(result.since, result.until)}")
    coverage = result.coverage.sort(pl.col("role") != "primary", "host", "log", nulls_last=True)
    for logs in coverage.partition_by("host", maintain_order=True):
        _host(page, result, logs)
    page.line()
    summary(page, result)
    if not result.requests.is_empty():
        page.heading("What to ask for")
        _zones(page, result)
        _ask(page, result)


def summary(page: Page, result: Result) -> None:
    """Write in one line whether the logs suffice."""
    needed = result.requests.filter(pl.col("need") != "helpful")
    hosts, logs = result.coverage["host"].n_unique(), result.coverage.height
    here = f"{count(hosts, 'host')}, {count(logs, 'log')}"
    undecided = result.images.filter(pl.col("verdict") == "undetermined").height
    hang = f"; {count(undecided, 'image')} cannot be judged without" if undecided else ""
    if needed.is_empty():
        page.line((here, "bold"), ": nothing is missing for a full answer")
    else:
        page.prose((here, "bold"), f": {count(needed.height, 'thing')} missing for a full answer{hang}")


def _when(since: datetime | None, until: datetime | None) -> str:
    return f"{span(since, until)} UTC" if since else "no time is known"


def _host(page: Page, result: Result, logs: pl.DataFrame) -> None:
    """Write the logs of one host, each with what it covers."""
    host, role = logs["host"][0], logs["role"][0]
    local = logs.filter(pl.col("zone_source") != "epoch")
    zones = local.select(pl.format("{} ({})", "zone", "zone_source"))["zone"].unique(maintain_order=True)
    page.line()
    page.prose(
        (page.host(host), "bold"), f"  {ROLES.get(role, 'role unknown')}, {', '.join(zones) or 'no zone needed'}"
    )
    for row in logs.iter_rows(named=True):
        page.prose((_name(row["log"]), "bold"), f"  {_when(row['first_time'], row['last_time'])}", indent=2, hang=4)
        page.prose(", ".join(_facts(row)), indent=6)
        for begin, end in _pauses(row):
            page.prose(("between its files no record from ", "yellow"), f"{span(begin, end)} UTC", indent=6)
        if shown := _shown(result, row):
            page.prose(*shown, indent=6)


def _name(log: str) -> str:
    known = daemon(log)
    return log if known is None or known.originator is None else f"{log} ({known.originator})"


def _facts(row: dict[str, Any]) -> list[str]:
    facts = [row["format"], count(row["files"], "file"), count(row["entries"] or 0, "record")]
    facts += [f"{count(row['unparsed'], 'line')} not understood"] if row["unparsed"] else []
    known = daemon(row["log"])
    if row["highest_level"] is not None and known is not None:
        facts.append(f"highest level {row['highest_level']} of {whereabouts(known).full}")
    if (row["silence_s"] or 0.0) >= QUIET:
        facts.append(f"longest silence {duration(row['silence_s'])}")
    return facts


def _pauses(row: dict[str, Any]) -> list[tuple[datetime, datetime]]:
    windows = row["windows"] or []
    return [(before["to"], after["from"]) for before, after in pairwise(windows)]


def _shown(result: Result, row: dict[str, Any]) -> list[Part]:
    """Return which steps a log of the flow shows for how many images, and which it should show and does not."""
    flow = load()
    speakers = [speaker for speaker in flow.speaker if row["log"] in speaker.log_names]
    here = result.logs.filter(pl.col("host") == row["host"])
    lines = result.evidence.join(here.select("path", "log"), on="path").filter(pl.col("step").is_not_null())
    own = lines.filter(pl.col("log") == row["log"]).group_by("step").agg(pl.col("image_id").n_unique())
    shown = [
        f"{number} {flow.step[number - 1].name} ({count(images, 'image')})"
        for number, images in own.sort("step").iter_rows()
    ]
    # Of bpdm and bptm one is enough.
    alike = lines.filter(pl.col("log").is_in([name for speaker in speakers for name in speaker.log_names]))
    witness = [step for step in flow.step if any(speaker.name in step.witnesses for speaker in speakers)]
    served = pl.lit(True) if row["role"] != "media" else pl.col("media_server") == row["host"]
    parts: list[Part] = [f"shows step {', '.join(shown)}"] if shown else []
    for step in (step for step in witness if step.number not in set(alike["step"])):
        passed = result.images.filter((pl.col("last_step") >= step.number) & served).height
        why = f"although {count(passed, 'image')} passed it" if passed else "and no image is known to have passed it"
        parts.append("; " if parts else "")
        parts.append((f"shows nothing of step {step.number} {step.name}, {why}", "yellow" if passed else "dim"))
    return parts


def _zones(page: Page, result: Result) -> None:
    """Say which zones were assumed: what a log covers hangs on them."""
    hosts = result.logs.filter(pl.col("zone_source") == "assumed")["host"].unique().sort()
    if len(hosts):
        names = ", ".join(page.host(host) for host in hosts)
        page.prose(
            f"First give the time zone of {names} with --tz or --host-tz: it was taken for UTC, "
            "and a wrong zone looks like a log that ends early.",
            indent=2,
        )
        page.line()


def _ask(page: Page, result: Result) -> None:
    """Write the requests, host by host."""
    lead = True
    asked = result.requests.filter(~pl.col("need").is_in(["level", "helpful"]))
    for rows in asked.partition_by("host", maintain_order=True):
        page.prose(("Please send" if lead else "and", ""), f" from {_of(rows.row(0, named=True))}:", indent=2)
        for row in rows.iter_rows(named=True):
            _item(page, result, row)
        lead = False
    _levels(page, result)
    useful = result.requests.filter(pl.col("need") == "helpful")
    for rows in useful.partition_by("host", maintain_order=True):
        names = ", ".join(map(_name, rows["log"]))
        page.line()
        page.prose(f"If they are there, also send from {_of(rows.row(0, named=True))}: {names}.", indent=2)
    page.line()
    page.prose("`nbcplogs` on the host collects them, and a copy of the folders does as well.", indent=2)


def _of(row: dict[str, Any]) -> str:
    role = ROLES.get(row["role"], row["role"])
    return f"the {role} {row['host']}" if row["host"] else f"each {role} (the logs do not tell which)"


def _item(page: Page, result: Result, row: dict[str, Any]) -> None:
    """Write one log to send: where it lies, of which time, why, and what it would show."""
    for folder, files in _folders(result, row):
        page.line(("- ", ""), f"{folder}  {files}", indent=4)
    log = daemon(row["log"])
    if log is not None and log.inside:
        page.prose(f"and files of its own, 51216-{log.originator}-*.log, where there are any", indent=6)
    page.prose(
        f"of {row['from_time']:%Y-%m-%d %H:%M} to {row['to_time']:%Y-%m-%d %H:%M} UTC, with full names", indent=6
    )
    steps = ", ".join(f"{number} ({load().step[number - 1].name})" for number in row["steps"])
    shows = f"; it shows step {steps}" if steps else ""
    hang = f"; {count(row['images'], 'image')} cannot be judged without it" if row["images"] else ""
    page.prose(f"because {row['detail']}{shows}{hang}", indent=6)


def _folders(result: Result, row: dict[str, Any]) -> list[tuple[str, str]]:
    """Return folder and files of a log: as its host's own paths tell, else for both systems."""
    log = daemon(row["log"])
    if log is None:
        return [(row["log"], "*")]
    where = whereabouts(log)
    paths = result.logs.filter(pl.col("host") == pl.lit(row["host"], pl.String))["path"].str.to_lowercase()
    windows = bool(paths.str.contains("program files|veritas").any())
    unix = bool(paths.str.contains("usr[/\\\\]openv").any())
    folders = [where.windows] if windows and not unix else [where.unix] if unix else [where.unix, where.windows]
    return [(folder, where.files) for folder in folders]


def _levels(page: Page, result: Result) -> None:
    """Write how to make the logs say more, where they say too little."""
    rows = result.requests.filter(pl.col("need") == "level")
    if rows.is_empty():
        return
    page.line()
    page.prose("And before the next import, raise these levels (put them back afterwards):", indent=2)
    for row in rows.iter_rows(named=True):
        log = daemon(row["log"])
        if log is not None:
            page.prose(f"- {row['log']} on {row['host'] or 'each host'}: {row['detail']}", indent=4, hang=2)
            page.line(whereabouts(log).level, indent=6)
