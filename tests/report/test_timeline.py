"""Timelines show what was, what should have been and what no log shows as three different things."""

from __future__ import annotations

import io

import polars as pl
import pytest

from nbtrace.report.page import Page
from nbtrace.report.terminal import console
from nbtrace.report.timeline import draw, lanes

MENDED = pl.col("image_id").str.contains("web5"), pl.col("attempt") == 2


@pytest.fixture
def lines(night):
    """Return a function that draws the steps of an image and gives one line for each step."""

    def drawn(*chosen, width=100, ascii_only=False, change=None):
        page = Page(console(color=False, file=io.StringIO(), width=width), night, ascii_only=ascii_only)
        steps = night.steps.filter(*chosen)
        draw(page, lanes(steps if change is None else steps.with_columns(change)), night.until)
        return page.console.file.getvalue().splitlines()

    return drawn


def image(name):
    """Choose the steps of an image."""
    return pl.col("image_id").str.starts_with(name)


def test_a_failure_ends_its_bar(lines):
    """A failed step is at work up to the failure, and the steps behind it share one line without a bar."""
    drawn = lines(image("filer2"))

    assert drawn[2].startswith("  2 ✗ insert")
    assert drawn[2].endswith("━✗")
    assert [line.strip() for line in drawn[3:]] == [
        "3 · batch  4 · start  5 · mover  6 · resources  7 · catalog  8 · validate"
    ]


def test_an_overdue_step_is_a_gap_to_the_end_of_the_logs(lines):
    """An overdue step is a dashed stretch that ends where the logs end, with the time since the last sign of life."""
    drawn = lines(image("exchange3"))

    assert drawn[0].endswith("03:30:00+1")
    assert "overdue" in drawn[3]
    assert "3h31m" in drawn[3]
    assert drawn[3].endswith("╌╌╌╌!")


def test_a_missing_step_is_a_gap_between_its_neighbours(lines):
    """A missing step is dashed, from the step before to the step behind."""
    gap = lines(*MENDED, width=160)[4]

    assert "missing" in gap
    assert "╌" in gap
    assert "░" not in gap


def test_an_unseen_step_is_no_gap(lines):
    """What no log shows is shaded and never dashed."""
    for line in lines(image("oracle4"))[6:]:
        assert "unseen" in line
        assert line.endswith("░░░")
        assert "╌" not in line


def test_a_waiting_step_is_dotted_until_now(lines):
    """A step that is not due yet is dotted up to the end of the logs."""
    drawn = lines(image("vmhost9"))

    assert drawn[0].endswith("03:30:00")
    assert drawn[6].endswith("···…")


def test_a_step_under_way_is_at_work_until_now(lines):
    """A waiting step that has begun shows when it began, and is at work up to the end of the logs."""
    begun = pl.when(pl.col("step") == 6).then(pl.col("end_time").max()).otherwise("start_time").alias("start_time")
    line = lines(image("vmhost9"), change=begun)[6]

    assert "03:24:36" in line
    assert line.endswith("━━━…")


def test_an_implied_step_has_no_time(lines):
    """A step that only a later one proves says so and has no bar."""
    assert lines(*MENDED, width=80)[2].split() == ["2", "✓", "insert", "nbu-primary", "nbstserv", "implied"]


def test_the_strength_of_the_proof_is_shown_where_there_is_room(lines):
    """A wide page has a column for the strength of the proof."""
    assert "proof" not in lines(image("filer2"), width=80)[0]
    assert "proof" in lines(image("filer2"), width=120)[0]


def test_lines_fit_the_page(lines):
    """No line of a timeline is wider than the page, whichever the state."""
    for width in (80, 100, 120, 140):
        for name in ("vmhost7", "filer2", "exchange3", "vmhost9", "oracle4", r"[bold]web5"):
            assert max(map(len, lines(image(name), width=width))) <= width


def test_ascii_timelines_are_ascii(lines):
    """The fallback has no character outside of ASCII, and its gap is still dashed."""
    drawn = "\n".join(lines(image("exchange3"), ascii_only=True))

    assert drawn.isascii()
    assert "- - - " in drawn


def test_times_that_run_backwards_do_no_harm(lines):
    """A clock that is off gives short bars inside the page, no error."""
    backwards = (pl.col("start_time") - pl.duration(minutes=pl.col("step") * 7)).alias("start_time")
    swapped = [pl.col("end_time").alias("start_time"), pl.col("start_time").alias("end_time")]

    for change in (backwards, swapped):
        drawn = lines(image("vmhost7"), pl.col("attempt") == 1, change=change)
        assert "8 · validate" in drawn[-1]
        assert max(map(len, drawn)) <= 100


def test_no_time_at_all_gives_no_bar(lines):
    """Steps without any time are listed with their states alone."""
    bare = lines(
        image("oracle4"), change=[pl.lit(None, pl.Datetime("ms", "UTC")).alias(n) for n in ("start_time", "end_time")]
    )

    assert len(bare) == 9
    assert "░" not in "".join(bare)


def test_no_step_draws_nothing(lines):
    """An image without steps has no timeline."""
    assert lines(pl.lit(False)) == []


def test_several_attempts_merge_into_their_worst(night):
    """The lanes of a job show the worst state of any image, from the first start to the last end."""
    merged = lanes(night.steps.filter(pl.col("job_id").is_in([811, 816])))

    assert [lane.state for lane in merged[4:]] == ["done", "failed", "unreached", "unreached"]
    assert merged[0].start == night.steps.filter(pl.col("job_id") == 811)["start_time"].min()
    assert merged[0].end == night.steps.filter(pl.col("job_id") == 816, pl.col("step") == 1)["end_time"].max()
    assert lanes(night.steps.with_columns(host=pl.col("image_id")))[0].host == "several"
