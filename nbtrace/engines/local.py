"""Read every log of a bundle on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.records import read_log
from nbtrace.tables import ENTRIES, STRINGS, TIME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from nbtrace.bundle import Bundle
    from nbtrace.grammar.library import Grammar
    from nbtrace.records import LogRead

__all__ = ["Reading", "read_all"]

_STATS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "log_id": pl.UInt32,
    "log": pl.String,
    "originator": pl.Int32,
    "entries": pl.UInt32,
    "unparsed": pl.UInt32,
    "first_time": TIME,
    "last_time": TIME,
    "highest_level": pl.Int8,
    "samples": STRINGS,
    "repaired": pl.UInt32,
    "date_assumed": pl.Boolean,
}
_MIXED: Final = "mixed"  # the log of a printout that holds the records of several daemons


@dataclass(frozen=True, slots=True)
class Reading:
    """What the logs gave: all ``entries``, figures of each log, and the logs that could not be read, with the reason.

    ``stats`` has one row a log, and one a daemon for printouts of several: log_id, log, originator, entries, unparsed,
    first_time, last_time, highest_level, samples (``path:line: text``), repaired and date_assumed.
    """

    entries: pl.DataFrame
    stats: pl.DataFrame
    unreadable: dict[str, str]


def read_all(bundle: Bundle, records: Sequence[Grammar], progress: Callable[[int], None]) -> Reading:
    """Read all logs of the bundle.

    Args:
        bundle: what was handed in.
        records: the record grammars, in the order in which to try those of one name.
        progress: called with the bytes of each log that is done.
    """
    formats: dict[str, list[Grammar]] = {}
    for grammar in records:
        formats.setdefault(grammar.name.removeprefix("records/"), []).append(grammar)
    parts, unreadable = [ENTRIES.empty()], {}
    stats: list[tuple[object, ...]] = []
    for log in bundle.logs.iter_rows(named=True):
        try:
            with bundle.members[log["path"]].open() as stream:
                data = stream.read()
        except OSError as error:
            unreadable[log["path"]] = error.strerror or str(error)
            continue
        read = read_log(data, log, formats[log["format"]])
        parts.append(read.entries)
        stats += _stats(log, read)
        progress(log["bytes"])
    return Reading(pl.concat(parts), pl.DataFrame(stats, schema=_STATS, orient="row"), unreadable)


def _stats(log: Mapping[str, Any], read: LogRead) -> Iterator[tuple[object, ...]]:
    """Yield the figures of one log; what no grammar took counts for the first of its daemons."""
    groups = [((log["log"], log["originator"]), read.entries)]
    if log["log"] == _MIXED and read.entries.height:
        groups = list(read.entries.group_by("daemon", "originator", maintain_order=True))
    samples = [f"{log['path']}:{line}: {text}" for line, text in read.samples]
    left = (read.unparsed, samples, read.repaired, read.date_assumed)
    for (name, originator), entries in groups:
        unparsed, shown, repaired, assumed = left
        span = (entries["time"].min(), entries["time"].max(), entries["level"].max())
        yield (log["log_id"], name, originator, entries.height, unparsed, *span, shown, repaired, assumed)
        left = (0, [], 0, False)
