"""Which zone the clock of each host shows: from the same facts in its own logs and in logs whose times are known.

A job, or an image, that two logs name is named there within moments again and again: when it begins, when it ends. So
over many jobs one difference between local times and UTC stands out, and it is the host's offset. Clocks that are wrong
by some minutes do not matter, since offsets are whole quarters of hours; a clock that is wrong by more than seven
minutes cannot be told from a zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tables import TIME, WRONG_DATES, WRONG_ZONES
from nbtrace.tracing.changes import change_between
from nbtrace.tracing.facts import facts
from nbtrace.tracing.turns import STEPS, turned, written
from nbtrace.zones import in_utc, offset_at, offset_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.flows import Flow

__all__ = ["Clocks", "credible", "match"]

_QUARTER: Final = 15  # minutes
_DAY: Final = 24 * 60
_FARTHEST: Final = 14 * 60  # minutes: no zone of the world is farther from UTC
_KINDS: Final = ("job", "image", "backup")  # what is more telling first: an image may wait for hours between two logs
_SOON: Final = 2  # minutes: a log speaks of a backup as soon as it is made, or says something else of it
_CLOSE: Final = 3  # minutes: two logs that speak of the same thing at once do so within this time
_MOMENTS: Final = 3  # of fewer different moments no claim is made
_CLEARLY: Final = 2.0  # times what speaks for any other offset
_SHARE: Final = 0.25  # of all facts, at least
_NEAR: Final = 70  # minutes: what a date may be off by, and no more, so that its days are sure
_TOGETHER: Final = timedelta(minutes=30)  # I: so far apart logs of one bundle end, that are still being written
_CLOCK: Final = ("host", "format")
_ZONES: Final = {"host": pl.String, "format": pl.String, "zone": pl.String, "facts": pl.UInt32}


@dataclass(frozen=True, slots=True)
class Clocks:
    """What other logs tell of the hosts' clocks.

    ``zones``: the zone of each clock (host, format, zone, and how many facts agree) that no option of its host gives.
    ``wrong`` and ``dates`` are the tables ``WRONG_ZONES`` and ``WRONG_DATES``.
    """

    zones: pl.DataFrame
    wrong: pl.DataFrame
    dates: pl.DataFrame

    def believed(self, logs: pl.DataFrame) -> pl.DataFrame:
        """Return the logs without the zone of those whose zone or date contradicts others: their times are not known."""
        by_zone = logs.join(self.wrong.filter("obeyed"), on=_CLOCK, how="semi")["log_id"]
        by_date = self.dates.filter(pl.col("named").is_not_null())["log_id"]
        doubted = pl.col("log_id").is_in([*by_zone, *by_date]) & (pl.col("zone_source") != "epoch")
        return logs.with_columns(zone=pl.when(~doubted).then("zone"))


def credible(heard: pl.DataFrame, logs: pl.DataFrame) -> pl.DataFrame:
    """Return who was heard in logs whose times can be compared with those of others.

    A bundle is collected at once: where a zone had to be assumed, it is believed if the logs of the clock then end when
    those with known times do.

    Args:
        heard: in UTC: log_id and last are used.
        logs: the table ``logs``.
    """
    ends = heard.join(logs.select("log_id", "format", "zone_source"), on="log_id", how="left")
    known = ends.filter(pl.col("zone_source") != "assumed")
    same = known.group_by("host").agg(host_end=pl.col("last").max())
    clocks = ends.filter(pl.col("zone_source") == "assumed").group_by(_CLOCK).agg(end=pl.col("last").max())
    clocks = clocks.join(same, on="host", how="left").with_columns(
        other=pl.coalesce("host_end", pl.lit(known["last"].max()))
    )
    wrong = clocks.filter((pl.col("end") - pl.col("other")).abs() > _TOGETHER)
    return heard.join(logs.join(wrong, on=_CLOCK, how="semi").select("log_id"), on="log_id", how="anti")


def match(identified: pl.LazyFrame, logs: pl.DataFrame, flow: Flow, heard: pl.DataFrame | None = None) -> Clocks:
    """Find the zones of all clocks.

    Args:
        identified: entries as they are read, with the times of their clocks.
        logs: the table ``logs`` with the zones that options give.
        flow: the process flow.
        heard: who was heard in the logs, with the times of their clocks: it tells changes after the last fact.
    """
    found = facts(identified, logs, flow)
    source = pl.col("zone_source")
    sure, told = found.filter(source == "epoch"), found.filter(source == "host option")
    open_ = found.filter(~source.is_in(["epoch", "host option"]))
    obeyed = list(_obeyed(told, sure))
    contradicted = pl.DataFrame(obeyed, schema=dict(WRONG_ZONES.schema), orient="row")
    given = pl.concat([sure, told.join(contradicted, on=_CLOCK, how="anti")]).filter(pl.col("dated"))
    table, known = _spread(open_, pl.concat([given, _made(found)]))
    if table.is_empty() and given.is_empty():
        given, open_ = _based(open_)
        table, known = _spread(open_, given)
    if heard is not None:
        table = turned(table, known, heard, logs)
    wrong = [*obeyed, *_overruled(found, table)]
    return Clocks(
        table,
        pl.DataFrame(wrong, schema=dict(WRONG_ZONES.schema), orient="row"),
        _dates(found, known, table),
    )


def _spread(open_: pl.DataFrame, known: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the zones that are found from known times, and all times that are known then."""
    table = pl.DataFrame(schema=_ZONES)
    while new := [(*clock, *zone) for clock, group in _clocks(open_) if (zone := _zone(group, known))]:
        zones = pl.DataFrame(new, schema=_ZONES, orient="row")
        table = pl.concat([table, zones])  # what is found of one clock may tell of the next
        known = pl.concat([known, _placed(open_.filter(pl.col("dated")), zones)])
        open_ = open_.join(zones, on=_CLOCK, how="anti")
    return table, known


