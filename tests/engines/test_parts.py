"""A table in parts comes back whole and in order, and leaves nothing on the disk."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest

from nbtrace.engines import parts as module
from nbtrace.engines.parts import Parts

EMPTY = pl.DataFrame(schema={"n": pl.Int64, "names": pl.List(pl.String)})


def frame(*numbers):
    """Return rows with these numbers."""
    return pl.DataFrame({"n": numbers, "names": [[str(n)] for n in numbers]}, schema=EMPTY.schema)


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """Let tables of more than a few bytes go to this folder; return what lies below it."""
    monkeypatch.setattr(module, "_IN_MEMORY", 100)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return lambda: sorted(path.name for path in tmp_path.rglob("*.parquet"))


def test_small_tables_stay_in_memory(tmp_path, monkeypatch):
    """What is small touches no disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    with Parts(EMPTY) as parts:
        parts.add(frame(1))
        parts.add(frame(2, 3))
        assert parts.lazy().collect().equals(frame(1, 2, 3))


def test_large_tables_go_to_disk_and_come_back(disk):
    """Rows come back in the order in which they were added, from the disk and from memory, as often as asked for."""
    with Parts(EMPTY) as parts:
        for number in range(0, 60, 3):
            parts.add(frame(number, number + 1, number + 2))
        parts.add(frame(60))
        assert len(disk()) > 1
        assert parts.lazy().collect().equals(frame(*range(61)))
        parts.add(frame(61))
        assert parts.lazy().collect(engine="streaming")["n"].sort().to_list() == list(range(62))
    assert disk() == []


def test_nothing_added():
    """A table without rows has its columns."""
    with Parts(EMPTY) as parts:
        assert parts.lazy().collect().equals(EMPTY)


def test_the_disk_is_cleared_after_an_error(disk, tmp_path):
    """What was written goes, whatever ends the work."""

    def interrupted():
        with Parts(EMPTY) as parts:
            parts.add(frame(*range(100)))
            assert disk() != []
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_nobody_else_can_read_it(disk, tmp_path):
    """The folder of the parts is its owner's alone: logs are confidential."""
    with Parts(EMPTY) as parts:
        parts.add(frame(*range(100)))
        (folder,) = tmp_path.iterdir()
        assert disk() == ["000000.parquet"]
        assert Path(folder).stat().st_mode & 0o077 == 0
