"""From entries to traces."""

from __future__ import annotations

import polars as pl

from nbtrace.tables import EVIDENCE, IMAGES, JOBS, STEPS


def test_an_import_from_end_to_end(traced, imported, clock):
    """An image that passed all eight steps is imported, with its job and the times of its first and last line."""
    found = traced(imported).images.row(0, named=True)

    assert (found["image_id"], found["verdict"], found["step_states"]) == ("a_1795188184", "imported", "DDDDDDDD")
    assert (found["job_ids"], found["attempts"], found["status_code"]) == ([815], 1, None)
    assert (found["first_time"], found["last_time"]) == (clock("18:00"), clock("18:05:35"))
    assert (found["client"], found["primary"], found["media_server"]) == ("a", "primary", "media1")


def test_tables_keep_their_contract(traced, imported):
    """All four tables have the columns and types that the other stages rely on."""
    trace = traced(imported)

    for table, frame in ((IMAGES, trace.images), (JOBS, trace.jobs), (STEPS, trace.steps), (EVIDENCE, trace.evidence)):
        assert table.check(frame) is frame


def test_nothing_of_imports(traced):
    """Logs that hold no import give tables without rows."""
    trace = traced("nbjm 18:00 backup jobid=7 ended with status 0")

    assert trace.images.is_empty()
    assert trace.jobs.is_empty()
    assert trace.steps.is_empty()


def test_every_record_of_an_image_is_kept(traced, imported):
    """Each line about the image is in the evidence, whether it shows a step or not."""
    trace = traced(imported + "bpdm 18:05:32 [5001] something that nobody knows\n")

    assert trace.evidence.height == 17
    unknown = trace.evidence.filter(pl.col("message") == "something that nobody knows").row(0, named=True)
    assert (unknown["step"], unknown["outcome"], unknown["bound"]) == (None, "progress", "session")