def _made(found: pl.DataFrame) -> pl.DataFrame:
    """Return the moments at which backups were made, from the epochs in their ids; no log tells them."""
    backups = found.filter(pl.col("kind") == "backup").unique("key")
    epoch = pl.from_epoch(pl.col("key").str.extract(r"([0-9]{10})$").cast(pl.Int64) * 1000, "ms")
    return backups.with_columns(
        time=epoch.dt.truncate("1m").dt.replace_time_zone("UTC").cast(TIME),
        log_id=pl.lit(None, pl.UInt32),
        zone_source=pl.lit("epoch"),
        dated=pl.lit(value=True),
    )


def _obeyed(told: pl.DataFrame, known: pl.DataFrame) -> Iterator[tuple[str, str, str, str, int, bool]]:
    """Yield the clocks whose own option is contradicted by facts in logs that need no option."""
    for clock, group in _clocks(told):
        zone = _zone(group, known)
        if zone and zone[0] != "UTC" and "," not in zone[0]:
            given = group["zone"][0]
            yield *clock, given, _written(offset_of(zone[0]) + offset_at(given, group["time"][0])), zone[1], True


def _overruled(found: pl.DataFrame, zones: pl.DataFrame) -> Iterator[tuple[str, str, str, str, int, bool]]:
    """Yield the clocks that show another zone than the one that was given for all hosts."""
    given = found.filter((pl.col("zone_source") == "option") & pl.col("dated"))
    for clock, group in _clocks(
        given.drop("zone").join(zones, on=_CLOCK).join(given.select(*_CLOCK, given="zone").unique(), on=_CLOCK)
    ):
        zone, told, facts = group.row(0, named=True)["zone"], group["given"][0], group["facts"][0]
        readings = group.select(one=in_utc("time", zone), other=in_utc("time", told))
        if readings.filter(pl.col("one").ne_missing(pl.col("other"))).height * 2 > readings.height:
            yield *clock, told, zone, facts, False


