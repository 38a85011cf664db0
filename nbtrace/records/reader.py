"""One log → ``entries``: the reader of every record format, driven by its grammar's fields.

The vocabulary of fields is documented in ``grammars/README.md``; a new format needs a grammar and no code here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.grammar.columns import fields, starts
from nbtrace.knowledge.daemons import originator_name
from nbtrace.records.chunks import chunks
from nbtrace.records.counted import cut_column
from nbtrace.records.text import join_records, lines_of, split_lines
from nbtrace.records.times import DAY, clock_ms, epoch_ms, local_dates, rolled_days, set_back
from nbtrace.records.torn import mend
from nbtrace.tables import ENTRIES, SEVERITY, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered
    from nbtrace.records.chunks import Source

__all__ = ["SAMPLES", "SAMPLE_LENGTH", "LogRead", "Wanted", "read_log"]

Wanted = Callable[[pl.Expr], pl.Expr]  # from the text of a record: whether to read it in full

SAMPLES: Final = 3  # unparsed lines kept of a log to be shown
SAMPLE_LENGTH: Final = 500  # characters kept of each
_FITTING: Final = 1 << 20  # bytes by which the grammar is chosen
_SOME: Final = 512  # records of a chunk that are read for their times, about
_ENDS: Final = 64  # records at both ends of a chunk that are read: several processes write one log out of order
_NO_DATE: Final = date(1970, 1, 1)  # the first day of a file of which nobody says the date
_VOCABULARY: Final = (
    "clock",
    "meridiem",
    "date",
    "epoch_ms",
    "epoch_s",
    "pid",
    "tid",
    "severity",
    "level",
    "kind",
    "originator",
    "originator_name",
    "file_id",
    "context",
    "message_id",
    "function",
    "message",
    "counted",
)
# Words in the text that tell its severity (log-formats.md §4, H: they occur, and the number is not reliable).
_WORD_IN_TEXT: Final = r"^(?:\[[^\]]{1,60}\] ?)?(?:(?:INF|TRV) - )?(INF|WRN|ERR|FTL) - "
_WORDS: Final[Mapping[str, int]] = {
    "INF": SEVERITY["info"],
    "WRN": SEVERITY["warning"],
    "ERR": SEVERITY["error"],
    "FTL": SEVERITY["critical"],
    "DEBUG": SEVERITY["debug"],
    "INFO": SEVERITY["info"],
    "NOTICE": SEVERITY["info"],
    "WARN": SEVERITY["warning"],
    "WARNING": SEVERITY["warning"],
    "ERROR": SEVERITY["error"],
    "CRITICAL": SEVERITY["critical"],
    "FATAL": SEVERITY["critical"],
    "EMERGENCY": SEVERITY["critical"],
}
_NUMBERS: Final[Mapping[str, int]] = {str(number): number for number in SEVERITY.values()}
_KINDS: Final[Mapping[str, str]] = {
    "0": "debug",
    "1": "diagnostic",
    "2": "application",
}  # digits: L, log-formats.md §1.3


@dataclass(frozen=True, slots=True)
class LogRead:
    """What one log gave: its ``entries``, and what no grammar took.

    ``samples`` are the first unparsed lines as (line, text); ``repaired`` counts records whose lengths did not fit;
    ``date_assumed`` says that the order of day and month had to be assumed.
    """

    entries: pl.DataFrame
    records: int
    lines: int
    unparsed: int
    samples: list[tuple[int, str]]
    repaired: int = 0
    highest_level: int | None = None
    date_assumed: bool = False


def read_log(
    stream: Source, log: Mapping[str, Any], grammars: Sequence[Grammar], wanted: Wanted | None = None
) -> LogRead:
    """Read one log, in chunks.

    Args:
        stream: the bytes of the file.
        log: its row of the table ``logs``: log_id, log, originator and date are used.
        grammars: the record grammars of its format; the one that takes most of its lines reads it.
        wanted: which records to read in full, from the column ``text``; without it, all.

    Returns:
        The wanted records as ``entries`` with the times of their clocks, and figures of the whole log. So that its times and silences
        are known, some of the other records are read as well: the first and the last of every few minutes and of each
        chunk, and one in every few. Never fails on content: every line that is not blank is part of one record or
        counted as unparsed.
    """
    start = stream.read(_FITTING)
    choices = [grammar.lowered("start") for grammar in grammars]
    lowered = _fitting(start, choices) if len(choices) > 1 else choices[0]
    tally = _Tally()
    parts = [_records(chunk, lowered, log, wanted, tally) for chunk in chunks(_Rejoined(start, stream), lowered)]
    timed, date_assumed = _timed(pl.concat(parts or [_records(b"", lowered, log, wanted, tally)]), log)
    return LogRead(
        _entries(timed, log),
        tally.records,
        tally.lines,
        tally.unparsed,
        tally.samples,
        tally.repaired,
        tally.highest_level,
        date_assumed,
    )


@dataclass(slots=True)
class _Tally:
    """Figures that add up over the chunks of a log."""

    lines: int = 0
    records: int = 0
    unparsed: int = 0
    repaired: int = 0
    highest_level: int | None = None
    samples: list[tuple[int, str]] = field(default_factory=list)


class _Rejoined:
    """A stream of which the start was read already."""

    def __init__(self, start: bytes, stream: Source) -> None:
        self._start, self._stream = start, stream

    def read(self, size: int = -1, /) -> bytes:
        start, self._start = self._start, b""
        return start + self._stream.read(size if size < 0 else max(size - len(start), 0))


def _records(
    chunk: bytes, lowered: Lowered, log: Mapping[str, Any], wanted: Wanted | None, tally: _Tally
) -> pl.DataFrame:
    """Return the fields of a chunk's records that are read in full, and add the chunk to the figures."""
    lines = split_lines(chunk).with_columns(pl.col("line") + tally.lines)
    pieces = join_records(lines, lowered).with_row_index("piece")
    counted = "counted" in lowered.fields
    read = pieces if wanted is None else pieces.filter(_worth_reading(wanted, pieces.height, lowered))
    taken = _taken(read, lowered)
    strange = pl.concat([pieces.filter(~pl.col("starts")), read.filter("starts").join(taken, on="piece", how="anti")])
    records = _owned(_with_vocabulary(taken), log["originator"])
    missed, repaired = [lines_of(strange)], 0
    joined: list[int] = []
    if counted:
        records, joined, repaired = _cut(records, pieces["text"])
        missed = [lines_of(strange.filter(~pl.col("piece").is_in(joined))), _behind(records)]
    if counted or (wanted is not None and "level" in lowered.fields):
        tally.highest_level = _higher(tally.highest_level, pieces, counted=counted)
    unparsed = pl.concat(missed).sort("line")
    shown = unparsed.head(SAMPLES - len(tally.samples)).with_columns(pl.col("text").str.head(SAMPLE_LENGTH))
    tally.samples += shown.iter_rows()
    tally.lines += lines.height
    tally.unparsed += unparsed.height
    tally.repaired += repaired
    tally.records += int(pieces["starts"].sum()) - len(joined) - int(strange["starts"].sum())
    return records.drop("piece")


