"""Columns that take much memory while they are made, and little afterwards: for some rows after the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["in_slices"]

_ROWS: Final = 1 << 16  # so many that polars is busy for long, and few beside those of a large night


def in_slices(rows: pl.DataFrame, work: Callable[[pl.DataFrame], pl.DataFrame]) -> pl.DataFrame:
    """Return the rows with the columns that some work adds, which looks at each row by itself."""
    if rows.height <= _ROWS:
        return work(rows)
    added = [work(part).drop(rows.columns) for part in rows.iter_slices(_ROWS)]
    return rows.hstack(pl.concat(added, rechunk=True))
