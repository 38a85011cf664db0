"""Which file of a log goes on from which, and which are missing."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.tables import LOGS, TIME
from nbtrace.tracing.rotations import followed, missing, repeating

NAMES = [
    ("bpdm/root.112026_00001.log", 1),
    ("bpdm/root.112026_00002.log", 2),
    ("bpdm/root.112026_00005.log", 5),
    ("bpdm/jdoe.112026_00003.log", 3),
    ("bpdm/root.112126_00003.log", 3),
    ("bpdm/root.112126_00005.log", 5),
    ("bpdm/log.112026", None),
]
FILES = [{"log_id": n, "path": f"m/{name}", "rotation": rotation} for n, (name, rotation) in enumerate(NAMES)]
TABLE = LOGS.shape(pl.DataFrame([row | {"host": "m", "log": "bpdm", "format": "legacy"} for row in FILES]))


def test_files_that_go_on():
    """A file goes on from the rotation before, of the same day and writer; the first of a day from none that is known."""
    found = {log_id: (follows, lost) for log_id, follows, lost in followed(TABLE).iter_rows()}
    assert found == {0: (None, None), 1: (0, False), 2: (None, True), 3: (None, None), 4: (None, None), 5: (None, True)}


def test_missing_rotations():
    """Numbers that are left out in the middle are told with the file behind them; those before the first are not known."""
    told = {path: detail for path, _, detail in missing(TABLE)}
    assert set(told) == {"m/bpdm/root.112026_00005.log", "m/bpdm/root.112126_00005.log"}
    assert "rotations 3 to 4 are missing" in told["m/bpdm/root.112026_00005.log"]
    assert "rotation 4 is missing" in told["m/bpdm/root.112126_00005.log"]


@pytest.mark.parametrize(
    ("before", "turned", "own", "repeats"),
    [
        (("00:30", "02:59"), True, ("02:15", "04:00"), "02:59"),  # the file before has seen the jump and ends behind it
        (("00:30", "02:59"), False, ("02:00", "04:00"), "02:59"),  # the jump is between the files
        (("00:30", "02:59"), False, ("02:58", "04:00"), None),  # lines of two processes out of order
        (("00:30", "04:10"), True, ("04:11", "05:00"), None),  # the jump is long over
    ],
)
def test_files_behind_a_jump_of_the_clock(before, turned, own, repeats):
    """A file that begins in the hour which the clock shows twice says so by the file before it only."""
    rows = [(0, "local", *before), (1, "local", *own)] + [(0, "again", "02:00", "02:14")] * turned
    found = repeating(spans(rows), TABLE)
    assert found.schema == {"log_id": pl.UInt32, "repeats": TIME}
    assert found.select("log_id", pl.col("repeats").dt.to_string("%H:%M")).rows() == ([(1, repeats)] if repeats else [])


def test_many_small_files_behind_a_jump():
    """All files of the repeated hour repeat it."""
    names = [f"bpdm/root.102526_0000{n}.log" for n in (1, 2, 3)]
    files = [{"log_id": n, "path": name, "rotation": n + 1} for n, name in enumerate(names)]
    logs = LOGS.shape(pl.DataFrame([row | {"host": "m", "log": "bpdm", "format": "legacy"} for row in files]))
    times = [("00:30", "02:59"), ("02:01", "02:20"), ("02:21", "02:40")]
    found = repeating(spans([(n, "local", *ends) for n, ends in enumerate(times)]), logs)
    assert found["log_id"].to_list() == [1, 2]
    assert found["repeats"].dt.to_string("%H:%M").to_list() == ["02:59", "02:59"]


def spans(rows):
    """Return the spans of files in the night in which the clock is set back."""
    names = ("log_id", "time_quality", "first_time", "last_time")
    times = (
        pl.format("2026-10-25 {}", name).str.to_datetime("%Y-%m-%d %H:%M", time_unit="ms", time_zone="UTC")
        for name in names[2:]
    )
    table = pl.DataFrame(rows, names, orient="row").with_columns(pl.col("log_id").cast(pl.UInt32))
    return table.with_columns(time.alias(name) for time, name in zip(times, names[2:], strict=True))
