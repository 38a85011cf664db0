"""The measurement of many small logs: what it writes."""

from __future__ import annotations

import sys
from pathlib import Path

from nbtrace.bundle import read_bundle
from nbtrace.grammar.library import Library

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # scripts, not a package

import small  # noqa: E402


def test_as_many_logs_as_asked_for(tmp_path):
    """Every file is a log of its own, half of them legacy ones."""
    small.write(tmp_path / "bundle", 300, 2)
    logs = read_bundle([tmp_path / "bundle"], library=Library()).logs
    assert sorted(logs["format"].value_counts().rows()) == [("legacy", 150), ("unified", 150)]
    assert logs["host"].n_unique() == small.HOSTS
    assert all(path.read_text().count("\n") == 2 for path in (tmp_path / "bundle").rglob("*.log"))
