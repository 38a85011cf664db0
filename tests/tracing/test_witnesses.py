"""Whose silence means something: logs with holes, logs that end early, logs that tell the same thing together."""

from __future__ import annotations

import pytest

from tests.tracing.conftest import BATCH, END, EVENT, FLOW, INSERT, MOVER, START, WRITERS, A

WHOLE = "".join((*FLOW, END)) + "nbjm 18:05:35 jobid=815 ended with status 0\n"
REFUSED = "bpdm 18:05:25 [51] resource request failed, status 800 (2074)\nadmin 18:05:35 [41] EXITING with status 800\n"


def state(traced, text, talk):
    """Return verdict and step states of the one image of a story."""
    row = next(row for row in traced(text, talk).images.iter_rows(named=True) if row["image_id"] == A)
    return row["verdict"], row["step_states"]


def other(number, clock, *without):
    """Return the story of another image that was imported in this hour, without what some logs say."""
    story = WHOLE.replace(A, f"o_179518810{number}").replace("815", f"90{number}").replace("18:0", f"{clock}:0")
    story = story.replace("[4", f"[{number}4").replace("[5", f"[{number}5")
    return "\n".join(line for line in story.splitlines() if line.split()[0].partition("@")[0] not in without) + "\n"


def others(*without, clock="19"):
    """Return five more images that were imported in this hour."""
    return "".join(other(number, clock, *without) for number in range(1, 6))


@pytest.fixture
def talk(small_talk):
    """Return a maker of small talk of all logs, some of which are heard in parts of the night only."""

    def make(**heard):
        usual = small_talk(logs=[log for log in WRITERS if log not in heard])
        parts = [small_talk(first, last, logs=[log]) for log, spans in heard.items() for first, last in spans]
        return "\n".join([usual, *parts])

    return make


def test_a_hole_does_not_make_a_log_deaf(traced, talk):
    """Images that came while a log was not there say nothing of what it shows: its silence later means something."""
    heard = talk(importmgr=[("17:00", "18:30"), ("19:30", "23:00")])
    story = EVENT + others("importmgr") + "".join(other(n, "20") for n in range(6, 9))

    assert state(traced, story, heard) == ("stalled", "DO------")
    assert state(traced, story, talk()) == ("undetermined", "DUUUUUUU")  # there it listened, and showed hardly any


def test_a_log_that_ends_after_the_step_was_due(traced, talk):
    """What was overdue when its log ended is overdue, where nothing later names the image in a log that goes on."""
    early = [("17:00", "20:00")]
    story = EVENT + INSERT + others()

    assert state(traced, story, talk(nbstserv=early)) == ("stalled", "DDO-----")
    later = dict.fromkeys(("admin", "bpdm", "bpdbm", "nbjm"), early)
    assert state(traced, story, talk(nbstserv=early, **later))[0] == "undetermined"


def test_logs_that_tell_the_same_thing_listen_together(traced, talk):
    """The start of a job is told by nbjm and by admin: where one of them pauses, the other one listens."""
    story = EVENT + INSERT + BATCH + others(clock="17")
    admin = [("16:00", "18:30"), ("20:00", "23:00")]

    assert state(traced, story, talk(admin=admin))[0] == "stalled"
    apart = talk(admin=admin, nbjm=[("16:00", "18:20"), ("18:50", "23:00")])
    assert state(traced, story, apart)[0] == "undetermined"


def unknown_starts():
    """Return five more images: nbjm tells each start in words that nobody knows, and the media clock is two minutes late."""
    return others().replace("starting bpimport jobid=", "off you go, jobid=").replace("bpdm 19:05", "bpdm 19:03")


def test_what_is_said_of_every_job_counts_by_the_clock_of_its_own_host(traced, talk):
    """What nbjm always says before admin shows the start is missed where it is not said, whatever media clocks show."""
    story = EVENT + INSERT + BATCH + unknown_starts()
    admin = [("18:45", "23:00")]

    assert state(traced, story, talk(admin=admin)) == ("stalled", "DDDO----")
    late = story.replace("off you go, jobid=903", "jobid=903 is in the air")
    assert state(traced, late, talk(admin=admin))[0] == "undetermined"  # it is not said of every job
    started = story + "nbjm 18:05:10 off you go, jobid=815\n"
    assert state(traced, started, talk(admin=admin))[1][3] != "O"


def test_what_is_said_after_the_start_is_no_sign_of_it(traced, talk):
    """What nbjm says of every job only when admin has shown its start may be of the next step."""
    story = EVENT + INSERT + BATCH + unknown_starts().replace("nbjm 19:05:10", "nbjm 19:05:15")

    assert state(traced, story, talk(admin=[("18:45", "23:00")]))[0] == "undetermined"


def test_each_host_shows_for_itself(traced, talk):
    """What the log of one media server shows, the same log of another one need not show."""
    here = (
        EVENT.replace("nbrmms ", "nbrmms@media2 ")
        + INSERT
        + BATCH
        + START.replace("815\n", "815 media_server=media2\n", 1)
    )
    mute = (
        others("bpdm", clock="17")
        .replace("nbrmms ", "nbrmms@media2 ")
        .replace("bpimport jobid=", "bpimport media_server=media2 jobid=")
    )
    shown = "".join(other(n, "19") for n in (6, 7, 8))
    both = talk() + "\n" + talk().replace("bpdm ", "bpdm@media2 ").replace("nbrmms ", "nbrmms@media2 ")

    assert state(traced, here + mute + shown, both)[0] == "undetermined"


def test_a_recent_failure_is_not_the_last_word_where_a_retry_would_be_unseen(traced, small_talk):
    """Without nbstserv nobody tells of the batch of a retry: for two hours the failure may be followed by one."""
    failed = (
        EVENT + INSERT + BATCH.splitlines()[1] + "\n" + START + f"admin 18:05:12 [41] importing {A}\n" + MOVER + REFUSED
    )
    there = [log for log in WRITERS if log != "nbstserv"]
    found = traced(failed, small_talk(last="19:00", logs=there))
    row = found.images.row(0, named=True)

    assert (row["verdict"], row["step_states"], row["attempts"]) == ("undetermined", "DDUUUUUU", 1)
    first = found.steps.filter(found.steps["attempt"] == 1)["state"].to_list()
    assert first[5] == "failed"
    assert state(traced, failed, small_talk(last="23:00", logs=there))[0] == "failed"
    assert state(traced, failed, small_talk(last="19:00"))[0] == "failed"
