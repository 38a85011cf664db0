"""Local clocks and dates of log lines → UTC.

Facts: a legacy line holds a local time without a date, the date stands in the file's name and a process may write past
midnight (log-formats.md §4, H); 12-hour and 24-hour lines occur on one host (H); vxlogview prints local dates month
first unless the viewing host's locale says otherwise (§2.1, M).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from datetime import date

__all__ = ["clock_ms", "epoch_ms", "local_dates", "rolled_days", "to_utc"]

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
_MONTHS: Final = 12
_DAYS: Final = 31  # a larger number is a year
_CENTURY: Final = 100
_CLOCK: Final = r"^([0-9]{1,2}):([0-9]{2}):([0-9]{2})(?:[.,]([0-9]{1,6}))?$"
_PARTS: Final = r"^([0-9]{1,4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,4})$"
_OFFSET: Final = re.compile(r"^([+-])([0-9]{2}):?([0-9]{2})$")
# Nothing of NetBackup was written before 1990 or after 2100: such an epoch is damage, not a time.
_EARLIEST: Final = 631_152_000_000
_LATEST: Final = 4_102_444_800_000


def clock_ms(clock: pl.Expr, meridiem: pl.Expr) -> pl.Expr:
    """Milliseconds since midnight (Int64) of ``H:MM:SS[.fraction]`` with AM, PM or null; null where impossible."""
    parts = clock.str.extract_groups(_CLOCK).struct
    hour, minute, second = (parts.field(str(number)).cast(pl.Int64) for number in (1, 2, 3))
    fraction = parts.field("4").fill_null("0").str.pad_end(3, "0").str.head(3).cast(pl.Int64)
    half = meridiem.str.to_uppercase()
    hour24 = pl.when(half == "PM").then(hour % 12 + 12).when(half == "AM").then(hour % 12).otherwise(hour)
    possible = (
        (hour <= pl.when(half.is_null()).then(23).otherwise(12)) & minute.is_between(0, 59) & second.is_between(0, 59)
    )
    return pl.when(possible).then(hour24 * HOUR + minute * MINUTE + second * 1000 + fraction)


def rolled_days(clock: pl.Expr) -> pl.Expr:
    """Days since the first record of a file, from its clocks (ms since midnight) in file order.

    A jump back of more than 12 hours is midnight. Several processes write one file slightly out of order, so a jump
    ahead of more than 23 hours right after midnight is a late line of the day before. Smaller jumps are disorder.
    """
    jump = clock.forward_fill().diff().fill_null(0)
    return pl.when(jump < -12 * HOUR).then(1).when(jump > 23 * HOUR).then(-1).otherwise(0).cum_sum().clip(lower_bound=0)


def local_dates(text: pl.Series, name_date: date | None) -> tuple[pl.Series, bool]:
    """Return the dates (Date) of printed dates, and whether their order of day and month had to be assumed.

    The order is decided for the whole file: a number above 12 tells, else the date in the file's name, else months
    come first and that is an assumption.
    """
    parts = text.str.extract_groups(_PARTS).struct.unnest()
    first, second, third = (parts[name].cast(pl.Int64, strict=False) for name in parts.columns)
    year_first = first.max() is not None and int(first.max() or 0) > _DAYS  # type: ignore[arg-type]
    if year_first:
        return _dates(first, second, third), False
    high_first, high_second = int(first.max() or 0), int(second.max() or 0)  # type: ignore[arg-type]
    if high_first > _MONTHS or high_second > _MONTHS:
        day_first, assumed = high_first > _MONTHS, False
    elif name_date is not None:
        near = (_dates(third, first, second) - name_date).dt.total_days().abs().min()
        near_swapped = (_dates(third, second, first) - name_date).dt.total_days().abs().min()
        day_first, assumed = (near_swapped is not None and (near is None or near_swapped < near)), False  # type: ignore[operator]
    else:
        day_first, assumed = False, bool((first != second).any())
    return (_dates(third, second, first) if day_first else _dates(third, first, second)), assumed


def _dates(year: pl.Series, month: pl.Series, day: pl.Series) -> pl.Series:
    """Build dates; two-digit years are of this century, impossible dates are null."""
    frame = pl.DataFrame({"y": year, "m": month, "d": day}).with_columns(
        pl.when(pl.col("y") < _CENTURY).then(pl.col("y") + 2000).otherwise(pl.col("y")).alias("y")
    )
    return frame.select(
        pl.format("{}-{}-{}", "y", pl.col("m").cast(pl.String).str.zfill(2), pl.col("d").cast(pl.String).str.zfill(2))
        .str.to_date("%Y-%m-%d", strict=False)
        .alias("date")
    )["date"]


def to_utc(local_ms: pl.Expr, zone: str) -> pl.Expr:
    """UTC time of local milliseconds since 1970; ``zone`` is an IANA name or ``±HH:MM``.

    In the hour that a change to winter time repeats, the first reading is taken; times that a change to summer time
    skips are null.
    """
    if found := _OFFSET.match(zone):
        sign, hours, minutes = found.groups()
        shift = (int(hours) * 60 + int(minutes)) * MINUTE * (1 if sign == "+" else -1)
        return pl.from_epoch(local_ms - shift, "ms").dt.replace_time_zone("UTC")
    naive = pl.from_epoch(local_ms, "ms")
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def epoch_ms(digits: pl.Expr) -> pl.Expr:
    """UTC time of epoch milliseconds; null where the number is no time of this era."""
    number = digits.cast(pl.Int64, strict=False)
    return pl.when(number.is_between(_EARLIEST, _LATEST)).then(pl.from_epoch(number, "ms")).dt.replace_time_zone("UTC")
