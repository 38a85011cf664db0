"""What a simulated bundle is to be like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from nbtrace.errors import InputError

__all__ = ["MIN_HOURS", "Options"]

MIN_HOURS = 4.0  # a stalled image must wait long past its deadline (up to 60 min) before the night ends
DOMAINS: Final = 4  # more than enough, and as many as there are names of sites for target and source


@dataclass(frozen=True, slots=True)
class Options:
    """The knobs of a simulated night; the same options give the same bytes.

    What happens: ``scenarios`` names it (``None``: everything, mixed); ``noise`` is the number of ordinary jobs for
    each imported image; ``domains`` is the number of target domains in the bundle, whose job ids are the same;
    ``odd_names`` gives clients names that look like something else.

    Clocks: ``zones`` are those of the primary and of the two media servers (one for all, or three); ``skew_s`` is how
    wrong the clocks of the media servers may be; ``start`` and ``hours`` are the night.

    What is written: ``heartbeat_s`` is how often every log says something of no interest; ``levels`` are ``LOG=N`` or
    ``HOST/LOG=N``: unified debug level 1 to 6, legacy VERBOSE 0 to 5; ``printed`` names unified logs handed in as
    ``vxlogview -d all`` text instead of raw files (``None``: some, by seed); ``windows`` makes the second media server
    a Windows host; ``log_kb`` is where a log file rolls over.

    ``listings`` names printouts of commands that are added; with some of them all logs may be left out.

    What is not in the bundle: ``without`` removes logs (``bpdbm``, ``media``, a host, or ``HOST/LOG``); ``holes`` cuts
    a span of time out of so many logs; ``short`` makes so many logs begin late or end early; ``lost_files`` removes so
    many files from the middle of logs that have several.
    """

    images: int = 100
    seed: int = 0
    scenarios: tuple[str, ...] | None = None
    dialect: str = "plain"
    zones: tuple[str, ...] = ("Europe/Berlin", "America/New_York", "UTC")
    noise: float = 1.0
    heartbeat_s: float = 60.0
    start: datetime = datetime(2026, 11, 20, 18, tzinfo=UTC)
    hours: float = 12.0
    without: tuple[str, ...] = ()
    printed: tuple[str, ...] | None = None
    windows: bool = False
    skew_s: float = 0.0
    log_kb: int = 51_200
    levels: tuple[str, ...] = ()
    holes: int = 0
    short: int = 0
    lost_files: int = 0
    domains: int = 1
    odd_names: bool = False
    listings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated, with an ``InputError``."""
        if self.images < 1:
            raise InputError(f"A night needs at least one image, not {self.images}.")
        if self.hours < MIN_HOURS:
            raise InputError(f"A night needs at least {MIN_HOURS:g} hours, so that stalled images can be overdue.")
        if self.noise < 0 or self.heartbeat_s < 1 or self.skew_s < 0 or self.log_kb < 1:
            raise InputError("Noise and skew cannot be negative; heartbeat_s and log_kb are at least 1.")
        if min(self.holes, self.short, self.lost_files) < 0:
            raise InputError("The numbers of holes, short logs and lost files cannot be negative.")
        if not 1 <= self.domains <= DOMAINS:
            raise InputError(f"A bundle can hold 1 to {DOMAINS} domains, not {self.domains}.")
        if self.start.tzinfo is None:
            raise InputError("The start of the night needs a time zone, for example 2026-11-20T18:00+00:00.")
        if len(self.zones) not in {1, 3}:
            raise InputError("Give one zone for all hosts, or three: primary, first and second media server.")
        for zone in self.zones:
            _check_zone(zone)

    @property
    def start_ms(self) -> int:
        """The first millisecond of the night, since the epoch (UTC)."""
        return int(self.start.timestamp() * 1000)

    @property
    def end_ms(self) -> int:
        """The millisecond in which the logs end, since the epoch (UTC)."""
        return int((self.start + timedelta(hours=self.hours)).timestamp() * 1000)


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # unknown name, malformed name, name of a folder
        raise InputError(f"'{zone}' is not a time zone; use an IANA name such as Europe/Berlin, or UTC.") from None
