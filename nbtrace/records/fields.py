"""Pieces of a log → the fields of its records, as a record grammar names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.grammar.columns import fields
from nbtrace.records.counted import cut_column
from nbtrace.records.text import lines_of
from nbtrace.records.torn import mend

if TYPE_CHECKING:
    from nbtrace.grammar.lowering import Lowered

__all__ = ["Parsed", "owned", "parse"]

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

_SPEAKING: Final = ("originator", "file_id")
_OF_LOGS: Final = ("end", "owner")  # of each piece, where several logs are read together


@dataclass(frozen=True, slots=True)
class Parsed:
    """What pieces hold.

    ``records`` has the columns piece, line and one String for each field of the vocabulary, in the order of the file.
    ``missed`` are the lines (``line``, ``text``) of pieces that no record takes, ``joined`` the pieces that turned out
    to be parts of other records, ``repaired`` counts the records whose lengths do not fit.
    """

    records: pl.DataFrame
    missed: pl.DataFrame
    joined: list[int]
    repaired: int


def parse(pieces: pl.DataFrame, texts: pl.Series, lowered: Lowered, owner: int | None) -> Parsed:
    """Parse pieces by their grammar.

    Args:
        pieces: ``piece`` (its place in ``texts``), ``line``, ``text`` and ``starts``; of several logs also ``end``, the
            piece behind the last one of its log, and ``owner`` in the place of the argument.
        texts: the texts of all pieces around, of which a torn record may need the next ones.
        lowered: the record grammar.
        owner: the originator that owns a unified log.
    """
    counted = "counted" in lowered.fields
    taken = _taken(pieces, lowered)
    strange = pieces if taken.is_empty() else pieces.filter(~pl.col("starts"))
    if not taken.is_empty():
        refused = pieces.filter("starts").join(taken, on="piece", how="anti")
        strange = pl.concat([strange, refused.select(strange.columns)])
    records = owned(_with_vocabulary(taken), owner)
    if not counted:
        return Parsed(records, lines_of(strange), [], 0)
    records, joined, repaired = _cut(records, texts)
    missed = [lines_of(strange.filter(~pl.col("piece").is_in(joined))), _behind(records)]
    return Parsed(records, pl.concat(missed), joined, repaired)


def _taken(pieces: pl.DataFrame, lowered: Lowered) -> pl.DataFrame:
    """Return the pieces that the grammar takes (``piece``, ``line``) with their fields."""
    # Blank lines at the end say nothing, except to a count.
    text = pl.col("text") if "counted" in lowered.fields else pl.col("text").str.strip_chars_end("\n")
    known = [name for name in ("piece", "line", *_OF_LOGS) if name in pieces.columns]
    begun = pieces.filter("starts").select(*known, fields(text, lowered).alias("field")).unnest("field")
    return begun.filter(pl.any_horizontal(pl.col(lowered.fields).is_not_null()))


def _with_vocabulary(taken: pl.DataFrame) -> pl.DataFrame:
    """Add the fields that the grammar does not have."""
    return taken.with_columns(pl.lit(None, pl.String).alias(name) for name in _VOCABULARY if name not in taken.columns)


def owned(taken: pl.DataFrame, owner: int | None) -> pl.DataFrame:
    """Exchange file id and originator where the owner of the file is in the other field.

    The order of the two is not known for sure (log-formats.md §1.3, L), the owner in the file's name is (H).
    """
    if not set(_SPEAKING) <= set(taken.columns):
        return taken
    if set(_OF_LOGS) <= set(taken.columns):
        own = ((pl.col(name) == pl.col("owner").cast(pl.String)).sum().over("end") for name in _SPEAKING)
        swapped = next(own) < next(own)
        other = zip(_SPEAKING, reversed(_SPEAKING), strict=True)
        return taken.with_columns(pl.when(swapped).then(there).otherwise(here).alias(here) for here, there in other)
    here, there = ((taken[name] == str(owner)).sum() for name in _SPEAKING)
    return taken.rename({"originator": "file_id", "file_id": "originator"}) if there > here else taken


def _cut(taken: pl.DataFrame, texts: pl.Series) -> tuple[pl.DataFrame, list[int], int]:
    """Fill the fields that the length-prefixed ones hold, and add ``rest``, what stands behind them.

    Returns also the pieces that are parts of other records, and the number of records whose lengths do not fit.
    """
    ends = taken["end"] if "end" in taken.columns else None
    parts, joined = mend(cut_column(taken["counted"]), taken["counted"], taken["piece"], texts, ends)
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
