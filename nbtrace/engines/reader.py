"""What is read of one log: a function of its bytes, of what the log is, and of what nbtrace knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.bounds import MOST
from nbtrace.engines.figures import stats_of, stats_of_many
from nbtrace.records import CLOCKS, Look, of_many, read_log, read_many, read_places, read_processes, skim
from nbtrace.tables import MENTIONS, STATS
from nbtrace.tracing.notice import Listening, mentions, nothing, notice, notice_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar, Library
    from nbtrace.records import Source

__all__ = ["NOTHING", "Reader", "Seen"]

_AT_ONCE: Final = 1 << 15  # entries that are looked at together: texts of each are made anew, several times


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of one log; ``kept`` from an earlier run? ``clocks`` tell the times of records not read in full.

    ``mentions`` and ``stats`` are the tables of those names, ``identified`` and ``heard`` are as in ``Noticed``.
    """

    mentions: pl.DataFrame
    identified: pl.DataFrame
    heard: pl.DataFrame
    stats: pl.DataFrame
    clocks: pl.DataFrame
    kept: bool = False

    @property
    def tables(self) -> list[pl.DataFrame]:
        """Return the tables in the order of the fields."""
        return [self.mentions, self.identified, self.heard, self.stats, self.clocks]


NOTHING: Final = Seen(
    MENTIONS.empty(),
    nothing().identified,
    nothing().heard,
    STATS.empty(),
    pl.DataFrame(schema=CLOCKS),
)


class Reader:
    """Reads logs one by one, or small ones together; it knows neither where they lie nor what else there is.

    A log is described by its row of the table ``logs``.
    """

    def __init__(self, library: Library, flow: Flow) -> None:
        """Prepare to read: the formats by name, and what entries can name."""
        self._flow = flow
        self._identifiers, self._words = library.identifiers(), library.evidence(flow.name)
        self._formats: dict[str, list[Grammar]] = {}
        for grammar in library.records():
            self._formats.setdefault(grammar.name.removeprefix("records/"), []).append(grammar)
        self.together = {name for name, grammars in self._formats.items() if of_many(grammars)}

    def see(self, source: Source, log: Mapping[str, Any], *, small: int, thorough: bool = False) -> Seen:
        """Look at a log.

        Args:
            source: the bytes of the log.
            log: what is known of it.
            small: bytes below which every entry of a log is kept: to read it again for the runs in it would cost as
                much as to read it once.
            thorough: read every record in full, where otherwise a cheap look tells which can matter.
        """
        grammars = self._formats[log["format"]]
        fields = {field for grammar in grammars for field in grammar.lowered().fields}
        listening = Listening(log, sorted(fields), self._flow, self._identifiers, self._words)
        if thorough or log["bytes"] < small or listening.to_many:
            read, noted, clocks = read_log(source, log, grammars), NOTHING.mentions, NOTHING.clocks
        else:
            sieve = None if listening.to_strangers else listening.sieve
            looked = skim(source, log, grammars, Look(sieve, listening.fields, listening.note, listening.guests))
            read, noted, clocks = looked.read, looked.noted, looked.clocks
        everything = log["bytes"] < small
        noticed = notice(read.entries, log, self._flow, self._identifiers, self._words, everything=everything)
        stats = stats_of(log, read)
        return Seen(pl.concat([mentions(noticed.identified), noted]), noticed.identified, noticed.heard, stats, clocks)

    def see_many(self, texts: Sequence[bytes], logs: Sequence[Mapping[str, Any]]) -> Seen:
        """Look at small logs of one format, of which all can stand side by side (``together``)."""
        entries, figures = read_many(texts, logs, self._formats[logs[0]["format"]][0])
        noticed = notice_many(entries, logs, self._flow, self._identifiers, self._words)
        stats = stats_of_many(logs, figures, entries)
        return Seen(mentions(noticed.identified), noticed.identified, noticed.heard, stats, NOTHING.clocks)

    def at_places(
        self, source: Source, log: Mapping[str, Any], places: pl.DataFrame, clocks: pl.DataFrame
    ) -> pl.DataFrame:
        """Return the entries (table ``identified``) at some places of a log: line, from_line, begin and end."""
        return self._noticed(read_places(source, log, self._formats[log["format"]], places, clocks), log)

    def of_runs(
        self, source: Source, log: Mapping[str, Any], pids: pl.Series, clocks: pl.DataFrame
    ) -> tuple[pl.DataFrame, bool]:
        """Return every entry (table ``identified``) that some processes (Int64) wrote into a log.

        Also whether one of them wrote more than the bounds allow, so that only its first and last entries are there.
        """
        entries = read_processes(source, log, self._formats[log["format"]], pids, clocks)
        crowded = (entries["pid"].value_counts()["count"] >= MOST).any()
        return self._noticed(entries, log, everything=True), crowded

    def _noticed(self, entries: pl.DataFrame, log: Mapping[str, Any], *, everything: bool = False) -> pl.DataFrame:
        """Return what entries name, of which there may be as many as images: some after the others."""
        parts = entries.iter_slices(_AT_ONCE) if entries.height else [entries]
        found = (notice(part, log, self._flow, self._identifiers, self._words, everything=everything) for part in parts)
        return pl.concat([each.identified for each in found])
