"""Which records belong to which image."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.flows import load
from nbtrace.tracing.belonging import bind, import_jobs
from nbtrace.tracing.sharing import with_shared
from nbtrace.tracing.windows import heard, listen

A, B = "a_1795188184", "b_1795188185"


@pytest.fixture
def carried(told):
    """Return a maker of the pairs of image and job that a story gives."""

    def make(text, deaf=()):
        rows = told(text)
        windows = listen(heard(rows.filter(~pl.col("speaker").is_in(list(deaf)))))
        return list(import_jobs(rows, load(), windows).select("image_id", "job_id").iter_rows())

    return make


@pytest.fixture
def bound(told):
    """Return a maker of the records that belong to images."""

    def make(text):
        rows = told(text)
        tying = rows["speaker"].is_in(load().marked("runs")).any()
        carried = import_jobs(rows, load(), listen(heard(rows)))
        return bind(with_shared(rows, carried), carried, load(), tying=tying)

    return make


def test_anchors(carried):
    """What the event poller names is replicated, whatever it says, unless it speaks of other work."""
    assert carried(f"nbrmms 18:00 xyz {A}") == [(A, None)]
    assert carried(f"nbrmms 18:00 deleted {A}") == []
    assert carried(f"nbrmms 18:00 deleted import copy of {A}") == [(A, None)]


def test_submitters_need_the_words(carried):
    """What nbstserv names belongs to the flow where its words say import, and not where a person imports by hand."""
    assert carried(f"nbstserv 18:00 import of {A}") == [(A, None)]
    assert carried(f"nbstserv 18:00 {A} is eligible for duplication") == []
    assert carried(f"nbstserv 18:00 manual import of {A}") == []


def test_a_job_that_carries_an_image(carried):
    """A job whose records name an image of the flow is its job, other work of the image is not."""
    story = f"nbrmms 18:00 event {A}\nnbstserv 18:05 {A} jobid=815\nbpdm 19:00 [1] -restore -jobid 99 -b {A}"

    assert carried(story) == [(A, 815)]


def test_a_typed_import_is_none(carried):
    """An import that somebody typed, while the daemons of the flow listen and never name its image, is no part of it."""
    typed = f"admin 18:30 [1] bpimport -jobid 7\nadmin 18:31 [1] importing {B}"
    listening = f"nbstserv 17:40 import of {A}\nnbstserv 19:00 import of {A}"

    assert carried(f"{listening}\n{typed}") == [(A, None)]
    assert carried(f"{listening}\n{typed}", deaf=["nbstserv"]) == [(A, None), (B, 7)]
    assert carried(typed) == [(B, 7)]


def test_silence_at_another_time_or_place_drops_no_import(carried):
    """Who listened too late to name the image, or on a media server that may not be its own, says nothing of it."""
    typed = f"admin 18:30 [1] bpimport -jobid 7\nadmin 18:31 [1] importing {B}"
    late = f"nbstserv 18:20 import of {A}\nnbstserv 19:00 import of {A}"
    events = f"nbrmms 15:00 event {A}\nnbrmms 19:00 event {A}"
    inserts = f"importmgr 18:00 inserted {A}\nimportmgr 19:00 inserted {A}"

    for listening in (late, events, inserts):
        assert carried(f"{listening}\n{typed}") == [(A, None), (B, 7)]


def test_a_job_that_is_passed_on_was_not_typed(carried):
    """An image of which who makes the batches says nothing was not imported by hand where he or nbpem knows its job."""
    job = f"admin 18:30 [1] bpimport -jobid 7\nadmin 18:31 [1] importing {B}"
    listening = f"nbstserv 17:40 import of {A}\nnbstserv 19:00 import of {A}"

    assert carried(f"{listening}\nnbpem 18:29 import jobid=7\n{job}") == [(A, None), (B, 7)]
    assert carried(f"{listening}\nnbpem 18:29 duplication jobid=7\n{job}") == [(A, None)]


def test_an_image_that_a_process_merely_touches_is_none(carried):
    """A file of another image that a process of an import opens makes that image none of the flow, its failure does."""
    ids = [f"c{number}_179518819{number}" for number in range(3)]
    events = "\n".join(f"nbrmms 18:0{number} event {image}" for number, image in enumerate(ids))
    reads = "\n".join(f"bpdm 18:31 [2] read header {image}" for image in ids)
    job = f"{events}\nadmin 18:30 [1] bpimport import -jobid 7\nbpdm 18:30 [2] -jobid 7\n{reads}"
    ours = [(image, 7) for image in ids]

    assert carried(f"{job}\nbpdm 18:32 [2] open: imo_name={A}_C1_F1") == ours
    for said in (f"read header {A}", f"cannot open {A}_C1_F1", f"open imo_name={A}_C1_F1, status 2074"):
        assert carried(f"{job}\nbpdm 18:32 [2] {said}") == sorted([(A, 7), *ours])
    alone = f"admin 18:30 [1] bpimport import -jobid 7\nbpdm 18:30 [2] -jobid 7\nbpdm 18:32 [2] open: {A}"
    assert carried(alone) == [(A, 7)]  # with nothing to compare it to, the job's words must do


def test_a_two_phase_import_is_none(carried):
    """A job that speaks of a two-phase import, and of which no submitting daemon knows, is no part of the flow."""
    assert carried(f"admin 18:30 [1] bpimport -jobid 7 -create_db_info\nadmin 18:31 [1] importing {B}") == []


def test_alike(carried):
    """What nbstserv says first of several replicated images, in words that nobody knows, it says of replicated images."""
    ids = [f"c{number}_179518819{number}" for number in range(4)]
    events = "\n".join(f"nbrmms 18:0{number} xyz {image}" for number, image in enumerate(ids[:3]))
    blah = "\n".join(f"nbstserv 18:1{number} blah {image} 77" for number, image in enumerate(ids))

    assert carried(f"{events}\n{blah}") == [(image, None) for image in ids]
    assert carried(f"{blah}") == []


def test_bound_by_name_by_run_and_by_job(bound):
    """A record that names images belongs to them only; one that names none to all images of its run or job."""
    story = f"""
        nbstserv 18:00:00 import of {A} and {B} jobid=815
        nbjm     18:00:01 jobid=815 accepted
        bpdm     18:00:02 [1] -jobid 815
        bpdm     18:00:03 [1] read {A}
    """
    rows = bound(story).sort("line", "image_id")

    assert list(rows.select("line", "image_id", "bound").iter_rows()) == [
        (1, A, "named"),
        (1, B, "named"),
        (2, A, "job"),
        (2, B, "job"),
        (3, A, "session"),
        (3, B, "session"),
        (4, A, "named"),
    ]


def test_the_opening_counts_for_all(bound):
    """The first record of a run stands for all images of its job, also where it names one of them only."""
    story = f"nbstserv 18:00 import of {A} and {B} jobid=815\nbpdm 18:01 [1] -jobid 815 -b {A}"
    rows = bound(story).filter(pl.col("speaker") == "bpdm").sort("image_id")

    assert list(rows.select("image_id", "bound").iter_rows()) == [(A, "named"), (B, "session")]


def test_attempts_are_numbered_by_time(bound):
    """The jobs of an image are its attempts, in the order of their first records."""
    story = f"nbstserv 19:00 import of {A} jobid=7\nnbstserv 18:00 import of {A} jobid=815"
    rows = bound(story).sort("line")

    assert rows["attempt"].to_list() == [2, 1]


def test_records_without_a_job(bound):
    """A record that names an image and no job belongs to the attempt of its time, before any to the first."""
    story = f"""
        nbrmms   18:00 event {A}
        nbstserv 18:10 import of {A} jobid=1
        nbstserv 19:00 import of {A} jobid=2
        nbstserv 19:01 {A} is on its way
        nbstserv -     {A} at no time
    """
    rows = bound(story).sort("line")

    assert list(rows.select("attempt", "job_id").iter_rows()) == [(1, None), (1, 1), (2, 2), (2, 2), (1, None)]


def test_queries_after_the_import(bound):
    """What bpdbm says of an image long after its job is another matter, but all it says counts where no job is known."""
    story = (
        f"nbrmms 18:00 event {A}\nnbstserv 18:10 import of {A} jobid=1\nbpdbm 18:11 {A} stored\nbpdbm 21:00 {A} listed"
    )
    assert bound(story)["line"].to_list() == [1, 2, 3]

    assert bound(f"nbrmms 18:00 event {A}\nbpdbm 21:00 {A} listed")["line"].to_list() == [1, 2]


def test_a_run_without_a_job_is_adopted(told):
    """A mover's run that names an image and no job belongs to the job that was last said to carry that image."""
    story = f"nbstserv 18:00 import of {A} jobid=815\nbpdm 18:10 [1] hello {A}\nbpdm 18:11 [1] and more"

    assert told(story).sort("line")["job"].to_list() == [815, 815, 815]


