"""Times of clocks become UTC once the zone of the log is known."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from nbtrace.tables import LOGS, TIME
from nbtrace.tracing.zoned import utc_times
from nbtrace.zones import offset_of

AUTUMN = "+02:00, +01:00 from 2026-10-25T01:00Z"


def utc(zone, *moments, source="option", month=10, log_date=None):
    """Return time and quality of local times ``DD HH:MM``, marked with # where the clock shows them again, ? undated."""
    marks = {"#": "again", "?": "undated", "!": "epoch"}
    local = [datetime.strptime(f"2026 {month} {moment[:8]} +0000", "%Y %m %d %H:%M %z") for moment in moments]
    frame = pl.LazyFrame(
        {"log_id": [1] * len(moments), "time": local, "time_quality": [marks.get(m[8:], "local") for m in moments]},
        schema={"log_id": pl.UInt32, "time": TIME, "time_quality": pl.String},
    )
    logs = LOGS.shape(pl.DataFrame({"log_id": [1], "zone": [zone], "zone_source": [source], "date": [log_date]}))
    found = utc_times(frame, logs).collect()
    return [time and f"{time:%d %H:%M}" for time in found["time"]], found["time_quality"].to_list()


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "20 12:00"),
        ("+00:00", "20 12:00"),
        ("+05:45", "20 06:15"),
        ("-0330", "20 15:30"),
        ("Europe/Berlin", "20 10:00"),
        ("America/New_York", "20 16:00"),
        ("Asia/Kathmandu", "20 06:15"),
        ("Australia/Lord_Howe", "20 01:00"),
        (AUTUMN, "20 10:00"),
    ],
)
def test_zones(zone, expected):
    """A zone is an IANA name, an offset, or two offsets and when they change."""
    assert utc(zone, "20 12:00") == ([expected], ["zone"])


@pytest.mark.parametrize("zone", ["Europe/Berlin", AUTUMN])
def test_the_repeated_hour(zone):
    """The hour that winter time repeats is read a second time where the clock was set back."""
    moments = ["25 01:59", "25 02:00", "25 02:59", "25 02:00#", "25 02:59", "25 02:40#", "25 03:00"]
    expected = ["24 23:59", "25 00:00", "25 00:59", "25 01:00", "25 00:59", "25 01:40", "25 02:00"]
    assert utc(zone, *moments)[0] == expected


@pytest.mark.parametrize("zone", ["Europe/Berlin", "+01:00, +02:00 from 2026-03-29T01:00Z"])
def test_the_skipped_hour(zone):
    """Times that a change to summer time skips do not exist."""
    times, quality = utc(zone, "29 01:00", "29 02:00", "29 03:00", month=3)
    assert times == ["29 00:00", None, "29 01:00"]
    assert quality == ["zone", "none", "zone"]


def test_epochs_stay_as_they_are():
    """A time that is UTC already is not moved, and an assumed zone makes assumed times."""
    assert utc("Asia/Tokyo", "20 12:00!", "20 12:00", source="assumed") == (
        ["20 12:00", "20 03:00"],
        ["epoch", "assumed"],
    )


def test_files_without_a_date():
    """Records without a date have the time of the date that their file got, and none where it has none."""
    frame = {"log_id": [1], "time": [datetime(1970, 1, 2, 3, tzinfo=UTC)], "time_quality": ["undated"]}
    lazy = pl.LazyFrame(frame, schema={"log_id": pl.UInt32, "time": TIME, "time_quality": pl.String})
    logs = pl.DataFrame({"log_id": [1], "zone": ["Europe/Berlin"], "zone_source": ["matched"]})
    dated = utc_times(lazy, LOGS.shape(logs.with_columns(date=date(2026, 11, 20)))).collect()
    assert dated.row(0) == (1, datetime(2026, 11, 21, 2, tzinfo=UTC), "zone")
    assert utc_times(lazy, LOGS.shape(logs)).collect().row(0) == (1, None, "none")


def test_offsets():
    """An offset is so many minutes ahead; what is none is refused."""
    assert (offset_of("+05:45"), offset_of("-0330")) == (345, -210)
    with pytest.raises(ValueError, match="Berlin"):
        offset_of("Europe/Berlin")
