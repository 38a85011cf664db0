"""When a log was listening: the spans of time in which its silence means something."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import polars as pl

from nbtrace.tables import SEVERITY

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

__all__ = ["Windows", "heard", "listen", "shared"]

_FLOOR: Final = timedelta(minutes=10)  # I: a debug log may be silent for so long without having ended
_AT_END: Final = timedelta(minutes=30)  # I: logs of a host are collected within so long, and one may be silent then
_USUAL: Final = 0.9  # the share of a log's silences that are no longer than its usual one
_ENOUGH: Final = 10  # silences, from which a rhythm can be learnt
_EVEN: Final = 2  # I: the usual silence of a log with a rhythm is no longer than this times the median
_RARE: Final = 0.05  # I: so few silences of a log are exceptions
_DEBUGGING: Final = 2  # I: level 1 is errors and little else (levels 0 to 6: log-formats.md §6, H)
_SPARSE: Final = 3  # I: a silence of three times the usual one is a hole, in a log with a rhythm
Spans: TypeAlias = "list[tuple[datetime, datetime]]"
_NO_ROTATIONS: Final = pl.DataFrame(schema={"log_id": pl.UInt32, "follows": pl.UInt32, "lost": pl.Boolean})


@dataclass(frozen=True, slots=True)
class Windows:
    """Spans of time (UTC) by host and speaker, in which the speaker's log was being written and was collected."""

    spans: dict[tuple[str, str], Spans] = field(default_factory=dict)
    ends: dict[str, datetime] = field(default_factory=dict)  # host → the last time of any of its logs
    debugging: frozenset[tuple[str, str]] = frozenset()  # host and speaker of logs that say more than errors
    of_log: dict[tuple[str, str], dict[str, Spans]] = field(default_factory=dict)  # the spans of each of his logs
    names: dict[int, str] = field(default_factory=dict)  # log_id → the name of the log

    @property
    def logs(self) -> dict[tuple[str, str], frozenset[str]]:
        """Return the names of the logs that each speaker has on each host."""
        return {key: frozenset(found) for key, found in self.of_log.items()}

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

    def without(self, silent: Mapping[str, Collection[str]]) -> Windows:
        """Return the windows of speakers who tell nothing in some of their logs (speaker → names): only the others count."""
        of_log = {
            (host, speaker): {log: found for log, found in logs.items() if log not in silent.get(speaker, ())}
            for (host, speaker), logs in self.of_log.items()
        }
        fewer = {key: logs for key, logs in of_log.items() if len(logs) < len(self.of_log[key])}
        spans = self.spans | {key: shared(list(logs.values())) if logs else [] for key, logs in fewer.items()}
        return replace(self, spans={key: found for key, found in spans.items() if found}, of_log=of_log)

    def within(self, apart: Mapping[str, tuple[timedelta, timedelta]]) -> Windows:
        """Return what is left of the windows for times of other clocks, which may be apart by so much.

        ``apart`` says of each host how far others may be ahead of it, and it ahead of others.
        """
        spans = {
            (host, speaker): [
                (min(start + apart[host][0], end), max(end - apart[host][1], start)) for start, end in found
            ]
            for (host, speaker), found in self.spans.items()
        }
        return replace(self, spans=spans, ends={host: end - apart[host][1] for host, end in self.ends.items()})


def heard(entries: pl.DataFrame) -> pl.DataFrame:
    """Return who was heard, one row a stretch of talk: ``host``, ``log_id``, ``speaker``, ``time_quality``, ``first``, ``last``.

    A stretch holds no silence of more than ten minutes. ``debugging`` tells whether there are records above the lowest
    level: a log of errors only says little by silence.

    Args:
        entries: entries with ``host``, ``log_id``, ``speaker`` (null for strangers to the flow), ``time``,
            ``time_quality``, ``level`` and ``severity``.
    """
    key = ["host", "log_id", "speaker", "time_quality"]
    timed = entries.filter(pl.col("time").is_not_null()).sort("time")
    debugging = (pl.col("level") >= _DEBUGGING) | (
        pl.col("level").is_null() & (pl.col("severity") <= SEVERITY["debug"])
    )
    timed = timed.with_columns(stretch=(pl.col("time").diff() > _FLOOR).fill_null(value=False).cum_sum().over(key))
    spans = timed.group_by(*key, "stretch", maintain_order=True)
    found = spans.agg(first=pl.col("time").min(), last=pl.col("time").max(), debugging=debugging.any())
    return found.drop("stretch")