@pytest.mark.parametrize(
    "run",
    [
        f"bpdm 18:10 [1] restore of {A}",
        f"admin 18:10 [1] bplist {A}",
        f"bpdm 1:00 [1] hello {A}",
        "bpdm 18:10 [1] hello",
    ],
    ids=["other work", "some command", "before the job", "no image"],
)
def test_a_run_of_another_kind_is_not_adopted(told, run):
    """Runs of other work, of any command, before the job or without an image stay without a job."""
    rows = told(f"nbstserv 18:00 import of {A} jobid=815\n{run}").sort("line")

    assert rows["job"].to_list() == [815, None]


RETRY = """
    nbrmms    18:00 event a_1795188184
    importmgr 18:01 insert record a_1795188184
    nbstserv  18:05 image a_1795188184 added to an import batch jobid=815
    admin     18:06 [41] bpimport -jobid 815
    admin     18:07 [41] EXITING with status %s
    nbstserv  %s image a_1795188184 %s
"""


@pytest.mark.parametrize(
    ("status", "when", "words", "attempts"),
    [
        (85, "18:30", "added to an import batch", 2),
        (85, "18:07:30", "added to an import batch", 1),
        (85, "18:30", "is in its final batch", 1),
        (85, "18:30", "failed in its batch", 1),
        (85, "18:30", "whatever", 1),
        (0, "18:30", "added to an import batch", 1),
    ],
    ids=["again", "at once", "an end", "a failure", "unknown words", "it was imported"],
)
def test_a_batch_after_the_end_is_a_new_attempt(traced, status, when, words, attempts):
    """An image that is put into a batch well after its job failed is tried again, although no job is known yet."""
    assert traced(RETRY % (status, when, words)).images["attempts"].to_list() == [attempts]


def test_a_batch_before_its_job_belongs_to_that_job(traced):
    """Where the job of the retry is known, the batch that was made long before it is part of the same attempt."""
    story = RETRY % (85, "18:30", "added to an import batch") + "nbstserv 18:50 import batch a_1795188184 jobid=900\n"
    evidence = traced(story).evidence.filter(pl.col("daemon") == "nbstserv")

    assert evidence.select("attempt", "job_id").rows() == [(1, 815), (2, 900), (2, 900)]
