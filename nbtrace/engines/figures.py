"""The figures of each log that was read: the table ``stats``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import polars as pl

from nbtrace.tables import STATS
from nbtrace.tracing.notice import MIXED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nbtrace.records import LogRead

__all__ = ["stats_of", "stats_of_many"]


def stats_of(log: Mapping[str, Any], read: LogRead) -> pl.DataFrame:
    """Return the rows of a log that was read by itself: one for each of its daemons."""
    return _table(_figures(log, read, _voices(log, read)))


def stats_of_many(logs: Sequence[Mapping[str, Any]], reads: Sequence[LogRead], entries: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of logs of one daemon each that were read together."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for log_id, *span in _spans(entries, "log_id"):
        found.setdefault(log_id, []).append(tuple(span))
    return _table(
        row
        for log, read in zip(logs, reads, strict=True)
        for row in _figures(log, read, [_whole(log, read, found.get(log["log_id"], []))])
    )


class _Voice(NamedTuple):
    """A daemon of a log: how many entries it has, their highest level, and the times of each quality, first and last."""

    log: str
    originator: int | None
    entries: int
    level: int | None
    spans: list[tuple[Any, ...]]


def _voices(log: Mapping[str, Any], read: LogRead) -> list[_Voice]:
    """Return the daemons of a log that was read by itself."""
    if log["log"] == MIXED and read.entries.height:
        groups = read.entries.group_by("daemon", "originator", maintain_order=True)
        return [
            _Voice(str(name), number, part.height, part["level"].max(), _spans(part))  # type: ignore[arg-type]
            for (name, number), part in groups
        ]
    return [_whole(log, read, _spans(read.entries))]


def _whole(log: Mapping[str, Any], read: LogRead, spans: list[tuple[Any, ...]]) -> _Voice:
    """Return a log as that of one daemon."""
    return _Voice(log["log"], log["originator"], read.records, read.highest_level, spans)


def _spans(entries: pl.DataFrame, *by: str) -> list[tuple[Any, ...]]:
    """Return the first and the last time of each quality: it decides how they become UTC."""
    groups = entries.group_by(*by, "time_quality", maintain_order=True)
    return groups.agg(first=pl.col("time").min(), last=pl.col("time").max()).rows()


def _table(rows: Iterable[tuple[object, ...]]) -> pl.DataFrame:
    """Return the table of that name."""
    return pl.DataFrame(list(rows), schema=dict(STATS.schema), orient="row")


def _figures(log: Mapping[str, Any], read: LogRead, voices: list[_Voice]) -> Iterator[tuple[object, ...]]:
    """Yield the figures of one log; what no grammar took counts for the first of its daemons."""
    samples = [f"{log['path']}:{line}: {text}" for line, text in read.samples]
    left = (read.unparsed, samples, read.repaired, read.date_assumed)
    for name, originator, entries, level, spans in voices:
        count = entries
        # Each quality has its row, the first one bears the figures.
        for quality, first, last in spans or [("none", None, None)]:
            unparsed, *others = left
            yield (log["log_id"], name, originator, count, unparsed, quality, first, last, level, *others)
            count, left = 0, (0, [], 0, False)
