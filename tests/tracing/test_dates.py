"""Files that nothing else dates have the date of their last change, where that fits."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from nbtrace.tables import LOGS, TIME, WRONG_DATES
from nbtrace.tracing.dates import by_change


@pytest.mark.parametrize(
    ("last", "changed", "zone", "expected"),
    [
        ("1970-01-01T18:00", "2026-11-20T18:02", "UTC", date(2026, 11, 20)),
        ("1970-01-02T00:30", "2026-11-20T23:31", "+01:00", date(2026, 11, 20)),  # past midnight by its own clock
        ("1970-01-01T23:30", "2026-11-21T04:30", "-05:00", date(2026, 11, 20)),
        ("1970-01-01T12:00", "2026-07-20T10:01", "Europe/Berlin", date(2026, 7, 20)),
        ("1970-01-01T18:00", "2026-11-20T19:00", "UTC", None),  # copied an hour later
    ],
)
def test_the_last_change(last, changed, zone, expected):
    """The first day of a file follows from its last record and its last change, and from a copy's change nothing."""
    times = [datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (last, changed)]
    stats = pl.DataFrame({"log_id": [1], "time_quality": ["undated"], "last_time": [times[0]]})
    stats = stats.cast({"log_id": pl.UInt32, "last_time": TIME})
    logs = LOGS.shape(pl.DataFrame({"log_id": [1], "zone": [zone]}))
    when = pl.DataFrame({"log_id": [1], "changed": [times[1]]}).cast({"log_id": pl.UInt32, "changed": TIME})
    found = by_change(stats, logs, when, WRONG_DATES.empty())
    assert found.rows() == [(1, expected, None, None)]
    known = WRONG_DATES.shape(pl.DataFrame({"log_id": [1]}))
    assert by_change(stats, logs, when, known).is_empty()
    assert by_change(stats.with_columns(time_quality=pl.lit("local")), logs, when, known.clear()).is_empty()
