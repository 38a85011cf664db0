"""What can be known of an image, given what its lines showed."""

from __future__ import annotations

import pytest

from nbtrace.simulator.hosts import Clock, Host
from nbtrace.simulator.truth import Image, settle
from nbtrace.simulator.world import Volume


@pytest.fixture
def image():
    """Return an image that nothing is known of yet."""
    return Image("a_1795200000", "x", "slp", Volume("s", "v", "p", "@aaaab"), Host("m", "media", Clock("UTC"), 1), "p")


def told(image, last, *, but=()):
    """Let an image do its steps up to the last one, with lines for all of them but some."""
    for step in range(1, last + 1):
        image.done.add(step)
        if step not in but:
            image.note("h/log", step, kept=True, named=True, links=step >= 4, fails=False)


def test_imported(image):
    """An image whose every step is shown is imported."""
    told(image, 8)

    assert (settle(image, lambda *_: True).verdict, settle(image, lambda *_: True).step_states) == ("imported", "D" * 8)


def test_missing_and_unseen_differ(image):
    """A step that no log was ever told of is missing; one that only a removed log tells of is unseen."""
    told(image, 8, but=(2, 5))
    image.note("h/gone", 5, kept=False, named=True, links=False, fails=False)

    assert settle(image, lambda *_: True).step_states == "DMDDUDDD"


def test_a_job_counts_only_where_it_is_tied_to_the_image(image):
    """What a job's lines show of a step is known of the image only if some line ties the two."""
    told(image, 3)
    image.done |= {4, 5, 6, 7, 8}
    for step in (4, 5, 6, 7, 8):
        image.note("h/nbjm", step, kept=True, named=False, links=False, fails=False)
    assert settle(image, lambda *_: True).verdict == "undetermined"
    assert settle(image, lambda *_: True).step_states == "DDDUUUUU"

    image.note("h/nbstserv", 3, kept=True, named=True, links=True, fails=False)
    assert settle(image, lambda *_: True).verdict == "imported"


def test_overdue_needs_the_log(image):
    """A stalled image is overdue only where a log of that step is in the bundle."""
    told(image, 2)
    image.end("stalled", 3, cause="NBT102")

    seen, unseen = settle(image, lambda *_: True), settle(image, lambda _, step: step != 3)
    assert (seen.verdict, seen.failed_step, seen.step_states) == ("stalled", 3, "DDO-----")
    assert (unseen.verdict, unseen.failed_step, unseen.step_states) == ("undetermined", None, "DDUUUUUU")
    assert (unseen.happened, unseen.cause) == ("stalled", None)


def test_a_failure_must_be_told(image):
    """A failure is known only where a line of the bundle tells it."""
    told(image, 6)
    image.end("failed", 7, 83, "NBT207")
    assert settle(image, lambda *_: True).verdict == "undetermined"

    image.note("m/bpdm", 7, kept=True, named=True, links=True, fails=True)
    known = settle(image, lambda *_: True)
    assert (known.verdict, known.status_code, known.step_states) == ("failed", 83, "DDDDDDF-")


def test_the_last_attempt_counts(image):
    """What an earlier attempt showed of its later steps is not known of the last one."""
    told(image, 6)
    image.attempt(2)
    image.end("in_progress")

    assert settle(image, lambda *_: True).step_states == "DDDW----"
    assert image.jobs == [2]
