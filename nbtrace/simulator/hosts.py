"""The hosts of the simulated domain: their clocks, their logs and where these lie."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

__all__ = ["DAY_MS", "LOGS", "Clock", "Host", "Log"]

DAY_MS: Final = 86_400_000
_QUARTER_MS: Final = 900_000  # zones change their offset on the quarter of an hour
_EPOCH: Final = date(1970, 1, 1)


class Log(NamedTuple):
    """One log: its short name, the role of the hosts that have it, and its originator (unified logs only)."""

    name: str
    role: str
    originator: int | None = None


# Originators: log-formats.md §5 (M to H); 369 is documented, its short name is not: `importmgr` is our invention (L).
LOGS: Final = {
    log.name: log
    for log in (
        Log("nbrmms", "media", 222),
        Log("nbstserv", "primary", 226),
        Log("importmgr", "primary", 369),
        Log("nbpem", "primary", 116),
        Log("nbjm", "primary", 117),
        Log("nbrb", "primary", 118),
        Log("nbemm", "primary", 111),
        Log("admin", "primary"),
        Log("bpdbm", "primary"),
        Log("bpdm", "media"),
        Log("bptm", "media"),
        Log("bpbrm", "media"),
    )
}


class Clock:
    """A host's wall clock: UTC milliseconds in, local time out; wrong by ``skew_ms``."""

    def __init__(self, zone: str, skew_ms: int = 0) -> None:
        self.zone, self.skew_ms = zone, skew_ms
        self._info = ZoneInfo(zone)
        self._offsets: dict[int, int] = {}

    def local(self, ms: int) -> tuple[date, int]:
        """Return the local date and the milliseconds since local midnight that the host shows at this moment."""
        ms += self.skew_ms
        quarter = ms // _QUARTER_MS
        if (offset := self._offsets.get(quarter)) is None:
            moment = datetime.fromtimestamp(quarter * _QUARTER_MS / 1000, self._info)
            offset = self._offsets[quarter] = int((moment.utcoffset() or timedelta()).total_seconds() * 1000)
        days, rest = divmod(ms + offset, DAY_MS)
        return _EPOCH + timedelta(days=days), rest


@dataclass(frozen=True, slots=True, eq=False)
class Host:
    """One host: its name is its folder in the bundle; ``pids`` are those of its daemons."""

    name: str
    role: str
    clock: Clock
    host_id: int
    windows: bool = False
    pids: dict[str, int] = field(default_factory=dict)

    def folder(self, log: Log) -> str:
        """Return the folder of a log inside the bundle (log-formats.md §1.2, §3: H)."""
        if self.windows:  # both kinds lie side by side there
            return f"{self.name}/Program Files/Veritas/NetBackup/logs/{log.name}"
        tree = "usr/openv/netbackup/logs" if log.originator is None else "usr/openv/logs"
        return f"{self.name}/{tree}/{log.name}"
