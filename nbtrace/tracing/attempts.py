"""Evidence → attempts: what is known of each attempt to import an image, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.tables import STRENGTHS
from nbtrace.tracing.likeness import like_imported

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbtrace.flows import Flow

__all__ = ["Attempt", "End", "Failure", "Seen", "attempts"]

_LATE_LINES: Final = timedelta(seconds=10)  # I: the last lines of a process follow its end at once
_BINDING: Final = {"named": 0, "session": 1, "job": 2}  # how closely a record belongs to the image


@dataclass(frozen=True, slots=True)
class Seen:
    """The evidence of one step: its first and last time (UTC), who showed it, where, how often, how strongly."""

    first: datetime | None
    last: datetime | None
    host: str
    daemon: str
    pid: int | None
    count: int
    strength: str
    path: str
    line: int
    speakers: frozenset[str]
    done: bool  # said to be complete, not only begun


@dataclass(frozen=True, slots=True)
class Failure:
    """One record that says that something failed."""

    time: datetime | None
    step: int | None
    code: int | None
    bound: str
    host: str
    daemon: str
    pid: int | None
    ending: bool
    place: str  # path:line

    @property
    def closeness(self) -> int:
        """Tell how closely the record belongs to the image: 0 names it, 2 belongs to its job only."""
        return _BINDING[self.bound]


@dataclass(frozen=True, slots=True)
class End:
    """The end of the attempt's job: its status, when, and where it is said."""

    status: int
    time: datetime | None
    place: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt: the evidence of its steps, its failures, its end, and where it ran.

    ``vague`` are the speakers whose records about this attempt show no step for sure, with one such record each.
    """

    image_id: str
    number: int
    job_id: int | None
    seen: Mapping[int, Seen]
    failures: tuple[Failure, ...]
    end: End | None
    vague: Mapping[str, Seen]
    hosts: Mapping[str, str]  # speaker → host
    named_media: str  # media server named in text
    activity: datetime | None  # last record of its job's processes
    naming: frozenset[str]  # speakers that name the image itself
    like_imported: bool  # its last words are those that are said of imported images
    rows: int = 0
    times: tuple[datetime | None, datetime | None] = field(default=(None, None))


def attempts(evidence: pl.DataFrame, flow: Flow) -> Iterator[list[Attempt]]:
    """Yield the attempts of each image, in order.

    Args:
        evidence: the frame of ``matching.match``.
        flow: the process flow.
    """
    workers = [speaker.name for speaker in flow.speaker if speaker.runs]
    busy = evidence.filter(pl.col("daemon").is_in(workers)).group_by("job_id").agg(pl.col("time").max())
    activity = dict(busy.filter(pl.col("job_id").is_not_null()).iter_rows())
    columns = [
        "image_id",
        "attempt",
        "job_id",
        "step",
        "outcome",
        "strength",
        "bound",
        "time",
        "host",
        "daemon",
        "pid",
        "status_code",
        "path",
        "line",
        "ending",
        "media_server",
    ]
    alike = like_imported(evidence, flow)
    image: list[Attempt] = []
    for _, group in evidence.select(columns).group_by(["image_id", "attempt"], maintain_order=True):
        rows = group.to_dicts()
        if image and image[0].image_id != rows[0]["image_id"]:
            yield image
            image = []
        image.append(_attempt(rows, flow, activity, image, alike))
    if image:
        yield image


def _attempt(
    rows: list[dict[str, Any]],
    flow: Flow,
    activity: Mapping[int, datetime],
    before: list[Attempt],
    alike: set[tuple[str, int]],
) -> Attempt:
    """Build one attempt from its records; what comes before the job is inherited from the attempt before."""
    last_step = flow.step[-1].number
    by_step: dict[int, list[dict[str, Any]]] = {}
    vague: dict[str, Seen] = {}
    for row in rows:
        if row["outcome"] in {"failed", "retry"}:
            continue
        if row["step"] is None or row["strength"] == "weak":
            vague.setdefault(row["daemon"], _seen([row]))
        if row["step"] is not None and (row["step"] != last_step or _completes(row)):
            by_step.setdefault(row["step"], []).append(row)
    seen = {step: _seen(of_step) for step, of_step in by_step.items()}
    if before:
        seen = {step: what for step, what in before[-1].seen.items() if step < flow.first_job_step} | seen
    times = [row["time"] for row in rows if row["time"] is not None]
    job = next((row["job_id"] for row in rows if row["job_id"] is not None), None)
    return Attempt(
        image_id=rows[0]["image_id"],
        number=rows[0]["attempt"],
        job_id=job,
        seen=seen,
        failures=tuple(_failure(row) for row in rows if row["outcome"] == "failed"),
        end=_end(rows, flow),
        vague=vague,
        hosts={row["daemon"]: row["host"] for row in reversed(rows)},
        named_media=next((row["media_server"] for row in rows if row["media_server"]), ""),
        activity=activity.get(job) if job is not None else None,
        naming=frozenset(row["daemon"] for row in rows if row["bound"] == "named"),
        like_imported=(rows[0]["image_id"], rows[0]["attempt"]) in alike,
        rows=len(rows),
        times=(min(times, default=None), max(times, default=None)),
    )


def _completes(row: dict[str, Any]) -> bool:
    """Tell whether a record of the last step says that the image is through: the end of its job, or words about it."""
    if row["ending"] and row["bound"] != "named":
        return bool(row["status_code"] == 0)
    return bool(row["outcome"] == "done")


def _seen(rows: list[dict[str, Any]]) -> Seen:
    """Sum up the records of one step; the strongest of them name host, daemon and place."""
    times = [row["time"] for row in rows if row["time"] is not None]
    best = max(rows, key=lambda row: STRENGTHS.index(row["strength"] or "weak"))
    return Seen(
        min(times, default=None),
        max(times, default=None),
        best["host"],
        best["daemon"],
        best["pid"],
        len(rows),
        best["strength"] or "weak",
        best["path"],
        best["line"],
        frozenset(row["daemon"] for row in rows),
        any(row["outcome"] == "done" for row in rows),
    )


def _failure(row: dict[str, Any]) -> Failure:
    return Failure(
        row["time"],
        row["step"],
        row["status_code"] or None,
        row["bound"],
        row["host"],
        row["daemon"],
        row["pid"],
        bool(row["ending"]),
        f"{row['path']}:{row['line']}",
    )


def _end(rows: list[dict[str, Any]], flow: Flow) -> End | None:
    """Return the end of the job: the last record that closes it, if none of its processes goes on after it."""
    closers = {rule.speaker for _, rule in flow.rules() if rule.ending}
    workers = {speaker.name for speaker in flow.speaker if speaker.runs and speaker.name in closers}
    ends = [
        row
        for row in rows
        if row["ending"] and row["bound"] != "named" and row["daemon"] in closers and row["time"] is not None
    ]
    if not ends:
        return None
    end = max(ends, key=lambda row: (row["time"], row["daemon"] not in workers))
    later = (
        row["time"]
        for row in rows
        if row["daemon"] in workers and row["time"] is not None and row["host"] == end["host"]
    )
    if any(time > end["time"] + _LATE_LINES for time in later):
        return None
    return End(int(end["status_code"]), end["time"], f"{end['path']}:{end['line']}")
