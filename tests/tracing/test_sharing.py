"""There is room for all records that jobs share among their images, and what has none is known."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.flows import load
from nbtrace.tracing import sharing
from nbtrace.tracing.belonging import import_jobs
from nbtrace.tracing.sharing import fewer_names, newest, with_shared
from nbtrace.tracing.windows import heard, listen

A, B = "a_1795188184", "b_1795188185"
OPENED = (
    f"nbrmms 18:00 import event {A} and {B}\nnbstserv 18:01 import {A} jobid=8\nnbstserv 18:02 import {B} jobid=8\n"
)


@pytest.fixture
def common(told):
    """Return a maker of the records of a story with what they share."""

    def make(text):
        rows = told(text)
        return with_shared(rows, import_jobs(rows, load(), listen(heard(rows))))

    return make


def test_what_names_no_image_is_shared(common):
    """Records of a job that name no image count for all its images, those of other jobs and without a job for none."""
    rows = common(OPENED + "nbjm 18:03 begin jobid=8\nnbjm 18:04 begin jobid=9\nnbjm 18:05 idle")
    assert rows.filter("shared")["message"].to_list() == ["begin jobid=8"]
    assert not rows["crowded"].any()


def test_the_same_over_and_over(common, monkeypatch):
    """Of records that differ in nothing that decides, the first and the last stand for all."""
    monkeypatch.setattr(sharing, "_OFTEN", 12)
    monkeypatch.setattr(sharing, "_LEAST", 4)
    story = OPENED + "".join(f"nbjm 18:{n} begin {n} jobid=8\n" for n in range(10, 30)) + "nbjm 19:00 failed jobid=8"
    rows = common(story)
    assert rows.filter("shared")["message"].to_list() == [
        *(f"begin {n} jobid=8" for n in (10, 11, 12, 27, 28, 29)),
        "failed jobid=8",
    ]
    assert not rows["crowded"].any()


def test_a_job_that_takes_all_room(common, monkeypatch):
    """The largest jobs share as much as there is room for, smaller ones all that they have."""
    monkeypatch.setattr(sharing, "_ROOM", 10)
    monkeypatch.setattr(sharing, "_FOR_EACH", 0)
    other = "nbrmms 18:00 import event c_1795188186\nnbstserv 18:01 import c_1795188186 jobid=7\n"
    story = OPENED + other + "nbjm 18:02 begin jobid=7\nnbjm 18:03 more jobid=7\n"
    rows = common(story + "".join(f"nbjm 18:{n} begin {n} jobid=8\n" for n in range(10, 30)))
    assert rows.filter("shared")["message"].to_list() == [
        "begin jobid=7",
        "more jobid=7",
        *(f"begin {n} jobid=8" for n in (10, 11, 28, 29)),
    ]
    assert rows.filter("crowded")["message"].to_list() == [f"begin {n} jobid=8" for n in range(12, 28)]


@given(
    jobs=st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), max_size=20),
    most=st.integers(0, 2000),
)
def test_the_room_is_kept(jobs, most):
    """All jobs together take no more than there is room for, and each as much as the others leave."""
    table = pl.DataFrame(jobs, schema={"images": pl.UInt32, "records": pl.UInt32}, orient="row")
    room = sharing._room(table, most)
    sizes = [images * records for images, records in jobs]
    assert sum(min(size, room) for size in sizes) <= most
    if sum(sizes) <= most:
        assert all(size <= room for size in sizes)
    else:
        assert sum(min(size, room + 1) for size in sizes) > most


def test_the_newest_images():
    """Where there are too many images, those whose ids were given last are traced, with all their jobs."""
    carried = pl.DataFrame(
        {"image_id": ["z_1795188184", "b_1795188186", "a_1795188185", "b_1795188186"], "job_id": range(4)}
    )
    assert newest(carried, 2)["job_id"].to_list() == [1, 2, 3]
    assert newest(carried, 3).equals(carried)
    assert newest(carried, None).equals(carried)


@pytest.mark.parametrize(
    ("most", "left"),
    [(3, [[1], [0, 1], [], [9]]), (4, [[1], [0, 1], [], [8, 9]]), (9, [[1], [0, 1, 2], [3, 4, 5], [7, 8, 9]])],
)
def test_records_that_name_too_many_images(most, left, monkeypatch):
    """Of the names in records that name more images than any job has, the first and the last are used; few are never cut."""
    monkeypatch.setattr(sharing, "MANY", 2)
    monkeypatch.setattr(sharing, "_NAMES", most)
    images = [[1], [0, 1, 2], [3, 4, 5], [7, 8, 9]]
    rows = pl.DataFrame({"log_id": [0] * 4, "line": range(4), "path": ["a"] * 4, "images": images})
    found, paths = fewer_names(rows)
    assert found.rows() == [(0, line, "a", each) for line, each in enumerate(left) if each]
    assert paths == ([] if most == 9 else ["a"])


def test_logs_share_the_room_for_names(monkeypatch):
    """Each log has an equal part of the room, and only those that had more are told."""
    monkeypatch.setattr(sharing, "MANY", 2)
    monkeypatch.setattr(sharing, "_NAMES", 6)
    images = [[1, 2, 3], [4, 5, 6, 7]]
    rows = pl.DataFrame({"log_id": [0, 1], "line": [1, 1], "path": ["a", "b"], "images": images})
    found, paths = fewer_names(rows)
    assert found["images"].to_list() == [[1, 2, 3], [4, 5, 7]]
    assert paths == ["b"]
