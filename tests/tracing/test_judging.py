"""Verdicts: where each image stands."""

from __future__ import annotations

import pytest

from tests.tracing.conftest import BATCH, END, EVENT, FLOW, INSERT, MOVER, RESOURCES, WRITERS, A

WITNESS = ("nbrmms", "importmgr", "nbstserv", "nbjm", "bpdm", "bpdm", "bpdm", "bpdbm")  # that only the step needs


def upto(number):
    """Return the story of an image that passed so many steps."""
    return "".join(FLOW[:number])


def state(traced, text, talk=None):
    """Return verdict, step states, failed step and status code of the one image of a story."""
    row = next(row for row in traced(text, talk).images.iter_rows(named=True) if row["image_id"] == A)
    return row["verdict"], row["step_states"], row["failed_step"], row["status_code"]


def others():
    """Return five more images that were imported the same way, so that one knows which log shows what."""
    whole = "".join((*FLOW, END))
    return "".join(
        whole.replace(A, f"o_179518810{n}").replace("815", f"90{n}").replace("[4", f"[{n}4").replace("[5", f"[{n}5")
        for n in range(1, 6)
    )


def test_imported_by_its_job(traced):
    """A job that ended with 0 has imported its image, also where no word is said of the image itself."""
    assert state(traced, upto(7) + END) == ("imported", "DDDDDDDD", None, None)


def test_imported_by_words(traced):
    """An image that bpdbm validated is imported, also where the end of its job is not in the logs."""
    assert state(traced, upto(8)) == ("imported", "DDDDDDDD", None, None)


def test_arrived_although_its_job_is_not_known(traced, small_talk):
    """An image that bpdbm validated is imported, also where the records that tie it to a job are lost; no step is missing."""
    arrived = "bpdbm 18:05:32 [61] image " + A + " is validated and added to the catalog\n"
    verdict, states, *_ = state(traced, upto(2) + arrived + others(), small_talk())

    assert (verdict, states[3], states[7]) == ("imported", "U", "D")


@pytest.mark.parametrize(("status", "verdict", "tries"), [(2074, "failed", 2), (0, "imported", 1)])
def test_arrived_after_its_job(traced, small_talk, status, verdict, tries):
    """An image that is validated long after its job failed was tried again; after one that did not, this is no news."""
    ended = f"nbjm 18:05:34 jobid=815 ended with status {status}\n"
    arrived = f"bpdbm 19:32:32 [61] image {A} is validated and added to the catalog\n"
    images = traced(upto(6) + ended + arrived + others(), small_talk()).images.filter(image_id=A)

    assert state(traced, upto(6) + ended + others(), small_talk())[0] == verdict
    assert images.select("verdict", "attempts").rows() == [("imported", tries)]


def test_what_was_refused_is_not_there(traced):
    """What bpdbm refused without a job that is known is no arrival."""
    refused = f"bpdbm 18:05:32 [61] <16> cannot validate image {A}, status 227\n"

    assert state(traced, upto(2) + refused + others())[0] != "imported"


def test_stalled_at_the_record(traced):
    """An event without a record within its time is overdue at step 2, where other images show that there are records."""
    assert state(traced, upto(1) + others()) == ("stalled", "DO------", 2, None)
    assert state(traced, upto(1))[0] == "undetermined"


def test_stalled_before_the_batch(traced):
    """A record without a batch is overdue at step 3, where other images show that batches name their images."""
    assert state(traced, upto(2) + others()) == ("stalled", "DDO-----", 3, None)
    assert state(traced, upto(2))[0] == "undetermined"


def test_stalled_in_the_queue(traced):
    """A job that never starts bpimport is overdue at step 4."""
    assert state(traced, upto(3)) == ("stalled", "DDDO----", 4, None)


def test_stalled_before_the_mover(traced):
    """A bpimport without bpdm is overdue at step 5."""
    assert state(traced, upto(4)) == ("stalled", "DDDDO---", 5, None)


