"""Read every log of a bundle on this machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from nbtrace.bundle import Bundle
from nbtrace.grammar.library import Grammar
from nbtrace.records import LogRead, read_log
from nbtrace.tables import ENTRIES, STRINGS, TIME

__all__ = ["Reading", "read_all"]

_STATS = {
    "log_id": pl.UInt32, "entries": pl.UInt32, "unparsed": pl.UInt32, "first_time": TIME, "last_time": TIME, "highest_level": pl.Int8,
    "samples": STRINGS, "repaired": pl.UInt32, "date_assumed": pl.Boolean,
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What the logs gave: all ``entries``, figures of each log, and the logs that could not be read, with the reason.

    ``stats`` has one row a log: log_id, entries, unparsed, first_time, last_time, highest_level, samples
    (``path:line: text``), repaired and date_assumed.
    """

    entries: pl.DataFrame
    stats: pl.DataFrame
    unreadable: dict[str, str]


def read_all(bundle: Bundle, records: Mapping[str, Grammar], progress: Callable[[int], None]) -> Reading:
    """Read all logs of the bundle.

    Args:
        bundle: what was handed in.
        records: the record grammars by the name of their format.
        progress: called with the bytes of each log that is done.
    """
    parts, stats, unreadable = [ENTRIES.empty()], [], {}
    for log in bundle.logs.iter_rows(named=True):
        try:
            with bundle.members[log["path"]].open() as stream:
                data = stream.read()
        except OSError as error:
            unreadable[log["path"]] = error.strerror or str(error)
            continue
        read = read_log(data, log, records[log["format"]])
        parts.append(read.entries)
        stats.append(_stats(log["log_id"], log["path"], read))
        progress(log["bytes"])
    return Reading(pl.concat(parts), pl.DataFrame(stats, schema=_STATS, orient="row"), unreadable)


def _stats(log_id: int, path: str, read: LogRead) -> tuple[object, ...]:
    times = read.entries["time"]
    samples = [f"{path}:{line}: {text}" for line, text in read.samples]
    return (log_id, read.entries.height, read.unparsed, times.min(), times.max(), read.entries["level"].max(), samples, read.repaired, read.date_assumed)
