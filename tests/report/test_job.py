"""A job is shown with its record, all of its images and the lines about it."""

from __future__ import annotations

import io
from dataclasses import replace

import polars as pl

from nbtrace.report import job
from nbtrace.report.page import Page
from nbtrace.report.terminal import console


def shown(night, limit=None):
    """Return the page of job 816."""
    page = Page(console(color=False, file=io.StringIO(), width=80), night)
    job.show(page, night, 816, limit)
    return page.console.file.getvalue()


def test_images_carry_their_steps_and_verdict(night):
    """Each image of the job is one line: the states of its eight steps, its verdict, its whole id."""
    lines = shown(night).splitlines()

    assert "  ✓✓✓✓✓✗··  failed         vmhost7_1795201200" in lines
    assert "2 images" in lines


def test_an_image_that_was_never_traced_is_listed(night):
    """An image that only the job record names is not lost."""
    extra = pl.lit(pl.Series([["ghost_1795209999"]]))
    listed = replace(night, jobs=night.jobs.with_columns(images=pl.col("images").list.concat(extra)))

    assert "not traced     ghost_1795209999" in shown(listed)


def test_a_bare_job_is_shown(night):
    """A job of which only the number is known has a page without times, steps or evidence."""
    keep = pl.col("job_id")
    empty = [pl.lit(None).cast(dtype).alias(name) for name, dtype in night.jobs.schema.items() if name != "job_id"]
    bare = replace(
        night, jobs=night.jobs.select(keep, *empty), steps=night.steps.clear(), evidence=night.evidence.clear()
    )

    assert [line for line in shown(bare).splitlines() if line] == ["job 816", "0 images"]


def test_evidence_is_never_cut(night):
    """A job is shown with every line of its evidence, whatever the limit of lists."""
    assert "more line" not in shown(night, 1)
