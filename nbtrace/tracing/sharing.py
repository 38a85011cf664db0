"""Which images are traced, by which names, and which records that name none count for all images of their job.

A job of 250 images (import-flow.md §4, U: the most it takes) of which a process writes thousands of lines would make
millions of rows, and so would a few records that each name as many images as a text has room for. What is said over and over is one
fact, with a first and a last time.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from nbtrace.bounds import MANY, at_ends
from nbtrace.tables import KEY

__all__ = ["fewer_names", "newest", "with_shared"]

_NAMES: Final = 50_000  # in all records that each name more images than any job has
_OFTEN: Final = 5_000  # rows of records of a job that differ in nothing that decides: only their times matter
_LEAST: Final = 20  # and so many such records, however many images there are
_ROOM: Final = 2_000_000  # rows for all images of all jobs
_FOR_EACH: Final = 20  # and so many more for each record


def fewer_names(rows: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Bound the names in records that each name more images than any job has, and return the logs (``path``) that had more.

    A record of which no name is left is left out: without names it would be one of all images of its job.
    """
    crowded = rows.filter(pl.col("images").list.len() > MANY).select(*KEY, "path", "images")
    if crowded["images"].list.len().sum() <= _NAMES:
        return rows, []
    names = crowded.select(*KEY, "images").explode("images").sort(*KEY, maintain_order=True)
    fair = _NAMES // crowded["log_id"].n_unique()
    kept = names.filter(at_ends(fair, "log_id")).group_by(*KEY, maintain_order=True).agg(kept="images")
    found = pl.concat([rows.join(crowded, on=KEY, how="anti").select(KEY), kept.select(KEY)])
    rows = rows.join(found, on=KEY, how="semi", maintain_order="left").join(
        kept, on=KEY, how="left", maintain_order="left"
    )
    left_out = names.group_by("log_id").len().filter(pl.col("len") > fair)
    paths = crowded.join(left_out, on="log_id", how="semi")["path"].unique(maintain_order=True).to_list()
    return rows.with_columns(images=pl.coalesce("kept", "images")).drop("kept"), paths


def newest(carried: pl.DataFrame, most: int | None) -> pl.DataFrame:
    """Return the rows (``image_id``) of so many images, those whose backup ids were given last."""
    images = carried.select(pl.col("image_id").unique())
    if most is None or images.height <= most:
        return carried
    last = images.sort(pl.col("image_id").str.tail(10), "image_id", descending=True).head(most)  # epoch seconds
    return carried.join(last, on="image_id", how="semi", maintain_order="left")


def with_shared(rows: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Add to each record whether it is ``shared`` by all images of its job, or left out as the job is too ``crowded``.

    Args:
        rows: the records with their ``job`` and what decides about them, all Boolean columns too.
        carried: ``image_id`` and ``job_id``, as ``belonging.import_jobs`` returns them.

    Jobs that would take more room than there is, the largest, share their first and last records only.
    """
    images = carried.drop_nulls("job_id").group_by(job="job_id").agg(images=pl.col("image_id").n_unique())
    marks = [name for name, kind in rows.schema.items() if kind == pl.Boolean]
    alike = ("job", "host", "speaker", "outcome", "status_code", *marks)
    common = rows.filter((pl.col("images").list.len() == 0) | pl.col("opening")).drop("images")
    found = (
        common.select("entry", "time", *alike)
        .join(images, on="job", how="inner")
        .sort("time", "entry")
        .filter(at_ends((_OFTEN // pl.col("images")).clip(_LEAST), *alike))
    )
    room = _room(found.group_by("job").agg(pl.col("images").first(), records=pl.len()), _ROOM + _FOR_EACH * rows.height)
    kept = found.filter(at_ends(pl.lit(room) // pl.col("images"), "job"))["entry"]
    entry = pl.col("entry")
    return rows.with_columns(
        shared=entry.is_in(kept.implode()),
        crowded=entry.is_in(found["entry"].implode()) & ~entry.is_in(kept.implode()),
    )


def _room(jobs: pl.DataFrame, most: int) -> int:
    """Return how many rows each job may take, so that all take no more than there may be.

    Args:
        jobs: ``images`` and ``records`` of each job.
        most: rows of all jobs.
    """
    sizes = jobs.select(size=pl.col("images").cast(pl.Int64) * pl.col("records")).sort("size")
    size = pl.col("size")
    fair = (most - (size.cum_sum() - size)) // (pl.len() - pl.int_range(pl.len()))  # once all smaller jobs have theirs
    return int(sizes.select(pl.coalesce(fair.filter(size > fair).first(), size.max(), pl.lit(0))).item())
