"""What is known of each attempt."""

from __future__ import annotations

import importlib

import polars as pl
import pytest

TRACE = importlib.import_module("nbtrace.tracing.trace")  # the package has a function of that name
A = "a_1795188184"
BATCH = f"nbrmms 18:00 event {A}\nimportmgr 18:01 insert record {A}\nnbstserv 18:05 import batch {A} jobid=815\n"


@pytest.fixture
def attempts(traced, monkeypatch):
    """Return a maker of all attempts of a story, as they are handed to the judge."""
    kept, real = [], TRACE.attempts

    def keep(evidence, flow):
        kept.append(real(evidence, flow))
        return kept[-1]

    def make(text):
        monkeypatch.setattr(TRACE, "attempts", keep)
        traced(text)
        return kept[-1]

    return make


def of_first(table):
    """Return the rows of a table that are of the first attempt."""
    return table.filter(pl.col("trial") == 1)


def test_steps_are_summed_up(attempts, clock):
    """A step is shown from its first to its last record; the strongest of them names host, daemon and place."""
    found = attempts(f"nbstserv 18:00:00 import {A}\nnbrmms 18:00:01 event {A}\nnbrmms 18:00:05 xyz {A}")
    seen = found.seen.row(0, named=True)

    assert (seen["step"], seen["first"], seen["last"], seen["count"]) == (1, clock("18:00:00"), clock("18:00:05"), 3)
    assert (seen["host"], seen["daemon"], seen["strength"]) == ("media1", "nbrmms", "strong")
    assert set(seen["speakers"]) == {"nbstserv", "nbrmms"}


def test_a_later_attempt_inherits_what_comes_before_the_job(attempts):
    """Event and record are there once for all attempts; the steps of the job each attempt has to show itself."""
    found = attempts(BATCH + f"bpdm 18:06 [1] -jobid 815\nnbstserv 18:30 import batch {A} jobid=900")
    steps = {trial: sorted(rows["step"]) for (trial,), rows in found.seen.group_by("trial")}

    assert found.tries.select("trial", "attempt", "job_id").rows() == [(1, 1, 815), (3, 2, 900)]
    assert steps == {1: [1, 2, 3, 5], 3: [1, 2, 3]}


def test_what_is_inherited_is_the_image_s_own(attempts):
    """An attempt inherits from the attempts before it on the same image, not from another image."""
    other = "b_1795188185"
    found = attempts(
        BATCH + f"nbstserv 18:05 import batch {other} jobid=900\nnbstserv 18:30 import batch {other} jobid=901"
    )

    assert found.tries.select("image_id", "attempt").rows() == [(A, 1), (other, 1), (other, 2)]
    assert sorted(found.seen.filter(pl.col("trial") == 5)["step"]) == [3]


def test_vague_speakers(attempts, clock):
    """Who speaks of the attempt without showing a step for sure is remembered, with the first such record."""
    found = attempts(BATCH + "bpdm 18:06:00 [1] -jobid 815\nbpdm 18:06:01 [1] whatever\nbpdm 18:06:02 [1] again")

    (vague,) = found.vague.filter(pl.col("speaker") == "bpdm").iter_rows(named=True)
    assert (vague["strength"], vague["count"], vague["first"]) == ("weak", 1, clock("18:06:01"))


def test_failures(attempts, clock):
    """A failure keeps where it stands, its code and how closely it belongs to the image."""
    found = attempts(
        BATCH
        + f"bpdm 18:06:00 [1] -jobid 815\nbpdm 18:06:01 [1] cannot read image {A}, status 85\nbpdm 18:06:02 [1] EXITING with status 85"
    )
    own, end = found.failed.iter_rows(named=True)

    assert (own["code"], own["step"], own["closeness"], own["ending"]) == (85, 7, 0, False)
    assert (own["time"], own["host"], own["daemon"], own["pid"]) == (clock("18:06:01"), "media1", "bpdm", 1)
    assert own["path"] == "media1/bpdm.log"
    assert (end["code"], end["closeness"], end["ending"]) == (85, 1, True)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ("nbjm 18:06 jobid=815 ended with status 0", 0),
        ("admin 18:06 [1] bpimport -jobid 815\nadmin 18:07 [1] EXITING with status 85", 85),
        (
            "admin 18:06 [1] bpimport -jobid 815\nadmin 18:07 [1] EXITING with status 85\nnbjm 18:07 jobid=815 ended with status 1",
            1,
        ),
        (
            "admin 18:06 [1] bpimport -jobid 815\nnbjm 18:07 jobid=815 ended with status 50\nadmin 18:09 [1] still here",
            None,
        ),
        ("bpdm 18:06 [1] -jobid 815\nbpdm 18:07 [1] EXITING with status 0", None),
        (f"nbjm 18:06 jobid=815 {A} ended with status 0", None),
        ("nbjm - jobid=815 ended with status 0", None),
    ],
    ids=["nbjm", "bpimport", "the last one", "goes on", "the mover's", "an image's", "no time"],
)
def test_the_end_of_the_job(attempts, lines, status):
    """A job ends with the last record that closes it, if its command says nothing afterwards; the mover's end is its own."""
    assert attempts(BATCH + lines).tries["end_status"].to_list() == [status]


def test_who_names_the_image(attempts):
    """It is known which daemons name the image itself, on which host each spoke, and which media server was named."""
    found = attempts(BATCH + "nbjm 18:06 jobid=815 accepted, media_server=m-2.example")

    assert sorted(found.heard.select("speaker", "host", "naming").rows()) == [
        ("import manager", "primary", True),
        ("nbjm", "primary", False),
        ("nbrmms", "media1", True),
        ("nbstserv", "primary", True),
    ]
    assert found.tries["named_media"].to_list() == ["m-2.example"]


def test_activity_is_that_of_the_job(attempts, clock):
    """The last word of a job's processes counts for all its images, also where it speaks of another one."""
    found = attempts(
        BATCH + "nbrmms 18:00 event b_1795188185\nbpdm 18:06 [1] -jobid 815\nbpdm 18:20 [1] read image b_1795188185"
    )

    assert of_first(found.tries).select("began", "activity").row(0) == (clock("18:00"), clock("18:20"))
