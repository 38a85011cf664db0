"""Read every log of a bundle on this machine: each once, and again only for the process runs that matter.

What was read of a large log can be kept for the next analysis of the same bundle.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.engines.fingerprint import fingerprint, knowledge
from nbtrace.records import read_log
from nbtrace.tables import STRINGS, TIME, Volume
from nbtrace.tracing.notice import nothing, notice, sieve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from nbtrace.bundle import Bundle
    from nbtrace.engines.cache import Cache
    from nbtrace.engines.parts import Parts
    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar, Library
    from nbtrace.records import LogRead, Source, Wanted

__all__ = ["Engine", "Reading"]

_STATS: Final[dict[str, pl.DataType | type[pl.DataType]]] = {
    "log_id": pl.UInt32,
    "log": pl.String,
    "originator": pl.Int32,
    "entries": pl.UInt32,
    "unparsed": pl.UInt32,
    "time_quality": pl.String,
    "first_time": TIME,
    "last_time": TIME,
    "highest_level": pl.Int8,
    "samples": STRINGS,
    "repaired": pl.UInt32,
    "date_assumed": pl.Boolean,
}
_WORKERS: Final = 2  # logs that are read at once: each keeps polars on several cores for most of its time
_SMALL: Final = 1 << 20  # bytes of a log that is read as fast as it is looked up
_MIXED: Final = "mixed"  # the log of a printout that holds the records of several daemons


@dataclass(frozen=True, slots=True)
class Reading:
    """Figures of the logs that were read, and the logs that could not be, with the reason.

    ``stats`` has one row a log, and one a daemon for printouts of several, for each quality of its times: log_id, log,
    originator, entries, unparsed, time_quality, first_time, last_time, highest_level, samples (``path:line: text``),
    repaired and date_assumed. ``heard`` has one row a stretch of talk: host, log_id, speaker, time_quality, first, last,
    debugging. Times are those of the hosts' clocks, as in the table ``entries`` before zones are known.
    """

    stats: pl.DataFrame
    heard: pl.DataFrame
    unreadable: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Look:
    """What was seen of one log: its ``identified`` entries, who was ``heard``, its ``stats``; ``kept`` from before?"""

    identified: pl.DataFrame
    heard: pl.DataFrame
    stats: pl.DataFrame
    kept: bool = False

    @property
    def tables(self) -> list[pl.DataFrame]:
        return [self.identified, self.heard, self.stats]


_NOTHING: Final = _Look(nothing().identified, nothing().heard, pl.DataFrame(schema=_STATS))


class Engine:
    """Reads the logs of one bundle. ``volumes`` counts the bytes of the phases ``read`` and ``runs``."""

    def __init__(self, bundle: Bundle, library: Library, flow: Flow, cache: Cache | None = None) -> None:
        """Prepare to read: the formats by name, and what entries can name."""
        self._bundle, self._flow, self._cache = bundle, flow, cache
        self._stopping = Event()
        self._identifiers, self._words = library.identifiers(), library.evidence(flow.name)
        self._formats: dict[str, list[Grammar]] = {}
        for grammar in library.records():
            self._formats.setdefault(grammar.name.removeprefix("records/"), []).append(grammar)
        self._knowledge = knowledge(flow, [*library.records(), *self._identifiers, *self._words]) if cache else ""
        self.volumes = {"read": Volume(), "runs": Volume()}

    def read(self, parts: Parts, progress: Callable[[int], None], *, thorough: bool = False) -> Reading:
        """Read all logs; what names an image or a job is added to ``parts`` (table ``identified``).

        Args:
            parts: takes the identified entries.
            progress: called with the bytes of each log that is done.
            thorough: read every record in full, where otherwise a cheap look tells which can name something.
        """
        stats, heard, unreadable = [_NOTHING.stats], [_NOTHING.heard], {}

        def one(log: Mapping[str, Any]) -> _Look | OSError:
            try:
                whole = thorough or self._shared(log)
                return self._look(log, None if whole else self._can_name, "whole" if whole else "sieved")
            except OSError as error:
                return error

        logs = self._bundle.logs.to_dicts()
        # polars leaves Python's lock, so threads do: each reads one log, at most so many are in memory at once.
        workers = ThreadPoolExecutor(_WORKERS)
        try:
            for log, found in zip(logs, workers.map(one, logs), strict=True):
                progress(log["bytes"])
                if isinstance(found, OSError):
                    unreadable[log["path"]] = found.strerror or str(found)
                    continue
                parts.add(found.identified)
                heard.append(found.heard)
                stats.append(found.stats)
                self.volumes["read"].add(log["bytes"], kept=found.kept)
        finally:  # also where somebody interrupts: what is being read ends with its chunk
            self._stopping.set()
            workers.shutdown(cancel_futures=True)
            self._stopping.clear()
        return Reading(pl.concat(stats), pl.concat(heard), unreadable)

    def read_runs(self, runs: pl.DataFrame) -> pl.DataFrame:
        """Return every entry of these process runs (``host``, ``log``, ``pid``) as the table ``identified``."""
        parts = [_NOTHING.identified]
        for (host, name), group in runs.group_by("host", "log", maintain_order=True):
            pids = group["pid"].unique().sort().to_list()
            for log in self._bundle.logs.filter((pl.col("host") == host) & (pl.col("log") == name)).iter_rows(
                named=True
            ):
                try:
                    found = self._look(log, _holding(pids), f"runs {pids}", pids)
                except OSError:  # it was there a moment ago; what was read of it stays
                    continue
                parts.append(found.identified)
                self.volumes["runs"].add(log["bytes"], kept=found.kept)
        return pl.concat(parts)

    def _look(
        self, log: Mapping[str, Any], wanted: Wanted | None, how: str, pids: Sequence[int] | None = None
    ) -> _Look:
        """Return what there is to see of a log: what names something, or all that these processes wrote."""
        with self._bundle.members[log["path"]].open() as stream:
            key = self._key(stream, log, how)
            kept = self._cache.get(key, _NOTHING.tables) if self._cache and key else None
            if kept is not None:
                number = pl.lit(log["log_id"], pl.UInt32).alias("log_id")
                identified, heard, stats = (table.with_columns(number) for table in kept)
                return _Look(identified, heard, stats, kept=True)
            read = read_log(_Stoppable(stream, self._stopping), log, self._formats[log["format"]], wanted)
            everything = pids is not None
            noticed = notice(read.entries, log, self._flow, self._identifiers, self._words, everything=everything)
            identified = noticed.identified if pids is None else noticed.identified.filter(pl.col("pid").is_in(pids))
            look = _Look(identified, noticed.heard, pl.DataFrame(list(_stats(log, read)), schema=_STATS, orient="row"))
            # Neither what an interruption cut off, nor what changed while it was read, is worth keeping.
            if self._cache and key and not self._stopping.is_set() and key == self._key(stream, log, how):
                self._cache.put(key, look.tables)
        return look

    def _key(self, stream: BinaryIO, log: Mapping[str, Any], how: str) -> str:
        """Return the key under which the reading of a log is kept; empty where it is not."""
        worth = self._cache is not None and log["bytes"] >= _SMALL
        return fingerprint(stream, log, self._knowledge, how) if worth else ""

    def _shared(self, log: Mapping[str, Any]) -> bool:
        """Tell whether several daemons may speak in this printout: a cheap look sees the silences of one at most.

        In raw logs the look tells them apart.
        """
        hosts = {host for speaker in self._flow.speaker for host in speaker.inside}
        shared = {
            _MIXED,
            *hosts,
            *(name for speaker in self._flow.speaker if speaker.name in hosts for name in speaker.logs),
        }
        return log["log"] in shared and log["format"] != "unified"

    def _can_name(self, text: pl.Expr) -> pl.Expr:
        return sieve(text, self._identifiers)


class _Stoppable:
    """A stream that ends when it is told to."""

    def __init__(self, stream: Source, stopping: Event) -> None:
        self._stream, self._stopping = stream, stopping

    def read(self, size: int = -1, /) -> bytes:
        return b"" if self._stopping.is_set() else self._stream.read(size)


def _holding(pids: Sequence[int]) -> Wanted:
    """Return what tells whether a record can be of one of these processes: it holds the number."""
    numbers = [str(pid) for pid in pids]
    return lambda text: text.str.contains_any(numbers)


def _stats(log: Mapping[str, Any], read: LogRead) -> Iterator[tuple[object, ...]]:
    """Yield the figures of one log; what no grammar took counts for the first of its daemons."""
    groups = [((log["log"], log["originator"]), read.entries)]
    if log["log"] == _MIXED and read.entries.height:
        groups = list(read.entries.group_by("daemon", "originator", maintain_order=True))
    samples = [f"{log['path']}:{line}: {text}" for line, text in read.samples]
    left = (read.unparsed, samples, read.repaired, read.date_assumed)
    for (name, originator), entries in groups:
        unparsed, shown, repaired, assumed = left
        count = read.records if len(groups) == 1 else entries.height
        level = max(filter(None, (read.highest_level, entries["level"].max())), default=entries["level"].max())
        # Times of different quality become UTC in different ways: each has its row, the first one bears the figures.
        spans = entries.group_by("time_quality", maintain_order=True).agg(
            first=pl.col("time").min(), last=pl.col("time").max()
        )
        for quality, first, last in spans.iter_rows() if spans.height else [("none", None, None)]:
            yield (
                log["log_id"],
                name,
                originator,
                count,
                unparsed,
                quality,
                first,
                last,
                level,
                shown,
                repaired,
                assumed,
            )
            count, unparsed, shown, repaired, assumed = 0, 0, [], 0, False
        left = (0, [], 0, False)
