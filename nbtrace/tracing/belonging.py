"""Which records belong to which imported image: by name, by process run, by job."""

from __future__ import annotations

from typing import Final

import polars as pl

from nbtrace.flows import Flow
from nbtrace.tracing.words import says

__all__ = ["adopt", "bind", "import_jobs"]

_NEAR: Final = "6h"  # I: a run follows the batch of its image by hours at the most


def import_jobs(rows: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the jobs of the flow with the images that they carry: ``image_id``, ``job_id``, ``first``, ``last``.

    A row without a job stands for an image whose job is not known (``job_id`` null). An image is one of the flow when a
    speaker that anchors names it, when a submitting speaker speaks of importing it, or when a job of the flow carries
    it. Ordinary work of the same daemons is left out by its words and by its jobs.
    """
    named = rows.explode("images").rename({"images": "image_id"}).filter(pl.col("image_id").is_not_null())
    anchors = [speaker.name for speaker in flow.speaker if speaker.anchors]
    submits = [speaker.name for speaker in flow.speaker if speaker.submits]
    ours = ~says("other_work") | says("importing")
    anchored = named.filter(
        (pl.col("speaker").is_in(anchors) & ours) | (pl.col("speaker").is_in(submits) & says("importing") & ~says("manual"))
    )["image_id"].unique()
    jobs = _kinds(rows, flow, submits)
    pairs = named.filter(pl.col("job").is_not_null()).join(jobs, on="job", how="inner")
    known = pairs.filter(pl.col("work") == "import")["image_id"].unique()
    images = pl.concat([anchored, known]).unique().sort()
    ours_by_name = pairs.filter(pl.col("work") == "unknown").join(anchored.to_frame(), on="image_id", how="semi")
    carried = pl.concat([pairs.filter(pl.col("work") == "import"), ours_by_name]).select("image_id", job_id="job").unique()
    times = rows.filter(pl.col("job").is_not_null()).group_by(job_id="job").agg(first=pl.col("time").min(), last=pl.col("time").max())
    carried = carried.join(times, on="job_id", how="left")
    return images.to_frame().join(carried, on="image_id", how="left").sort("image_id", "first", "job_id")


def _kinds(rows: pl.DataFrame, flow: Flow, submits: list[str]) -> pl.DataFrame:
    """Return each job (``job``) with its ``work``: import, other or unknown, by the words of its records."""
    programs = [(speaker.name, speaker.program) for speaker in flow.speaker if speaker.program]
    runs_it = pl.any_horizontal(
        (pl.col("speaker") == name) & (pl.col("function").fill_null("") + " " + pl.col("message")).str.contains(program, literal=True)
        for name, program in programs
    )
    votes = rows.filter(pl.col("job").is_not_null()).group_by("job").agg(
        ours=says("importing").sum() + runs_it.sum(),
        others=(says("other_work") & ~says("importing")).sum(),
        typed=says("manual").any(),
        submitted=pl.col("speaker").is_in(submits).any(),
        begun=pl.col("time").min(),
    )
    # Where the logs of the submitting speakers cover the job's time, a job that none of them names was typed by hand.
    heard = rows.filter(pl.col("speaker").is_in(submits))["time"]
    covered = pl.col("begun").is_between(heard.min(), heard.max()) if heard.drop_nulls().len() else pl.lit(False)
    typed = ~pl.col("submitted") & (pl.col("typed") | covered)
    ours = (pl.col("ours") > 0) & (pl.col("ours") >= pl.col("others")) & ~typed
    none = (pl.col("ours") == 0) & (pl.col("others") == 0)
    return votes.select("job", work=pl.when(ours).then(pl.lit("import")).when(none).then(pl.lit("unknown")).otherwise(pl.lit("other")))


def bind(rows: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return the records that belong to an image, once for each image, with the attempt that they are part of.

    Adds ``image_id``, ``attempt`` (from 1, one a job in the order of time), ``job_id`` and ``bound``: named | session |
    job. A record that names images belongs to those only; one that names none belongs to all images of its job, and so
    does the opening of a run, which may name only the first of many.
    """
    jobs = carried.filter(pl.col("job_id").is_not_null()).with_columns(
        attempt=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("image_id", order_by=["first", "job_id"])
    )
    rows = rows.drop("job_id").rename({"job": "job_id"})
    named = rows.explode("images").rename({"images": "image_id"}).join(carried.select("image_id").unique(), on="image_id", how="semi")
    with_job = named.filter(pl.col("job_id").is_not_null()).join(jobs.select("image_id", "job_id", "attempt"), on=["image_id", "job_id"], how="inner")
    alone = named.filter(pl.col("job_id").is_null() & pl.col("session").is_null() & (~says("other_work") | says("importing")))
    alone = _by_time(alone, jobs)
    shared = rows.filter(((pl.col("images").list.len() == 0) | pl.col("opening")) & pl.col("job_id").is_not_null()).drop("images")
    shared = shared.join(jobs.select("image_id", "job_id", "attempt"), on="job_id", how="inner")
    shared = shared.join(with_job.select("entry", "image_id"), on=["entry", "image_id"], how="anti")
    bound = pl.when(pl.col("session").is_not_null()).then(pl.lit("session")).otherwise(pl.lit("job"))
    parts = [with_job.with_columns(bound=pl.lit("named")), alone.with_columns(bound=pl.lit("named")), shared.with_columns(bound=bound)]
    order = parts[0].columns
    return pl.concat([part.select(order) for part in parts]).sort("image_id", "attempt", "time", "log_id", "line", maintain_order=True)


def _by_time(alone: pl.DataFrame, jobs: pl.DataFrame) -> pl.DataFrame:
    """Give records that name an image but no job to the attempt that ran at their time; the first where none did."""
    starts = jobs.filter(pl.col("first").is_not_null()).select("image_id", "first", "attempt", running="job_id").sort("first")
    timed = alone.filter(pl.col("time").is_not_null()).sort("time")
    found = timed.join_asof(starts, left_on="time", right_on="first", by="image_id", check_sortedness=False).drop("first")
    found = pl.concat([found, alone.filter(pl.col("time").is_null())], how="diagonal")
    return found.with_columns(attempt=pl.col("attempt").fill_null(1).cast(pl.Int32), job_id=pl.col("running")).drop("running")


def adopt(rows: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Give runs that name images but no job to the job of their image that another run or daemon has named before.

    Runs whose words speak of other work are left alone.
    """
    loose = rows.filter(pl.col("session").is_not_null() & pl.col("session_job").is_null())
    fits = loose.group_by("session").agg(
        pl.col("images").list.explode().drop_nulls().first().alias("image_id"), first=pl.col("time").min(),
        other=(says("other_work") & ~says("importing")).any(), ours=says("importing").any(),
    ).filter(pl.col("image_id").is_not_null() & pl.col("first").is_not_null() & (pl.col("ours") | ~pl.col("other")))
    submits = [speaker.name for speaker in flow.speaker if speaker.submits or speaker.program]
    named = rows.filter(pl.col("job").is_not_null() & pl.col("time").is_not_null() & pl.col("speaker").is_in(submits))
    named = named.explode("images").select("time", image_id="images", adopted="job").drop_nulls().sort("time")
    found = fits.sort("first").join_asof(named, left_on="first", right_on="time", by="image_id", tolerance=_NEAR, check_sortedness=False)
    rows = rows.join(found.select("session", "adopted"), on="session", how="left", maintain_order="left")
    return rows.with_columns(job=pl.coalesce("job", "adopted")).drop("adopted")