def _worth_reading(wanted: Wanted, pieces: int, lowered: Lowered) -> pl.Expr:
    """Return which pieces of a chunk to read in full: the wanted ones, and enough to know times and silences."""
    text, number = pl.col("text"), pl.col("piece")
    named = wanted(text)
    some = (number % max(pieces // _SOME, 1) == 0) | (number < _ENDS) | (number >= pieces - _ENDS)
    if "counted" not in lowered.fields:
        # Up to the tens of minutes: so every jump of the clock is seen, every date, and every silence that counts.
        moment = text.str.head(15 if "date" in lowered.fields else 4)
        return named | some | (moment != moment.shift()) | (moment != moment.shift(-1))
    # Who wrote it, and when to 100 seconds: guests in a log have silences of their own (log-formats.md §1.3, L).
    parts = text.str.splitn(",", 7).struct
    moment = parts.field("field_2") + "," + parts.field("field_5").str.head(8)
    numbered = text.str.head(1).is_in(["1", "2"])
    torn = named.shift(-1) | ~text.str.contains(",[0-9]?$")  # its rest may follow, and look like a record
    return named | some | moment.is_first_distinct() | moment.is_last_distinct() | numbered | torn


def _higher(level: int | None, pieces: pl.DataFrame, *, counted: bool) -> int | None:
    """Return the highest level: raw records end with it, in printouts it follows kind and context, each in brackets."""
    text = pl.col("text")
    end = text.str.slice(-2) if counted else text.str.splitn("]", 3).struct.field("field_2").str.head(2)
    ends = pieces.filter("starts").select(end=end).unique()
    found = pl.col("end").str.extract("^,([0-6])$" if counted else r"^ ?([0-6])[ \[]?$", 1)
    return max(filter(None, (level, ends.select(found.cast(pl.Int64).max()).item())), default=level)


def _fitting(start: bytes, choices: Sequence[Lowered]) -> Lowered:
    """Return the expression that starts a record at most lines; the first where several do."""
    begun = (starts(pl.col("text"), lowered).sum().alias(str(number)) for number, lowered in enumerate(choices))
    counts = split_lines(start).select(begun).row(0)
    return choices[counts.index(max(counts))]


def _taken(pieces: pl.DataFrame, lowered: Lowered) -> pl.DataFrame:
    """Return the pieces that the grammar takes (``piece``, ``line``) with their fields."""
    # Blank lines at the end say nothing, except to a count.
    text = pl.col("text") if "counted" in lowered.fields else pl.col("text").str.strip_chars_end("\n")
    begun = pieces.filter("starts").select("piece", "line", fields(text, lowered).alias("field")).unnest("field")
    return begun.filter(pl.any_horizontal(pl.col(lowered.fields).is_not_null()))


def _with_vocabulary(taken: pl.DataFrame) -> pl.DataFrame:
    """Add the fields that the grammar does not have."""
    return taken.with_columns(pl.lit(None, pl.String).alias(name) for name in _VOCABULARY if name not in taken.columns)


def _owned(taken: pl.DataFrame, owner: int | None) -> pl.DataFrame:
    """Exchange file id and originator where the owner of the file is in the other field.

    The order of the two is not known for sure (log-formats.md §1.3, L), the owner in the file's name is (H).
    """
    here, there = ((taken[name] == str(owner)).sum() for name in ("originator", "file_id"))
    return taken.rename({"originator": "file_id", "file_id": "originator"}) if there > here else taken


def _cut(taken: pl.DataFrame, texts: pl.Series) -> tuple[pl.DataFrame, list[int], int]:
    """Fill the fields that the length-prefixed ones hold, and add ``rest``, what stands behind them.

    Returns also the pieces that are parts of other records, and the number of records whose lengths do not fit.
    """
    parts, joined = mend(cut_column(taken["counted"]), taken["counted"], taken["piece"], texts)
    bare = (
        pl.col(name).str.strip_prefix("[").str.strip_suffix("]").str.strip_chars() for name in ("context", "function")
    )
    message_id = pl.when(pl.col("number").is_not_null()).then(pl.format("V-{}-{}", "originator", "number"))
    taken = taken.drop("context", "message", "function", "level", "message_id").hstack(parts.with_columns(bare))
    taken = taken.with_columns(message_id=message_id).filter(~pl.col("piece").is_in(joined))
    return taken, joined, int(taken["fit"].not_().sum())


def _behind(records: pl.DataFrame) -> pl.DataFrame:
    """Return the lines (``line``, ``text``) behind records that are complete without them."""
    longer = records.filter(pl.col("rest").str.contains("\n", literal=True))
    inside = pl.col("counted").str.count_matches("\n") - pl.col("rest").str.count_matches("\n")
    return lines_of(longer.select(pl.col("line") + inside + 1, text=pl.col("rest").str.extract(r"\n((?s:.*))$")))


def _timed(taken: pl.DataFrame, log: Mapping[str, Any]) -> tuple[pl.DataFrame, bool]:
    """Add ``time`` and ``time_quality``: epochs are UTC, all other times are those of the host's clock."""
    assumed, known = False, "local"
    local = pl.Series("local", [None], pl.Int64).new_from_index(0, taken.height)
    if taken["clock"].null_count() < taken.height:
        clock = clock_ms(taken["clock"], taken["meridiem"])
        if taken["date"].null_count() < taken.height:
            dates, assumed = local_dates(taken["date"], log["date"])
            local = _days(dates) * DAY + clock
        else:
            known = "undated" if log["date"] is None else "local"
            local = (rolled_days(clock) + ((log["date"] or _NO_DATE) - _NO_DATE).days) * DAY + clock
    epoch = pl.coalesce(epoch_ms(pl.col("epoch_ms")), epoch_ms(pl.col("epoch_s") + "000"))
    return taken.with_columns(
        time=pl.coalesce(epoch, pl.from_epoch(local, "ms").dt.replace_time_zone("UTC")).cast(TIME),
        time_quality=pl.when(epoch.is_not_null())
        .then(pl.lit("epoch"))
        .when(set_back(local) & (known == "local"))
        .then(pl.lit("again"))
        .when(local.is_not_null())
        .then(pl.lit(known))
        .otherwise(pl.lit("none")),
    ), assumed


def _days(dates: pl.Series) -> pl.Series:
    """Days since 1970."""
    return dates.cast(pl.Int32).cast(pl.Int64)


def _entries(taken: pl.DataFrame, log: Mapping[str, Any]) -> pl.DataFrame:
    """Shape the fields as the table ``entries``."""
    originator = pl.col("originator").cast(pl.Int32, strict=False)
    word = pl.col("message").str.extract(_WORD_IN_TEXT, 1).replace_strict(_WORDS, default=None, return_dtype=pl.Int8)
    named = pl.col("severity").str.to_uppercase().replace_strict(_WORDS, default=None, return_dtype=pl.Int8)
    number = pl.col("severity").replace_strict(_NUMBERS, default=None, return_dtype=pl.Int8)
    kind = pl.col("kind").replace(_KINDS).str.to_lowercase().fill_null("debug")
    plain = pl.when(kind == "debug").then(SEVERITY["debug"]).otherwise(SEVERITY["info"]).cast(pl.Int8)
    names = {oid: originator_name(oid) for oid in taken.select(originator).to_series().drop_nulls().unique()}
    named_by_number = originator.replace_strict(names, default=None, return_dtype=pl.String)
    frame = taken.with_columns(
        log_id=pl.lit(log["log_id"], pl.UInt32),
        originator=originator,
        file_id=pl.col("file_id").cast(pl.Int32, strict=False),
        kind=kind,
        severity=pl.max_horizontal(word, named, number).fill_null(plain),
        daemon=pl.coalesce("originator_name", named_by_number, pl.lit(log["log"])),
        level=pl.col("level").cast(pl.Int8, strict=False),
        pid=pl.col("pid").cast(pl.Int64, strict=False),
        tid=pl.col("tid").cast(pl.Int64, strict=False),
        message=pl.col("message").fill_null(""),
        context=pl.col("context").fill_null(""),
    )
    return ENTRIES.shape(frame)
