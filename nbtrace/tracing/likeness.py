"""What messages have in common when nobody knows their words: their shape."""

from __future__ import annotations

from typing import Final

import polars as pl

from nbtrace.flows import Flow

__all__ = ["LEARNT", "like_imported", "shape"]

LEARNT: Final = 3  # I: what is said of so many images is no accident
_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*_[0-9]{10}"


def shape(message: pl.Expr) -> pl.Expr:
    """Return what is left of a message without its ids and numbers (String)."""
    return message.str.replace_all(_ID, "#").str.replace_all("[0-9]+", "0")


def like_imported(evidence: pl.DataFrame, flow: Flow) -> set[tuple[str, int]]:
    """Return the attempts (image, attempt) of which the last step's daemon says last what it says of imported images.

    Learnt from images whose job ended with status 0, and needed where a job only says that some of its images failed.
    """
    witness = flow.step[-1].witnesses[0]
    closed = evidence.filter(pl.col("ending") & (pl.col("bound") != "named") & (pl.col("step") == len(flow.step)))
    well = closed.group_by("image_id", "attempt").agg(well=(pl.col("status_code") == 0).all()).filter("well")
    said = evidence.filter((pl.col("daemon") == witness) & (pl.col("bound") == "named") & (pl.col("outcome") != "failed"))
    last = said.group_by("image_id", "attempt", maintain_order=True).last().select("image_id", "attempt", shape=shape(pl.col("message")))
    learnt = last.join(well, on=["image_id", "attempt"], how="semi").group_by("shape").len().filter(pl.col("len") >= LEARNT)
    return set(last.join(learnt, on="shape", how="semi").select("image_id", "attempt").iter_rows())
