"""What can be known of an image, given what its lines showed."""

from __future__ import annotations

import pytest

from nbtrace.simulator.hosts import Clock, Host
from nbtrace.simulator.night import Line
from nbtrace.simulator.truth import JOB_END, Image, Note, settle
from nbtrace.simulator.world import Volume

MINUTE = 60_000
UNTIL = 600 * MINUTE


@pytest.fixture
def image():
    """Return an image that nothing is known of yet, with one job."""
    volume, media = Volume("s", "v", "p", "@aaaab"), Host("m", "media", Clock("UTC"), 1)
    return Image("a_1795200000", "x", "slp", volume, media, "p", jobs=[1])


def note(image, step, *, kept=True, job=1, tied=True, place="h/log", **rest):
    """Note a line that shows a step, a minute after the one before; ``tied``: its process names the job."""
    line = Line(step * MINUTE, place, b"", kept=kept)
    image.notes.append(Note(line, job, step, ties=(Line(0, place, b"", kept=tied),), **rest))


def told(image, last, *, but=()):
    """Let an image do its steps up to the last one, a minute each, with lines for all of them but some."""
    for step in range(1, last + 1):
        image.done[step] = step * MINUTE
        if step not in but:
            note(image, step)


def known(image, watched=lambda *_: True):
    """Return what can be known of the image."""
    return settle(image, watched, UNTIL)


def test_imported(image):
    """An image whose every step is shown is imported."""
    told(image, 8)

    assert (known(image).verdict, known(image).step_states) == ("imported", "D" * 8)


def test_missing_and_unseen_differ(image):
    """A step that no log was ever told of is missing; one that only a lost line tells of is unseen."""
    told(image, 8, but=(2, 6))
    note(image, 6, kept=False)

    assert known(image).step_states == "DMDDDUDD"


def test_missing_needs_a_log_that_listened(image):
    """A step that no log was told of is missing only where its log listened from the step before to the step after."""
    told(image, 8, but=(2,))
    asked = []

    assert known(image, lambda *span: asked.append(span[1:]) or False).step_states == "DUDDDDDD"
    assert asked == [(2, 1 * MINUTE, 3 * MINUTE)]


def test_a_job_counts_only_where_it_is_tied_to_the_image(image):
    """What a job's lines show of a step is known of the image only if some line ties the two."""
    told(image, 3)
    image.notes[2] = image.notes[2]._replace(ties=())
    for step in (4, 5, 6, 7, 8):
        image.done[step] = step * MINUTE
        image.notes.append(Note(Line(step * MINUTE, "h/nbjm", b""), 1, step, named=False))
    image.notes = [each._replace(ties=()) for each in image.notes]
    assert (known(image).verdict, known(image).step_states) == ("undetermined", "DDDUUUUU")
    assert known(image).job_ids == []

    note(image, 3)
    assert (known(image).verdict, known(image).job_ids) == ("imported", [1])


def test_a_tie_needs_the_line_that_names_the_job(image):
    """A process whose lines that name the job are lost ties nothing, whatever images it names."""
    image.done[1] = MINUTE
    note(image, 1, tied=False)

    assert known(image).job_ids == []
    assert known(image).jobs_happened == [1]


def test_a_process_that_speaks_has_started(image):
    """Where the line of its start is lost, any other line of bpimport proves that it was started."""
    told(image, 8, but=(4,))
    note(image, 4, kept=False)
    assert known(image).step_states == "DDDUDDDD"

    note(image, 8, place="h/admin")
    assert known(image).step_states == "DDDDDDDD"


def test_what_only_bpdbm_names_is_no_known_import(image):
    """Where nothing is left of an image but what bpdbm says, the same might be said of one that somebody imports by hand."""
    for step in range(1, 9):
        image.done[step] = step * MINUTE
    note(image, 8, place="h/bpdbm", tied=False)
    assert (known(image).verdict, known(image).logs) == ("undetermined", {})

    note(image, 1, tied=False)
    assert known(image).verdict == "imported"


def test_overdue_needs_the_log(image):
    """A stalled image is overdue only where a log of that step listened until it was due."""
    told(image, 2)
    image.end("stalled", 3, cause="NBT102")
    asked = []

    seen, unseen = known(image), known(image, lambda *span: asked.append(span[1:]) or False)
    assert (seen.verdict, seen.failed_step, seen.step_states) == ("stalled", 3, "DDO-----")
    assert (unseen.verdict, unseen.failed_step, unseen.step_states) == ("undetermined", None, "DDUUUUUU")
    assert (unseen.happened, unseen.cause) == ("stalled", None)
    assert asked == [(3, 2 * MINUTE, 42 * MINUTE)]


def test_an_overdue_job_needs_who_tells_of_its_end(image):
    """Where nobody listened who would tell that the job ended in its queue, nobody knows that its step is overdue."""
    told(image, 3)
    image.end("stalled", 4, cause="NBT102")

    assert known(image).step_states == "DDDO----"
    assert known(image, lambda _host, step, *_: step != JOB_END).step_states == "DDDUUUUU"


def test_waiting_needs_the_log_to_the_end(image):
    """An image is still in progress only where a log of the next step listens until the night ends."""
    told(image, 2)
    image.end("in_progress")
    asked = []

    assert known(image).step_states == "DDW-----"
    assert known(image, lambda *span: asked.append(span[1:]) or False).verdict == "undetermined"
    assert asked == [(3, 2 * MINUTE, UNTIL)]


def test_a_failure_must_be_told(image):
    """A failure is known only where a line of the bundle tells it, its status only where this tells it."""
    told(image, 6)
    image.end("failed", 6, 2074, "NBT206")
    image.job_status = 800
    del image.done[6]
    image.notes.pop()
    assert known(image).verdict == "undetermined"

    note(image, 6, fails=True, code=800)
    assert (known(image).verdict, known(image).status_code, known(image).step_states) == ("failed", 800, "DDDDDF--")

    note(image, 6, fails=True, code=2074)
    assert known(image).status_code == 2074


def test_the_last_attempt_counts(image):
    """What an earlier attempt showed of its later steps is not known of the last one."""
    told(image, 6)
    image.again()
    image.jobs.append(2)
    image.done[3] = 60 * MINUTE
    note(image, 3, job=2)
    image.end("in_progress")

    assert known(image).step_states == "DDDW----"
    assert known(image).job_ids == [1, 2]


def test_an_attempt_that_nothing_shows_is_not_known(image):
    """Where no line of the bundle shows that another attempt was begun, the one before it is all that can be known."""
    told(image, 6)
    note(image, 7, fails=True, code=85)
    image.end("failed", 7, 85, "NBT207")
    image.again()
    image.jobs.append(2)
    image.done[3] = 60 * MINUTE
    image.end("in_progress")
    note(image, 3, job=2, kept=False)
    unseen = known(image)
    assert (unseen.verdict, unseen.status_code, unseen.step_states) == ("failed", 85, "DDDDDDF-")
    assert (unseen.happened, unseen.jobs_happened) == ("in_progress", [1, 2])

    note(image, 3, job=2)
    assert (known(image).verdict, known(image).step_states) == ("in_progress", "DDDW----")
