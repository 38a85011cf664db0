"""When zones of the world change their offset: the only change of a host's offset that is believed."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

__all__ = ["change_between"]

_MINUTE: Final = timedelta(minutes=1)
_QUARTER: Final = 15  # minutes: zones change their offset at whole quarters of an hour


def change_between(since: datetime, until: datetime, before: int, after: int) -> datetime | None:
    """Return when (UTC) zones change between two offsets (minutes) within a span of time; ``None`` where none does.

    Where zones do so at different moments, the moment of most of them is returned.
    """
    turns: Counter[datetime] = Counter()
    for name in available_timezones():
        zone = ZoneInfo(name)
        if _offset(zone, since) == before and _offset(zone, until) == after:
            turns[_turn(zone, since, until, before)] += 1
    return max(turns, key=lambda turn: (turns[turn], turn), default=None)


def _turn(zone: ZoneInfo, since: datetime, until: datetime, before: int) -> datetime:
    """Return the quarter of an hour at which the zone has no more the offset from before, by halving."""
    while until - since > _MINUTE:
        middle = since + (until - since) / 2
        since, until = (middle, until) if _offset(zone, middle) == before else (since, middle)
    return until.replace(minute=until.minute // _QUARTER * _QUARTER, second=0, microsecond=0)


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds()) // 60
