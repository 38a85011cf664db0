"""What the tests of the grammars share: a grammar from a text, and what polars finds with it."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.grammar import columns
from nbtrace.grammar.library import Grammar


@pytest.fixture
def grammar():
    """Return a function that makes a record grammar of a text."""
    return lambda text: Grammar("records/test", "test.lark", text)


@pytest.fixture
def read():
    """Return a function that gives the fields of whole texts through polars; ``None`` for a refused one."""

    def read(lowered, texts):
        frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
        probe = pl.col("text").str.contains(f"^(?:{lowered.pattern})$").fill_null(value=False)
        row = columns.fields(pl.col("text"), lowered) if lowered.fields else pl.lit(None, dtype=pl.Struct({}))
        return [
            {field: fields[field] for field in lowered.fields} if matched else None
            for matched, fields in frame.select(probe.alias("matched"), row.alias("fields")).iter_rows()
        ]

    return read
