"""Of very many rows the first and the last are taken."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.bounds import at_ends


@pytest.mark.parametrize(
    ("most", "kept"), [(0, []), (1, [0]), (2, [0, 8]), (3, [0, 2, 8]), (5, [0, 2, 4, 6, 8]), (9, [0, 2, 4, 6, 8])]
)
def test_both_ends(most, kept):
    """Half of the rows of a group are its first, half its last; where there are fewer all are kept."""
    rows = pl.DataFrame({"name": ["a", "b"] * 5, "row": range(10)}).filter(pl.col("row") != 9)
    found = rows.filter(at_ends(most, "name"))
    assert found.filter(pl.col("name") == "a")["row"].to_list() == kept
    assert rows.filter(at_ends(pl.lit(most), "name")).equals(found)
