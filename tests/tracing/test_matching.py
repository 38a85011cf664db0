"""From records to evidence."""

from __future__ import annotations

import polars as pl
import pytest

A = "a_1795188184"


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("nbjm 18:00 working", "progress"),
        ("nbjm 18:00 all done", "done"),
        ("nbjm 18:00 status 0", "done"),
        ("nbjm 18:00 cannot do it", "failed"),
        ("nbjm 18:00 no errors", "progress"),
        ("nbjm 18:00 <16> xyz", "failed"),
        ("nbjm 18:00 <16> no errors", "progress"),
        ("nbjm 18:00 xyz status 227", "failed"),
        ("nbjm 18:00 xyz status 7", "progress"),
        ("nbjm 18:00 failed with status 7", "failed"),
        ("nbjm 18:00 ended with status 7", "failed"),
        ("nbjm 18:00 ended with status 1", "progress"),
        ("nbjm 18:00 cannot do it, will retry", "retry"),
        ("nbjm 18:00 finished, retry later, status 227", "failed"),
    ],
)
def test_outcome(told, line, outcome):
    """A failure is a code that means one, an error's severity, or plain words, unless it will be tried again."""
    assert told(line)["outcome"].to_list() == [outcome]


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        ("validated", "done"),
        ("is validated and added to the catalog", "done"),
        ("validating", "progress"),
        ("to be imported", "progress"),
        ("is about to be confirmed", "progress"),
        ("not yet complete", "progress"),
        ("could not be validated", "failed"),
    ],
)
def test_only_what_is_over_is_done(told, said, outcome):
    """Words of success count where they say that something is over, not that it begins, or has still to come."""
    assert told(f"bpdbm 18:00 image {A} {said}")["outcome"].to_list() == [outcome]


def test_an_option_is_no_failure(told):
    """The command line with which a process begins tells of no failure, whatever its options are called."""
    assert told("admin 18:00 [1] bpimport: INITIATING -jobid 815 -on_error continue")["outcome"].to_list() == [
        "progress"
    ]


def test_what_a_process_says_aside(told):
    """In a run, a debugging record fails the import only where it names its image or job, states it as an end, or is loud."""
    begun = f"bpdm 18:00 [1] -import -jobid 815 -b {A}\n"
    for text, outcome in [
        ("lookup of x failed", "progress"),
        ("lookup of x failed: 8", "progress"),
        (f"{A} cannot be read", "failed"),
        ("jobid=815 failed", "failed"),
        ("<16> cannot do it", "failed"),
        ("EXITING with status 85", "failed"),
    ]:
        assert told(begun + f"bpdm 18:01 [1] {text}")["outcome"].to_list()[-1] == outcome, text


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("nbjm 18:00 cannot find lifecycle gold-1 (1532)", 1532),
        ("nbjm 18:00 <16> lifecycle gold-1: 1532", 1532),
        ("nbjm 18:00 cannot find it, will try again (1532)", 1532),
        ("nbjm 18:00 refused with status 1534: no lifecycle (1532)", 1534),
        ("nbjm 18:00 there is no lifecycle gold-1 (1532)", 1532),
        ("nbjm 18:00 child of jobid=815 died: read (85)", 85),
        ("nbjm 18:00 lifecycle gold-1 (1532)", None),
        ("nbjm 18:00 cannot find lifecycle gold-1 (4096)", None),
        ("nbjm 18:00 cannot find lifecycle gold-1 (1531)", None),
        ("nbjm 18:00 cannot find lifecycle gold-1: 85", None),
        ("nbjm 18:00 no errors (1532)", None),
        ("nbjm 18:00 [1532] cannot find lifecycle gold-1 (1532)", None),
        ("nbjm 18:00 jobid=1532 is lost, cannot go on (1532)", None),
    ],
)
def test_status_that_nothing_calls_so(told, line, code):
    """A bare number is a status where the record tells of a failure and imports end with that code, else none."""
    assert told(line)["status_code"].to_list() == [code]


def test_bare_numbers_of_a_kind(told):
    """What is a number of another sort in records of the same shape is no status where it looks like one."""
    lines = [f"nbjm 18:00 cannot use buffer of pool-1 ({number})" for number in (1532, 9000)]

    assert told("\n".join(lines))["status_code"].to_list() == [None, None]


@pytest.mark.parametrize(
    ("line", "ending"),
    [
        ("nbjm 18:00 jobid=8 ended with status 0", True),
        ("admin 18:00 [1] EXITING with status 85", True),
        ("nbjm 18:00 jobid=8 ended", False),
        ("nbjm 18:00 jobid=8 xyz status 0", False),
        ("nbjm 18:00 resource request finished with status 0", False),
    ],
)
def test_ending(told, line, ending):
    """A record closes its job or run where it says so and gives a status; the end of a request for resources is none."""
    assert told(line)["ending"].to_list() == [ending]


def evidence(traced, text):
    """Return step, strength and rule of the line that comes last in the story."""
    frame = traced(text).evidence.sort("line")
    return frame.select("step", "strength", "rule").row(-1)


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (f"nbrmms 18:06 event {A}", (1, "strong", "nbrmms names image + event")),
        (f"nbrmms 18:06 xyz {A}", (1, "weak", "nbrmms names image")),
        (f"importmgr 18:06 added record {A}", (2, "strong", "import manager names image + insert")),
        (f"nbstserv 18:06 batch {A}", (3, "strong", "nbstserv names image + batch")),
        ("nbpem 18:06 xyz jobid=815", (3, "strong", "nbpem names job")),
        ("nbjm 18:06 launching bpimport jobid=815", (4, "strong", "nbjm names job + start")),
        ("admin 18:06 [1] xyz -jobid 815", (4, "strong", "admin names job + opening")),
        ("bpdm 18:06 [1] xyz -jobid 815", (5, "strong", "bpdm names job + opening")),
        ("nbjm 18:06 jobid=815 ended with status 0", (8, "record", "nbjm names job + ending")),
    ],
)
def test_rules(traced, line, shown):
    """The rule of the highest rank that fits a record decides which step it shows, how strongly, and by what name."""
    assert evidence(traced, f"nbrmms 18:00 event {A}\nnbstserv 18:05 import of {A} jobid=815\n{line}") == shown


def test_what_is_shown_only_after_another_step(traced):
    """In words that nobody knows nbstserv shows the event first, and the batch once the record is inserted."""
    story = f"nbstserv 18:01 blah {A}\nimportmgr 18:02 insert record {A}\nnbstserv 18:03 blah {A}"
    frame = traced(f"nbrmms 18:00 event {A}\n{story}").evidence.sort("line").filter(pl.col("daemon") == "nbstserv")

    assert frame["step"].to_list() == [1, 3]


def test_an_inserted_record_counts_for_every_attempt(traced):
    """The record is inserted once: in a second attempt, too, nbstserv's unknown words show the batch."""
    story = f"""
        nbrmms 18:00:00 event {A}
        importmgr 18:00:01 insert record {A}
        nbstserv 18:05 blah {A}
        bpdm 18:06:00 [1] -jobid 1
        bpdm 18:06:10 [1] read {A} failed, status 85
        nbstserv 18:30 blah {A}
        bpdm 18:31:00 [2] -jobid 2
        bpdm 18:31:10 [2] read {A}
    """
    steps = traced(story).steps.filter(pl.col("attempt") == 2)

    assert steps.filter(pl.col("step") <= 3)["state"].to_list() == ["done", "done", "done"]
