"""Collect the records of a night, lose what is to be lost, and write the rest as files, each sorted by time."""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter
from random import Random
from sys import intern
from typing import TYPE_CHECKING

from . import envelopes
from .envelopes import SEQUENCE, Numbered, Record
from .hosts import LOGS, Host, Log
from .losses import Loss

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from .losses import Losses
    from .options import Options

__all__ = ["Line", "Night", "lose_files"]


@dataclass(slots=True, eq=False)
class Line:
    """A record in its log: ``place`` is ``host/log``, ``ms`` the true time (UTC); ``kept`` tells if the bundle has it."""

    ms: int
    place: str
    text: bytes
    kept: bool = True
    epoch: bool = False  # its time needs no zone


@dataclass(slots=True, eq=False)
class _File:
    """A file of the bundle; ``closed`` is what could be lost: neither the first of its log nor the last."""

    path: str
    lines: Sequence[Line]
    closed: bool = False
    numbers: range = field(default_factory=lambda: range(0))


class Night:
    """All that was logged: ``say`` takes one record, ``close`` makes files of them, ``write`` writes these.

    Files are lost in between, by ``lose_files``.

    ``losses`` says what gets into the bundle; ``printed`` are the unified logs that are handed in as ``vxlogview``
    text. Where ``shared`` is set, the import manager writes into nbstserv's files with its own file id
    (log-formats.md §5: both are possible, neither is known).
    """

    def __init__(self, options: Options, losses: Losses, *, printed: frozenset[str], shared: bool) -> None:
        self._options, self.losses, self._printed = options, losses, printed
        self.shared = shared
        # The lines of each log, by the local date of their file; a printout has no date: it is one file.
        self._held: dict[tuple[Host, Log], dict[date | None, list[Line]]] = {}
        self._files: list[_File] = []

    def log_of(self, name: str) -> Log:
        """Return the log in whose files the daemon of this name writes."""
        return LOGS["nbstserv" if self.shared and name == "importmgr" else name]

    def say(
        self,
        ms: int,
        host: Host,
        name: str,
        text: str,
        *,
        function: str,
        pid: int = 0,
        level: int = 2,
        context: str = "",
        opened: int | None = None,
        numbered: Numbered | None = None,
    ) -> Line:
        """Take one record of a daemon; without a pid it is the daemon's own.

        ``opened`` is when the process opened its log: it goes on in that day's file (log-formats.md §4, S22: H for
        bptm). Return the line; those of removed logs and above a log's level are dropped at once. A record after the
        end of the night is a mistake in the story: ``ValueError``.
        """
        if ms > self._options.end_ms:
            late = ms - self._options.end_ms
            raise ValueError(f"{host.name}/{name} speaks {late} ms after the night's end: {text}")
        log = self.log_of(name)
        place = intern(f"{host.name}/{log.name}")
        if not (numbered and place in self.losses.kept) and not self.losses.writes(place, log, level):
            return Line(ms, place, b"", kept=False)
        pid = pid or host.pids[log.name]
        file_id = LOGS[name].originator or 0
        record = Record(ms, pid, pid % 97 + 1, level, function, text, context, file_id, numbered)
        printed = log.name in self._printed
        day = None if printed else host.clock.local(ms if opened is None else opened)[0]
        line = Line(ms, place, _form(record, host, log, printed=printed), epoch=_has_epoch(log, printed=printed))
        self._held.setdefault((host, log), {}).setdefault(day, []).append(line)
        return line

    def close(self) -> None:
        """Sort what was said into files, and cut out what is lost of them: from now on a line knows if it is kept."""
        for (host, log), days in self._held.items():
            files = list(self._log_files(host, log, days))
            for file in files[1:-1]:
                file.closed = True
            self._files += files
        self._held.clear()
        self._cut()

    def write(self, out: Path) -> None:
        """Write every file that has a line below the folder ``out``."""
        for file in self._files:
            content = b"".join(
                line.text.replace(SEQUENCE, b"%d" % number, 1)
                for number, line in zip(file.numbers, file.lines, strict=True)
                if line.kept
            )
            if content:
                path = out / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)

    def lines(self) -> Iterator[Line]:
        """Yield every line that is in the bundle."""
        return (line for file in self._files for line in file.lines if line.kept)

    def _log_files(self, host: Host, log: Log, days: dict[date | None, list[Line]]) -> Iterator[_File]:
        for day, held in sorted(days.items(), key=lambda each: str(each[0])):
            held.sort(key=attrgetter("ms"))  # stable: what was said first stays first
            numbers = range(1, len(held) + 1)
            if day is None:
                yield _File(f"{host.name}/{log.name}.txt", held, numbers=numbers)
                continue
            begin = 0
            for rotation, end in enumerate(_rollovers(held, self._options.log_kb * 1024)):
                name = _name(host, log, day, rotation)
                yield _File(f"{host.folder(log)}/{name}", held[begin:end], numbers=numbers[begin:end])
                begin = end

    def _cut(self) -> None:
        places = {loss.place for loss in self.losses.spans}
        for file in self._files:
            if file.lines[0].place in places:
                for line in file.lines:
                    line.kept = not self.losses.cut(line.place, line.ms)

    def closed(self) -> list[Sequence[Line]]:
        """Return the lines of each file that could be lost: neither the first of its log nor the last."""
        return [file.lines for file in self._files if file.closed]


def lose_files(nights: Sequence[Night], options: Options) -> None:
    """Lose as many files as wanted, by seed, and note which spans of time are lost with them."""
    closed = [(night, lines) for night in nights for lines in night.closed()]
    rng = Random(f"{options.seed}/files")
    for night, lines in rng.sample(closed, min(options.lost_files, len(closed))):
        for line in lines:
            line.kept = False
        night.losses.spans.append(Loss(lines[0].place, lines[0].ms, lines[-1].ms + 1, "lost file"))


def _has_epoch(log: Log, *, printed: bool) -> bool:
    return log.originator is not None and not printed


def _form(record: Record, host: Host, log: Log, *, printed: bool) -> bytes:
    if log.originator is None:
        return envelopes.legacy(record, host)
    return envelopes.vxlogview(record, host, log) if printed else envelopes.raw(record, host, log)


def _rollovers(lines: Sequence[Line], max_bytes: int) -> Iterator[int]:
    """Yield where each file ends: they roll over by size (log-formats.md §1.2: the default mode, M)."""
    size = 0
    for number, line in enumerate(lines):
        if size and size + len(line.text) > max_bytes:
            yield number
            size = 0
        size += len(line.text)
    yield len(lines)


def _name(host: Host, log: Log, day: date, rotation: int) -> str:
    if log.originator is None:
        return envelopes.legacy_name(host, f"{day:%m%d%y}", rotation)
    return envelopes.raw_name(host, log, f"{day:%y%m%d}", rotation)
