"""What a simulated bundle is to be like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from nbtrace.errors import InputError

__all__ = ["MIN_HOURS", "Options"]

MIN_HOURS = 4.0  # a stalled image must wait long past its deadline (up to 60 min) before the night ends


@dataclass(frozen=True, slots=True)
class Options:
    """The knobs of a simulated night; the same options give the same bytes.

    ``scenarios`` names what happens (``None``: everything, mixed); ``zones`` are those of the primary and of the two
    media servers (one for all, or three); ``noise`` is the number of ordinary jobs for each imported image;
    ``heartbeat_s`` is how often every log says something of no interest; ``without`` removes logs from the bundle
    (``bpdbm``, ``media``, a host, or ``HOST/LOG``); ``printed`` names unified logs handed in as ``vxlogview -d all``
    text instead of raw files (``None``: some, by seed); ``windows`` makes the second media server a Windows host;
    ``skew_s`` is how wrong the clocks of the media servers may be; ``log_kb`` is where a log file rolls over.
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

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated, with an ``InputError``."""
        if self.images < 1:
            raise InputError(f"A night needs at least one image, not {self.images}.")
        if self.hours < MIN_HOURS:
            raise InputError(f"A night needs at least {MIN_HOURS:g} hours, so that stalled images can be overdue.")
        if self.noise < 0 or self.heartbeat_s < 1 or self.skew_s < 0 or self.log_kb < 1:
            raise InputError("Noise and skew cannot be negative; heartbeat_s and log_kb are at least 1.")
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
