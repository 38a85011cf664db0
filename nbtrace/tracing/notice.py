"""What is kept of one log: who spoke when, and which records name something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.grammar.columns import has
from nbtrace.knowledge.daemons import originator_name
from nbtrace.tables import IDENTIFIED, MENTIONS, TIME
from nbtrace.tracing.identify import identify, identify_text
from nbtrace.tracing.speakers import assign_speakers, owner
from nbtrace.tracing.windows import heard
from nbtrace.tracing.words import says, with_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = [
    "MIXED",
    "SELECTING",
    "Listening",
    "Noticed",
    "importing",
    "mentions",
    "naming",
    "nothing",
    "notice",
    "notice_many",
    "sieve",
]

MIXED: Final = "mixed"  # the log of a printout that holds the records of several daemons
SELECTING = ("importing",)  # the words by which entries are selected
_PLACE: Final = ("host", "path", "log")
_PLACES: Final = {"log_id": pl.UInt32, **dict.fromkeys(_PLACE, pl.String)}
_ARGUMENT: Final = r"\|[A-Za-z]?[0-9]{1,9}:"  # between two arguments of a raw numbered message (log-formats.md §1.3, L)


@dataclass(frozen=True, slots=True)
class Noticed:
    """The ``identified`` entries of a log, and who was ``heard`` in it: one row a stretch of talk of one speaker.

    ``heard`` has the columns host, log_id, speaker (null for strangers), time_quality, first, last and debugging.
    """

    identified: pl.DataFrame
    heard: pl.DataFrame


class Listening:
    """What to listen for in one log whose records are not all read in full."""

    def __init__(
        self,
        log: Mapping[str, Any],
        fields: Sequence[str],
        flow: Flow,
        identifiers: Sequence[Grammar],
        words: Sequence[Grammar],
    ) -> None:
        """Find out who can speak in a log.

        Args:
            log: its row of the table ``logs``.
            fields: the fields of its format.
            flow: the process flow.
            identifiers: the grammars of what messages name.
            words: the evidence grammars.
        """
        self._log, self._flow, self._identifiers, self._words = log, flow, identifiers, words
        one = pl.DataFrame([{"originator": log["originator"], "daemon": log["log"], "log": log["log"]}])
        self._owner = one.with_columns(pl.col("originator").cast(pl.Int32)).select(owner(flow)).item()
        hosts = {host for speaker in flow.speaker for host in speaker.inside}
        self.guests = self._owner in hosts
        # A raw file has the records of its owner, and of guests; in a printout each record says whose it is.
        self._raw, self._counted = "date" not in fields, "counted" in fields
        self._varies = self.guests or ("originator" in fields and (not self._raw or log["originator"] is None))
        self._submits = flow.marked("submits")
        runs = any(speaker.runs and speaker.name == self._owner for speaker in flow.speaker)
        wanted = {"pid"} if runs or self._varies else set()
        wanted |= {"originator", "originator_name", "file_id"} if self._varies else set()
        self.fields = tuple(field for field in fields if field in wanted)

    @property
    def to_many(self) -> bool:
        """Tell whether several daemons may speak in a printout: a cheap look sees the silences of one at most."""
        return self._varies and not self._raw and (self.guests or self._log["log"] == MIXED)

    @property
    def to_strangers(self) -> bool:
        """Tell whether nobody of the flow speaks in the log."""
        return self._owner is None and not self._varies

    def sieve(self, text: pl.Expr) -> pl.Expr:
        """Tell whether a record can name an image or a job (Boolean)."""
        return sieve(text, self._identifiers)

    def note(self, records: pl.DataFrame) -> pl.DataFrame:
        """Return the table ``mentions`` of records, with their ``number``, and with ``full``: which to read in full.

        In full are read those whose words matter for the selection: they speak of importing, or submit images that
        nobody else may have named.

        Args:
            records: ``number``, ``line``, ``from_line``, ``begin``, ``end``, ``text`` and ``fields`` (String).
        """
        text, said = pl.col("text"), records["text"]
        if self._counted and (numbered := said.str.contains("|", literal=True).arg_true()).len():
            said = said.scatter(numbered, said.gather(numbered).str.replace_all(_ARGUMENT, " "))
        rows = records.with_columns(
            text=said,
            log_id=pl.lit(self._log["log_id"], pl.UInt32),
            speaker=pl.lit(self._owner, pl.String),
            pid=pl.col("pid").cast(pl.Int64, strict=False) if "pid" in records.columns else pl.lit(None, pl.Int64),
        )
        if self._varies:
            rows = self._spoken(rows).filter(pl.col("speaker").is_not_null())
        named = identify_text(rows, self._identifiers)
        named = named.filter(naming())
        submitted = pl.col("speaker").is_in(self._submits) & pl.col("job_id").is_null()
        told = named.with_columns(importing=importing(text, self._words)).with_columns(
            full=pl.col("importing") | submitted
        )
        return told.select("number", "full", *MENTIONS.schema)

    def _spoken(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Return the records with their speakers, by what their heads say."""
        said = [
            pl.col(name).cast(pl.Int32, strict=False) if name in rows.columns else pl.lit(None, pl.Int32).alias(name)
            for name in ("originator", "file_id")
        ]
        rows = rows.with_columns(*said)
        names = {oid: originator_name(oid) for oid in rows["originator"].drop_nulls().unique()}
        known = pl.col("originator").replace_strict(names, default=None, return_dtype=pl.String)
        printed = [pl.col("originator_name")] if "originator_name" in rows.columns else []
        log = pl.lit(self._log["log"])
        return assign_speakers(rows.with_columns(daemon=pl.coalesce(*printed, known, log), log=log), self._flow)


