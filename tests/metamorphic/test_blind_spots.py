"""Which logs are there changes how much is known, never what happened."""

from __future__ import annotations

import pytest

from nbtrace.simulator import dialect_names

GAPS = "MO"
ANCHORS = ("nbrmms", "importmgr", "nbstserv")
DAEMONS = ("nbpem", "nbjm", "nbrb", "nbemm")


def found(night):
    """Return the images that are found, by id."""
    return {row["image_id"]: row for row in night.traced(night.entries).iter_rows(named=True)}


def false_gaps(night, images):
    """Return the states of the images in which a gap is claimed that is none."""
    true = {image.image_id: image.step_states for image in night.truth.images}
    pairs = [(true.get(image, ""), row["step_states"]) for image, row in images.items()]
    return [
        (was, said) for was, said in pairs if any(b in GAPS and a not in GAPS for a, b in zip(was, said, strict=False))
    ]


@pytest.mark.parametrize("dialect", dialect_names())
def test_a_process_that_died_unseen_is_not_stalled(make_night, dialect):
    """Without a log that would tell of a job's end, a bpimport that died is undetermined, not overdue."""
    scenarios = ("bpimport_died", "imported_alone", "imported_batch")
    night = make_night(dialect=dialect, scenarios=scenarios, images=40, without=("nbjm", "nbpem"))
    images = found(night)
    died = {image.image_id for image in night.truth.images if image.scenario == "bpimport_died"}

    assert {images[image]["verdict"] for image in died} <= {"failed", "undetermined"}
    assert "undetermined" in {images[image]["verdict"] for image in died}
    assert false_gaps(night, images) == []


@pytest.mark.parametrize("dialect", dialect_names())
def test_the_step_of_a_storage_error_without_the_mover(make_night, dialect):
    """A storage error ends the step that reads the storage, also where no log shows that there were resources."""
    night = make_night(
        dialect=dialect,
        scenarios=("storage_unreadable", "imported_alone"),
        images=20,
        without=("bpdm", "nbrb", "nbemm", "nbjm"),
    )
    images = found(night)
    failed = [image for image in night.truth.images if image.verdict == "failed"]

    assert failed
    assert {images[image.image_id]["failed_step"] for image in failed} == {7}


@pytest.mark.parametrize("dialect", dialect_names())
def test_records_that_nobody_understands_forbid_overdue_steps(make_night, dialect):
    """An image whose record was inserted in silence, and that is on its way, is not called overdue at its record."""
    scenarios = ("insert_unlogged", "imported_alone", "not_batched", "event_not_inserted")
    night = make_night(dialect=dialect, scenarios=scenarios, images=40)
    batched = {image.image_id for image in night.truth.images if image.scenario == "insert_unlogged"}
    ids = "|".join(batched)
    # Of those images nothing is heard but the event and what nbstserv says before there is a job.
    named = night.entries["message"].str.contains(ids.replace(".", r"\.")) if ids else None
    early = night.entries["daemon"].is_in(["nbrmms", "nbstserv", "import manager"]) & ~night.entries[
        "message"
    ].str.contains("(?i)job")
    images = {row["image_id"]: row for row in night.traced(night.entries.filter(~named | early)).iter_rows(named=True)}

    assert batched
    assert not {images[image]["step_states"] for image in batched} & {"DO------"}


@pytest.mark.parametrize("dialect", dialect_names())
@pytest.mark.parametrize(
    "without", [ANCHORS, (*ANCHORS, "nbpem", "nbjm"), (*ANCHORS, *DAEMONS)], ids=["anchors", "submits", "unified"]
)
def test_no_log_that_says_whose_work_it_is(make_night, dialect, without):
    """Where all logs are missing that name every image of the flow, its images are found, and ordinary work is none of it."""
    night = make_night(dialect=dialect, images=60, without=without, seed=104)
    images = found(night)

    assert set(images) == {image.image_id for image in night.truth.images}
    assert false_gaps(night, images) == []
