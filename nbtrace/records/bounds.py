"""How many records of one name are taken from one log: no honest log comes near it, so that memory is bounded.

Of more, the first and the last are taken: they tell how something began, and how it ended.
"""

from __future__ import annotations

from typing import Final

import polars as pl

__all__ = ["MOST", "at_ends"]

MOST: Final = 50_000  # records at each end; an import of 250 images writes some ten thousand at the highest level


def at_ends(name: str) -> pl.Expr:
    """Tell whether a row is among the first or the last of those with the same value in a column (Boolean)."""
    before = pl.int_range(pl.len()).over(name)
    return (before < MOST) | (before >= pl.len().over(name) - MOST)
