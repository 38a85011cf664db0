"""Work on some rows after the others."""

from __future__ import annotations

import polars as pl
from polars.testing import assert_frame_equal

from nbtrace.tracing import slices


def test_slices_give_what_all_rows_at_once_give(monkeypatch):
    """What is added to each row is the same, in one piece, however many rows are looked at together."""
    rows, seen = pl.DataFrame({"number": range(10)}), []

    def work(part):
        seen.append(part.height)
        return part.with_columns(twice=pl.col("number") * 2)

    monkeypatch.setattr(slices, "_ROWS", 4)
    found = slices.in_slices(rows, work)

    assert seen == [4, 4, 2]
    assert_frame_equal(found, rows.with_columns(twice=pl.col("number") * 2))
    assert found["twice"].n_chunks() == 1
