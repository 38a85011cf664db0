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
    """Clocks may be apart by what is known, by two minutes where nothing bounds it, and not at all on one host."""
    late = skews(evidence(-300, [2.0] * 8))
    assert apart(late, ["m"]) == {"m": (timedelta(), timedelta())}
    others, own = apart(late, ["m", "p"])["m"]
    assert timedelta(seconds=300) <= others < timedelta(seconds=310)
    assert own == timedelta()  # it is behind for certain
    assert apart(late, ["m", "p"])["p"] == (own, others)
    assert apart(late.clear(), ["m", "p"])["m"] == (SKEW, SKEW)


def test_what_is_known_of_one_side_only():
    """Where a clock is ahead by two seconds at most, and behind by nobody knows how much, each side counts for itself."""
    one_side = skews(evidence(0, [2.0] * 8, steps=(4, 5)))
    assert apart(one_side, ["m", "p"]) == {"m": (SKEW, timedelta(seconds=2)), "p": (timedelta(seconds=2), SKEW)}


def test_what_is_known_by_a_third_clock():
    """Two clocks that are each compared with a third one are compared with each other."""
    rows = [("m", "p", -1.0, 2.0, 9), ("n", "p", -3.0, 4.0, 9)]
    both = apart(pl.DataFrame(rows, schema=skews(evidence(0, [])).schema, orient="row"), ["m", "n", "p"])
    assert both["m"] == (timedelta(seconds=5), timedelta(seconds=5))
    assert both["n"] == (timedelta(seconds=5), timedelta(seconds=5))
    assert both["p"] == (timedelta(seconds=4), timedelta(seconds=3))
