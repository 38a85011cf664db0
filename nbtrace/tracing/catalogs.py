"""Which list of the catalog would hold an image, if the catalog did."""

from __future__ import annotations

from typing import Final

import polars as pl

from nbtrace.tracing.identify import backup_time

__all__ = ["covering"]

_SOME_CLIENTS: Final = 3  # I: a list with so many clients is not one of a single client
# Options of bpimagelist that leave out images for other reasons than their time (L: the manual's usual ones).
_CHOOSING: Final = r"(?i)\s-(?:client|policy|backupid|id|keyword|sl|st|pt|ct|rl|media|only|inter|class|copies|class_id|stl_name|stl_complete|stl_incomplete|option)\b"
_ENDING: Final = r"\s-e\b"
_CLIENT: Final = r"(?i)\s-client\s+([^\s]+)"


def covering(asked: pl.DataFrame, catalog: pl.DataFrame, jobs: pl.DataFrame) -> pl.DataFrame:
    """Return the images for which a list of the catalog was printed late enough and would hold them (``place``, ``taken``).

    Late enough is a list whose time is known to be after the end of the job, or which holds an image of the same job or
    of a job that began later. By default bpimagelist prints the images of one day, and with options fewer: the image's
    backup must lie between those that are listed. Where the command is not known, its client, or several, must be there.

    Args:
        asked: image_id, client, backup_time, who (primary), job_id, end (of the job), and other columns that are kept.
        catalog: rows of the table ``listed`` about the catalog of the target, with ``who``, ``taken`` and ``command``.
        jobs: the table of that name.
    """
    client = pl.col("image_id").str.extract(r"^(.*)_[0-9]{10}$", 1)
    key = ["log_id", "listing"]
    carried = jobs.explode("images").select(image_id="images", carrier="job_id", begun="start_time")
    held = catalog.select(*key, "image_id").join(carried, on="image_id")
    lists = (
        catalog.with_columns(made=backup_time(), client=client)
        .group_by("who", *key)
        .agg(
            pl.col("taken", "command").first(),
            oldest=pl.col("made").min(),
            newest=pl.col("made").max(),
            clients=pl.col("client").unique(),
            place=pl.format("{}:{}", "path", "line").first(),
        )
    )
    lists = lists.join(
        held.group_by(key).agg(carriers=pl.col("carrier").unique(), begun=pl.col("begun").max()), on=key, how="left"
    )
    pairs = asked.join(lists, on="who", how="inner")
    in_time = (
        (pl.col("taken") >= pl.col("end"))
        | pl.col("carriers").list.contains(pl.col("job_id"))
        | (pl.col("begun") >= pl.col("end"))
    )
    typed = pl.col("command").is_not_null()
    open_end = typed & ~pl.col("command").str.contains(_ENDING)
    within = (pl.col("backup_time") >= pl.col("oldest")) & ((pl.col("backup_time") <= pl.col("newest")) | open_end)
    wanted = pl.col("command").str.extract(_CLIENT)
    whole = typed & (~pl.col("command").str.contains(_CHOOSING) | (wanted == pl.col("client")))
    likely = ~typed & (
        pl.col("clients").list.contains(pl.col("client")) | (pl.col("clients").list.len() >= _SOME_CLIENTS)
    )
    fits = in_time.fill_null(value=False) & within.fill_null(value=False) & (whole | likely).fill_null(value=False)
    return pairs.filter(fits).unique("image_id", keep="first", maintain_order=True)
