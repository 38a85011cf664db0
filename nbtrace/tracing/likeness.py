"""What messages have in common when nobody knows their words: their shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tracing.words import ID

if TYPE_CHECKING:
    from nbtrace.flows import Flow

__all__ = ["LEARNT", "closes_alike", "like_imported", "outline", "shape"]

LEARNT: Final = 3  # I: what is said of so many images is no accident
_LONG: Final = 1_000  # characters by which texts are compared: lists of images may follow
_GIVEN: Final = r"""("[^"\n]*"|'[^'\n]*'|=[^\s,;)\]]+)"""
_NAMELIKE: Final = r"[A-Za-z0-9._@|/-]*([0-9_]|-[A-Z]|[a-z][A-Z])[A-Za-z0-9._@|/-]*"  # no word has such a thing in it
_SAID_AFTER: Final = pl.duration(seconds=10)  # I: the last lines of a job follow its end at once
_ALWAYS: Final = 0.9  # I: a record that closes runs stands elsewhere only where a log was cut off


def shape(message: pl.Expr) -> pl.Expr:
    """Return what is left of a message without its ids and numbers (String)."""
    return message.str.head(_LONG).str.replace_all(ID, "#").str.replace_all("[0-9]+", "0")


def outline(message: pl.Expr) -> pl.Expr:
    """Return what is left of a message without its ids, numbers, quotations, values and names of the site (String).

    For what is said of few images: each may have another policy, volume or server.
    """
    text = message.str.head(_LONG).str.replace_all(ID, "#").str.replace_all(_GIVEN, "#")
    return text.str.replace_all(_NAMELIKE, "0")


def closes_alike(rows: pl.DataFrame) -> pl.Series:
    """Return which records close their run or their job, whatever their words (Boolean).

    Those that name no image, carry a code, and look like the last records of several runs (or, of daemons without
    runs, jobs) and hardly like any others. One of these must have ended with 0: a closing number may be a mere count.
    """
    code = pl.coalesce("status_code", pl.when(pl.col("session").is_not_null()).then("closing_code"))
    own = pl.col("session").is_not_null() | pl.col("job").is_not_null()
    unit = ["speaker", "session", pl.when(pl.col("session").is_null()).then("job")]
    last = pl.int_range(pl.len(), 0, -1).over(unit, order_by=["time", "log_id", "line"]) == 1
    kind = ["speaker", "function", "shape"]
    marked = rows.with_columns(shape=shape(pl.col("message")), code=code, last=last & own).with_columns(
        fits=own & pl.col("code").is_not_null() & (pl.col("images").list.len() == 0)
    )
    lasting = (pl.col("fits") & pl.col("last")).sum().over(kind)
    return marked.select(
        pl.col("fits")
        & (lasting >= LEARNT)
        & (lasting >= _ALWAYS * pl.len().over(kind))
        & (pl.col("fits") & (pl.col("code") == 0)).any().over(kind)
    ).to_series()


def like_imported(evidence: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the attempts (``trial``) of which the last step's daemons say last what they say of imported images.

    Their ``like_imported`` is true. Learnt from images whose job ended with status 0, and needed where a job only says
    that some of its images failed. What is said after the job's end is said of other work.
    """
    evidence = evidence.select("trial", "step", "daemon", "bound", "ending", "status_code", "time", "message")
    closed = evidence.filter(pl.col("ending") & (pl.col("bound") != "named") & (pl.col("step") == len(flow.step)))
    well = closed.group_by("trial").agg(well=(pl.col("status_code") == 0).all()).filter("well")
    over = closed.group_by("trial").agg(over=pl.col("time").max() + _SAID_AFTER)
    said = evidence.filter(pl.col("daemon").is_in(flow.step[-1].witnesses) & (pl.col("bound") == "named"))
    said = said.join(over, on="trial", how="left", maintain_order="left")
    said = said.filter((pl.col("time") <= pl.col("over")).fill_null(value=True))
    last = (
        said.select("trial", "daemon", "message")
        .group_by("trial", "daemon", maintain_order=True)
        .last()
        .select("trial", "daemon", shape=shape(pl.col("message")))
    )
    learnt = last.join(well, on="trial", how="semi").group_by("daemon", "shape").len().filter(pl.col("len") >= LEARNT)
    judged = last.join(learnt, on=["daemon", "shape"], how="left").group_by("trial")
    return judged.agg(like_imported=pl.col("len").is_not_null().all()).filter("like_imported")
