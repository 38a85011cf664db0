"""The measurement of many images: what it plays, and when growth is too fast."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from nbtrace.simulator import SCENARIOS

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # scripts, not a package

import images  # noqa: E402


def grown(small, large):
    """Return two measurements, with these seconds of one phase."""
    return [
        {"images": count, "cpu_s": seconds, "peak_mb": 1.0, "phases": {"trace": seconds}}
        for count, seconds in ((1_000, small), (10_000, large))
    ]


def test_a_night_of_large_batches(tmp_path):
    """The night has as many images as asked for, all of them are found, and a job carries more than the usual forty."""
    usual = SCENARIOS["imported_batch"]
    images.night(tmp_path / "night", 600, seed=1)
    told = images.analyse(tmp_path / "night")

    assert told["images"] == 600
    assert {"read", "trace", "explain", "report", "csv"} <= set(told["phases"])
    assert SCENARIOS["imported_batch"] is usual


def test_growth():
    """What grows as the images do has the power of one, what grows with their square of two."""
    assert Counter(dict.fromkeys(["trace", "all"], 1)) == Counter(name for name, *_ in images.growth(grown(1, 10)))
    assert images.growth(grown(1, 10))[0][1] == pytest.approx(1)
    assert images.growth(grown(1, 100))[0][1] == pytest.approx(2)
    assert images.growth(grown(1, 10)[:1]) == []


def test_n_log_n_is_allowed():
    """What grows with n log n is content, the square is not."""
    assert 1.1 < images.allowed(grown(1, 10)) < 1.3