def test_no_witness_of_words_only(traced):
    """Where only words would show a step, and no image of the bundle shows them, its absence means nothing."""
    assert state(traced, upto(5)) == ("undetermined", "DDDDDUUU", None, None)


def test_the_end_of_a_job_that_nobody_understands(traced):
    """Where no end of any job is understood, an import that nobody ends in words is undetermined, not stalled."""
    assert state(traced, upto(7)) == ("undetermined", "DDDDDDDU", None, None)


def test_the_end_of_a_job_that_does_not_come(traced):
    """Where the end of another command is understood, an import without one is overdue at step 8."""
    other = "admin 18:00:00 [9] bplist -jobid 3\nadmin 18:00:01 [9] EXITING with status 0\n"

    assert state(traced, upto(7) + other) == ("stalled", "DDDDDDDO", 8, None)


@pytest.mark.parametrize(
    ("passed", "until", "states"),
    [(1, "18:03", "DW------"), (2, "18:30", "DDW-----"), (3, "18:40", "DDDW----"), (4, "18:08", "DDDDW---")],
)
def test_in_progress(traced, small_talk, passed, until, states):
    """Where the logs end before the next step is due the image is in progress."""
    assert state(traced, upto(passed), small_talk(last=until)) == ("in_progress", states, None, None)


@pytest.mark.parametrize("passed", [1, 2])
def test_a_log_that_is_not_there(traced, small_talk, passed):
    """Without the log that would show the next step nobody can tell, whether it is due or not."""
    there = [log for log in WRITERS if log != WITNESS[passed]]

    for last in ("18:02", "23:00"):
        verdict, states, *_ = state(traced, upto(passed), small_talk(last=last, logs=there))
        assert (verdict, states) == ("undetermined", "D" * passed + "U" * (8 - passed))


def test_a_log_that_ends_early(traced, small_talk):
    """A log that stops before the step was due tells nothing of it."""
    there = [log for log in WRITERS if log != "nbstserv"]
    talk = small_talk(logs=there) + "\n" + small_talk(last="18:01", logs=["nbstserv"])

    assert state(traced, upto(2), talk)[:2] == ("undetermined", "DDUUUUUU")


def test_a_step_left_out(traced):
    """A step that its log does not show, as it does of other images, is missing where a later one is proven."""
    story = upto(8).replace(INSERT, "") + END

    assert state(traced, story + others())[:2] == ("imported", "DMDDDDDD")
    assert state(traced, story)[:2] == ("imported", "DUDDDDDD")


def test_words_that_may_have_been_the_step(traced):
    """Where the step's daemon says something of the image in words that nobody knows, nothing is called missing."""
    story = EVENT + f"nbstserv 18:04 blah {A}\n" + "".join(FLOW[3:]) + END

    assert state(traced, story + others())[:2] == ("imported", "DMDDDDDD")


def test_a_step_that_cannot_be_seen(traced, small_talk):
    """A step whose log is not there is unseen, although a later one is proven."""
    there = [log for log in WRITERS if log != "importmgr"]

    assert state(traced, upto(8).replace(INSERT, "") + END, small_talk(logs=there))[:2] == ("imported", "DUDDDDDD")


@pytest.mark.parametrize(
    ("story", "states", "step", "code"),
    [
        (upto(1) + f"importmgr 18:00:10 cannot insert record {A}, status 1532", "DF------", 2, 1532),
        (upto(2) + f"nbstserv 18:05 cannot batch {A}, status 1534", "DDF-----", 3, 1534),
        (upto(4) + "admin 18:05:15 [41] cannot start bpdm, status 58", "DDDDF---", 5, 58),
        (upto(4) + "nbjm 18:05:50 jobid=815 ended with status 27", "DDDDF---", 5, 27),
        (upto(5) + "bpdm 18:05:25 [51] resource request failed, status 800 (2074)", "DDDDDF--", 6, 2074),
        (upto(6) + f"bpdm 18:05:31 [51] cannot read image {A}, status 85", "DDDDDDF-", 7, 85),
        (upto(7) + f"bpdbm 18:05:32 refused image {A}, status 228", "DDDDDDDF", 8, 228),
        (upto(7) + f"bpdm 18:05:32 [51] image {A} is refused, status 228", "DDDDDDDF", 8, 228),
        (upto(6) + f"bpdm 18:05:31 [51] ERR - broken image {A}", "DDDDDDF-", 7, None),
    ],
)
def test_failed(traced, story, states, step, code):
    """An image fails at the step of the record that says so, as far as the code's knowledge agrees."""
    assert state(traced, story) == ("failed", states, step, code)


