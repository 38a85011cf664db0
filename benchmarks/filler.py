"""Fill a simulated bundle with ordinary records until it is as large as that of a busy production night.

The simulator's records stay as they are, each in its file, between ordinary ones: nothing tells the few records of
imports apart by file or by place. Ordinary records lie between the first and the last record of their file, so that
the logs cover the same time as before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, Final

from forms import by_form, form_of, log_of
from nightfiles import DAY_MS, Record, Roll, clock_of, read, stamp
from ordinary import Body, Speaker, jobs, render

from nbtrace.simulator import Options, simulate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["GB", "IMAGES_A_GB", "ZONE", "Filled", "make", "night"]

GB: Final = 1_000_000_000
MB: Final = 1_000_000
ZONE: Final = "Europe/Berlin"  # of all hosts: nbtrace is told, as an administrator would tell it
IMAGES_A_GB: Final = 2_300  # so that about 0.5 % of the records are of imports
FORM_SHARE: Final = {"legacy": 0.5, "raw": 0.4, "printed": 0.1}
MAX_MB: Final = {"legacy": 250, "raw": 51.2, "printed": 250}  # raw: the product's default (log-formats.md §1.2, M)
_HEARTBEAT_S: Final = 300.0
_JOBS_A_GB: Final = 20_000
_SLICES_A_GB: Final = 72
_SAMPLE: Final = 600  # records from which the mean length of a log's records is taken

# How much a log writes on a busy host, beside the others of its form.
WEIGHTS: Final = {
    "bptm": 25, "bpdbm": 8, "bpbrm": 5, "bpcd": 5, "bpdm": 3, "nbproxy": 3, "bprd": 2, "bpjobd": 2, "vnetd": 2, "admin": 1,
    "nbjm": 10, "nbemm": 6, "nbpem": 5, "nbstserv": 5, "nbrb": 4, "nbsl": 4, "importmgr": 2, "nbevtmgr": 2, "nbaudit": 1,
    "nbrmms": 1,
}  # fmt: skip
# Logs that the simulator does not have, written beside one that it has: name → (the one beside it, originator).
_MORE: Final = {
    "bpcd": ("bpbrm", 0), "vnetd": ("admin", 0), "bprd": ("admin", 0), "bpjobd": ("admin", 0), "nbproxy": ("admin", 0),
    "nbsl": ("nbemm", 132), "nbevtmgr": ("nbemm", 231), "nbaudit": ("nbemm", 293),
}  # fmt: skip


@dataclass(slots=True)
class Filled:
    """What a bundle holds: bytes, lines and files by form, and how many lines are of imports."""

    bytes: Counter[str] = field(default_factory=Counter)
    lines: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    images: int = 0
    import_lines: int = 0

    def told(self) -> dict[str, Any]:
        """Return it as plain values, for JSON."""
        counts = {"bytes": dict(self.bytes), "lines": dict(self.lines), "files": dict(self.files)}
        return {**counts, "images": self.images, "import_lines": self.import_lines}

    @property
    def import_share(self) -> float:
        """Return the share of lines that are of imports."""
        return self.import_lines / self.lines.total()


@dataclass(frozen=True, slots=True)
class _Day:
    """One log of one host and day: its first file, who writes it, and what the simulator wrote into it."""

    host: str
    path: Path
    speaker: Speaker
    weight: float
    first: int
    last: int
    records: Sequence[Record] = ()


def night(images: int, seed: int = 0) -> Options:
    """Return the simulated night that is filled: imports without other jobs, which are the filler's part."""
    return Options(
        images=images,
        seed=seed,
        zones=(ZONE,),
        noise=0,
        heartbeat_s=_HEARTBEAT_S,
        printed=("nbrmms",),
        log_kb=10 * GB // 1024,  # one file a day: they roll over when they are filled
    )


def make(out: Path, size: int, *, images: int | None = None, seed: int = 0, max_bytes: int | None = None) -> Filled:
    """Write a bundle of about ``size`` bytes into the new folder ``out``.

    ``images`` are about 0.5 % of its lines unless told; ``max_bytes`` is where files roll over, else as on real hosts.
    """
    options = night(images or max(20, round(size / GB * IMAGES_A_GB)), seed)
    simulate(out, options)
    ahead_ms = clock_of(ZONE, options.start)
    days = list(_days(out, ahead_ms))
    said = sum(len(day.records) for day in days)
    logs = len({(day.host, day.speaker.log) for day in days})
    filled = Filled(images=options.images, import_lines=said - round(logs * options.hours * 3600 / _HEARTBEAT_S))
    days += list(_more(days))
    told = _Told(options, size, sorted({day.host for day in days}, key=_primary_first))
    for day in days:
        target = size * FORM_SHARE[day.speaker.form] * day.weight / sum(_weights(days, day.speaker.form))
        roll = Roll(day.path, day.speaker.form, max_bytes or round(MAX_MB[day.speaker.form] * MB))
        for text in _pieces(day, told, target, ahead_ms):
            filled.bytes[day.speaker.form] += roll.write(text)
            filled.lines[day.speaker.form] += text.count("\n")
        roll.close()
        filled.files[day.speaker.form] += roll.files
    return filled


