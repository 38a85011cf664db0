"""Read every log of a bundle on this machine: each once, and again only for the process runs that matter.

What was read of a large log can be kept for the next analysis of the same bundle.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, groupby
from threading import Event
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar

import polars as pl

from nbtrace.bounds import MOST, at_ends
from nbtrace.bundle.watch import REFUSED
from nbtrace.engines.answers import SMALL
from nbtrace.engines.batches import batches
from nbtrace.engines.fingerprint import fingerprint, knowledge
from nbtrace.engines.parts import Parts
from nbtrace.engines.reader import NOTHING, Reader, Seen
from nbtrace.records import is_plain
from nbtrace.tables import KEY, RUN, Volume
from nbtrace.tracing.notice import naming

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nbtrace.bundle import Bundle
    from nbtrace.bundle.members import Member
    from nbtrace.engines.cache import Cache
    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Library
    from nbtrace.records import Source

    _Read = tuple[Sequence[Mapping[str, Any]], "Seen | OSError"]  # logs, and what was seen of them

__all__ = ["Engine", "Reading"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_WORKERS: Final = 2  # logs that are read at once: each keeps polars on several cores for most of its time
_PATIENCE_S: Final = 0.2  # an interruption is noticed after so long
_SMALL: Final = SMALL
_UNPACKED: Final = 4 * SMALL  # bytes of logs that are read together, once they are unpacked


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen of all logs, and the logs that could not be read, with the reason.

    ``mentions`` is the table of that name; ``identified`` are the entries that were read in full and name something.
    Both may be larger than memory. ``stats`` is the table of that name. ``heard`` has one row a stretch of talk: host, log_id,
    speaker, time_quality, first, last, debugging. Times are those of the hosts' clocks, as in the table ``entries``
    before zones are known.
    """

    mentions: pl.LazyFrame
    identified: pl.LazyFrame
    stats: pl.DataFrame
    heard: pl.DataFrame
    unreadable: dict[str, str]

    def figures(self) -> Reading:
        """Return this without mentions and entries: as long as somebody holds them, they are in memory."""
        return replace(self, mentions=NOTHING.mentions.lazy(), identified=NOTHING.identified.lazy())


