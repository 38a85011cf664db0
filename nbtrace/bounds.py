"""How much of one thing is taken: beyond it stand hostile logs only, and memory stays bounded.

Of more, the first and the last are taken: they tell how something began, and how it ended.
"""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["MANY", "MOST", "at_ends"]

# Records of one name in one log; an import of 250 images writes some ten thousand at the highest level.
MOST: Final = 100_000
# Images that one record may name without being odd; a job takes 250 at the most (import-flow.md §4, U).
MANY: Final = 1_000


def at_ends(most: int | pl.Expr, *columns: str) -> pl.Expr:
    """Tell whether a row is among the first or the last of those that are equal in some columns (Boolean).

    ``most`` rows are taken of each group, half of them at each end.
    """
    before = pl.int_range(pl.len()).over(columns)
    return (before < (most + 1) // 2) | (before >= pl.len().over(columns) - most // 2)
