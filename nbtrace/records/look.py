"""A cheap look at a log: every record is counted, those that can name something are noted, few are read in full."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.grammar.columns import capture, captured, starts
from nbtrace.records.entries import CLOCKS, shaped, timed
from nbtrace.records.fields import owned, parse
from nbtrace.records.reader import LogRead, begin
from nbtrace.records.text import begun, joined, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered
    from nbtrace.records.chunks import Chunk, Source

__all__ = ["Look", "Skimmed", "skim"]

_SOME: Final = 512  # records of a chunk that are read for their times, about
_ENDS: Final = 64  # records at both ends of a chunk that are read: several processes write one log out of order
_GUESTS: Final = ("file_id", "originator")  # who wrote a raw record into whose file (log-formats.md §1.3, L)
_LEVELS: Final = range(7)  # of debugging
_ILL: Final = 0.1  # when more of the raw records end otherwise, their ends are not what they are taken for


@dataclass(frozen=True, slots=True)
class Look:
    """What to look for in a log.

    ``sieve`` tells from the column ``text`` whether a record can name something; without it nothing is noted.
    ``fields`` are those of the head that ``note`` wants to see. ``note`` gets the records that passed the sieve
    (``number``, ``line``, ``begin`` and ``end``, their place in the file in bytes, ``text`` and the fields) and returns
    what there is to keep of them, with ``number`` and with ``full`` (Boolean): whether to read the record in full
    instead. ``guests`` says that others than its owner may write into the log.
    """

    sieve: Callable[[pl.Expr], pl.Expr] | None
    fields: tuple[str, ...]
    note: Callable[[pl.DataFrame], pl.DataFrame]
    guests: bool = False


@dataclass(frozen=True, slots=True)
class Skimmed:
    """What a cheap look saw.

    ``read`` are the entries that were read in full, and the figures of the whole log; ``noted`` is what ``note`` made
    of the others; ``clocks`` are the fields from which the times of all others follow.
    """

    read: LogRead
    noted: pl.DataFrame
    clocks: pl.DataFrame


def skim(stream: Source, log: Mapping[str, Any], grammars: Sequence[Grammar], look: Look) -> Skimmed:
    """Look at a log, in chunks.

    Args:
        stream: the bytes of the file.
        log: its row of the table ``logs``, as for ``read_log``.
        grammars: the record grammars of its format; the one that takes most of its lines reads it.
        look: what to look for.

    So that times and silences of the log are known, some records are read in full whatever they hold: the first and
    the last of every few minutes and of each chunk, and one in every few.
    """
    lowered, parts = begin(stream, grammars)
    read = LogRead()
    seen = [_look(chunk, lowered, log["originator"], look, read) for chunk in parts]
    noted, records = (pl.concat(tables) for tables in zip(*seen, strict=True))
    entries, read.date_assumed = timed(records, log)
    read.entries = shaped(entries, log)
    return Skimmed(read, noted, records.select(*CLOCKS))


def _look(
    chunk: Chunk, lowered: Lowered, owner: int | None, look: Look, figures: LogRead
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what was noted of a chunk, and the fields of the records read in full; add the chunk to the figures."""
    first, rest = _split(chunk, lowered, look, figures)
    torn, levels = _ends(first, lowered, figures.highest_level)
    hits = joined(first.filter("named"), rest).select("number", "line", "from_line", "begin", "end", "text")
    if look.fields:
        head = captured(pl.col("text"), lowered, look.fields, begun=True)
        hits = owned(hits.with_columns(head.alias("head")).unnest("head"), owner)
    noted = look.note(hits)
    full = noted.filter("full")["number"]
    if "counted" in lowered.fields:  # it may be the rest of a record that was torn apart, which begins before it
        full = pl.concat([full, full.filter(full > 0) - 1])
    worth = pl.concat([full, torn, *_telling_times(first, guests=look.guests)]).unique().sort()
    read = first[worth].filter("starts")
    parsed = parse(joined(read, rest).rename({"number": "piece"}), first["text"], lowered, owner)
    stray = first.filter(~pl.col("starts")).filter(~pl.col("number").is_in(parsed.joined))
    figures.miss(pl.concat([parsed.missed, lines_of(joined(stray, rest))]))
    within = read["number"].is_in(parsed.joined).sum()  # of those read, these are parts of others, and the rest refused
    refused = read.height - int(within or 0) - parsed.records.height
    figures.records += int(first["starts"].sum()) - len(parsed.joined) - refused
    figures.repaired += parsed.repaired
    figures.rise(levels)
    figures.rise(parsed.records["level"].unique())
    done = pl.concat([read["number"], pl.Series(parsed.joined, dtype=pl.UInt32)])
    kept = noted.filter(~pl.col("number").is_in(done.implode())).drop("number", "full")
    return kept, parsed.records.drop("piece")


