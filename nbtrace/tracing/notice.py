"""Entries of one log → what is worth keeping of them: who spoke when, and the entries that name something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.grammar.columns import has
from nbtrace.tables import IDENTIFIED, TIME
from nbtrace.tracing.identify import identify
from nbtrace.tracing.speakers import assign_speakers
from nbtrace.tracing.windows import heard
from nbtrace.tracing.words import with_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["SELECTING", "Noticed", "nothing", "notice", "sieve"]

SELECTING = ("importing",)  # the words by which entries are selected


@dataclass(frozen=True, slots=True)
class Noticed:
    """The ``identified`` entries of a log, and who was ``heard`` in it: one row a stretch of talk of one speaker.

    ``heard`` has the columns host, log_id, speaker (null for strangers), time_quality, first, last and debugging.
    """

    identified: pl.DataFrame
    heard: pl.DataFrame


def sieve(text: pl.Expr, identifiers: Sequence[Grammar]) -> pl.Expr:
    """Tell whether a record can name an image or a job (Boolean), by the rule ``sieve`` of the identifier grammars."""
    found = []
    for grammar in identifiers:
        # A site's grammar without a sieve of its own is its own sieve.
        rules = ("sieve",) if "sieve" in grammar.starts else grammar.starts
        found += [has(text, grammar.lowered(rule)) for rule in rules]
    return pl.any_horizontal(found)


def notice(
    entries: pl.DataFrame,
    log: Mapping[str, Any],
    flow: Flow,
    identifiers: Sequence[Grammar],
    words: Sequence[Grammar],
    *,
    everything: bool = False,
) -> Noticed:
    """Identify the entries of one log.

    Args:
        entries: the table ``entries`` of the log.
        log: its row of the table ``logs``.
        flow: the process flow; what strangers to it say is not kept.
        identifiers: the grammars of what messages name.
        words: the evidence grammars.
        everything: keep entries that name nothing, too.
    """
    entries = entries.with_columns(pl.lit(log[name], pl.String).alias(name) for name in ("host", "path", "log"))
    entries = assign_speakers(entries, flow)
    identified = identify(entries.filter(pl.col("speaker").is_not_null()), identifiers)
    if not everything:
        identified = identified.filter((pl.col("images").list.len() > 0) | pl.col("job_id").is_not_null())
    flagged = with_words(identified, words, SELECTING)
    return Noticed(flagged.select(nothing().identified.columns), heard(entries))


def nothing() -> Noticed:
    """Return what is noticed of an empty log: the tables without rows."""
    flags = (pl.lit(None, pl.Boolean).alias(f"says_{rule}") for rule in SELECTING)
    identified = IDENTIFIED.empty().with_columns(flags)
    columns: dict[str, pl.DataType | type[pl.DataType]] = {
        "host": pl.String,
        "log_id": pl.UInt32,
        "speaker": pl.String,
        "time_quality": pl.String,
        "first": TIME,
        "last": TIME,
    }
    return Noticed(identified, pl.DataFrame(schema=columns | {"debugging": pl.Boolean}))
