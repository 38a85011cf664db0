"""What to ask for, so that the next answer is complete: hosts, logs, spans of time, single files, levels."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.findings.bundle import ended_early, unknown_media
from nbtrace.findings.steps import mute_steps
from nbtrace.findings.unseen import Listening, absent, lacking, witnesses
from nbtrace.tables import NEEDS, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from nbtrace.findings.common import Case

__all__ = ["requests"]

_DEBUGGING: Final = 2  # I: level 1 of a unified log is errors and little else (levels 0 to 6: log-formats.md §6, H)
# I: in a shorter span hardly any log tells what became of an image; from so long before it on, and until all deadlines
# have passed, it does.
_SHORT: Final = timedelta(hours=4)
_BEFORE: Final = timedelta(hours=1)
# The number at the end of a log file's name: rotation (log-formats.md §1.1, H; §3, H).
_ROTATION: Final = r"[0-9]+(\.[A-Za-z0-9.]*)?$"


def requests(case: Case) -> pl.DataFrame:
    """Return the table ``requests``, the heaviest need first; a log is asked for whole once, or in parts."""
    parts = [*_times(case), *_levels(case)]
    rows = [*_hosts(case), *_logs(case), *_undecided(case, parts), *parts, *_files(case), *_useful(case)]
    whole = {(row["host"], row["log"]) for row in rows if row["need"] in {"host", "log"}}
    rows = [row for row in rows if row["need"] in {"host", "log"} or (row["host"], row["log"]) not in whole]
    undecided = Counter((deciding.host, name) for _, deciding in witnesses(case) for name in deciding.speakers)
    for row in rows:
        row["images"] = undecided[row["host"], row["log"]]
        row["steps"] = [step.number for step in case.flow.step if row["log"] in step.witnesses]
    table = REQUESTS.shape(pl.DataFrame(rows, infer_schema_length=None)) if rows else REQUESTS.empty()
    rank = pl.col("need").replace_strict({need: number for number, need in enumerate(NEEDS)})
    part = pl.when(~pl.col("need").is_in(["host", "log"])).then(pl.concat_str("need", "detail"))
    table = (
        table.with_columns(part=part).unique(["host", "log", "part"], keep="first", maintain_order=True).drop("part")
    )
    return REQUESTS.check(table.sort(rank, pl.col("role") != "primary", "host", maintain_order=True, nulls_last=True))


def _row(case: Case, need: str, log: str, host: str | None, detail: str, **more: Any) -> dict[str, Any]:
    """Return a request; without a span of time it is for all of the bundle's."""
    whole: tuple[Any, ...] = case.coverage.select(pl.col("first_time").min(), pl.col("last_time").max()).row(0)
    since, until = _worth(case, *whole)
    row = {"need": need, "log": log, "host": host, "role": case.flow.named(log).role, "detail": detail}
    return row | {"from_time": since, "to_time": until} | more


def _worth(case: Case, since: datetime | None, until: datetime | None) -> tuple[datetime | None, datetime | None]:
    """Return the span, or one around it where it is so short that a log of it would tell nothing."""
    if since is None or until is None or until - since >= _SHORT:
        return since, until
    return since - _BEFORE, until + timedelta(seconds=case.flow.total_deadline_s)


def _hosts(case: Case) -> Iterator[dict[str, Any]]:
    """Ask for every log of media servers of which nothing is there."""
    media = [speaker.name for speaker in case.flow.speaker if speaker.role == "media"]
    for host, images in unknown_media(case):
        for log in media:
            named = "1 image names it" if images == 1 else f"{images} images name it"
            yield _row(case, "host", log, host, f"no log of this host is in the bundle, and {named}")


def _logs(case: Case) -> Iterator[dict[str, Any]]:
    """Ask for the logs that are not there."""
    for log, host in absent(case):
        why = "the log is not in the bundle" if host else "no such log of any host is in the bundle"
        yield _row(case, "log" if host else "host", log, host, why)


