"""Changes of a clock that no fact tells: found by when its logs begin and end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from nbtrace.tables import TIME
from nbtrace.tracing.turns import turned

BEGIN, END = (
    datetime(2026, 3, 28, 20, tzinfo=UTC),
    datetime(2026, 3, 29, 4, tzinfo=UTC),
)  # UTC; Europe's summer time begins at 01:00 on the 29th
ZONES = {"host": pl.String, "format": pl.String, "zone": pl.String, "facts": pl.UInt32}


@pytest.fixture
def zones():
    """Return a maker of zones: that of a clock whose logs end then, with its last fact."""

    def make(end, *, begin=BEGIN, facts=(datetime(2026, 3, 28, 21, tzinfo=UTC),), zone="UTC", quality="local"):
        heard = [(1, "h", "epoch", BEGIN, END), (2, "m", quality, begin, end)]
        heard = pl.DataFrame(
            heard,
            {"log_id": pl.UInt32, "host": pl.String, "time_quality": pl.String, "first": TIME, "last": TIME},
            orient="row",
        )
        told = [("job", str(n), host, form, time) for n, time in enumerate(facts) for host, form in CLOCKS]
        schema = {"kind": pl.String, "key": pl.String, "host": pl.String, "format": pl.String, "time": TIME}
        logs = pl.DataFrame({"log_id": [1, 2], "format": ["unified", "legacy"]}, schema_overrides={"log_id": pl.UInt32})
        known = pl.DataFrame([("m", "legacy", zone, 4)], ZONES, orient="row")
        return turned(known, pl.DataFrame(told, schema, orient="row"), heard, logs)["zone"].item()

    return make


CLOCKS = (("h", "unified"), ("m", "legacy"))
HOUR = timedelta(hours=1)


def test_logs_that_end_an_hour_after_all_others(zones):
    """Where zones of the world go ahead in that night, the clock did so after its last fact."""
    assert zones(END + HOUR) == "+00:00, +01:00 from 2026-03-29T01:00Z"


def test_logs_that_end_with_the_others(zones):
    """A clock whose logs end as those of all others was not changed."""
    assert zones(END) == "UTC"


def test_an_hour_in_which_no_zone_changes(zones):
    """An end that is an hour off proves nothing where no zone changes between the last fact and the end."""
    assert zones(END + HOUR, facts=(datetime(2026, 3, 29, 3, 30, tzinfo=UTC),)) == "UTC"


def test_logs_that_end_an_hour_early(zones):
    """Logs that end early may have been cut off: only an hour that is shown twice tells of a clock that was set back."""
    assert zones(END - HOUR) == "UTC"


def test_facts_after_the_change_alone(zones):
    """Where all facts are told after the change, the beginning of the logs tells of it."""
    found = zones(END + HOUR, begin=BEGIN, facts=(datetime(2026, 3, 29, 2, tzinfo=UTC),), zone="+01:00")

    assert found == "+00:00, +01:00 from 2026-03-29T01:00Z"