def sieve(text: pl.Expr, identifiers: Sequence[Grammar]) -> pl.Expr:
    """Tell whether a record can name an image or a job (Boolean), by the rule ``sieve`` of the identifier grammars."""
    found = []
    for grammar in identifiers:
        # A site's grammar without a sieve of its own is its own sieve.
        rules = ("sieve",) if "sieve" in grammar.starts else grammar.starts
        found += [has(text, grammar.lowered(rule)) for rule in rules]
    return pl.any_horizontal(found)


def importing(text: pl.Expr, words: Sequence[Grammar]) -> pl.Expr:
    """Tell whether a record can speak of importing (Boolean), by the rule ``importing_sieve`` of evidence grammars."""
    found = []
    for grammar in words:
        if "importing_sieve" in grammar.starts:
            found.append(has(text, grammar.lowered("importing_sieve")))
        elif "importing" in grammar.starts:
            found.append(has(" " + text + " ", grammar.lowered("importing")))
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
    placed = entries.with_columns(pl.lit(log[name], pl.String).alias(name) for name in _PLACE)
    return _noticed(placed, flow, identifiers, words, everything=everything)


def notice_many(
    entries: pl.DataFrame,
    logs: Sequence[Mapping[str, Any]],
    flow: Flow,
    identifiers: Sequence[Grammar],
    words: Sequence[Grammar],
) -> Noticed:
    """Identify the entries of several logs, and keep those that name nothing, too; in the order of logs."""
    places = pl.DataFrame([[log[name] for name in ("log_id", *_PLACE)] for log in logs], schema=_PLACES, orient="row")
    placed = entries.join(places, on="log_id", how="left", maintain_order="left")
    noticed = _noticed(placed, flow, identifiers, words, everything=True)
    return Noticed(noticed.identified, noticed.heard.sort("log_id", maintain_order=True))


def _noticed(
    entries: pl.DataFrame, flow: Flow, identifiers: Sequence[Grammar], words: Sequence[Grammar], *, everything: bool
) -> Noticed:
    """Identify entries that stand with their host, path and log."""
    entries = assign_speakers(entries, flow)
    identified = identify(entries.filter(pl.col("speaker").is_not_null()), identifiers)
    if not everything:
        identified = identified.filter(naming())
    flagged = with_words(identified, words, SELECTING)
    return Noticed(flagged.select(nothing().identified.columns), heard(entries))


def mentions(identified: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``mentions`` of entries that are kept, of those that name something."""
    return MENTIONS.shape(identified.filter(naming()).with_columns(importing=says("importing")))


def naming() -> pl.Expr:
    """Tell whether an entry names an image or a job (Boolean)."""
    return (pl.col("images").list.len() > 0) | pl.col("job_id").is_not_null()


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