def _undecided(case: Case, asked: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Ask for the logs on which undetermined images hang, where nothing in ``asked`` says why they do not tell."""
    until: Any = case.coverage["last_time"].max()
    since: dict[tuple[str, str | None], datetime | None] = {}
    quiet: dict[tuple[str, str | None], None] = {}
    listening = Listening(case)
    for row, deciding in witnesses(case):
        for log in deciding.speakers:
            if deciding.missing:
                since.setdefault((log, deciding.host), None)
            elif any(other["log"] == log and other["host"] in {deciding.host, None} for other in asked):
                continue
            elif listening.covers(deciding, log, row):  # another copy of it would say the same
                quiet[log, deciding.host] = None
            else:
                earliest = since.get((log, deciding.host), row["last_time"])
                since[log, deciding.host] = min(filter(None, (earliest, row["last_time"])), default=None)
    for (log, host), begin in since.items():
        if begin is None:
            yield _row(case, "log", log, host, "the log is not in the bundle")
        else:
            why = "the log does not tell what became of images"
            since_then, until_then = _worth(case, begin, until)
            yield _row(case, "time", log, host, why, from_time=since_then, to_time=until_then)
    for log, host in quiet:
        if (log, host) not in since:
            why = "it covers the time, but says nothing that is understood of what became of images; `nbtrace grammars unknown` shows what is not"
            yield _row(case, "level", log, host, why)


def _times(case: Case) -> Iterator[dict[str, Any]]:
    """Ask for the time after a log that ends early, and between the files of one that pauses."""
    speakers = case.flow.speaker_of
    for row in ended_early(case).iter_rows(named=True):
        why = "the log ends before the other logs of its host do"
        yield _row(
            case, "time", speakers[row["log"]], row["host"], why, from_time=row["last_time"], to_time=row["host_end"]
        )
    for row in case.coverage.filter(pl.col("windows").list.len() > 1).iter_rows(named=True):
        for before, after in pairwise(row["windows"]):
            why = "between two of its files time is missing"
            span = {"from_time": before["to"], "to_time": after["from"]}
            yield _row(case, "time", speakers[row["log"]], row["host"], why, **span)


def _files(case: Case) -> Iterator[dict[str, Any]]:
    """Ask for files whose rotation numbers are missing between others of the same day."""
    speakers = case.flow.speaker_of
    name = pl.col("path").str.replace_all("\\", "/", literal=True).str.split("/").list.last()
    series = name.str.replace(_ROTATION, "")
    logs = case.logs.filter(pl.col("rotation").is_not_null() & pl.col("log").is_in(list(speakers)))
    groups = logs.group_by("host", "log", "date", series=series, maintain_order=True).agg(
        pl.col("rotation").unique().sort()
    )
    for host, log, _, begin, numbers in groups.select("host", "log", "date", "series", "rotation").iter_rows():
        lost = [(one + 1, two - 1) for one, two in pairwise(numbers) if two > one + 1]
        if lost:
            told = ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in lost)
            detail = f"of the files {begin}… the numbers {told} are missing between others"
            yield _row(case, "files", speakers[log], host, detail)


def _levels(case: Case) -> Iterator[dict[str, Any]]:
    """Ask for a higher level where a log says too little to show its step."""
    for step, logs, passed in mute_steps(case):
        for log in logs:
            hosts = case.coverage.filter(pl.col("log").is_in(list(case.flow.named(log).log_names)))["host"]
            for host in hosts.unique().sort():
                why = f"it shows step {step.number} ({step.name}) for none of {passed} images that passed it"
                yield _row(case, "level", log, host, why)
    speakers = case.flow.speaker_of
    low = pl.col("log").is_in(list(speakers)) & (pl.col("highest_level") < _DEBUGGING)
    for row in case.coverage.filter(low).iter_rows(named=True):
        why = f"its highest level is {row['highest_level']}: errors and little else"
        yield _row(case, "level", speakers[row["log"]], row["host"], why)


def _useful(case: Case) -> Iterator[dict[str, Any]]:
    """Ask for logs on which no verdict hangs and that help to explain failures."""
    for speaker in (each for each in case.flow.speaker if each.name not in case.flow.witnesses and not each.listing):
        for host in lacking(case, speaker):
            yield _row(case, "helpful", speaker.name, host, "no verdict hangs on it; it helps to explain failures")
