"""One log → ``entries``, every record in full, driven by its grammar's fields.

The vocabulary of fields is documented in ``grammars/README.md``; a new format needs a grammar and no code here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.grammar.columns import starts
from nbtrace.records.chunks import chunks
from nbtrace.records.entries import shaped, timed
from nbtrace.records.fields import parse
from nbtrace.records.text import join_records, split_lines
from nbtrace.tables import ENTRIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered
    from nbtrace.records.chunks import Chunk, Source

__all__ = ["FITTING", "SAMPLES", "SAMPLE_LENGTH", "LogRead", "begin", "read_log"]

SAMPLES: Final = 3  # unparsed lines kept of a log to be shown
SAMPLE_LENGTH: Final = 500  # characters kept of each
FITTING: Final = 1 << 20  # bytes by which the grammar is chosen
_NO_ENTRIES: Final = ENTRIES.empty()


@dataclass(slots=True)
class LogRead:
    """What one log gave: its ``entries``, and figures of the whole log, which add up chunk by chunk.

    ``samples`` are the first unparsed lines as (line, text); ``repaired`` counts records whose lengths did not fit;
    ``date_assumed`` says that the order of day and month had to be assumed.
    """

    entries: pl.DataFrame = field(default_factory=lambda: _NO_ENTRIES)
    lines: int = 0
    records: int = 0
    unparsed: int = 0
    repaired: int = 0
    highest_level: int | None = None
    date_assumed: bool = False
    samples: list[tuple[int, str]] = field(default_factory=list)

    def miss(self, lines: pl.DataFrame) -> None:
        """Count lines (``line``, ``text``) that no grammar takes."""
        shown = lines.sort("line").head(SAMPLES - len(self.samples))
        self.samples += shown.with_columns(pl.col("text").str.head(SAMPLE_LENGTH)).iter_rows()
        self.unparsed += lines.height

    def rise(self, levels: pl.Series) -> None:
        """Note the highest level of some records."""
        known = levels.cast(pl.Int64, strict=False).drop_nulls().to_list()
        self.highest_level = max([*known, *filter(None, [self.highest_level])], default=None)


def read_log(stream: Source, log: Mapping[str, Any], grammars: Sequence[Grammar]) -> LogRead:
    """Read one log, in chunks.

    Args:
        stream: the bytes of the file.
        log: its row of the table ``logs``: log_id, log, originator and date are used.
        grammars: the record grammars of its format; the one that takes most of its lines reads it.

    Returns:
        All records as ``entries``; times are those of the host's clock, or UTC where they are epochs. Never fails on content: every line that is not blank is part of one
        record or counted as unparsed.
    """
    lowered, parts = begin(stream, grammars)
    read = LogRead()
    records, read.date_assumed = timed(pl.concat([_records(chunk, lowered, log, read) for chunk in parts]), log)
    read.entries = shaped(records, log)
    return read


def begin(stream: Source, grammars: Sequence[Grammar]) -> tuple[Lowered, Iterator[Chunk]]:
    """Return by which expression a log is read, and its chunks, at least one."""
    start = stream.read(FITTING)
    choices = [grammar.lowered("start") for grammar in grammars]
    lowered = _fitting(start, choices) if len(choices) > 1 else choices[0]
    return lowered, chunks(start, stream, lowered)


def _fitting(start: bytes, choices: Sequence[Lowered]) -> Lowered:
    """Return the expression that starts a record at most lines; the first where several do."""
    begun = (starts(pl.col("text"), lowered).sum().alias(str(number)) for number, lowered in enumerate(choices))
    counts = split_lines(start).select(begun).row(0)
    return choices[counts.index(max(counts))]


def _records(chunk: Chunk, lowered: Lowered, log: Mapping[str, Any], read: LogRead) -> pl.DataFrame:
    """Return the fields of a chunk's records, and add the chunk to the figures."""
    lines = chunk.lines.with_columns(pl.col("line") + read.lines)
    pieces = join_records(lines, lowered).with_row_index("piece")
    parsed = parse(pieces, pieces["text"], lowered, log["originator"])
    read.miss(parsed.missed)
    read.lines += lines.height
    read.records += parsed.records.height
    read.repaired += parsed.repaired
    read.rise(parsed.records["level"].unique())
    return parsed.records.drop("piece")
