"""Logs that end while a failed image is tried again: its failure is not the last word on it."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from nbtrace.analysis import analyze
from nbtrace.simulator import Options, simulate

SECOND = timedelta(seconds=1)


@pytest.fixture(scope="module", params=["plain", "other", "terse"])
def night(request, make_night):
    """Return a night with many second attempts, in one of the dialects."""
    return make_night(
        dialect=request.param, scenarios=("second_attempt", "imported_alone", "imported_batch"), images=60
    )


def retried(night):
    """Yield for each image of two attempts: its id, the end of the first, the batch of the second, and its first word of a job."""
    said = night.entries.filter(pl.col("time").is_not_null())
    for image in night.truth.images:
        if len(image.job_ids) < 2:
            continue
        jobs = [
            said.filter((pl.col("message") + " " + pl.col("context")).str.contains(rf"\b{job}\b"))
            for job in image.job_ids
        ]
        own = said.filter(pl.col("message").str.contains(image.image_id, literal=True))
        ended, begun = jobs[0]["time"].max(), jobs[1]["time"].min()
        batch = own.filter((pl.col("time") > ended + 60 * SECOND) & (pl.col("time") < begun))["time"]
        if batch.len():
            yield image.image_id, ended, batch.max(), begun


def test_the_batch_is_the_last_that_is_heard(night):
    """Where the logs end after an image was put into a batch again, it is on its way in a second attempt."""
    found = {}
    for image, _, batch, _ in retried(night):
        cut = night.entries.filter(pl.col("time") <= batch)
        rows = night.traced(cut).filter(pl.col("image_id") == image)
        found[image] = rows.select("verdict", "attempts").row(0)

    assert len(found) >= 3
    assert found == dict.fromkeys(found, ("in_progress", 2))


def test_nothing_is_heard_of_the_retry(night):
    """Where the logs end before anybody tries again, the failure stands."""
    for image, ended, batch, _ in list(retried(night))[:3]:
        cut = night.entries.filter(pl.col("time") <= max(ended, batch - 60 * SECOND))
        row = night.traced(cut).filter(pl.col("image_id") == image).row(0, named=True)
        assert (row["verdict"], row["attempts"]) == ("failed", 1)


def test_the_job_of_the_retry_is_not_heard(night):
    """Where only the batch of a retry is heard and hours go by, the failure stands, with two attempts."""
    for image, _, batch, _ in list(retried(night))[:3]:
        own = pl.col("message").str.contains(image, literal=True)
        kept = night.entries.filter(~own | (pl.col("time") <= batch))
        later = kept.filter((pl.col("time") <= batch) | (pl.col("time") > batch + 2 * 3600 * SECOND))
        row = night.traced(later).filter(pl.col("image_id") == image).row(0, named=True)
        assert row["verdict"] in {"failed", "in_progress"}
        assert row["failed_step"] != 4


@pytest.mark.parametrize("without", [("importmgr",), ("nbjm", "admin", "nbpem", "bpdm")])
@pytest.mark.parametrize("dialect", ["calls", "plain"])
def test_a_retry_is_known_although_logs_are_missing(dialect, without, tmp_path):
    """What puts an image into a batch again is a retry, also where other logs or a list only tell of the first job."""
    options = Options(
        images=24,
        seed=502,
        dialect=dialect,
        scenarios=("retry_begun", "imported_alone"),
        listings=("nbsu",),
        without=without,
    )
    truth = simulate(tmp_path / "bundle", options)
    told = dict(analyze([tmp_path / "bundle"]).images.select("image_id", "verdict").iter_rows())
    begun = [told[image.image_id] for image in truth.images if image.scenario == "retry_begun"]

    assert len(begun) > 1
    assert "failed" not in begun


def test_the_failure_before_an_unseen_retry_is_told(night):
    """Without the log of who makes the batches nobody can tell of a retry; step and status of the failure stay known."""
    names, told = ("failed_step", "status_code"), 0
    batches = night.logs.filter(pl.col("log") == "nbstserv")["log_id"]
    for image, ended, batch, _ in list(retried(night))[:3]:
        cut = night.entries.filter(pl.col("time") <= max(ended, batch - 60 * SECOND))
        less = cut.filter(~pl.col("log_id").is_in(batches.implode()))
        full, dark = (night.traced(rows).filter(pl.col("image_id") == image).row(0, named=True) for rows in (cut, less))
        assert full["verdict"] == "failed"
        assert dark["verdict"] == "undetermined"
        assert [dark[name] for name in names] == [full[name] for name in names]
        told += dark["status_code"] is not None

    assert told