def test_the_cause_before_the_sum(traced):
    """The code that tells the cause wins over the job's status, which only sums up."""
    story = (
        upto(6) + f"bpdm 18:05:31 [51] cannot read image {A}, status 83\nadmin 18:05:35 [41] EXITING with status 1\n"
    )

    assert state(traced, story) == ("failed", "DDDDDDF-", 7, 83)


def test_only_the_end_tells_the_failure(traced):
    """Where nothing but the job's own status is known, it is the code of the failure."""
    assert state(traced, upto(7) + "admin 18:05:35 [41] EXITING with status 227\n")[::3] == ("failed", 227)


def test_a_job_that_failed_in_part(traced):
    """A status of 1 does not say which image failed: without another word about it, nobody can tell."""
    assert state(traced, upto(7) + "admin 18:05:35 [41] EXITING with status 1\n")[0] == "undetermined"
    assert state(traced, upto(8) + "admin 18:05:35 [41] EXITING with status 1\n")[0] == "imported"


def test_what_came_after_words_of_failure_beats_them(traced):
    """An image of a batch that ended in part is imported where bpdbm says so after words that sound like a failure."""
    afraid = f"nbstserv 18:05:01 image {A} had errors before\n"
    ended = "admin 18:05:35 [41] EXITING with status 1\n"

    assert state(traced, upto(3) + afraid + "".join(FLOW[3:]) + ended)[:2] == ("imported", "DDDDDDDD")


def test_a_process_that_ends_with_the_status_of_another_image(traced):
    """With the failure of one image of a batch the process ends; those that it had read before have not failed by it."""
    mate = "mate_1795188185"
    batch = f"nbstserv 18:04:00 image {mate} added to import batch, jobid=815\n"
    failed = f"bpdm 18:05:31 [51] cannot read image header of {mate}, status 85\n"
    left = "bpdm 18:05:32 [51] EXITING with status 85\n"
    talk = "\n".join(f"{log} {time} [9] idle" for log in WRITERS if log != "bpdbm" for time in ("17:00", "19:00"))

    read = upto(3) + batch + "".join(FLOW[3:7]) + failed + left
    assert state(traced, read, talk)[:3] == ("undetermined", "DDDDDDDU", None)
    unread = upto(3) + batch + "".join(FLOW[3:6]) + failed + left
    assert state(traced, unread, talk) == ("failed", "DDDDDDF-", 7, 85)


def test_words_of_failure_that_images_survive(traced, small_talk):
    """What is also said of images that were imported is no failure; said of no others it is one."""
    afraid = "nbjm 18:05:03 jobid=815 is born, errors are expected\n"
    words = upto(3) + afraid
    survived = others().replace("nbjm 18:05:10", "nbjm 18:05:03 jobid=900 is born, errors are expected\nnbjm 18:05:10")
    for number in range(1, 6):
        survived = survived.replace("jobid=900", f"jobid=90{number}", 1)

    assert state(traced, words + survived, small_talk())[0] == "stalled"
    assert state(traced, words + others(), small_talk())[:2] == ("failed", "DDF-----")