class Engine:
    """Reads the logs of one bundle; to be used as a context manager, since what it reads may go to temporary files.

    ``volumes`` counts the bytes of the phases ``read`` and ``runs``.
    """

    def __init__(self, bundle: Bundle, library: Library, flow: Flow, cache: Cache | None = None) -> None:
        """Prepare to read, by what the library and the flow know."""
        self._bundle, self._cache = bundle, cache
        self._stopping = Event()
        self._reader = Reader(library, flow)
        words = [*library.records(), *library.identifiers(), *library.evidence(flow.name)]
        self._knowledge = knowledge(flow, words) if cache else ""
        self._files = ExitStack()
        self._mentions, self._identified = self._parts(NOTHING.mentions), self._parts(NOTHING.identified)
        self._nameless = self._parts(NOTHING.identified)  # of small logs
        self._clocks: dict[int, pl.DataFrame] = {}
        self.volumes = {"read": Volume(), "runs": Volume()}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()

    def _parts(self, empty: pl.DataFrame) -> Parts:
        """Return a table that may go to temporary files."""
        return self._files.enter_context(Parts(empty))

    def read(self, progress: Callable[[int], None], *, thorough: bool = False) -> Reading:
        """Read all logs.

        Args:
            progress: called with the bytes of each log that is done.
            thorough: read every record in full, where otherwise a cheap look tells which can matter.
        """
        stats, heard = [NOTHING.stats], [NOTHING.heard]
        unreadable: dict[str, str] = {}

        def some(logs: Sequence[Mapping[str, Any]]) -> list[_Read]:
            return list(self._some(logs, thorough=thorough))

        parted = batches(self._bundle.logs.to_dicts(), self._reader.together, _SMALL)
        for logs, found in chain.from_iterable(self._each(some, parted)):
            for log in logs:
                progress(log["bytes"])
            if isinstance(found, OSError):
                unreadable |= {log["path"]: found.strerror or str(found) for log in logs}
                continue
            self._mentions.add(self._bounded(found.mentions, logs[0]["path"]))
            self._identified.add(found.identified.filter(naming()))
            self._nameless.add(found.identified.filter(~naming()))
            if not found.clocks.is_empty():
                self._clocks |= {log["log_id"]: found.clocks for log in logs}
            heard.append(found.heard)
            stats.append(found.stats)
            for log in logs:
                self.volumes["read"].add(log["bytes"], kept=found.kept)
        tables = (self._mentions.lazy(), self._identified.lazy())
        return Reading(*tables, pl.concat(stats), pl.concat(heard), unreadable)

    def read_selected(self, places: pl.DataFrame, runs: pl.DataFrame) -> pl.LazyFrame:
        """Return the entries (table ``identified``) at some places, all those of some runs, perhaps others, and some twice.

        There are as many as images ask for, and they wait on the disk until all logs are read.

        Args:
            places: log_id, line, from_line, begin and end, as in the table ``mentions``.
            runs: ``host``, ``log`` and ``pid``.
        """
        identified, whole = self._identified.lazy(), pl.concat([self._identified.lazy(), self._nameless.lazy()])
        kept = (
            identified.join(places.lazy().select(KEY), on=KEY, how="semi"),
            whole.join(runs.lazy(), on=RUN, how="semi"),
        )
        found = self._parts(NOTHING.identified)
        for each in kept:
            found.add(each.collect(engine="streaming"))
        large = self._bundle.logs.filter(pl.col("bytes") >= _SMALL).select("log_id", "host", "log")
        logs = large.join(runs, on=("host", "log"))
        placed = places.filter(pl.col("begin").is_not_null())
        for table, read in ((placed, self._at_places), (logs, self._of_runs)):
            for entries in self._each(partial(self._again, read), table.group_by("log_id", maintain_order=True)):
                found.add(entries)
        return found.lazy()

    def _again(
        self,
        read: Callable[[Mapping[str, Any], pl.DataFrame], pl.DataFrame],
        group: tuple[tuple[Any, ...], pl.DataFrame],
    ) -> pl.DataFrame:
        """Read what a table asks for of one log; a log that is gone by now gives nothing more."""
        (log_id,), asked = group
        try:
            return read(self._bundle.logs.row(by_predicate=pl.col("log_id") == log_id, named=True), asked)
        except OSError:
            return NOTHING.identified

    def _each(self, work: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[_Result]:
        """Do some work for each item, several at once, and yield the results in order.

        polars leaves Python's lock, so threads do: each reads one log, at most so many are in memory at once.
        """
        workers = ThreadPoolExecutor(_WORKERS)
        try:
            yield from _in_order(deque(workers.submit(work, item) for item in items))
        except BaseException:  # somebody interrupts: what is being read ends with its chunk, and nobody waits for that
            self._stopping.set()
            workers.shutdown(wait=False, cancel_futures=True)
            raise
        workers.shutdown()

    def _some(self, logs: Sequence[Mapping[str, Any]], *, thorough: bool) -> Iterator[_Read]:
        """Return what was seen of some logs that follow each other: of those that can stand side by side at once."""
        if len(logs) == 1:
            yield logs, self._one(logs[0], thorough=thorough)
            return
        texts: dict[int, bytes | None] = {}
        size = 0
        for log in logs:
            text = self._text(log)
            size += len(text or b"")
            texts[log["log_id"]] = text if size < _UNPACKED else None
        for together, group in groupby(logs, lambda log: texts[log["log_id"]] is not None):
            some = list(group)
            if together:
                yield some, self._reader.see_many([texts[log["log_id"]] or b"" for log in some], some)
            else:
                yield from (([log], self._one(log, thorough=thorough)) for log in some)

    def _one(self, log: Mapping[str, Any], *, thorough: bool) -> Seen | OSError:
        """Return what was seen of a log, or why it could not be read."""
        try:
            return self._kept(log, "whole" if thorough else "looked", partial(self._seen, thorough=thorough))
        except OSError as error:
            return error

    def _text(self, log: Mapping[str, Any]) -> bytes | None:
        """Return the bytes of a small log; none where it has to be read by itself."""
        try:
            with self._bundle.members[log["path"]].open() as stream:
                source = _Stoppable(stream, self._stopping)
                text, more = source.read(_SMALL), source.read(1)
        except OSError:
            return None
        return text if not more and is_plain(text) else None

    def _kept(self, log: Mapping[str, Any], how: str, read: Callable[[Member, Mapping[str, Any]], Seen]) -> Seen:
        """Return what was seen of a log before, else see it now."""
        member = self._bundle.members[log["path"]]
        key = self._key(member, log, how)
        kept = self._cache.get(key, NOTHING.tables) if self._cache and key else None
        if kept is not None:
            number = pl.lit(log["log_id"], pl.UInt32).alias("log_id")
            named, identified, heard, stats = (table.with_columns(number) for table in kept[:4])
            return Seen(named, identified, heard, stats, kept[4], kept=True)
        seen = read(member, log)
        # Neither what an interruption cut off, nor what changed while it was read, is worth keeping.
        if self._cache and key and not self._stopping.is_set() and key == self._key(member, log, how):
            self._cache.put(key, seen.tables)
        return seen

    def _seen(self, member: Member, log: Mapping[str, Any], *, thorough: bool) -> Seen:
        """Look at a log."""
        with member.open() as stream:
            return self._reader.see(_Stoppable(stream, self._stopping), log, small=_SMALL, thorough=thorough)

    def _bounded(self, noted: pl.DataFrame, path: str) -> pl.DataFrame:
        """Return what a log mentions without what is beyond the bounds for one image and one job, and say so."""
        if noted.height <= MOST:
            return noted
        rows = noted.select("images", "job_id").with_row_index("row")
        named = (rows.select("row", "job_id"), rows.select("row", "images").explode("images"))
        kept = [table.drop_nulls().filter(at_ends(MOST, table.columns[1]))["row"] for table in named]
        within = noted[pl.concat(kept).unique().sort()]
        if within.height < noted.height:
            self._say_bounded(path, "one image or job")
        return within

    def _say_bounded(self, path: str, whose: str) -> None:
        """Note that a log holds more records of somebody than are read."""
        reason = f"it holds more than {MOST:,} records of {whose}; those between the first and the last were left out"
        self._bundle.watch.note(REFUSED, path, reason)

    def _at_places(self, log: Mapping[str, Any], places: pl.DataFrame) -> pl.DataFrame:
        """Return the entries that stand at some places of a log."""
        clocks = self._clocks.get(log["log_id"], NOTHING.clocks)
        with self._bundle.members[log["path"]].again() as stream:
            return self._reader.at_places(stream, log, places, clocks)

    def _of_runs(self, log: Mapping[str, Any], runs: pl.DataFrame) -> pl.DataFrame:
        """Return every entry that some processes wrote into a log."""
        clocks = self._clocks.get(log["log_id"], NOTHING.clocks)
        with self._bundle.members[log["path"]].open() as stream:
            source = _Stoppable(stream, self._stopping)
            entries, crowded = self._reader.of_runs(source, log, runs["pid"].unique(), clocks)
        self.volumes["runs"].add(log["bytes"], kept=False)
        if crowded:
            self._say_bounded(log["path"], "one process")
        return entries

    def _key(self, member: Member, log: Mapping[str, Any], how: str) -> str:
        """Return the key under which the reading of a log is kept; empty where it is not."""
        worth = self._cache is not None and log["bytes"] >= _SMALL
        stamp = member.stamp() if worth else ""
        return fingerprint(stamp, log, self._knowledge, how) if stamp else ""


def _in_order(futures: deque[Future[_Result]]) -> Iterator[_Result]:
    """Yield the results in order. Python notices an interruption between two looks only: polars restarts what waits.

    A future holds its result, what was seen of a whole log: each is forgotten once it is yielded.
    """
    while futures:
        while not futures[0].done():
            wait([futures[0]], timeout=_PATIENCE_S)
        yield futures.popleft().result()


class _Stoppable:
    """A stream that ends when it is told to."""

    def __init__(self, stream: Source, stopping: Event) -> None:
        self._stream, self._stopping = stream, stopping

    def read(self, size: int = -1, /) -> bytes:
        return b"" if self._stopping.is_set() else self._stream.read(size)
