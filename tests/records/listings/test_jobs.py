"""Rows of bpdbjobs: what they say is read whatever their lists, their escapes and their tail, and nothing makes it slow."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.records.listings.jobs import read_job

IMAGES = st.lists(
    st.builds(lambda name, time: f"{name}_{time}", st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.-]{0,12}", fullmatch=True), st.integers(10**9, 10**10 - 1)),
    unique=True, max_size=6,
)  # fmt: skip
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=20)
TRIES = st.lists(st.tuples(st.integers(0, 9999), st.lists(TEXT, max_size=4)), max_size=3)


def written(number, images, tries, tail=(), *, more=0):
    """Return a row as bpdbjobs writes it, with `more` cells in front of its lists than releases have that are known."""
    cells = [
        number,
        21,
        3,
        191,
        "SLP_x",
        "",
        "",
        "m1",
        1795205000,
        "0000000042",
        1795205042,
        "s",
        len(tries),
        12,
        *[""] * 11,
        "dr1",
        *[""] * 5,
    ]
    cells += [*[""] * more, len(images), *images, len(tries)]
    for status, lines in tries:
        cells += [1, "s", "m1", 1795205001, "0000000041", 1795205042, status, "why", len(lines), *lines, 0, 0]
    return ",".join(str(cell).replace("\\", "\\\\").replace(",", "\\,") for cell in [*cells, *tail])


@given(st.integers(0, 10**9), IMAGES, TRIES, st.lists(TEXT, max_size=40))
def test_what_was_written_is_read(number, images, tries, tail):
    """Images, tries and their lines come back as they were, with commas, backslashes and a tail of any length."""
    job = read_job(written(number, images, tries, ["0", *tail]))
    assert (job.job_id, job.job_type, job.state, job.status) == (number, 21, "done", 191)
    assert job.complete == bool(images)
    assert list(job.images)[: len(images)] == images
    assert [(one.status, list(one.lines)) for one in job.tries] == tries


@given(IMAGES.filter(bool), TRIES, st.integers(1, 3))
def test_a_release_with_more_cells_in_front_is_read(images, tries, more):
    """The lists are found where their lengths fit, also if they do not stand where they are known to."""
    assert list(read_job(written(815, images, tries, ["0"] * 21, more=more)).images) == images


@given(st.text(max_size=300))
def test_any_text_is_read_without_harm(text):
    """No row, however broken, is more than a job without lists, or none."""
    job = read_job(text)
    assert job is None or job.job_id >= 0


@pytest.mark.parametrize("row", ["816", "817,,,,", "818,21", "819,21,0,"])
def test_rows_with_almost_nothing_are_jobs(row):
    """A restarted job leaves a row with hardly more than its number."""
    job = read_job(row)
    assert (job.job_id, job.images, job.complete) == (int(row[:3]), (), False)


def test_a_list_that_claims_more_than_the_row_holds_is_not_followed():
    """A length of forty digits, or one beyond the row, costs nothing; the images that stand there still count."""
    row = written(815, ["a_1795201100", "b_1795201100"], [])
    for length in ("9" * 40, "99999"):
        job = read_job(row.replace(",2,a_", f",{length},a_"))
        assert (set(job.images), job.complete) == ({"a_1795201100", "b_1795201100"}, False)


@pytest.mark.parametrize("cell", ["a_1795201100,", "\\,", "\\\\", "_", "a_", "0,"])
def test_a_huge_row_is_read_at_once(cell):
    """A row of a million cells, escapes or half names takes seconds at the most: no time grows with its square."""
    row = written(815, ["a_1795201100"], [], ["0"] * 18 + [cell * 1_000_000])
    began = perf_counter()
    assert read_job(row).images == ("a_1795201100",)
    assert perf_counter() - began < 20


def test_a_job_with_a_hundred_thousand_files_keeps_them_all():
    """So many images are read, and in a moment."""
    images = [f"c{number}_1795201100" for number in range(100_000)]
    began = perf_counter()
    assert len(read_job(written(815, images, [], ["0"] * 21)).images) == 100_000
    assert perf_counter() - began < 5
