"""What the tests of the readers share: a log read in one call."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from nbtrace.grammar.library import Library
from nbtrace.records import Look, read_log, skim

DATA = Path(__file__).parent / "data"
GRAMMARS = Library().records()


@pytest.fixture(scope="session")
def read():
    """Return a function that reads a text, bytes or a data file as the log of a format; keywords are its row."""

    def read(data, form="legacy", *, grammars=None, wanted=None, **row):
        if isinstance(data, Path):
            data = (DATA / data).read_bytes()
        log = {
            "log_id": 7,
            "log": "bpdm",
            "originator": None,
            "date": date(2026, 11, 20),
        }
        chosen = grammars or [grammar for grammar in GRAMMARS if grammar.name == f"records/{form}"]
        stream = io.BytesIO(data.encode() if isinstance(data, str) else data)
        if wanted is None:
            return read_log(stream, log | row, chosen)
        look = Look(wanted, (), lambda hits: hits.select("number", full=True), guests="originator" in row)
        return skim(stream, log | row, chosen, look).read

    return read


@pytest.fixture(scope="session")
def times():
    """Return a function that gives the times of entries as text, ``None`` where there is none."""

    def times(entries):
        return [time and f"{time:%d %H:%M:%S.%f}"[:-3] for time in entries["time"]]

    return times