def test_an_end_in_words_that_nobody_understands(traced, small_talk):
    """Where no end of an import is understood, last words that nobody understands may be one: no image stalls for that."""
    talk = small_talk() + "\nadmin 18:00:00 [9] bplist -jobid 3\nadmin 18:00:01 [9] EXITING with status 0"
    bye = "nbjm 18:05:40 jobid=815 xyzzy\nnbpem 18:05:41 jobid=815 xyzzy\n"

    assert state(traced, upto(7), talk)[0] == "stalled"
    assert state(traced, upto(7) + bye, talk)[:2] == ("undetermined", "DDDDDDDU")
    ended = "".join(f"nbjm 18:05:40 jobid=90{n} ended with status 0\n" for n in range(1, 6))
    assert state(traced, upto(7) + bye + others() + ended, talk)[0] == "stalled"


def test_a_failure_that_was_overcome(traced):
    """What failed before a later step was done did not stop the image."""
    story = upto(4) + "admin 18:05:15 [41] cannot reach bpdm, status 58\n" + "".join(FLOW[4:])

    assert state(traced, story)[:2] == ("imported", "DDDDDDDD")


def test_the_last_attempt_decides(traced):
    """An image that a second job imported is imported, in two attempts."""
    first = (
        upto(6) + f"bpdm 18:05:31 [51] cannot read image {A}, status 85\nadmin 18:05:35 [41] EXITING with status 85\n"
    )
    second = (
        "".join((BATCH, *FLOW[3:], END))
        .replace("815", "900")
        .replace("18:05", "18:35")
        .replace("[4", "[14")
        .replace("[5", "[15")
    )
    row = traced(first + second).images.row(0, named=True)

    assert (row["verdict"], row["attempts"], row["job_ids"]) == ("imported", 2, [815, 900])


def test_records_without_time(traced):
    """An image of which no record has a time cannot be judged, and nothing breaks."""
    assert state(traced, f"nbrmms - event {A}")[0] == "undetermined"


def test_the_media_server_that_a_message_names(traced, small_talk):
    """Where a message names the media server, only the log of that host can tell what is missing there."""
    named = upto(4) + "admin 18:05:12 [41] starting bpdm, media_server=media-2.example\n"
    talk = small_talk() + "\n" + small_talk(logs=["bpdm"]).replace("bpdm ", "bpdm@media2 ")

    assert state(traced, named, talk)[0] == "undetermined"
    assert state(traced, named.replace("media-2", "media1"), talk)[0] == "stalled"


def test_a_backup_of_a_policy_that_is_called_import_is_none(traced):
    """The name of a policy makes no import of a backup that says what it is."""
    text = "nbjm 18:05:00 starting backup job, policy Import-DB, jobid=9, backupid c1_1795188184\n"

    assert traced(text + "nbjm 18:06:00 jobid=9 ended with status 0\n").images.is_empty()


def test_a_log_of_errors_only_does_not_prove_that_nothing_happened(traced):
    """Where the logs of a step hold nothing but errors and no image shows the step, its absence means nothing."""
    terse = "".join(f"{log} {time} <16> - trouble\n" for log in ("admin", "nbjm") for time in ("18:00:00", "23:00:00"))

    assert (
        state(traced, EVENT + INSERT + "nbstserv 18:05:00 image " + A + " added to import batch\n", terse)[0]
        == "undetermined"
    )


def test_nobody_would_tell_of_the_end(traced, small_talk):
    """Where neither nbjm nor nbpem is there, a job without its next step may have failed: nobody can tell."""
    story = upto(4).replace("nbjm", "nbemm")
    silent = small_talk(logs=[log for log in WRITERS if log not in {"nbjm", "nbpem"}])

    assert state(traced, story, silent)[0] == "undetermined"
    assert state(traced, story, silent + "\n" + small_talk(logs=["nbpem"]))[:2] == ("stalled", "DDDDO---")


def test_a_log_that_never_shows_a_step_does_not_wait_for_it(traced, small_talk):
    """Where a log showed the step for none of the images that passed it, nobody can say that the image waits for it."""
    blind = others().replace("bpdm 18:05:20", "nbrb 18:05:20")  # no opening of bpdm, nothing but what follows
    blind = "\n".join(line for line in blind.splitlines() if "bpdm" not in line)
    talk = small_talk(last="18:08")

    assert state(traced, upto(4) + others(), talk)[:2] == ("in_progress", "DDDDW---")
    assert state(traced, upto(4) + blind, talk)[0] == "undetermined"


