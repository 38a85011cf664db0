"""Collect the records of a night and write them as files, each sorted by time."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

from . import envelopes
from .envelopes import SEQUENCE, Numbered, Record
from .hosts import LOGS, Host, Log

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from .options import Options

__all__ = ["Night"]


class Night:
    """All that was logged: ``say`` takes one record, ``write`` turns what was collected into files.

    ``kept`` are the ``host/log`` names of the bundle; ``printed`` are the unified logs that are handed in as
    ``vxlogview`` text. Where ``shared`` is set, the import manager writes into nbstserv's files with its own file id
    (log-formats.md §5: both are possible, neither is known).
    """

    def __init__(self, options: Options, *, kept: frozenset[str], printed: frozenset[str], shared: bool) -> None:
        self._end_ms, self._max_bytes = options.end_ms, options.log_kb * 1024
        self._kept, self._printed = kept, printed
        self.shared = shared
        # The lines of each log, by the local date of their file; a printout has no date: it is one file.
        self._held: dict[tuple[Host, Log], dict[date | None, list[tuple[int, bytes]]]] = {}

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
    ) -> bool:
        """Take one record of a daemon; without a pid it is the daemon's own.

        ``opened`` is when the process opened its log: it goes on in that day's file (log-formats.md §4, S22: H for
        bptm). Return whether the record is in the bundle: those of removed logs are dropped. A record after the end of
        the night is a mistake in the story: ``ValueError``.
        """
        if ms > self._end_ms:
            raise ValueError(f"{host.name}/{name} speaks {ms - self._end_ms} ms after the night's end: {text}")
        log = self.log_of(name)
        if f"{host.name}/{log.name}" not in self._kept:
            return False
        pid = pid or host.pids[log.name]
        file_id = LOGS[name].originator or 0
        record = Record(ms, pid, pid % 97 + 1, level, function, text, context, file_id, numbered)
        printed = log.name in self._printed
        day = None if printed else host.clock.local(ms if opened is None else opened)[0]
        line = _line(record, host, log, printed=printed)
        self._held.setdefault((host, log), {}).setdefault(day, []).append((ms, line))
        return True

    def write(self, out: Path) -> None:
        """Write every collected record below the folder ``out``."""
        for (host, log), days in self._held.items():
            for day, held in days.items():
                held.sort(key=itemgetter(0))  # stable: what was said first stays first
                lines = (line.replace(SEQUENCE, b"%d" % number, 1) for number, (_, line) in enumerate(held, 1))
                if day is None:
                    _write(out / host.name / f"{log.name}.txt", b"".join(lines))
                    continue
                for rotation, part in enumerate(_parts(lines, self._max_bytes)):
                    _write(out / host.folder(log) / _name(host, log, day, rotation), part)


def _line(record: Record, host: Host, log: Log, *, printed: bool) -> bytes:
    if log.originator is None:
        return envelopes.legacy(record, host)
    return envelopes.vxlogview(record, host, log) if printed else envelopes.raw(record, host, log)


def _parts(lines: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Cut the lines into files that roll over by size (log-formats.md §1.2: the default mode, M)."""
    held: list[bytes] = []
    size = 0
    for line in lines:
        if held and size + len(line) > max_bytes:
            yield b"".join(held)
            held, size = [], 0
        held.append(line)
        size += len(line)
    yield b"".join(held)


def _name(host: Host, log: Log, day: date, rotation: int) -> str:
    if log.originator is None:
        return envelopes.legacy_name(host, f"{day:%m%d%y}", rotation)
    return envelopes.raw_name(host, log, f"{day:%y%m%d}", rotation)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
