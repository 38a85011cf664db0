"""Of all that names something, what can matter is selected: no more than needed, and never less."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.flows import load
from nbtrace.grammar.library import Library
from nbtrace.tables import KEY
from nbtrace.tracing.notice import mentions
from nbtrace.tracing.select import select

A, B = "a_1795188184", "b_1795188185"


@pytest.fixture
def of_story(story, noticed):
    """Return a maker of what is selected of a story."""

    def make(text):
        entries, logs = story(text)
        identified, _ = noticed(entries, logs)
        words = Library().evidence("import")
        return select(mentions(identified).lazy(), identified.lazy(), logs, load(), words)

    return make


@pytest.fixture
def selected(of_story):
    """Return a maker of what is selected of a story: the lines, and the process numbers of the runs."""

    def make(text):
        found = of_story(text)
        return found.places["line"].sort().to_list(), found.runs["pid"].sort().to_list()

    return make


# Jobs of other work, as many as are kept to learn from, with lower numbers than those that the tests speak of.
OTHERS = "".join(f"{log} 17:00 [{9000 + n}] jobid={n}\n" for log in ("nbjm", "admin", "bpdm") for n in range(1, 31))
AFTER = OTHERS.count("\n")


def after(found):
    """Return the lines that follow those of other work, numbered from 1, and the runs."""
    lines, runs = found
    return [line - AFTER for line in lines if line > AFTER], [pid for pid in runs if pid < 9000]


@pytest.mark.parametrize(
    "line",
    [f"nbrmms 18:00 xyz {A}", f"bpdbm 18:00 import of {A}", "nbjm 18:00 import jobid=815"],
    ids=["an anchor names it", "words of importing", "words with a job"],
)
def test_what_can_matter(selected, line):
    """An image or a job matters where a speaker that anchors names it, or where words of importing stand beside it."""
    assert after(selected(OTHERS + line)) == ([1], [])


def test_other_work_does_not(selected):
    """Ordinary work of the same daemons is left out, but for a few jobs that show how they close."""
    lines, runs = selected(
        f"{OTHERS}nbjm 18:00 backup jobid=815\nbpdbm 18:00 {B} expired\nbpdm 18:01 [1] -jobid 815 -b {B}"
    )
    assert after((lines, runs)) == ([], [])
    assert len([line for line in lines if line <= AFTER]) == 3 * 20
    assert sorted(set(runs)) == list(range(9001, 9021))


def test_an_image_leads_to_its_job_and_the_job_to_its_runs(selected):
    """All that names the image, its jobs, and the runs of those are selected, in whatever order they stand."""
    story = f"""
        admin    18:05 [4] bpimport -jobid 815
        bpdm     18:06 [5] -jobid 815
        bpdm     18:06 [6] -jobid 816
        nbstserv 18:04 batch {A} jobid=815
        nbjm     18:05 jobid=815 goes on
        nbrmms   18:00 event {A}
    """
    assert after(selected(OTHERS + story)) == ([1, 2, 4, 5, 6], [4, 5])


def test_a_run_leads_to_its_job(selected):
    """Where only a run names both image and job, the job's other records and runs are selected, too."""
    story = f"""
        nbrmms 18:00 event {A}
        bpdm   18:06 [5] -jobid 815
        bpdm   18:07 [5] read {A}
        admin  18:05 [4] -jobid 815
        nbjm   18:08 jobid=815 ended
    """
    assert after(selected(OTHERS + story)) == ([1, 2, 3, 4, 5], [4, 5])


def test_images_spoken_of_alike(selected):
    """What nbstserv says in unknown words of several replicated images, it says of replicated images."""
    ids = [f"c{number}_179518819{number}" for number in range(4)]
    events = "\n".join(f"nbrmms 18:0{number} xyz {image}" for number, image in enumerate(ids[:3]))
    blah = "\n".join(f"nbstserv 18:1{number} blah {image} 77" for number, image in enumerate(ids))
    assert after(selected(f"{OTHERS}{events}\n{blah}\nnbstserv 18:20 other {B}"))[0] == [1, 2, 3, 4, 5, 6, 7]


def test_each_entry_once(of_story, story, noticed):
    """An entry that is selected for several reasons is there once, in the order of the files."""
    text = f"nbrmms 18:00 import event {A} and {B} jobid=815\nbpdm 18:01 [1] import {A} jobid=815"
    found = of_story(text)
    identified, _ = noticed(*story(text))
    for rows in (found.places, found.of(identified)):
        assert rows.height == 2
        assert rows.select(KEY).equals(rows.select(KEY).sort(KEY))


def test_what_turns_out_to_matter_not_is_left_out(of_story, story, noticed):
    """Entries that were read because they stand beside others are held against what was selected."""
    found = of_story(f"nbrmms 18:00 event {A} jobid=815")
    identified, _ = noticed(
        *story(f"nbrmms 18:00 event {A}\nnbjm 18:01 jobid=815\nnbjm 18:02 jobid=9\nbpdbm 18:03 {B}")
    )
    assert found.of(identified)["line"].sort().to_list() == [1, 2]


def test_nothing_to_select(selected):
    """Where nothing is named nothing is selected."""
    assert selected("nbjm 18:00 idle") == ([], [])


def test_what_closes_is_learnt_from_other_work(of_story):
    """The run of another command is selected where there are few, so that its end tells how ends are said."""
    found = of_story("admin 18:00 [9] bplist -jobid 3\nadmin 18:01 [9] EXITING with status 0")
    assert found.runs.rows() == [("primary", "admin", 9)]


def test_runs_have_their_host(of_story):
    """Two hosts may have runs of the same number: each is a run of its own."""
    found = of_story(f"bpdm@m1 18:00 [1] import {A}\nbpdm@m2 18:00 [1] import {A}")
    assert found.runs.sort(pl.all()).rows() == [("m1", "bpdm", 1), ("m2", "bpdm", 1)]
