"""Clocks and dates of log lines → local times; `nbtrace/tracing/zoned.py` makes them UTC once zones are known.

Facts: a legacy line holds a local time without a date, the date stands in the file's name and a process may write past
midnight (log-formats.md §4, H); 12-hour and 24-hour lines occur on one host (H); vxlogview prints local dates month
first unless the viewing host's locale says otherwise (§2.1, M).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from datetime import date

__all__ = ["DAY", "HOUR", "MINUTE", "clock_ms", "epoch_ms", "local_dates", "rolled_days", "set_back"]

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
_MONTHS: Final = 12
_DAYS: Final = 31  # a larger number is a year
_CENTURY: Final = 100
_CLOCK: Final = r"^([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,3})[0-9]*)?$"
_PARTS: Final = r"^([0-9]{1,4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,4})$"
# Lines of several processes stand in one file out of order by seconds (M); what is late by more is another day.
_LATE: Final = 2 * MINUTE
# Nothing of NetBackup was written before 1990 or after 2100: such an epoch is damage, not a time.
_EARLIEST: Final = 631_152_000_000
_LATEST: Final = 4_102_444_800_000


def clock_ms(clock: pl.Series, meridiem: pl.Series) -> pl.Series:
    """Milliseconds since midnight (Int64) of ``H:MM:SS[.fraction]`` with AM, PM or null; null where impossible."""
    parts = clock.str.extract_groups(_CLOCK).struct.unnest()
    hour, minute, second = (pl.col(str(number)).cast(pl.Int64) for number in (1, 2, 3))
    scale = pl.col("4").str.len_bytes().replace_strict({1: 100, 2: 10, 3: 1}, default=0, return_dtype=pl.Int64)
    fraction = (pl.col("4").cast(pl.Int64) * scale).fill_null(0)
    clock24 = hour.is_between(0, 23) & minute.is_between(0, 59) & second.is_between(0, 59)
    if meridiem.null_count() == meridiem.len():
        return parts.select(
            time=pl.when(clock24).then(hour * HOUR + minute * MINUTE + second * 1000 + fraction)
        ).to_series()
    half = meridiem.str.to_uppercase()
    hours = pl.when(half == "PM").then(hour % 12 + 12).when(half == "AM").then(hour % 12).otherwise(hour)
    possible = clock24 & (pl.lit(half).is_null() | hour.is_between(1, 12))
    return parts.select(
        time=pl.when(possible).then(hours * HOUR + minute * MINUTE + second * 1000 + fraction)
    ).to_series()


def rolled_days(clock: pl.Series) -> pl.Series:
    """Days since the first record of a file, from its clocks (ms since midnight) in file order.

    A jump back of more than 12 hours is midnight. Several processes write one file slightly out of order, so a jump
    ahead of almost a day is a late line of the day before. Other jumps are disorder, or a quiet time.
    """
    jump = pl.col("clock").forward_fill().diff().fill_null(0)
    turns = pl.when(jump < -12 * HOUR).then(1).when(jump > DAY - _LATE).then(-1).otherwise(0).cast(pl.Int64).cum_sum()
    return clock.to_frame("clock").select(turns=turns).to_series()


def local_dates(text: pl.Series, name_date: date | None) -> tuple[pl.Series, bool]:
    """Return the dates (Date) of printed dates, and whether their order of day and month had to be assumed.

    A year in front tells the order of its own date, months follow. Otherwise the order is that of the whole file: most
    numbers above 12 tell, else the date in the file's name, else the order that puts the dates closer together (a log
    has no holes of a month), else months come first and that is an assumption.
    """
    printed = text.unique()
    parts = printed.str.extract_groups(_PARTS).struct.unnest().select(pl.all().cast(pl.Int64))
    parts.columns = ["a", "b", "c"]
    iso = _dates(parts, "a", "b", "c")
    month_first, day_first = _dates(parts, "c", "a", "b"), _dates(parts, "c", "b", "a")
    swapped, assumed = _day_first(month_first, day_first, name_date)
    dates = iso.zip_with(parts["a"] > _DAYS, day_first if swapped else month_first)
    return text.replace_strict(printed, dates, return_dtype=pl.Date), assumed


def _day_first(month_first: pl.Series, day_first: pl.Series, name_date: date | None) -> tuple[bool, bool]:
    """Tell whether days come first, and whether that is an assumption, from all dates in both readings."""
    only_month, only_day = (
        (month_first.is_not_null() & day_first.is_null()).sum(),
        (day_first.is_not_null() & month_first.is_null()).sum(),
    )
    if only_month != only_day:
        return only_day > only_month, False
    both = pl.DataFrame({"m": month_first, "d": day_first}).drop_nulls().filter(pl.col("m") != pl.col("d"))
    if both.is_empty():
        return False, False
    if name_date is None:
        far = both.select((pl.all().max() - pl.all().min()).dt.total_days()).row(0)
    else:
        far = both.select((pl.all() - pl.lit(name_date)).dt.total_days().abs().min()).row(0)
    return far[1] < far[0], far[1] == far[0]


def _dates(parts: pl.DataFrame, year: str, month: str, day: str) -> pl.Series:
    """Build dates; two-digit years are of this century, impossible dates are null."""
    full = pl.when(pl.col(year) < _CENTURY).then(pl.col(year) + 2000).otherwise(pl.col(year))
    text = pl.format("{}-{}-{}", full, pl.col(month).cast(pl.String), pl.col(day).cast(pl.String))
    possible = pl.col(month).is_between(1, _MONTHS) & pl.col(day).is_between(1, _DAYS)
    return parts.select(date=pl.when(possible).then(text).str.to_date("%Y-%m-%d", strict=False)).to_series()


def set_back(local: pl.Series) -> pl.Series:
    """Tell which records of a file (local ms in file order) stand behind a jump back of the clock (Boolean).

    From a jump back of more than half an hour on, all records are meant that the clock shows for the second time. A
    jump ahead of almost an hour among them is a late line from before the jump.
    """
    at, jump = pl.col("at"), pl.col("at").diff()
    frame = local.forward_fill().to_frame("at").with_columns(highest=at.cum_max().shift())
    late = (jump > HOUR - _LATE) & (at <= pl.col("highest"))
    frame = frame.with_columns(turn=pl.when(jump < -HOUR // 2).then(1).when(late).then(0))
    frame = frame.with_columns(limit=pl.when(pl.col("turn") == 1).then("highest").forward_fill())
    return (
        frame.select(again=(pl.col("turn").forward_fill() == 1) & (at <= pl.col("limit"))).to_series().fill_null(False)
    )


def epoch_ms(digits: pl.Expr) -> pl.Expr:
    """UTC time of epoch milliseconds; null where the number is no time of this era."""
    number = digits.cast(pl.Int64, strict=False)
    return pl.when(number.is_between(_EARLIEST, _LATEST)).then(pl.from_epoch(number, "ms")).dt.replace_time_zone("UTC")
