"""Findings are told once for each cause, and none of them is lost."""

from __future__ import annotations

import io

import polars as pl
import pytest

from nbtrace.report import causes
from nbtrace.report.page import Page
from nbtrace.report.terminal import console


@pytest.fixture
def page(night):
    """A page without colour."""
    return Page(console(color=False, file=io.StringIO(), width=100), night)


def written(page):
    """Return what was written on the page."""
    return page.console.file.getvalue()


def test_images_with_one_cause_are_told_once(night, page):
    """Two images with the same code, title and status are one entry; the most frequent cause comes first."""
    causes.failures(page, night.findings, night.images, None)

    assert written(page).count("NBT206") == 1
    assert "2 images at step 6 resources on media1\n" in written(page)
    assert written(page).index("NBT206") < written(page).index("NBT202") < written(page).index("NBT102")


def test_a_cause_names_its_status_example_and_place(night, page):
    """The first image of a cause and its first line stand whole on lines of their own."""
    causes.failures(page, night.findings, night.images, None)
    lines = [line.strip() for line in written(page).splitlines()]

    assert "NBT206  Resources are not available, status 2074" in lines
    assert "see   vmhost7_1795201200" in lines
    assert "media1/usr/openv/netbackup/logs/bpdm/root.112026_00001.log:106" in lines


def test_images_that_came_later_are_counted(night, page):
    """A cause says how many of its images were imported by a later attempt."""
    imported = night.images.with_columns(
        verdict=pl.when(pl.col("client") == "vmhost7").then(pl.lit("imported")).otherwise("verdict")
    )
    causes.failures(page, night.findings, imported, None)

    assert "2 images at step 6 resources on media1, 1 of them imported later" in written(page)


def test_images_that_may_be_tried_again_are_counted(night, page):
    """A cause says of how many of its images nobody can tell whether they are tried again."""
    perhaps = night.images.with_columns(
        verdict=pl.when(pl.col("client") == "vmhost7").then(pl.lit("undetermined")).otherwise("verdict")
    )
    causes.failures(page, night.findings, perhaps, None)
    told = " ".join(written(page).split())

    assert "2 images at step 6 resources on media1, 1 of them undetermined: a retry could be unseen" in told


def test_an_error_without_an_image_is_told(night, page):
    """A failure that belongs to no image is counted by its findings, not dropped."""
    causes.failures(page, night.findings.with_columns(image_id=pl.lit(None, pl.String)), night.images, None)

    assert "2 times at step 6 resources on media1" in written(page)


def test_every_finding_is_in_exactly_one_section(night, page):
    """Whatever its code and severity, a finding is a failure, noted, or something that could not be seen."""
    causes.failures(page, night.findings, night.images, None)
    causes.noted(page, night.findings, None)
    assert causes.unseen(page, night.findings, None)

    for code in night.findings["code"].unique():
        assert written(page).count(code) == 1


def test_long_lists_say_what_they_leave_out(night, page):
    """A limit shows the most frequent causes and how many there are besides."""
    causes.failures(page, night.findings, night.images, 1)

    assert "NBT202" not in written(page)
    assert "… and 2 more causes; --limit 0 shows all" in written(page)


def test_nothing_found_writes_nothing(night, page):
    """Without findings the sections are left out."""
    causes.failures(page, night.findings.clear(), night.images, None)
    causes.noted(page, night.findings.clear(), None)

    assert not causes.unseen(page, night.findings.clear(), None)
    assert written(page) == ""