def test_a_query_is_no_catalog_step(traced, small_talk):
    """What bpdbm is asked of an image while its job waits for resources is no step of its import."""
    query = f"bpdbm 18:06:00 [61] query for image {A}\n"

    assert state(traced, upto(3) + query + others(), small_talk(last="18:20")) == (
        "in_progress",
        "DDDW----",
        None,
        None,
    )


@pytest.mark.parametrize("words", ["bpimport of jobid=815 ended unexpectedly", "bpimport child gone, jobid=815"])
def test_a_child_that_died(traced, words):
    """A command that died after its start failed at what it was to bring about, not at its start."""
    died = f"nbjm 18:05:20 <16> {words}, status 27\n" + "nbjm 18:05:21 jobid=815 ended with status 27\n"

    assert state(traced, upto(4) + died + others()) == ("failed", "DDDDF---", 5, 27)


def test_what_unfortunately_did_not_start_did_not_die(traced):
    """A command that could not be started failed at its start, in whichever tone that is told."""
    failed = "nbjm 18:05:20 <16> unfortunately bpimport for jobid=815 could not be started, status 25\n"

    assert state(traced, upto(3) + failed + "nbjm 18:05:21 jobid=815 ended with status 25\n" + others())[1:3] == (
        "DDDF----",
        4,
    )


@pytest.mark.parametrize("words", ["bpimport of jobid=815 ended unexpectedly", "bpimport of jobid=815 is gone, exit"])
def test_a_child_that_died_after_a_start_that_nobody_saw(traced, words):
    """What died had been started, also where that stands in no log, and where the same words close the job."""
    died = f"nbjm 18:05:20 <16> {words} status 27\n" + "nbjm 18:05:21 jobid=815 ended with status 27\n"

    assert state(traced, upto(3) + died + others()) == ("failed", "DDDDF---", 5, 27)


@pytest.mark.parametrize("code", [27, 50, 63])
def test_a_code_that_says_that_a_process_died(traced, code):
    """Where the command's own log is missing and nobody says what died, the code does: the command had been started."""
    died = f"nbjm 18:05:20 <16> jobid=815 lost, status {code}\n" + f"nbjm 18:05:21 jobid=815 ended with status {code}\n"

    assert state(traced, upto(3) + died + others()) == ("failed", "DDDDF---", 5, code)


def test_who_begins_with_a_failure_has_begun(traced):
    """A process at a low level of logging is first heard when it fails: then it had been started."""
    story = upto(3) + MOVER + RESOURCES + f"admin 18:05:33 [41] <16> import of {A} failed, status 85, jobid=815\n"

    assert state(traced, story + others())[1][:6] == "DDDDDD"


def test_a_process_at_a_low_level_is_no_witness_of_its_beginning(traced, small_talk):
    """A log of processes that says nothing but warnings does not prove that a process was not started."""
    talk = "\n".join(
        line.replace(" [", " [", 1).replace("] idle", "] <8> idle") if line.startswith("admin") else line
        for line in small_talk().splitlines()
    )
    quiet = others().replace("] bpimport", "] <8> bpimport").replace("] EXITING", "] <8> EXITING")

    assert state(traced, upto(3) + quiet.replace("nbjm", "nbpem"), talk)[0] == "undetermined"


def test_a_size_that_looks_like_a_status_is_none(traced):
    """A number that a call returns is a status only where records like it return statuses."""
    sizes = "".join(
        f'bpdm 18:05:{30 + n} [{n}5] readHeader("o_179518810{n}") = {size}\n'
        for n, size in enumerate((14201, 2074, 9911), 1)
    )

    images = traced(others() + sizes).images
    assert set(images["verdict"]) == {"imported"}
