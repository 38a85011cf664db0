"""What is known of each attempt."""

from __future__ import annotations

import pytest

A = "a_1795188184"
BATCH = f"nbrmms 18:00 event {A}\nimportmgr 18:01 insert record {A}\nnbstserv 18:05 import batch {A} jobid=815\n"


@pytest.fixture
def attempts(traced):
    """Return a maker of the attempts of the one image of a story."""
    return lambda text: [judgement.attempt for judgement in traced(text).judged[0]]


def test_steps_are_summed_up(attempts, clock):
    """A step is shown from its first to its last record; the strongest of them names host, daemon and place."""
    (attempt,) = attempts(f"nbstserv 18:00:00 import {A}\nnbrmms 18:00:01 event {A}\nnbrmms 18:00:05 xyz {A}")
    seen = attempt.seen[1]

    assert (seen.first, seen.last, seen.count) == (clock("18:00:00"), clock("18:00:05"), 3)
    assert (seen.host, seen.daemon, seen.strength) == ("media1", "nbrmms", "strong")
    assert seen.speakers == {"nbstserv", "nbrmms"}


def test_a_later_attempt_inherits_what_comes_before_the_job(attempts):
    """Event and record are there once for all attempts; the steps of the job each attempt has to show itself."""
    first, second = attempts(BATCH + f"bpdm 18:06 [1] -jobid 815\nnbstserv 18:30 import batch {A} jobid=900")

    assert (first.number, first.job_id, sorted(first.seen)) == (1, 815, [1, 2, 3, 5])
    assert (second.number, second.job_id, sorted(second.seen)) == (2, 900, [1, 2, 3])


def test_vague_speakers(attempts):
    """Who speaks of the attempt without showing a step for sure is remembered, with one of its records."""
    (attempt,) = attempts(BATCH + "bpdm 18:06:00 [1] -jobid 815\nbpdm 18:06:01 [1] whatever")

    assert attempt.vague["bpdm"].daemon == "bpdm"
    assert attempt.vague["bpdm"].strength == "weak"


def test_failures(attempts, clock):
    """A failure keeps where it stands, its code and how closely it belongs to the image."""
    (attempt,) = attempts(
        BATCH
        + f"bpdm 18:06:00 [1] -jobid 815\nbpdm 18:06:01 [1] cannot read image {A}, status 85\nbpdm 18:06:02 [1] EXITING with status 85"
    )
    own, end = attempt.failures

    assert (own.code, own.step, own.closeness, own.ending) == (85, 7, 0, False)
    assert (own.time, own.host, own.daemon, own.pid) == (clock("18:06:01"), "media1", "bpdm", 1)
    assert own.place.startswith("media1/bpdm.log:")
    assert (end.code, end.closeness, end.ending) == (85, 1, True)


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
    (attempt,) = attempts(BATCH + lines)

    assert (attempt.end and attempt.end.status) == status


def test_who_names_the_image(attempts):
    """It is known which daemons name the image itself, on which host each spoke, and which media server was named."""
    (attempt,) = attempts(BATCH + "nbjm 18:06 jobid=815 accepted, media_server=m-2.example")

    assert attempt.naming == {"nbrmms", "import manager", "nbstserv"}
    assert attempt.hosts == {"nbrmms": "media1", "import manager": "primary", "nbstserv": "primary", "nbjm": "primary"}
    assert attempt.named_media == "m-2.example"


def test_activity_is_that_of_the_job(attempts, clock):
    """The last word of a job's processes counts for all its images, also where it speaks of another one."""
    (attempt,) = attempts(
        BATCH + "nbrmms 18:00 event b_1795188185\nbpdm 18:06 [1] -jobid 815\nbpdm 18:20 [1] read image b_1795188185"
    )[:1]

    assert attempt.activity == clock("18:20")
    assert attempt.times == (clock("18:00"), clock("18:06"))
