"""The tables between the stages are what they are described to be."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import polars as pl
import pytest

from nbtrace import tables
from nbtrace.tables import COVERAGE, EVIDENCE, IDENTIFIED, IMAGES, SEVERITY, STATE_LETTERS, STATES, TIME, Result, Table

TABLES = [value for value in vars(tables).values() if isinstance(value, Table)]
SMALL = Table("small", "a row", {"name": pl.String, "count": pl.UInt32})


def test_the_names_are_complete():
    """Everything that the module gives is in its list of names, sorted and once."""
    public = {name for name in vars(tables) if name.isupper() and name != "TYPE_CHECKING"}
    assert public | {"Result", "Table", "Volume"} == set(tables.__all__)
    assert len(set(tables.__all__)) == len(tables.__all__)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_an_empty_table_keeps_to_its_description(table):
    """The empty table of each name has its columns and types, and says what a row is."""
    assert table.check(table.empty()).is_empty()
    assert table.row


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_all_times_are_utc_with_milliseconds(table):
    """No table holds a time of another zone or unit."""
    assert all(dtype == TIME for dtype in table.schema.values() if dtype == pl.Datetime)


def test_table_names_are_unique():
    """Each table has a name of its own, that of its constant."""
    assert {getattr(tables, table.name.upper()) is table for table in TABLES} == {True}


def test_shape_orders_casts_and_fills():
    """Shaping orders the columns, casts them, adds those that are absent as null and leaves out all others."""
    shaped = SMALL.shape(pl.DataFrame({"other": [1.5], "count": [3]}))
    assert shaped.schema == pl.Schema(SMALL.schema)
    assert shaped.rows() == [(None, 3)]


def test_shape_refuses_what_cannot_be_cast():
    """A value that its column cannot hold is an error and not a null."""
    with pytest.raises(pl.exceptions.InvalidOperationError):
        SMALL.shape(pl.DataFrame({"name": ["x"], "count": [-1]}))


@pytest.mark.parametrize(
    ("frame", "names"),
    [
        ({"name": ["x"]}, "count"),
        ({"name": ["x"], "count": [1]}, "count"),
        ({"name": [1], "count": [1], "other": [1]}, "count, name, other"),
    ],
)
def test_check_names_what_differs(frame, names):
    """A frame that differs is refused with the columns that do."""
    with pytest.raises(TypeError, match=f"table 'small' differs from its description in: {names}$"):
        SMALL.check(pl.DataFrame(frame))


def test_check_leaves_the_frame_alone():
    """A frame that keeps to the description comes back unchanged, whatever the order of its columns."""
    frame = pl.DataFrame({"count": [1], "name": ["x"]}, schema={"count": pl.UInt32, "name": pl.String})
    assert SMALL.check(frame) is frame


def test_identified_entries_are_entries():
    """An identified entry has every column of an entry, and its evidence keeps names and types."""
    assert set(tables.ENTRIES.schema.items()) <= set(IDENTIFIED.schema.items())
    shared = set(EVIDENCE.schema) & set(IDENTIFIED.schema)
    assert {name: EVIDENCE.schema[name] for name in shared} == {name: IDENTIFIED.schema[name] for name in shared}


def test_letters_of_states():
    """Each state has a letter of its own, and severities grow."""
    assert tuple(STATE_LETTERS) == STATES
    assert len(set(STATE_LETTERS.values())) == len(STATES)
    assert list(SEVERITY.values()) == sorted(SEVERITY.values())


def test_a_result_is_complete_without_findings():
    """A result holds every table, and times and figures that are empty where there is nothing."""
    names = [field.name for field in fields(Result) if field.type == "pl.DataFrame"]
    result = Result(bundle="b", **{name: getattr(tables, name.upper()).empty() for name in names})
    assert (result.since, result.until, result.unreadable, result.phases) == (None, None, 0, {})
    assert result.images.schema == pl.Schema(IMAGES.schema)
    assert result.coverage.schema == pl.Schema(COVERAGE.schema)
    with pytest.raises(FrozenInstanceError):
        result.bundle = "other"
