"""Times of hosts' clocks → UTC, once the zones of all logs are known: one expression for each zone.

A log is read without knowing its zone, so that what was read of it stays true whatever the zone turns out to be. The
column ``time_quality`` says what a time is before: ``epoch`` (UTC already), ``local`` (what the host's clock showed),
``again`` (the same, after the clock was set back), ``undated`` (a clock without date: days count from 1970), ``none``.
Afterwards it says how sure the time is: ``epoch``, ``zone``, ``assumed``, ``none``.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tables import TIME
from nbtrace.zones import in_utc

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["utc_times"]

_CLOCKS: Final = ("local", "again", "undated")


def utc_times(
    frame: pl.LazyFrame, logs: pl.DataFrame, times: Sequence[str] = ("time",), repeats: pl.DataFrame | None = None
) -> pl.LazyFrame:
    """Return the frame with these columns in UTC, and with ``time_quality`` as it is afterwards.

    The times of clocks whose log has no zone are null.

    Args:
        frame: has ``log_id`` and ``time_quality``.
        logs: the table ``logs``: log_id, date, zone and zone_source are used. Where a log has no date and its records
            have none either, its times are null.
        times: the columns, of type ``TIME``.
        repeats: ``log_id`` and ``repeats``: up to which time the clock shows what it showed before that file began.
    """
    known = logs.select("log_id", "zone", "zone_source", days=pl.col("date") - pl.lit(date(1970, 1, 1)))
    if repeats is None:
        known = known.with_columns(repeats=pl.lit(None, TIME))
    else:
        known = known.join(repeats, on="log_id", how="left", maintain_order="left")
    frame = frame.join(known.lazy(), on="log_id", how="left", maintain_order="left")
    quality, is_clock = pl.col("time_quality"), pl.col("time_quality").is_in(_CLOCKS)
    dated = (
        pl.when(quality == "undated").then(pl.col(name) + pl.col("days")).otherwise(pl.col(name)).alias(name)
        for name in times
    )
    frame = frame.with_columns(dated)
    for name in times:
        behind = (quality == "local") & (pl.col(name) <= pl.col("repeats"))
        again = ((quality == "again") | behind).fill_null(value=False)
        found: pl.Expr = pl.when(~(is_clock & pl.col("zone").is_null())).then(name)
        for zone in known["zone"].drop_nulls().unique().sort():
            if zone != "UTC":
                found = pl.when(is_clock & (pl.col("zone") == zone)).then(in_utc(name, zone, again)).otherwise(found)
        frame = frame.with_columns(found.cast(TIME).alias(name))
    sure = pl.when(pl.col("zone_source") == "assumed").then(pl.lit("assumed")).otherwise(pl.lit("zone"))
    lost = is_clock & pl.all_horizontal(pl.col(name).is_null() for name in times)
    after = pl.when(lost).then(pl.lit("none")).when(is_clock).then(sure).otherwise(quality)
    return frame.with_columns(time_quality=after).drop("zone", "zone_source", "days", "repeats")
