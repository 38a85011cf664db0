"""Words of failure that images survive: what is also said where jobs end well tells of no failure."""

from __future__ import annotations

from typing import Final

import polars as pl

from nbtrace.tracing.likeness import LEARNT, outline

__all__ = ["with_harmless"]

_KIND: Final = ("speaker", "function", "shape")


def with_harmless(rows: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return the records, in which ``outcome`` is `progress` where only words tell a failure, and others survived them.

    Several jobs ended with 0, or images were imported by such jobs at the first attempt, of which the same was said.

    Args:
        rows: the records with ``outcome`` and ``ending``.
        carried: the images with their jobs: image_id and job_id.
    """
    jobs = rows.filter(pl.col("ending") & pl.col("job").is_not_null() & (pl.col("images").list.len() == 0))
    well = jobs.group_by("job").agg(well=(pl.col("status_code") == 0).all()).filter("well").select("job")
    once = carried.group_by("image_id").agg(pl.col("job_id").first(), jobs=pl.len()).filter(pl.col("jobs") == 1)
    imported = once.join(well, left_on="job_id", right_on="job", how="semi").select(images="image_id")
    said = rows.filter(pl.col("outcome").is_in(["failed", "retry"]) & pl.col("status_code").is_null())
    said = said.select("entry", "job", "images", "speaker", "function", shape=outline(pl.col("message")))
    of_jobs = said.join(well, on="job", how="semi").select(*_KIND, whose=pl.col("job").cast(pl.String))
    of_images = said.filter(pl.col("job").is_null()).explode("images").join(imported, on="images", how="semi")
    survived = pl.concat([of_jobs, of_images.select(*_KIND, whose="images")]).group_by(_KIND)
    usual = survived.agg(times=pl.col("whose").n_unique()).filter(pl.col("times") >= LEARNT)
    harmless = said.join(usual, on=_KIND, how="semi", nulls_equal=True)["entry"]
    if harmless.is_empty():
        return rows
    outcome = pl.when(pl.col("entry").is_in(harmless.implode())).then(pl.lit("progress")).otherwise("outcome")
    return rows.with_columns(outcome=outcome)
