"""The map of the logs shows which time each of them covers."""

from __future__ import annotations

import io
from dataclasses import replace

import polars as pl
import pytest

from nbtrace.report import coverage
from nbtrace.report.page import Page
from nbtrace.report.terminal import console


@pytest.fixture
def drawn():
    """Return a function that draws the map of a result, one line for each log between heading and legend."""

    def lines(result, limit=None):
        page = Page(console(color=False, file=io.StringIO(), width=80), result)
        coverage.show(page, result, limit)
        return page.console.file.getvalue().splitlines()[2:-1]

    return lines


def test_silence_that_means_nothing_is_thin(night, drawn):
    """Where a log has records around a stretch in which its silence proves nothing, its bar is thin."""
    bar = next(line for line in drawn(night) if " bpdm " in line)

    assert "━─" in bar
    assert "─━" in bar


def test_a_log_that_ends_early_has_a_short_bar(night, drawn):
    """After the last record of a log there is nothing."""
    lengths = {line.split()[1]: len(line) for line in drawn(night)}

    assert lengths["bpdbm"] < lengths["nbjm"] == 80


def test_the_primary_comes_first(night, drawn):
    """The logs of the primary stand above those of the media servers."""
    assert [line.split()[0] for line in drawn(night)] == ["nbu-primary"] * 5 + ["media1"] * 2


def test_a_log_without_times_says_so(night, drawn):
    """A log of which no time is known has no bar."""
    untimed = replace(night, coverage=night.coverage.with_columns(first_time=pl.lit(None, pl.Datetime("ms", "UTC"))))

    assert all(line.endswith("no time is known") for line in drawn(untimed))


def test_there_is_no_map_without_time(night, drawn):
    """When no record has a time there is nothing to draw."""
    assert drawn(replace(night, since=None, until=None)) == []


def test_a_night_of_one_moment_is_drawn(night, drawn):
    """When all records have one time the bars are drawn all the same."""
    assert len(drawn(replace(night, until=night.since))) == 7


def test_a_long_map_says_what_it_leaves_out(night, drawn):
    """The limit holds for the map too."""
    assert drawn(night, 2)[-1] == "  … and 5 more logs; --limit 0 shows all"
