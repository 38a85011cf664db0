"""Job ids are one domain's own, and come again after years: what is known of an image does not hang on them."""

from __future__ import annotations

import polars as pl
import pytest

COLUMNS = ("job_ids", "verdict", "failed_step", "status_code", "step_states", "attempts")
ID = r"([A-Za-z0-9][A-Za-z0-9._-]*_[0-9]{10})"


@pytest.fixture(scope="module", params=["plain", "terse"])
def night(request, make_night):
    """Return a night in a dialect of many words, and in one of few."""
    return make_night(dialect=request.param)


def outcome(images, *, twins=False):
    """Return what is known of each image of the night, or of its twins."""
    rows = images.filter(pl.col("image_id").str.starts_with("twin.") == twins)
    return {
        row["image_id"].removeprefix("twin."): [row[name] for name in COLUMNS] for row in rows.iter_rows(named=True)
    }


def of_twins(night, known):
    """Return what must be known of the twins of images of which this is known."""
    to = numbers(night)
    return {image: [[to[job] for job in jobs], *rest] for image, (jobs, *rest) in known.items()}


def numbers(night):
    """Return for each job of the night the number that it gets in its twin: another job's."""
    jobs = sorted({job for image in night.truth.images for job in image.job_ids})
    return dict(zip(jobs, jobs[len(jobs) // 3 :] + jobs[: len(jobs) // 3], strict=True))


def twin(night, later=0):
    """Return the same night again, of other images: the same job ids, each of another job, and the same processes."""
    swapped = {rf"{job}": f"{other}" for job, other in numbers(night).items()}
    texts = pl.col("message", "context").str.replace_many(swapped)
    entries = night.entries.with_columns(texts, time=pl.col("time") + pl.duration(days=later))
    entries = entries.with_columns(pl.col("message").str.replace_all(ID, "twin.$1"))
    shift = night.logs["log_id"].max() + 1
    logs = night.logs.with_columns(pl.col("log_id") + shift, path="twin/" + pl.col("path"))
    return entries.with_columns(pl.col("log_id") + shift), logs


def together(night, entries, logs):
    """Return the images of the night and of its twin in one bundle."""
    columns = night.entries.columns
    return night.traced(
        pl.concat([night.entries, entries.select(columns).cast(dict(night.entries.schema))]),
        pl.concat([night.logs, logs.cast(dict(night.logs.schema))]),
    )


def test_two_domains_of_equal_job_ids(night):
    """Two primaries whose jobs have the same numbers at the same time, in one bundle, say of each image what each says alone."""
    alone = outcome(night.traced(night.entries))
    entries, logs = twin(night)
    site = night.logs["host"][0].partition("-")[0]
    entries = entries.with_columns(pl.col("message", "context").str.replace_all(site, "elsewhere", literal=True))
    logs = logs.with_columns(pl.col("host").str.replace(site, "elsewhere", literal=True))

    both = together(night, entries, logs)

    assert outcome(both) == alone
    assert outcome(both, twins=True) == of_twins(night, alone)


def test_numbers_that_come_again(night):
    """Jobs whose numbers come again two years later are other jobs."""
    alone = outcome(night.traced(night.entries))

    both = together(night, *twin(night, later=730))

    assert outcome(both, twins=True) == of_twins(night, alone)
    finished = {image: known for image, known in alone.items() if known[1] in {"imported", "failed"}}
    assert {image: known for image, known in outcome(both).items() if image in finished} == finished
