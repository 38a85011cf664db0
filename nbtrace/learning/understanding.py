"""How much of what is said about images is understood, and what of it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.learning.shapes import with_shapes
from nbtrace.tables import SHAPES, UNDERSTANDING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["understanding", "unknown"]

_LINE: Final = ("path", "line")
_PART: Final = 200_000  # lines whose words are in memory at once
_BEGINNING: Final = 200

# A line is understood where it proves a step by more than its daemon, or states a status, or says that something failed.
_UNDERSTOOD: Final = (
    pl.col("strength").is_in(["strong", "record"])
    | pl.col("status_code").is_not_null()
    | pl.col("outcome").is_in(["failed", "retry"])
).fill_null(value=False)
_PLACED: Final = pl.col("step").is_not_null()


def understanding(evidence: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``understanding``: each daemon with its lines, most first; a line of many images counts once."""
    names = pl.col("path", "daemon").cast(pl.Categorical)  # to group by numbers takes less memory
    told = evidence.select(names, "line", strong=_UNDERSTOOD, weak=_PLACED)
    lines = told.group_by(*_LINE).agg(pl.col("daemon").first(), pl.col("strong", "weak").any())
    counted = lines.group_by("daemon").agg(
        lines=pl.len(),
        strong=pl.col("strong").sum(),
        weak=(pl.col("weak") & ~pl.col("strong")).sum(),
        unknown=(~pl.col("weak") & ~pl.col("strong")).sum(),
    )
    counted = counted.with_columns(pl.col("daemon").cast(pl.String))
    return UNDERSTANDING.shape(counted.sort("lines", "daemon", descending=[True, False]))


def unknown(evidence: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return the table ``shapes``: what is said of images and import jobs in words that no rule knows.

    Args:
        evidence: the table of that name.
        names: what names of the site look like, see ``shapes.names_of``.

    What proves no step at all stands first, then the frequent before the rare.
    """
    missed = evidence.filter(~_UNDERSTOOD.any().over(_LINE)).sort("time", *_LINE, nulls_last=True)
    lines = missed.select(*_LINE, "message", "job_id").unique(_LINE, keep="first", maintain_order=True)
    known = [_shapes(part, names) for part in lines.iter_slices(_PART)]
    shapes = (
        missed.join(pl.concat(known or [_shapes(lines, names)]), on=_LINE, maintain_order="left")
        .group_by("daemon", "step", "shape", maintain_order=True)
        .agg(
            lines=pl.struct(*_LINE).n_unique(),
            images=pl.col("image_id").n_unique(),
            **{name: pl.col(name).first() for name in (*_LINE, "message")},
        )
    )
    order = shapes.sort(_PLACED, "lines", "daemon", "shape", descending=[False, True, False, False])
    return SHAPES.shape(order)


def _shapes(lines: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return each line with its shape; what is too long for one, with its beginning."""
    beginning = pl.col("message").str.slice(0, _BEGINNING)
    return with_shapes(lines, names).select(*_LINE, shape=pl.coalesce("shape", beginning))