def _clocks(found: pl.DataFrame) -> Iterator[tuple[tuple[str, str], pl.DataFrame]]:
    """Yield the facts of each clock: the logs of one host in one format, since printouts may be made elsewhere."""
    for (host, form), group in found.group_by(_CLOCK, maintain_order=True):
        yield (str(host), str(form)), group


def _based(open_: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Take the zone of the primary server's clock of which most is known as given, where there is no better one."""
    counts = open_.group_by(*_CLOCK, "zone").agg((pl.col("role") == "primary").any().alias("first"), pl.len())
    base = counts.sort("first", "len", *_CLOCK, descending=[True, True, False, False]).head(1)
    for zone in base["zone"]:
        mine = open_.join(base, on=_CLOCK, how="semi").filter(pl.col("dated"))
        return mine.with_columns(in_utc("time", zone).cast(TIME)).drop_nulls("time"), open_.join(
            base, on=_CLOCK, how="anti"
        )
    return open_, open_


def _placed(open_: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Return the facts of clocks whose zone is found, in UTC."""
    parts = [
        open_.join(group, on=_CLOCK, how="semi").with_columns(in_utc("time", str(zone)).cast(TIME))
        for (zone,), group in zones.group_by("zone", maintain_order=True)
    ]
    return pl.concat(parts).drop_nulls("time")


def _pairs(mine: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return each fact's moments of a clock against those of the known ones: ``ahead``, in minutes."""
    theirs = known.select("kind", "key", utc="time").unique()
    pairs = mine.join(theirs, on=["kind", "key"], how="inner")
    return pairs.with_columns(ahead=(pl.col("time") - pl.col("utc")).dt.total_minutes())


def _zone(mine: pl.DataFrame, known: pl.DataFrame) -> tuple[str, int] | None:
    """Return the zone of a clock and how many facts agree on it; ``None`` where they are few, or do not agree."""
    pairs = _pairs(mine, known)
    folded = (pl.col("ahead") + _DAY // 2) % _DAY - _DAY // 2  # without a date only the time of the day tells
    pairs = pairs.with_columns(ahead=pl.when("dated").then("ahead").otherwise(folded)).filter(
        pl.col("ahead").abs() <= _FARTHEST + _QUARTER // 2
    )
    pairs = pairs.with_columns(bin=(2 * pl.col("ahead") + _QUARTER) // (2 * _QUARTER) * _QUARTER)
    for kind in _KINDS:
        votes = pairs.filter(pl.col("kind") == kind).unique(["key", "time", "bin"], maintain_order=True)
        if kind == "backup":
            votes = votes.filter((pl.col("ahead") - pl.col("bin")).abs() <= _SOON)
        elif kind == "image":  # many of one job that wait together are one fact
            votes = votes.unique(["utc", "bin"], keep="first", maintain_order=True)
        # Of what is said at once the minutes are those of the offset; what waited in between comes at any minute.
        at_once = (pl.col("ahead") - pl.col("bin")).is_between(-_SOON, _CLOSE)
        if zone := _elected(votes) or _elected(votes.filter(at_once), of=votes["key"].n_unique()):
            return zone
    return None


def _elected(votes: pl.DataFrame, of: int | None = None) -> tuple[str, int] | None:
    """Return the offset for which clearly most votes are, or the two of them between which a zone changes.

    ``of`` is how many facts there are in all, where these are the votes of some of them.
    """
    scores = _scores(votes, "bin")
    if scores.is_empty():
        return None
    best, *others = scores.iter_rows(named=True)
    for other in others:
        if abs(other["bin"] - best["bin"]) in STEPS and (turn := _turn(votes, best["bin"], other["bin"])):
            rest = [row["score"] for row in others if row is not other]
            if max(rest, default=0.0) * _CLEARLY <= best["score"] + other["score"]:
                return turn, best["keys"] + other["keys"]
    if _clear(best, others, of or votes["key"].n_unique()):
        return _written(best["bin"]), best["keys"]
    return None


def _scores(votes: pl.DataFrame, name: str) -> pl.DataFrame:
    """Return what speaks for each value, best first: a fact speaks for it by the share of its moments that fit."""
    share = 1 / pl.col("time").n_unique().over("key")
    moments, keys = pl.col("time").n_unique().alias("moments"), pl.col("key").n_unique().alias("keys")
    scores = votes.with_columns(share=share).group_by(name).agg(pl.col("share").sum().alias("score"), moments, keys)
    return scores.sort("score", "keys", name, descending=[True, True, False])


def _clear(best: dict[str, float], others: list[dict[str, float]], facts: int) -> bool:
    enough = best["moments"] >= _MOMENTS and best["score"] >= _SHARE * facts
    return enough and all(other["score"] * _CLEARLY <= best["score"] for other in others)


def _turn(votes: pl.DataFrame, one: int, other: int) -> str | None:
    """Return the zone that changes from one offset to the other within the bundle, where the votes say when."""
    of_two = votes.filter(pl.col("bin").is_in([one, other]))
    sides = of_two.group_by("key").agg(
        pl.col("utc").min(), lean=(pl.col("bin") == one).sum().cast(pl.Int64) - (pl.col("bin") == other).sum()
    )
    sides = sides.filter(pl.col("lean") != 0).sort("utc").with_columns(is_one=pl.col("lean") > 0)
    if sides.is_empty():
        return None
    first, second = (
        (one, other) if sides["is_one"].head(_MOMENTS).sum() * 2 > min(_MOMENTS, sides.height) else (other, one)
    )
    fits = pl.col("is_one") == (first == one)
    before = fits.cum_sum()  # right on the left side of a cut behind this fact, and on its right side
    after = (~fits).sum() - (~fits).cum_sum()
    cut = sides.select((before + after).arg_max().alias("at"), (before + after).max().alias("right")).row(0)
    left, right = sides.head(cut[0] + 1), sides.tail(sides.height - cut[0] - 1)
    # One fact alone tells of a change where none contradicts it: the change must be one that the world knows.
    if not min(left.height, right.height) or (sides.height - cut[1]) * 10 > min(left.height, right.height):
        return None
    turn = change_between(left["utc"][-1], right["utc"][0], first, second)
    return None if turn is None else f"{written(first)}, {written(second)} from {turn:%Y-%m-%dT%H:%M}Z"


def _written(minutes: int) -> str:
    """Write an offset: ``+05:30``, or ``UTC`` for none."""
    return written(minutes) if minutes else "UTC"


def _dates(found: pl.DataFrame, known: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Return the files whose first day other logs put on another date than the name, or that have none in their name."""
    legacy = pl.col("format") == "legacy"
    given = found.filter(legacy & (pl.col("zone_source") == "host option"))
    placed = pl.concat([given, _placed(found.filter(legacy), zones)]) if zones.height else given
    wrong = pl.DataFrame(list(_dated(placed.filter("dated"), known)), schema=dict(WRONG_DATES.schema), orient="row")
    known = known.join(wrong, on="log_id", how="anti")
    undated = _dated(placed.filter(~pl.col("dated")), known)
    return pl.concat([wrong, pl.DataFrame(list(undated), schema=dict(WRONG_DATES.schema), orient="row")])


def _dated(placed: pl.DataFrame, known: pl.DataFrame) -> Iterator[tuple[int, date, date | None, int]]:
    for (log_id,), mine in placed.group_by("log_id", maintain_order=True):
        pairs = _pairs(mine, known.filter(pl.col("log_id") != log_id))
        pairs = pairs.with_columns(days=(2 * pl.col("ahead") + _DAY) // (2 * _DAY))
        near = pairs.filter((pl.col("ahead") - pl.col("days") * _DAY).abs() <= _NEAR).unique(["key", "time", "days"])
        scores = _scores(near.with_columns(key=pl.col("kind") + pl.col("key")), "days")
        if scores.is_empty():
            continue
        best, *others = scores.iter_rows(named=True)
        named = mine["date"][0]
        if _clear(best, others, near["key"].n_unique()) and (best["days"] or named is None):
            yield int(str(log_id)), (named or date(1970, 1, 1)) - timedelta(days=best["days"]), named, best["keys"]
