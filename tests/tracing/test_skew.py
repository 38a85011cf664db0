"""The skew of two clocks is an interval that holds the truth, or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrace.tables import TIME
from nbtrace.tracing.skew import SKEW, apart, skews

NIGHT = datetime(2026, 11, 20, 18, tzinfo=UTC)
HOSTS = {1: "m", 2: "p", 4: "p", 5: "m", 7: "m", 8: "p"}
SCHEMA = {
    "image_id": pl.String, "attempt": pl.Int32, "step": pl.Int8, "strength": pl.String, "outcome": pl.String,
    "time": TIME, "host": pl.String,
}  # fmt: skip


def evidence(skew, took, steps=(1, 2, 4, 5, 7, 8), wrong=()):
    """Return the evidence of images whose steps take so long, with the media server's clock ahead by ``skew`` seconds."""
    rows = []
    for number, second in enumerate(took):
        for order, step in enumerate(steps):
            late = -900.0 if number in wrong and step in (2, 5) else 0.0
            at = number * 600 + order * second + late + (skew if HOSTS[step] == "m" else 0)
            rows.append((f"a_{number}", 1, step, "strong", "progress", NIGHT + timedelta(seconds=at), HOSTS[step]))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


@settings(deadline=None)
@given(st.floats(-600, 600), st.lists(st.floats(0.01, 60), min_size=6, max_size=30))
def test_the_truth_is_inside(skew, took):
    """However long steps take, the true difference of the clocks lies in the interval."""
    (row,) = skews(evidence(skew, took)).rows(named=True)
    assert (row["host"], row["other"]) == ("m", "p")
    assert row["low_s"] - 0.002 <= skew <= row["high_s"] + 0.002


@pytest.mark.parametrize("wrong", [(0,), (11,)])
def test_one_wrong_pair(wrong):
    """A record that was taken for what it is not neither narrows the interval past the truth nor empties it."""
    (row,) = skews(evidence(90, [2.0] * 12, wrong=wrong)).rows(named=True)
    assert row["low_s"] <= 90 <= row["high_s"]
    assert row["high_s"] - row["low_s"] < 10


def test_few_pairs_tell_nothing():
    """Of a few images nothing is concluded."""
    assert skews(evidence(90, [2.0] * 2)).is_empty()


def test_one_side():
    """Where all that is known runs one way, the other bound is open."""
    (row,) = skews(evidence(90, [2.0] * 8, steps=(4, 5))).rows(named=True)
    assert (row["low_s"], row["high_s"]) == (None, 92.0)


def test_contradictions_claim_nothing():
    """Where effects precede causes in both directions, there is no interval."""
    backwards = evidence(0, [2.0] * 8).with_columns(pl.col("step").replace({1: 2, 2: 1, 4: 5, 5: 4, 7: 8, 8: 7}))
    assert skews(backwards).is_empty()


def test_how_far_apart():
    """Clocks may be apart by the largest bound, by two minutes where nothing bounds them, and not at all on one host."""
    known = skews(evidence(-300, [2.0] * 8))
    assert apart(known, 1) == timedelta()
    assert timedelta(seconds=300) <= apart(known, 2) < timedelta(seconds=310)
    assert apart(known.clear(), 2) == SKEW
    assert apart(skews(evidence(0, [2.0] * 8)), 3) == SKEW
