"""The measurement of hostile files: it tells what held from what did not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # scripts, not a package

import hostile  # noqa: E402


def test_a_small_run():
    """Each input of a kind is measured, and a table with one row for each comes out."""
    told = subprocess.run(
        [sys.executable, str(BENCHMARKS / "hostile.py"), "--small", "--only", "arch"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    rows = [line for line in told.stdout.splitlines()[2:] if line.startswith("| ")]
    assert len(rows) == sum("arch" in name for name in hostile.INPUTS) > 1
    assert all("| yes | yes | 0 |" in row for row in rows)


def test_what_is_missed():
    """A traceback, another answer, a byte outside and too much memory are each a bar that is missed."""
    good = {
        "status": 1,
        "traceback": False,
        "answers": {("a", "imported"), ("b", "failed")},
        "outside": 0,
        "peak_mb": 900.0,
    }
    expected = {("a", "imported")}
    assert hostile.held(good, expected)
    for change in ({"status": 70}, {"traceback": True}, {"answers": set()}, {"outside": 1}, {"peak_mb": 1001.0}):
        assert not hostile.held(good | change, expected)
