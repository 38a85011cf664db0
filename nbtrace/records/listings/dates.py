"""Dates and clocks of listings → local milliseconds and UTC, in all the ways in which locales print them."""

from __future__ import annotations

from typing import Final

import polars as pl

from nbtrace.records.times import DAY, clock_ms, epoch_ms, local_dates
from nbtrace.tables import TIME
from nbtrace.zones import in_utc

__all__ = ["local_ms", "moments", "utc"]

# The first letters of months as locales print them (import-flow.md §2.1, V: English, and one with `29.jan.2021`; others L).
_MONTHS: Final = (
    ("jan", "ene", "gen"), ("feb", "fév", "fev"), ("mar", "mär", "mrz", "maa"), ("apr", "avr", "abr"),
    ("may", "mai", "mag", "mei", "maj"), ("jun", "juin", "giu"), ("jul", "juil", "lug"), ("aug", "aoû", "ago"),
    ("sep", "set"), ("oct", "okt", "ott", "out"), ("nov",), ("dec", "dez", "déc", "dic", "des"),
)  # fmt: skip
_NUMBER: Final = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_EPOCH: Final = r"(?:^|[^0-9])([0-9]{10})(?:[^0-9]|$)"
# `Fri Nov 20 18:00:00 2026`, with or without a zone's name in it: the way of C and of `date`.
_CTIME: Final = r"[A-Z][a-z]{2},? +([A-Z][a-z]{2}) +([0-9]{1,2}) +([0-9]{1,2}:[0-9]{2}:[0-9]{2}) *([AP]M)? *(?:[A-Z]{3,5} +)?([0-9]{4})"
_PRINTED: Final = (
    r"([0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}|[0-9]{1,2}[. -][^\s0-9.,-]{3,9}[. -][0-9]{4}|[^\s0-9.,-]{3,9} [0-9]{1,2},? [0-9]{4})"
    r",?[T ]+([0-9]{1,2}:[0-9]{2}:[0-9]{2})(?: ?([AP]\.?M))?"
)
_FIRST_YEAR: Final = "1990"  # what is older stands for never


def local_ms(dates: pl.Series, clocks: pl.Series, meridiem: pl.Series) -> pl.Series:
    """Return local milliseconds since 1970 (Int64) of printed dates and clocks; null where they are impossible.

    Dates in numbers are read in the order that the whole listing tells (``local_dates``), others by the month's name.
    """
    text = pl.col("text")
    month = text.str.extract(r"([^\s0-9.,-]{3,9})").str.to_lowercase()
    named = dates.to_frame("text").select(
        year=text.str.extract(r"([0-9]{4})$"),
        month=pl.coalesce(
            month.str.head(letters).replace_strict(_NUMBER, default=None, return_dtype=pl.Int64) for letters in (4, 3)
        ),
        day=pl.coalesce(text.str.extract(r"^([0-9]{1,2})[. -]"), text.str.extract(r" ([0-9]{1,2}),? ")),
    )
    iso = named.select(pl.when(pl.col("month").is_not_null()).then(pl.format("{}-{}-{}", "year", "month", "day")))
    days, _ = local_dates(iso.to_series().fill_null(dates), None)
    return days.cast(pl.Int32).cast(pl.Int64) * DAY + clock_ms(clocks, meridiem.str.replace_all(".", "", literal=True))


def utc(local: pl.Series, zone: str) -> pl.Series:
    """Return the times (UTC) of local milliseconds; ``zone`` is one of ``nbtrace.zones``.

    Of an hour that a clock shows twice the first is taken; null for times that a clock skips.
    """
    there = pl.from_epoch(local, "ms").dt.replace_time_zone("UTC").to_frame("local")
    return there.select(in_utc("local", zone).cast(TIME)).to_series()


def moments(texts: pl.Series, zone: str) -> tuple[pl.Series, bool]:
    """Return the times (UTC) in values like ``1795201200 (Fri Nov 20 …)``, and whether any was local.

    An epoch stands for itself; other texts are local times of the zone. 0 and what lies before 1990 stand for never
    (import-flow.md §2.3, V).
    """
    ctime = texts.str.extract_groups(_CTIME).struct.unnest()
    printed = texts.str.extract_groups(_PRINTED).struct.unnest()
    both = pl.DataFrame(
        {
            "date": ctime.select(pl.format("{} {}, {}", "1", "2", "5")).to_series().fill_null(printed["1"]),
            "clock": ctime["3"].fill_null(printed["2"]),
            "half": ctime["4"].fill_null(printed["3"]),
            "epoch": texts.to_frame("text").select(epoch_ms(pl.col("text").str.extract(_EPOCH) + "000")).to_series(),
            "never": texts.str.contains(r"^\s*0\b").fill_null(value=True),
        }
    )
    local = utc(local_ms(both["date"], both["clock"], both["half"]), zone)
    wanted = both["epoch"].is_null() & ~both["never"] & (local.dt.year() > int(_FIRST_YEAR))
    found = both["epoch"].cast(TIME).zip_with(~wanted.fill_null(value=False), local)
    return found, bool(wanted.any())