def _primary_first(host: str) -> tuple[bool, str]:
    return "primary" not in host, host


def _weights(days: Sequence[_Day], form: str) -> Iterator[float]:
    return (day.weight for day in days if day.speaker.form == form)


def _days(out: Path, ahead_ms: int) -> Iterator[_Day]:
    """Yield what the simulator wrote, a day and log at a time."""
    for path in (path for paths in by_form(out).values() for path in paths):
        records = read(path, form_of(path), ahead_ms)
        speaker = _speaker(path, records[0].body.tail)
        first, last = records[0].ms, records[-1].ms
        if speaker.form == "legacy":  # a process that goes on past midnight does so alone
            last = min(last, (first + ahead_ms) // DAY_MS * DAY_MS + DAY_MS - 1 - ahead_ms)
        host = path.relative_to(out).parts[0]
        yield _Day(host, path, speaker, _weight(host, speaker.log, last - first), first, last, records)


def _speaker(path: Path, tail: str) -> Speaker:
    """Return who writes a log of the simulator, by its name and one of its records."""
    form, log = form_of(path), log_of(path)
    if form == "raw":
        return Speaker(form, log, int(path.name.split("-")[1]), int(tail.partition(",")[0]))
    if form == "printed":
        originator, pid, *_ = tail.partition(f" {log} ")[2].split(" ")
        return Speaker(form, log, int(originator), int(pid.removeprefix("PID:")))
    return Speaker(form, log)


def _weight(host: str, log: str, span_ms: int) -> float:
    """Return how much is written: by log, by the length of the day, and twice as much on the first of two hosts."""
    return WEIGHTS[log] * max(span_ms, 1) / DAY_MS * (1 if host.endswith("media2") else 2)


def _more(days: Sequence[_Day]) -> Iterator[_Day]:
    """Yield days of the logs that the simulator does not have."""
    for log, (beside, originator) in _MORE.items():
        for day in (day for day in days if day.speaker.log == beside):
            name = day.path.name
            if originator:
                name = name.replace(f"-{day.speaker.originator}-", f"-{originator}-", 1)
            speaker = day.speaker._replace(log=log, originator=originator, pid=day.speaker.pid + originator)
            path = day.path.parent.with_name(log) / name
            yield _Day(day.host, path, speaker, _weight(day.host, log, day.last - day.first), day.first, day.last)


class _Told:
    """The ordinary jobs of the night, by slices of time; every log speaks of the same ones."""

    def __init__(self, options: Options, size: int, hosts: Sequence[str]) -> None:
        slices = max(12, round(size / GB * _SLICES_A_GB))
        self.seed, self._hosts = options.seed, hosts
        self.start, self.step = options.start_ms, -(-(options.end_ms - options.start_ms) // slices)
        self._count = max(4, round(size / GB * _JOBS_A_GB / slices))

    def jobs(self, number: int) -> list[dict[str, object]]:
        """Return the jobs that begin in a slice; always the same ones."""
        rng = Random(f"{self.seed}/jobs/{number}")  # noqa: S311 - repeatable, no secret
        second = (self.start + number * self.step) // 1000
        return jobs(
            rng,
            self._hosts,
            count=self._count,
            first=number * self._count,
            second=second,
            seconds=self.step // 1000 + 1,
        )


def _pieces(day: _Day, told: _Told, target: float, ahead_ms: int) -> Iterator[str]:
    """Yield the text of a day, slice by slice of the night."""
    rng = Random(f"{told.seed}/{day.host}/{day.speaker.log}/{day.path.name}")  # noqa: S311 - repeatable, no secret
    form = day.speaker.form
    present = sum(len(record.body.head) + len(record.body.tail) for record in day.records)
    lines = max(0.0, target - present) / _mean_bytes(day, told, ahead_ms)
    span = max(1, day.last - day.first)
    left, number, owed = list(day.records), 1, 0.0
    for part in range((day.first - told.start) // told.step, (day.last - told.start) // told.step + 1):
        begin = max(day.first, told.start + part * told.step)
        end = min(day.last, told.start + (part + 1) * told.step)
        owed += lines * (end - begin) / span
        bodies = render(day.speaker, told.jobs(part), rng, int(owed))
        owed -= len(bodies)
        pace = (end - begin) / (len(bodies) or 1)
        times = [begin + int((place + rng.random()) * pace) for place in range(len(bodies))]
        taken = bisect_right(left, end, key=lambda record: record.ms) if end < day.last else len(left)
        _merge(times, bodies, left[:taken])
        del left[:taken]
        yield stamp(form, times, bodies, number, ahead_ms)
        number += len(bodies)


def _merge(times: list[int], bodies: list[Body], records: Sequence[Record]) -> None:
    """Put the few records among the many, each where its time is."""
    for record in records:
        at = bisect_right(times, record.ms)
        times.insert(at, record.ms)
        bodies.insert(at, record.body)


def _mean_bytes(day: _Day, told: _Told, ahead_ms: int) -> float:
    bodies = render(day.speaker, told.jobs(0), Random(0), _SAMPLE)  # noqa: S311 - repeatable, no secret
    return len(stamp(day.speaker.form, [day.first] * _SAMPLE, bodies, 10**5, ahead_ms)) / _SAMPLE
