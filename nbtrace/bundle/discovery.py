"""Which file of a bundle is which log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace import knowledge
from nbtrace.bundle import content
from nbtrace.bundle.archives import BINARY
from nbtrace.bundle.listings import printed_by
from nbtrace.bundle.places import parts, place
from nbtrace.grammar import columns
from nbtrace.listed import LISTING
from nbtrace.tables import IGNORED, LOGS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbtrace.bundle.content import Content
    from nbtrace.bundle.members import Member
    from nbtrace.bundle.places import Place
    from nbtrace.grammar.library import Grammar, Library

__all__ = ["MIXED", "Found", "discover"]

MIXED: Final = "mixed"  # the log of a printout in which several originators speak: its entries say who
OWNER_SHARE: Final = 0.9  # of the records of a printout, to call it the log of one originator
LISTINGS: Final = "listings"  # the log of a file that holds listings of several kinds
LARGE: Final = 64 << 20  # bytes of a printout in which no listing is looked for
QUOTED_SHARE: Final = 0.1  # a text of which fewer lines are records only quotes a log
NAME_FIELDS: Final = ("originator", "host_id", "yymmdd", "mmddyy", "rotation")
SCHEMA: Final = {
    **{name: LOGS.schema[name] for name in ("path", "format", "log", "originator", "date", "rotation", "bytes")},
    "host_id": pl.String,
    "start": pl.String,
    "speakers": pl.List(pl.String),
}


@dataclass(frozen=True, slots=True)
class Found:
    """What a bundle holds.

    ``logs`` has the columns ``path, format, log, originator, date, rotation, bytes`` of the table of logs, and beside
    them ``host_id`` (of unified file names), ``start`` (the same for logs that begin alike) and ``speakers`` (the logs
    whose daemons speak in the file). ``listings`` are the files with output of commands, with the same columns; a file
    can be both. ``ignored`` is the table of that name. ``unreadable`` counts the files and folders that may hold logs but
    could not be read.
    """

    logs: pl.DataFrame
    listings: pl.DataFrame
    ignored: pl.DataFrame
    unreadable: int


def discover(members: Sequence[Member], library: Library) -> Found:
    """Find the logs among the members: by name and place first, by their beginning next; what is no log is ignored."""
    contents = content.look(members, library.records())
    logs: list[dict[str, Any]] = []
    others: list[_Other] = []
    unnamed: list[Member] = []
    for member, name in zip(members, _names(members, library.names()), strict=True):
        log = _log(name, _place(member), contents[member.path])
        if isinstance(log, _Other):
            others.append(replace(log, path=member.path))
            unnamed += [member] if log.text else []
        else:
            logs.append({**name, **log, "path": member.path, "bytes": member.size})
            unnamed += [member] if log["by_content"] and member.size <= LARGE else []
    printed = printed_by(unnamed, library.listings())
    others = [other for other in others if other.path not in printed]
    sizes = {member.path: member.size for member in unnamed}
    listings = [
        {"path": path, "format": LISTING, "log": kinds[0] if len(kinds) == 1 else LISTINGS, "bytes": sizes[path]}
        | {"speakers": [""]}  # what a host may list proves no role: a source has the same commands
        for path, kinds in printed.items()
    ]
    return Found(
        logs=pl.DataFrame(logs, schema=SCHEMA),
        listings=pl.DataFrame(listings, schema=SCHEMA),
        ignored=pl.DataFrame(
            [(other.path, other.reason, other.lost) for other in others], schema=dict(IGNORED.schema), orient="row"
        ),
        unreadable=sum(other.lost for other in others),
    )


@dataclass(frozen=True, slots=True)
class _Other:
    """A file that is no log, or none that can be used."""

    reason: str
    lost: bool = False  # it may hold what is missed
    text: bool = False  # it is a text, if of no log
    path: str = ""


def _place(member: Member) -> Place:
    """Return what the path of a file says; of a log's folder handed in by itself, the folders above it say which."""
    where = place(member.path)
    return where if where.log else replace(where, log=place(f"{member.above}/{member.path}").log)


def _names(members: Sequence[Member], grammars: Sequence[Grammar]) -> Iterator[dict[str, Any]]:
    """Return what the name of each file says: ``NAME_FIELDS`` and the date; the first grammar that fits decides."""
    name = pl.col("name").str.to_lowercase()  # Windows does not care
    date = pl.coalesce(
        pl.col("yymmdd").str.to_date("%y%m%d", strict=False), pl.col("mmddyy").str.to_date("%m%d%y", strict=False)
    )
    numbers = pl.col("originator").cast(pl.Int32, strict=False), pl.col("rotation").cast(pl.Int64, strict=False)
    frame = pl.DataFrame({"name": [parts(member.path)[-1] for member in members]}, schema={"name": pl.String})
    said = frame.select(said=pl.coalesce(*(_vocabulary(name, grammar) for grammar in grammars), pl.lit(None)))
    return said.unnest("said").with_columns(date.alias("date"), *numbers).iter_rows(named=True)


def _vocabulary(name: pl.Expr, grammar: Grammar) -> pl.Expr:
    """Return the fields of a name as one struct, the same for every grammar; null where the name does not fit."""
    lowered = grammar.lowered()
    fields = columns.fields(name, lowered).struct
    nothing = pl.lit(None, pl.String)
    said = [fields.field(field) if field in lowered.fields else nothing.alias(field) for field in NAME_FIELDS]
    return pl.when(pl.any_horizontal(expr.is_not_null() for expr in said)).then(pl.struct(said))


def _log(name: Mapping[str, Any], where: Place, what: Content) -> dict[str, Any] | _Other:
    """Return the columns of a log, or why the file is none."""
    is_unified = name["originator"] is not None
    is_named = is_unified or (name["mmddyy"] is not None and bool(where.log))
    if what.trouble == BINARY and is_named:
        return _Other("it has the name of a log but holds no text", lost=True)
    if what.trouble:
        return _Other(what.trouble, what.lost)
    if not is_named:
        if what.empty:
            return _Other("an empty file")
        if not what.format:
            return _Other("its beginning holds no record of a known log", text=True)
        # Who quotes says first why; a record that goes on for thousands of lines may hide those that follow.
        if what.share < QUOTED_SHARE and not (what.stated and what.begins):
            return _Other("only a few of its lines are records of a log", text=True)
    speakers = [knowledge.originator_name(name["originator"])] if is_unified else _speakers(where, what)
    if not speakers:
        return _Other(
            f"a {what.format} log of an unknown daemon: put it into a folder of its name, such as bpdm",
            lost=True,
            text=True,
        )
    log = speakers[0] if len(speakers) == 1 else MIXED
    return {
        "format": what.format or ("unified" if is_unified else "legacy"),
        "log": log,
        "originator": name["originator"] if is_unified else knowledge.originator_of(log),
        "start": what.start,
        "speakers": speakers,
        "by_content": not is_named,
    }


def _speakers(where: Place, what: Content) -> list[str]:
    """Return the logs whose daemons speak in a file: one, where the file is the log of one of them."""
    if where.log and not what.stated:
        return [where.log]
    counts = {knowledge.originator_name(oid): count for oid, count in what.originators.items()}
    owner = max(counts, key=lambda name: (counts[name], name), default="")
    if owner and counts[owner] < OWNER_SHARE * sum(counts.values()):
        return [where.log] if where.log in counts else sorted(counts)
    return [owner] if owner else [where.log] if where.log else []
