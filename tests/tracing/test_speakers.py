"""Who speaks, and in which run."""

from __future__ import annotations

import pytest

from nbtrace.flows import load
from nbtrace.tracing.speakers import assign_speakers


@pytest.fixture
def speakers(story):
    """Return a maker of the speakers of a story, line by line."""

    def make(text):
        entries, logs = story(text)
        entries = entries.join(logs.select("log_id", "log"), on="log_id", how="left", maintain_order="left")
        return assign_speakers(entries, load())["speaker"].to_list()

    return make


def test_owner_of_a_log(speakers):
    """A unified log speaks for its originator, a legacy log for its folder; strangers have no name in the flow."""
    lines = "nbjm 18:00 x\nadmin 18:00 x\nbptm 18:00 x\nimportmgr 18:00 x\nvnetd 18:00 x"

    assert speakers(lines) == ["nbjm", "admin", "bpdm", "import manager", None]


def test_the_import_manager_inside_nbstserv(speakers):
    """The import manager is heard by its file id inside nbstserv's log, and nowhere else."""
    assert speakers("nbstserv#369 18:00 x\nnbstserv 18:00 x\nnbjm#369 18:00 x") == [
        "import manager",
        "nbstserv",
        "nbjm",
    ]


def runs(told, text):
    """Return the lines of each run, as numbers."""
    rows = told(text).sort("line")
    return rows.group_by("session", maintain_order=True).agg("line").sort("session")["line"].to_list()


def test_a_process_is_a_run(told):
    """Records of one process number are one run, whose job all of them belong to."""
    rows = told("bpdm 18:00:00 [1] -jobid 815\nbpdm 18:00:01 [2] -jobid 816\nbpdm 18:00:02 [1] done here")

    assert rows.sort("line")["job"].to_list() == [815, 816, 815]
    assert rows.sort("line")["opening"].to_list() == [True, True, False]


@pytest.mark.parametrize(
    "second",
    [
        "bpdm 18:10 [1] -jobid 816",
        "bpdm 21:00 [1] another",
        "bpdm 18:10 [1] INITIATING",
        "bpdm 18:00:30 [1] after the end",
    ],
    ids=["another job", "after hours", "a start line", "after its end"],
)
def test_a_process_number_comes_round_again(told, second):
    """Another job, a long silence, a start line or words after the end begin a new run of the same process number."""
    first = "bpdm 18:00:00 [1] -jobid 815\nbpdm 18:00:01 [1] EXITING with status 0"

    assert runs(told, f"{first}\n{second}") == [[1, 2], [3]]


def test_last_words_belong_to_the_run(told):
    """What a process says within seconds of its end line is still its own."""
    assert runs(
        told, "bpdm 18:00:00 [1] -jobid 815\nbpdm 18:00:01 [1] EXITING with status 0\nbpdm 18:00:02 [1] bye"
    ) == [[1, 2, 3]]


def test_daemons_have_no_runs(told):
    """A daemon that serves many jobs at once has no run, so that a line without a job belongs to none."""
    rows = told("nbjm 18:00:00 [1] jobid=815\nnbjm 18:00:01 [1] busy").sort("line")

    assert rows["session"].to_list() == [None, None]
    assert rows["job"].to_list() == [815, None]
