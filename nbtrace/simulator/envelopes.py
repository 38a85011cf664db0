"""The forms in which a record is written: raw unified, ``vxlogview -d all`` and legacy lines.

Only the envelope is that of the product, as far as public sources tell it: the raw unified form is a hypothesis
(log-formats.md §1.3, L), the two others are seen (§2.1 and §4, H). The texts inside are inventions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from .hosts import Host, Log

__all__ = ["PRODUCT", "SEQUENCE", "Numbered", "Record", "legacy", "legacy_name", "raw", "raw_name", "vxlogview"]

PRODUCT: Final = 51216  # NetBackup (log-formats.md §1.1, H)
SEQUENCE: Final = b"\0"  # stands for a raw record's sequence number until its file is sorted
_NOON: Final = 12


class Numbered(NamedTuple):
    """An application message: a number and its arguments; the viewer knows the text (log-formats.md §1.3, L)."""

    number: int
    arguments: tuple[str, ...] = ()


class Record(NamedTuple):
    """One record of one log; ``ms`` is the true time (UTC), whatever the host's clock says."""

    ms: int
    pid: int
    tid: int
    level: int  # debug level of a unified record, severity of a legacy one
    function: str
    text: str
    context: str = ""  # without brackets
    file_id: int = 0  # originator of the code that wrote it; 0: that of the log
    numbered: Numbered | None = None


def raw(record: Record, host: Host, log: Log) -> bytes:
    """Return a raw unified record with ``SEQUENCE`` in its fifth field; counts are bytes (log-formats.md §1.3, L)."""
    originator = log.originator or 0
    ms = record.ms + host.clock.skew_ms
    kind = 0 if record.numbered is None else 2
    head = f"{kind},{PRODUCT},{record.file_id or originator},{originator},\0,{ms},{record.pid},{record.tid},"
    context = _counted(f"[{record.context}]" if record.context else "")
    function = _counted(f"[{record.function}]" if record.function else "")
    if record.numbered is not None:
        number, arguments = record.numbered
        listed = "".join(f"A{len(each.encode())}:{each}|" for each in arguments)
        return f"{head}{context},2,({number}|{listed}),{function},{record.level}\n".encode()
    return f"{head}{context},{_counted(record.text)},{function},{record.level}\n".encode()


def vxlogview(record: Record, host: Host, log: Log) -> bytes:
    """Return the same record as ``vxlogview -d all`` prints it on that host: local time (log-formats.md §2.1, H)."""
    day, rest = host.clock.local(record.ms)
    context = f"[{record.context}]" if record.context else "[No context]"
    kind, said = "Debug", f"{record.level} [{record.function}()] {record.text}"
    if record.numbered is not None:
        kind, said = "Application", f"[Info] V-{log.originator}-{record.numbered.number} {record.text}"
    place = f"NB {PRODUCT} {log.name} {log.originator} PID:{record.pid} TID:{record.tid}"
    file_id = record.file_id or log.originator
    return f"{day:%m/%d/%Y} {_clock(rest)} [{kind}] {place} File ID:{file_id} {context} {said}\n".encode()


def legacy(record: Record, host: Host) -> bytes:
    """Return a legacy line; a Windows host writes the 12-hour form with thread and CRLF (log-formats.md §4, H)."""
    _, rest = host.clock.local(record.ms)
    if not host.windows:
        return f"{_clock(rest)} [{record.pid}] <{record.level}> {record.function}: {record.text}\n".encode()
    hour, half = rest // 3_600_000, "AM" if rest < _NOON * 3_600_000 else "PM"
    clock = f"{(hour - 1) % _NOON + 1}{_clock(rest)[2:]} {half}:"
    text = record.text.replace("\n", "\r\n")
    return f"{clock} [{record.pid}.{record.tid}] <{record.level}> {record.function}: {text}\r\n".encode()


def raw_name(host: Host, log: Log, yymmdd: str, rotation: int) -> str:
    """Return the name of a raw unified file, year first (log-formats.md §1.1, H)."""
    return f"{PRODUCT}-{log.originator}-{host.host_id}-{yymmdd}-{rotation:010d}.log"


def legacy_name(host: Host, mmddyy: str, rotation: int) -> str:
    """Return the name of a legacy file, month first, counted from 1 (log-formats.md §3, H)."""
    return f"{'ALL_ADMINS' if host.windows else 'root'}.{mmddyy}_{rotation + 1:05d}.log"


def _counted(text: str) -> str:
    return f"{len(text.encode())}:{text}"


def _clock(rest: int) -> str:
    """Return milliseconds since midnight as ``HH:MM:SS.mmm``."""
    seconds, ms = divmod(rest, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{ms:03d}"