def _split(chunk: Chunk, lowered: Lowered, look: Look, figures: LogRead) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split a chunk into the first lines of its pieces and the rest of its lines, and count them.

    Both have ``number`` of the piece, which is its row among the first lines, ``line`` and ``text``, and the first lines ``begin`` and ``end`` of the piece in
    the file, ``starts`` (a record), ``moment`` (about when, and in a log with guests also by whom) and ``named`` (it
    passed the sieve).
    """
    text, place = pl.col("text"), pl.col("size").cum_sum() + chunk.offset
    begins_at, moment = _moment(lowered, guests=look.guests)
    lines = chunk.lines.with_columns(
        pl.col("line") + figures.lines,
        begin=place - pl.col("size"),
        end=place,
        moment=moment,
        named=look.sieve(text) if look.sieve else pl.lit(value=False),
        **begins_at,
    )
    if not begins_at:
        lines = lines.with_columns(starts=pl.col("moment").is_not_null())
    figures.lines += lines.height
    marked = begun(lines.drop("size"))
    first, rest = marked.filter("begins"), marked.filter(~pl.col("begins"))
    if rest.height:
        named = pl.col("named") | pl.col("number").is_in(rest.filter("named")["number"].implode())
        end = pl.col("begin").shift(-1).fill_null(chunk.end)
        first = first.with_columns(named=named, end=end)
        if "counted" in lowered.fields:
            first, rest = joined(first, rest), rest.clear()
    before = 1 if "counted" in lowered.fields else 0  # pieces before a record of which it may be a part
    from_where = (pl.col(name).shift(before).fill_null(pl.col(name)) for name in ("line", "begin"))
    named = pl.col("named") & pl.col("starts")
    return first.with_columns(
        named, *(where.alias(name) for where, name in zip(from_where, ("from_line", "begin"), strict=True))
    ), rest


def _moment(lowered: Lowered, *, guests: bool) -> tuple[dict[str, pl.Expr], pl.Expr]:
    """Return by what a record begins (``starts``, where the moment does not tell it), and about when it was written.

    100 seconds of an epoch, ten minutes of a clock: so every jump of the clock is seen, every date, and every silence
    that counts. Where others write into a log it is also told who wrote it.
    """
    text = pl.col("text")
    epoch = next((field for field in ("epoch_ms", "epoch_s") if field in lowered.fields), None)
    if guests and epoch:
        head = captured(text, lowered, (*_GUESTS, epoch)).struct
        return {}, pl.concat_str(*(head.field(field) for field in _GUESTS), head.field(epoch).str.head(8))
    if epoch:
        return {}, capture(text, lowered, epoch).str.head(8)
    begins = {"starts": starts(text, lowered)}
    if lowered.fields[:1] == ("clock",):
        return begins, text.str.head(4)
    if lowered.fields[:2] == ("date", "clock"):
        return begins, text.str.head(15)
    clock = capture(text, lowered, "clock").str.head(4) if "clock" in lowered.fields else pl.lit("")
    return begins, clock


def _telling_times(first: pl.DataFrame, *, guests: bool) -> list[pl.Series]:
    """Return which pieces tell times and silences: those at both ends, one in every few, and where moments change."""
    moment, height = first["moment"], first.height
    if guests:  # guests in a log have silences of their own
        changes = (moment.is_first_distinct() | moment.is_last_distinct()).arg_true()
    else:
        after = moment.ne_missing(moment.shift()).arg_true()
        changes = pl.concat([after, after.filter(after > 0) - 1])
    some = range(0, height, max(height // _SOME, 1))
    ends = [*range(min(_ENDS, height)), *range(max(height - _ENDS, 0), height)]
    return [changes.cast(pl.UInt32), pl.Series(some, dtype=pl.UInt32), pl.Series(ends, dtype=pl.UInt32)]


def _ends(first: pl.DataFrame, lowered: Lowered, known: int | None) -> tuple[pl.Series, pl.Series]:
    """Return which pieces may be torn records, and levels of records above the known one, from how records end.

    Raw records end with their level; in printouts it follows kind and context, each in brackets. What ends otherwise
    may go on in what follows, although that looks like a record.
    """
    torn, text = pl.Series([], dtype=pl.UInt32), pl.col("text")
    if "counted" in lowered.fields:
        end = first["text"].str.tail(2)
        ends = pl.select(pl.when(first["starts"]).then(end).unique().drop_nulls()).to_series()
        odd = ends.filter(~ends.str.contains("^,[0-9]$|,$"))
        if odd.len():
            torn = end.is_in(odd.implode()).arg_true().cast(pl.UInt32)
        if torn.len() > _ILL * first.height:
            torn = torn.clear()
        return torn, ends.str.extract("^,([0-6])$", 1)
    higher = [level for level in _LEVELS if known is None or level > known]
    if "level" not in lowered.fields or not higher:
        return torn, pl.Series([], dtype=pl.String)
    # To look for the few texts that can be a higher level is cheaper than to cut all levels.
    maybe = first.filter(text.str.contains_any([f"]{gap}{level}" for gap in ("", " ") for level in higher]))
    said = maybe.filter("starts").select(text.str.splitn("]", 3).struct.field("field_2").str.head(2)).to_series()
    return torn, said.unique().str.extract(r"^ ?([0-6])[ \[]?$", 1)
