"""Which file of a log goes on from which, and which are missing."""

from __future__ import annotations

import polars as pl

from nbtrace.tables import LOGS
from nbtrace.tracing.rotations import followed, missing

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
