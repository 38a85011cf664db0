"""In which time zone the local times of each host are read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from zoneinfo import available_timezones

import polars as pl

from nbtrace.bundle.content import format_of
from nbtrace.bundle.options import near, pair
from nbtrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nbtrace.grammar.library import Library

__all__ = ["add_zones", "parse_zone", "with_dates", "with_matched"]

_NO_ZONES: Final = {"localtime", "Factory"}  # names in zone data bases that stand for no place

ASSUMED: Final = "UTC"  # where nothing tells
EPOCHS: Final = frozenset({"epoch_ms", "epoch_s"})  # fields of records that need no zone
OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2})(?::?([0-5]\d))?", re.IGNORECASE | re.ASCII)
FARTHEST: Final = 14 * 60  # minutes: no zone of the world is farther from UTC


def parse_zone(text: str) -> str:
    """Return a zone as its IANA name or as an offset ``+HH:MM``; both are accepted, names in any case.

    Raises:
        InputError: there is no such zone; the sentence names the nearest ones.
    """
    if offset := OFFSET.fullmatch(text):
        sign, hours, minutes = offset[1], int(offset[2]), int(offset[3] or 0)
        if hours * 60 + minutes > FARTHEST:
            raise InputError(f"'{text}' is no time zone: offsets go up to 14:00.")
        return f"{sign}{hours:02}:{minutes:02}" if hours or minutes else "UTC"
    if text.upper() == "Z":
        return "UTC"
    names = {name.casefold(): name for name in available_timezones() - _NO_ZONES}
    if text.casefold() not in names:
        hint = near(text, names.values(), otherwise="use a name like Europe/Berlin or an offset like +02:00.")
        raise InputError(f"'{text}' is no known time zone: {hint}")
    return names[text.casefold()]


def add_zones(logs: pl.DataFrame, *, library: Library, tz: str | None, host_tz: Sequence[str]) -> pl.DataFrame:
    """Return the logs with the columns ``zone, zone_source``.

    Formats whose records carry an epoch need no zone. Of the others, the zone is that of the host's own option
    ``HOST=ZONE``, else ``tz``, else UTC is assumed.

    Raises:
        InputError: an option is not of its form, or names an unknown host or zone.
    """
    of_host = _of_hosts(host_tz, set(logs["host"]))
    general = (ASSUMED, "assumed") if tz is None else (parse_zone(tz), "option")
    has_epoch = pl.col("format").is_in(
        [format_of(grammar) for grammar in library.records() if EPOCHS.intersection(grammar.lowered().fields)]
    )
    zone = pl.col("host").replace_strict(of_host, default=None, return_dtype=pl.String)
    return logs.with_columns(
        zone=pl.when(has_epoch).then(pl.lit("UTC")).otherwise(zone.fill_null(general[0])),
        zone_source=pl.when(has_epoch)
        .then(pl.lit("epoch"))
        .otherwise(pl.when(zone.is_null()).then(pl.lit(general[1])).otherwise(pl.lit("host option"))),
    )


def with_matched(logs: pl.DataFrame, zones: pl.DataFrame) -> pl.DataFrame:
    """Return the logs with the zones that were found by matching, where no option of the host gives one.

    Args:
        logs: the table ``logs``.
        zones: host, format and zone; formats of which nothing was found have the zone of their host's others.
    """
    others = zones.group_by("host").agg(pl.col("zone").unique()).filter(pl.col("zone").list.len() == 1)
    joined = logs.join(
        zones.select("host", "format", matched="zone"), on=["host", "format"], how="left", maintain_order="left"
    ).join(others.select("host", other=pl.col("zone").list.first()), on="host", how="left", maintain_order="left")
    open_ = pl.col("zone_source").is_in(["assumed", "option"])
    zone = pl.when(open_).then(pl.coalesce("matched", "other"))
    source = pl.when(zone.is_not_null()).then(pl.lit("matched")).otherwise("zone_source")
    return joined.with_columns(zone=pl.coalesce(zone, "zone"), zone_source=source).drop("matched", "other")


def with_dates(logs: pl.DataFrame, dates: pl.DataFrame) -> pl.DataFrame:
    """Return the logs in which files without a date in their name have the date of the table ``WRONG_DATES``."""
    joined = logs.join(dates.select("log_id", found="date"), on="log_id", how="left", maintain_order="left")
    return joined.with_columns(date=pl.coalesce("date", "found")).drop("found")


def _of_hosts(options: Sequence[str], hosts: Collection[str]) -> Mapping[str, str]:
    """Return the zone of each host named in options; the last option counts for a host."""
    zones = {}
    for option in options:
        host, zone = pair(option, "HOST=ZONE")
        if host not in hosts:
            hint = near(host, hosts, otherwise=f"its hosts are {', '.join(sorted(hosts)) or 'none'}.")
            raise InputError(f"There is no host '{host}' in the bundle: {hint}")
        zones[host] = parse_zone(zone)
    return zones
