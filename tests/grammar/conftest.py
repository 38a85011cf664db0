"""What the tests of the grammars share: a grammar made of a text, and what polars finds with it."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.grammar import columns
from nbtrace.grammar.library import Grammar


@pytest.fixture(scope="session")
def grammar():
    """Return a function that makes a record grammar of a text."""
    return lambda text: Grammar("records/test", "test.lark", text)


@pytest.fixture(scope="session")
def read():
    """Return a function that gives the fields of whole texts as polars finds them, ``None`` for each refused text."""

    def read(lowered, texts):
        frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
        accepted = frame.select(pl.col("text").str.contains(f"^(?:{lowered.pattern})$")).to_series().to_list()
        if not lowered.fields:
            return [{} if taken else None for taken in accepted]
        rows = frame.select(columns.fields(pl.col("text"), lowered).alias("fields")).unnest("fields").to_dicts()
        for row, taken in zip(rows, accepted, strict=True):
            assert taken or set(row.values()) == {None}
        return [
            {field: row[field] for field in lowered.fields} if taken else None
            for row, taken in zip(rows, accepted, strict=True)
        ]

    return read
