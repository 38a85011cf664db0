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
from nbtrace.engines.figures import stats_of, stats_of_many
from nbtrace.engines.fingerprint import fingerprint, knowledge
from nbtrace.engines.parts import Parts
from nbtrace.records import CLOCKS, Look, is_plain, of_many, read_log, read_many, read_places, read_processes, skim
from nbtrace.tables import KEY, MENTIONS, RUN, STATS, Volume
from nbtrace.tracing.notice import Listening, mentions, naming, nothing, notice, notice_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from nbtrace.bundle import Bundle
    from nbtrace.bundle.members import Member
    from nbtrace.engines.cache import Cache
    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar, Library
    from nbtrace.records import Source

    _Read = tuple[Sequence[Mapping[str, Any]], "_Seen | OSError"]  # logs, and what was seen of them

__all__ = ["Engine", "Reading"]

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

_WORKERS: Final = 2  # logs that are read at once: each keeps polars on several cores for most of its time
_PATIENCE_S: Final = 0.2  # an interruption is noticed after so long
_SMALL: Final = SMALL
_UNPACKED: Final = 4 * SMALL  # bytes of logs that are read together, once they are unpacked
_AT_ONCE: Final = 1 << 15  # entries that are looked at together: texts of each are made anew, several times


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
        return replace(self, mentions=_NOTHING.mentions.lazy(), identified=_NOTHING.identified.lazy())


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen of one log; ``kept`` from an earlier run? ``clocks`` tell the times of records not read in full."""

    mentions: pl.DataFrame
    identified: pl.DataFrame
    heard: pl.DataFrame
    stats: pl.DataFrame
    clocks: pl.DataFrame
    kept: bool = False

    @property
    def tables(self) -> list[pl.DataFrame]:
        return [self.mentions, self.identified, self.heard, self.stats, self.clocks]


_NOTHING: Final = _Seen(
    MENTIONS.empty(),
    nothing().identified,
    nothing().heard,
    STATS.empty(),
    pl.DataFrame(schema=CLOCKS),
)


class Engine:
    """Reads the logs of one bundle; to be used as a context manager, since what it reads may go to temporary files.

    ``volumes`` counts the bytes of the phases ``read`` and ``runs``.
    """

    def __init__(self, bundle: Bundle, library: Library, flow: Flow, cache: Cache | None = None) -> None:
        """Prepare to read: the formats by name, and what entries can name."""
        self._bundle, self._flow, self._cache = bundle, flow, cache
        self._stopping = Event()
        self._identifiers, self._words = library.identifiers(), library.evidence(flow.name)
        self._formats: dict[str, list[Grammar]] = {}
        for grammar in library.records():
            self._formats.setdefault(grammar.name.removeprefix("records/"), []).append(grammar)
        self._together = {name for name, grammars in self._formats.items() if of_many(grammars)}
        self._knowledge = knowledge(flow, [*library.records(), *self._identifiers, *self._words]) if cache else ""
        self._files = ExitStack()
        self._mentions, self._identified = self._parts(_NOTHING.mentions), self._parts(_NOTHING.identified)
        self._nameless = self._parts(_NOTHING.identified)  # of small logs
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
        stats, heard = [_NOTHING.stats], [_NOTHING.heard]
        unreadable: dict[str, str] = {}

        def some(logs: Sequence[Mapping[str, Any]]) -> list[_Read]:
            return list(self._some(logs, thorough=thorough))

        parted = batches(self._bundle.logs.to_dicts(), self._together, _SMALL)
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
        found = self._parts(_NOTHING.identified)
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
            return _NOTHING.identified

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
                yield some, self._seen_many([texts[log["log_id"]] or b"" for log in some], some)
            else:
                yield from (([log], self._one(log, thorough=thorough)) for log in some)

    def _one(self, log: Mapping[str, Any], *, thorough: bool) -> _Seen | OSError:
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

    def _kept(self, log: Mapping[str, Any], how: str, read: Callable[[Source, Mapping[str, Any]], _Seen]) -> _Seen:
        """Return what was seen of a log before, else see it now."""
        member = self._bundle.members[log["path"]]
        key = self._key(member, log, how)
        kept = self._cache.get(key, _NOTHING.tables) if self._cache and key else None
        if kept is not None:
            number = pl.lit(log["log_id"], pl.UInt32).alias("log_id")
            named, identified, heard, stats = (table.with_columns(number) for table in kept[:4])
            return _Seen(named, identified, heard, stats, kept[4], kept=True)
        with member.open() as stream:
            seen = read(stream, log)
        # Neither what an interruption cut off, nor what changed while it was read, is worth keeping.
        if self._cache and key and not self._stopping.is_set() and key == self._key(member, log, how):
            self._cache.put(key, seen.tables)
        return seen

    def _seen(self, stream: Source, log: Mapping[str, Any], *, thorough: bool) -> _Seen:
        """Look at a log."""
        grammars, source = self._formats[log["format"]], _Stoppable(stream, self._stopping)
        fields = {field for grammar in grammars for field in grammar.lowered().fields}
        listening = Listening(log, sorted(fields), self._flow, self._identifiers, self._words)
        if thorough or log["bytes"] < _SMALL or listening.to_many:
            read, noted, clocks = read_log(source, log, grammars), _NOTHING.mentions, _NOTHING.clocks
        else:
            sieve = None if listening.to_strangers else listening.sieve
            looked = skim(source, log, grammars, Look(sieve, listening.fields, listening.note, listening.guests))
            read, noted, clocks = looked.read, looked.noted, looked.clocks
        # Of a small log every entry is kept: to read it again for the runs in it would cost as much as to read it once.
        small = log["bytes"] < _SMALL
        noticed = notice(read.entries, log, self._flow, self._identifiers, self._words, everything=small)
        stats = stats_of(log, read)
        return _Seen(pl.concat([mentions(noticed.identified), noted]), noticed.identified, noticed.heard, stats, clocks)

    def _seen_many(self, texts: Sequence[bytes], logs: Sequence[Mapping[str, Any]]) -> _Seen:
        """Read small logs of one format."""
        entries, figures = read_many(texts, logs, self._formats[logs[0]["format"]][0])
        noticed = notice_many(entries, logs, self._flow, self._identifiers, self._words)
        stats = stats_of_many(logs, figures, entries)
        return _Seen(mentions(noticed.identified), noticed.identified, noticed.heard, stats, _NOTHING.clocks)

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
        with self._bundle.members[log["path"]].again() as stream:
            clocks = self._clocks.get(log["log_id"], _NOTHING.clocks)
            entries = read_places(stream, log, self._formats[log["format"]], places, clocks)
        return self._noticed(entries, log)

    def _of_runs(self, log: Mapping[str, Any], runs: pl.DataFrame) -> pl.DataFrame:
        """Return every entry that some processes wrote into a log."""
        pids, grammars = runs["pid"].unique(), self._formats[log["format"]]
        with self._bundle.members[log["path"]].open() as stream:
            source = _Stoppable(stream, self._stopping)
            clocks = self._clocks.get(log["log_id"], _NOTHING.clocks)
            entries = read_processes(source, log, grammars, pids, clocks)
        self.volumes["runs"].add(log["bytes"], kept=False)
        if (entries["pid"].value_counts()["count"] >= MOST).any():
            self._say_bounded(log["path"], "one process")
        return self._noticed(entries, log, everything=True)

    def _noticed(self, entries: pl.DataFrame, log: Mapping[str, Any], *, everything: bool = False) -> pl.DataFrame:
        """Return what entries name, of which there may be as many as images: some after the others."""
        parts = entries.iter_slices(_AT_ONCE) if entries.height else [entries]
        found = (notice(part, log, self._flow, self._identifiers, self._words, everything=everything) for part in parts)
        return pl.concat([each.identified for each in found])

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
