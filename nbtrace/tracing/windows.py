"""When a log was listening: the spans of time in which its silence means something."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tables import SEVERITY

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Windows", "heard", "listen"]

_FLOOR: Final = timedelta(minutes=10)  # I: a debug log may be silent for so long without having ended
_DEBUGGING: Final = 2  # I: level 1 is errors and little else (levels 0 to 6: log-formats.md §6, H)
_SPARSE: Final = 3  # I: a log that was silent for x before may be silent for three times x at its end


@dataclass(frozen=True, slots=True)
class Windows:
    """Spans of time (UTC) by host and speaker, in which the speaker's log was being written and was collected."""

    spans: dict[tuple[str, str], list[tuple[datetime, datetime]]] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)  # host → the last time of any of its logs
    debugging: frozenset[tuple[str, str]] = frozenset()  # host and speaker of logs that say more than errors

    def goes_on(self, host: str, speaker: str) -> bool:
        """Tell whether the speaker's log reaches to the end of its host's logs."""
        spans = self.spans.get((host, speaker))
        return spans is not None and spans[-1][1] >= self.ends[host]

    def hosts(self, speaker: str) -> list[str]:
        """Return the hosts that have this speaker's log."""
        return sorted(host for host, name in self.spans if name == speaker)

    def covers(self, hosts: Sequence[str], speaker: str, since: datetime, until: datetime) -> bool:
        """Tell whether the speaker's log on every one of these hosts covers the whole span of time."""
        return bool(hosts) and all(
            any(start <= since and until <= end for start, end in self.spans.get((host, speaker), ())) for host in hosts
        )

    def until(self) -> datetime | None:
        """Return the end of the last window: the time up to which the bundle tells anything."""
        return max((end for spans in self.spans.values() for _, end in spans), default=None)


def heard(entries: pl.DataFrame) -> pl.DataFrame:
    """Return who was heard: ``host``, ``log_id``, ``speaker``, ``first`` and ``last`` (UTC), longest ``silence``.

    ``debugging`` tells whether there are records above the lowest level: a log of errors only says little by silence.

    Args:
        entries: entries with ``host``, ``log_id``, ``speaker`` (null for strangers to the flow), ``time``, ``level`` and
            ``severity``.
    """
    timed = entries.filter(pl.col("time").is_not_null()).sort("time")
    debugging = (pl.col("level") >= _DEBUGGING) | (
        pl.col("level").is_null() & (pl.col("severity") <= SEVERITY["debug"])
    )
    spans = timed.group_by("host", "log_id", "speaker", maintain_order=True)
    return spans.agg(
        first=pl.col("time").min(),
        last=pl.col("time").max(),
        silence=pl.col("time").diff().max(),
        debugging=debugging.any(),
    )


def listen(heard: pl.DataFrame) -> Windows:
    """Return the windows of every speaker on every host.

    Args:
        heard: who was heard in each log, as ``heard`` tells it.

    A file covers the time from its first to its last record: silence inside is silence. Files of one speaker whose gap
    is no longer than usual are one window. Where a log's own rhythm allows it, its window reaches to the first and
    the last time of any log of its host, since a bundle is collected from a host at once; a log that stops earlier
    than its rhythm explains was cut off, and covers nothing more.
    """
    extent = heard.group_by("host").agg(pl.col("first").min(), pl.col("last").max())
    hosts = {host: (first, last) for host, first, last in extent.iter_rows()}
    files = heard.filter(pl.col("speaker").is_not_null()).sort("host", "speaker", "first")
    spans: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
    for (host, speaker), group in files.group_by("host", "speaker", maintain_order=True):
        usual = max([_FLOOR, *(silence for silence in group["silence"] if silence is not None)])
        merged = _merge(list(group.select("first", "last").iter_rows()), usual)
        spans[str(host), str(speaker)] = _extend(merged, usual * _SPARSE, *hosts[str(host)])
    debugging = heard.filter("debugging").select("host", "speaker").unique().iter_rows()
    return Windows(spans, {host: last for host, (_, last) in hosts.items()}, frozenset(debugging))


def _merge(files: list[tuple[datetime, datetime]], usual: timedelta) -> list[tuple[datetime, datetime]]:
    """Join files whose gap is no longer than the log's usual silence."""
    merged: list[tuple[datetime, datetime]] = []
    for first, last in files:
        if merged and first - merged[-1][1] <= usual:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _extend(
    spans: list[tuple[datetime, datetime]], reach: timedelta, first: datetime, last: datetime
) -> list[tuple[datetime, datetime]]:
    """Let the outer ends reach to those of the host where the log's rhythm explains the silence."""
    start, end = spans[0][0], spans[-1][1]
    spans[0] = (first if start - first <= reach else start, spans[0][1])
    spans[-1] = (spans[-1][0], last if last - end <= reach else end)
    return spans
