"""Local clocks become UTC; what is no time stays none."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.records.times import DAY, HOUR, clock_ms, epoch_ms, local_dates, rolled_days, set_back

SECOND = 1000


@given(st.integers(0, DAY - 1), st.booleans())
def test_clocks_of_12_and_24_hours_agree(ms, padded):
    """The same time written with 12 and with 24 hours is the same time."""
    hour, rest = divmod(ms, HOUR)
    tail = f":{rest // 60000:02}:{rest // 1000 % 60:02}.{rest % 1000:03}"
    twelve = f"{(hour - 1) % 12 + 1:{'02' if padded else ''}}{tail}"
    clocks = pl.Series([f"{hour:{'02' if padded else ''}}{tail}", twelve])
    assert clock_ms(clocks, pl.Series([None, "AM" if hour < 12 else "pm"])).to_list() == [ms, ms]


@pytest.mark.parametrize(
    ("clock", "ms"),
    [
        ("00:00:01.5", 1500),
        ("00:00:01.05", 1050),
        ("00:00:01,005", 1005),
        ("00:00:01.0059999", 1005),
        ("00:00:01", 1000),
        ("24:00:00", None),
        ("23:60:00", None),
        ("23:59:60", None),
        ("24:61:99", None),
        ("1:2:3", None),
        ("noon", None),
        (None, None),
    ],
)
def test_clocks(clock, ms):
    """A fraction has as many digits as it likes, and an impossible clock is no time."""
    clocks = pl.Series([clock], dtype=pl.String)
    assert clock_ms(clocks, pl.Series([None], dtype=pl.String)).to_list() == [ms]
    assert clock_ms(pl.concat([clocks, clocks]), pl.Series([None, "AM"]))[0] == ms


def test_clocks_of_a_file(read, times):
    """Lines of 12 and of 24 hours stand side by side, and impossible times are null with quality none."""
    entries = read(Path("two_clocks.log")).entries
    assert times(entries) == [
        "20 11:59:59.999",
        "20 00:00:00.000",
        "20 12:00:00.500",
        "20 13:02:03.004",
        "20 13:02:03.000",
        None,
        None,
        None,
    ]
    assert entries["time_quality"].to_list() == ["local", "again", *["local"] * 3, *["none"] * 3]


def test_midnight(read, times):
    """A file goes on past midnight, also where its lines are out of order around it and quiet for most of a day."""
    assert times(read(Path("midnight.log")).entries) == [
        "20 23:59:58.000",
        "21 00:00:00.100",
        "20 23:59:59.900",
        "21 00:00:01.000",
        "21 00:00:00.900",
        "21 06:00:00.000",
        "21 23:30:00.000",
        "22 00:10:00.000",
    ]


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        ([0.1, 23.5, 0.2], [0, 0, 1]),
        ([23, 12, 10], [0, 0, 0]),
        ([23, None, 1], [0, 0, 1]),
        ([None, 1], [0, 0]),
        ([13, 0.9, 13, 0.9, 13], [0, 1, 1, 2, 2]),
        ([0.0001, 23.9999, 0.0002], [0, -1, 0]),
    ],
)
def test_days(hours, days):
    """A jump back of more than 12 hours is midnight; a gap is none, and a line late by moments is of the day before."""
    assert rolled_days(pl.Series([hour and int(hour * HOUR) for hour in hours], dtype=pl.Int64)).to_list() == days


@given(st.lists(st.integers(0, 11 * HOUR), max_size=30))
def test_days_of_an_ordered_file(gaps):
    """A file that is never quiet for more than 11 hours has the right day on each of its lines."""
    moments = [sum(gaps[: n + 1]) for n in range(len(gaps))]
    clocks = pl.Series([moment % DAY for moment in moments], dtype=pl.Int64)
    first = moments[0] // DAY if moments else 0
    assert rolled_days(clocks).to_list() == [moment // DAY - first for moment in moments]


@pytest.mark.parametrize(
    ("printed", "name", "expected", "assumed"),
    [
        (["11/20/2026", "11/03/2026"], None, ["2026-11-20", "2026-11-03"], False),
        (["20/11/2026", "03/11/2026"], None, ["2026-11-20", "2026-11-03"], False),
        (["2026-11-20"], None, ["2026-11-20"], False),
        (["2026-11-20", "20/11/26"], None, ["2026-11-20", "2026-11-20"], False),
        (["11/3/26"], None, ["2026-11-03"], True),
        (["3.11.26"], date(2026, 11, 3), ["2026-11-03"], False),
        (["11-3-26"], date(2026, 11, 3), ["2026-11-03"], False),
        (["11/11/2026"], None, ["2026-11-11"], False),
        (["01/11/2026", "02/11/2026"], None, ["2026-11-01", "2026-11-02"], False),
        (["11/01/2026", "11/02/2026"], None, ["2026-11-01", "2026-11-02"], False),
        (["01/02/2026", "02/01/2026"], None, ["2026-01-02", "2026-02-01"], True),
        (["99/99/9999", "20/11/2026"], None, [None, "2026-11-20"], False),
        (["11/20/2026", "11/21/2026", "21/11/2026"], None, ["2026-11-20", "2026-11-21", None], False),
        (
            ["02/30/2026", "02/28/2026", "00/01/2026", None, "today"],
            None,
            [None, "2026-02-28", None, None, None],
            False,
        ),
    ],
)
def test_dates(printed, name, expected, assumed):
    """The order of day and month is found for the whole file, else assumed and said so; no date is invented."""
    dates, is_assumed = local_dates(pl.Series(printed), name)
    assert [day and day.isoformat() for day in dates] == expected
    assert is_assumed is assumed


@pytest.mark.parametrize(
    ("clocks", "again"),
    [
        ("01:59 02:00 02:59 02:00 02:58 02:59 03:00", "...###."),
        ("01:59 02:50 02:59 02:00 02:59 02:01 02:40 03:00", "...#.##."),  # the fifth is late by a minute
        ("02:10 02:50", ".."),
        ("02:10 02:50 02:49 04:00", "...."),
        ("01:00 02:59 02:01 03:30 06:00 09:00", "..#..."),
        ("02:30 - 02:31 01:59 - 02:30", "...###"),
    ],
)
def test_a_clock_that_is_set_back(clocks, again):
    """What a clock shows for the second time is known from the jump on, until it shows what it never showed."""
    minutes = [None if clock == "-" else int(clock[:2]) * 60 + int(clock[3:]) for clock in clocks.split()]
    local = pl.Series([minute and minute * 60_000 for minute in minutes], dtype=pl.Int64)
    assert "".join("#" if each else "." for each in set_back(local)) == again


def test_no_times():
    """A column without any time was never set back."""
    assert set_back(pl.Series([None, None], dtype=pl.Int64)).to_list() == [False, False]


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("1795204803581", datetime(2026, 11, 20, 20, 0, 3, 581000, tzinfo=UTC)),
        ("0000000000000", None),
        ("9999999999999", None),
        ("9" * 40, None),
        ("x", None),
        (None, None),
    ],
)
def test_epochs(digits, expected):
    """An epoch of another era is damage and no time."""
    assert pl.select(epoch_ms(pl.lit(digits, pl.String))).item() == expected
