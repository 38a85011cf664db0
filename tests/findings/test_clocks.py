"""Findings about clocks: contradictions first, and nothing that is not certain."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from nbtrace.findings import ClockTables, clocks
from nbtrace.tables import LOGS, SKEWS, WRONG_DATES, WRONG_ZONES


@pytest.fixture
def tables():
    """Return a maker of the tables of clocks from rows."""

    def make(skews=(), zones=(), dates=(), either=()):
        pairs = ((SKEWS, skews), (WRONG_ZONES, zones), (WRONG_DATES, dates))
        return ClockTables(
            *(pl.DataFrame(list(rows), schema=dict(table.schema), orient="row") for table, rows in pairs),
            LOGS.shape(pl.DataFrame(list(either), schema=["path", "host"], orient="row")),
        )

    return make


def test_a_given_zone_that_contradicts(make_case, tables):
    """A zone of --host-tz that other logs contradict is a warning with what fits; one of --tz is put right and told."""
    rows = [
        ("p", "legacy", "Asia/Tokyo", "+01:00", 48, True),
        ("p", "vxlogview", "Asia/Tokyo", "+01:00", 90, True),
        ("m", "legacy", "Asia/Tokyo", "UTC", 7, False),
    ]
    other, mine = clocks.wrong_zones(make_case(clocks=tables(zones=rows)))

    assert (mine.code, mine.severity, mine.host) == ("NBT402", "warning", "p")
    assert "90 jobs or images" in mine.detail
    assert "--host-tz p=+01:00" in mine.remedy
    assert (other.code, other.severity, other.host) == ("NBT402", "", "m")
    assert "--tz says Asia/Tokyo" in other.detail
    assert "read in UTC" in other.detail


def test_assumed_zones(make_case):
    """Each host whose zone nobody gave is named once, with the number of its logs."""
    logs = [
        {"host": host, "zone_source": source} for host, source in (("p", "assumed"), ("p", "assumed"), ("m", "option"))
    ]
    (found,) = clocks.assumed_zones(make_case(logs=logs))

    assert (found.code, found.host) == ("NBT402", "p")
    assert "2 logs of p" in found.detail


@pytest.mark.parametrize(
    ("zone", "odd"),
    [("+01:00", False), ("+05:45", False), ("-09:30", False), ("UTC", False), ("+01:15", True), ("-00:30", True)],
)
def test_offsets_of_no_place(make_case, zone, odd):
    """A clock that shows the time of no place on Earth is wrong, and no zone."""
    found = list(clocks.strange_offsets(make_case(logs=[{"host": "m", "zone": zone, "zone_source": "matched"}])))
    assert [(each.code, each.host) for each in found] == ([("NBT401", "m")] if odd else [])


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (84.66, 88.48, "The clock of m is 84.7 to 88.5 s ahead of that of p"),
        (-121.9, -117.9, "The clock of p is 117.9 to 121.9 s ahead of that of m"),
        (None, -19.2, "The clock of p is at least 19.2 s ahead of that of m"),
        (2.0, None, "The clock of m is at least 2.0 s ahead of that of p"),
        (0.9, 4.0, None),
        (-3.0, 8.0, None),
        (None, 3.0, None),
        (None, None, None),
    ],
)
def test_skew(make_case, tables, low, high, said):
    """Clocks that differ by more than a second for certain are named, the one that is ahead first."""
    found = list(clocks.skewed(make_case(clocks=tables(skews=[("m", "p", low, high, 40)]))))
    assert [(each.code, each.detail.partition(":")[0]) for each in found] == ([("NBT401", said)] if said else [])


def test_dates(make_case, tables):
    """A name that contradicts the records, a date found elsewhere, and none at all are three different things."""
    logs = [{"log_id": number, "path": f"m/bpdm/{number}.log", "host": "m"} for number in range(4)]
    day, other = date(2026, 11, 20), date(2026, 11, 23)
    rows = [(0, day, other, 18), (1, day, None, 5), (2, day, None, None), (3, None, None, None)]
    found = list(clocks.dates(make_case(logs=logs, clocks=tables(dates=rows))))

    assert {each.code for each in found} == {"NBT403"}
    assert [each.severity for each in found] == ["", "info", "info", ""]
    assert [each.evidence for each in found] == [(f"m/bpdm/{number}.log",) for number in range(4)]
    says = [
        "says 2026-11-23, but 18 jobs",
        "5 jobs or images",
        "the time of its last change say",
        "nothing else tells it",
    ]
    assert [text in each.detail for text, each in zip(says, found, strict=True)] == [True] * 4


def test_dates_that_can_be_read_in_two_ways(make_case, tables):
    """Every file of a host whose dates do not tell their order is named, in a finding that asks for no other name."""
    paths = [("q/c.txt", "q"), ("p/a.txt", "p"), ("p/b.txt", "p")]
    first, second = clocks.either_order(make_case(clocks=tables(either=paths)))

    assert (first.host, first.evidence) == ("p", ("p/a.txt", "p/b.txt"))
    assert first.detail == (
        "The dates of 'p/a.txt', 'p/b.txt' can be read month first or day first; month first was taken."
    )
    assert "Rename" not in first.remedy
    assert second.evidence == ("q/c.txt",)


def test_many_files_of_two_ways(make_case, tables):
    """Of very many files the sentence names the first, and the evidence all."""
    (found,) = clocks.either_order(make_case(clocks=tables(either=[(f"p/{n}.txt", "p") for n in range(9)])))

    assert "'p/4.txt' and 4 more files can be read" in found.detail
    assert len(found.evidence) == 9