def listen(heard: pl.DataFrame, rotated: pl.DataFrame | None = None) -> Windows:
    """Return the windows of every speaker on every host.

    Args:
        heard: who was heard in each log, as ``heard`` tells it, in UTC; with a column ``log``, the name of the log, a
            speaker who has several logs on a host is only heard where each of them is there.
        rotated: which file follows which (log_id, follows, lost), as ``rotations.followed`` tells it.

    A file covers the time from its first to its last record: silence inside is silence, unless the log has a rhythm
    and is silent for far longer than that. The same holds for a file and the one that it goes on from; other files
    of one speaker are one window where their gap is no longer than usual. Where a log's own rhythm allows it, its
    window reaches to the first and the last time of any log of its host, since a bundle is collected from a host at
    once; a log that stops earlier than its rhythm explains was cut off, and covers nothing more.
    """
    heard = heard.filter(pl.col("first").is_not_null() & pl.col("last").is_not_null())
    extent = heard.group_by("host").agg(pl.col("first").min(), pl.col("last").max())
    hosts = {host: (first, last) for host, first, last in extent.iter_rows()}
    order = _NO_ROTATIONS if rotated is None else rotated
    files = heard.filter(pl.col("speaker").is_not_null()).join(order, on="log_id", how="left")
    files = files.sort("host", "speaker", "first", "last", "log_id")
    spans: dict[tuple[str, str], Spans] = {}
    each_log = ["host", "speaker", *(["log"] if "log" in files.columns else [])]
    of_log: dict[tuple[str, str], dict[str, Spans]] = {}
    for (host, speaker, *log), group in files.group_by(each_log, maintain_order=True):
        rhythm = _rhythm(group)
        merged = _extend(_merge(group, rhythm), max(_AT_END, rhythm.usual), *hosts[str(host)])
        key = str(host), str(speaker)
        of_log.setdefault(key, {})["".join(map(str, log))] = merged
        spans[key] = shared([spans[key], merged]) if key in spans else merged
    spans = {key: found for key, found in spans.items() if found}
    debugging = heard.filter("debugging").select("host", "speaker").unique().iter_rows()
    ends = {host: last for host, (_, last) in hosts.items()}
    names = dict(heard.select("log_id", "log").unique().iter_rows()) if "log" in heard.columns else {}
    return Windows(spans, ends, frozenset(debugging), of_log, names)


def shared(spans: Sequence[Sequence[tuple[datetime, datetime]]]) -> list[tuple[datetime, datetime]]:
    """Return the spans of time that all of several lists have in common; the spans of one list do not overlap."""
    common = list(spans[0])
    for other in spans[1:]:
        common = [
            (max(start, begin), min(end, stop))
            for start, end in common
            for begin, stop in other
            if max(start, begin) <= min(end, stop)
        ]
    return common


class _Rhythm(NamedTuple):
    """How long a log is usually silent, and whether that is so regular that a longer silence says something."""

    usual: timedelta
    is_even: bool
    is_steady: bool = False  # hardly ever silent for longer than a debug log may be: then each such silence is a hole


def _rhythm(stretches: pl.DataFrame) -> _Rhythm:
    """Learn the rhythm of a log from its stretches of talk: those tell of the short silences, their gaps of the others."""
    gap = pl.col("first") - pl.col("last").shift()
    long = stretches.sort("log_id", "first").select(gap.over("log_id").alias("gap")).filter(pl.col("gap") > _FLOOR)
    talk = (stretches["last"] - stretches["first"]).dt.total_milliseconds() // (_FLOOR // timedelta(milliseconds=1))
    silences = [_FLOOR] * int(talk.sum()) + sorted(long["gap"])
    if not silences:
        return _Rhythm(_FLOOR, is_even=False)
    usual = max(_FLOOR, silences[ceil(_USUAL * len(silences)) - 1])
    is_even = len(silences) >= _ENOUGH and usual <= _EVEN * silences[len(silences) // 2]
    return _Rhythm(usual, is_even, is_even and long.height <= _RARE * len(silences))


def _merge(stretches: pl.DataFrame, rhythm: _Rhythm) -> list[tuple[datetime, datetime]]:
    """Join stretches of talk of one file, or of files that go on from each other, and others where the gap is usual."""
    merged: list[tuple[datetime, datetime]] = []
    last_in = None
    inside = 1 if rhythm.is_steady else _SPARSE
    for first, last, log_id, *before in stretches.select("first", "last", "log_id", "follows", "lost").iter_rows():
        is_joined = last_in in {log_id, before[0]}
        bearable = rhythm.usual * (inside if is_joined else 0 if before[1] else 1)
        if merged and (first - merged[-1][1] <= bearable or (is_joined and not rhythm.is_even)):
            last_in = log_id if last >= merged[-1][1] else last_in
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
            last_in = log_id
    return merged


def _extend(
    spans: list[tuple[datetime, datetime]], reach: timedelta, first: datetime, last: datetime
) -> list[tuple[datetime, datetime]]:
    """Let the outer ends reach to those of the host where the log's rhythm explains the silence."""
    start, end = spans[0][0], spans[-1][1]
    spans[0] = (first if start - first <= reach else start, spans[0][1])
    spans[-1] = (spans[-1][0], last if last - end <= reach else end)
    return spans
