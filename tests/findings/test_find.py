"""All rules together, and the cause of a verdict."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.findings import Finding, find, with_causes
from nbtrace.findings.common import clock
from nbtrace.tables import FINDINGS, IMAGES


def test_the_table(make_case):
    """The table of findings keeps its contract, and stands in the order of the rules."""
    failed = {"image_id": "a_1", "verdict": "failed", "step_states": "DF------", "failed_step": 2, "status_code": 1532}
    found = find(make_case(failed, absent=["nbjm"]))

    assert FINDINGS.check(found) is found
    assert found["code"].to_list() == ["NBT202", "NBT301"]
    assert found["evidence"].to_list() == [["media1/bpdm.log:2"], []]


def test_nothing_to_say(make_case):
    """A complete bundle without a troubled image has no findings, and the table is there all the same."""
    assert FINDINGS.check(find(make_case())).is_empty()


def test_words_of_the_code():
    """What a finding does not say itself comes from the words of its code."""
    plain, own = Finding("NBT105", "d").row(), Finding("NBT105", "d", "t", "r", "info").row()

    assert all(plain[name] for name in ("title", "remedy", "severity"))
    assert (own["title"], own["remedy"], own["severity"], own["evidence"]) == ("t", "r", "info", [])


@pytest.mark.parametrize(
    ("verdict", "codes", "cause"),
    [
        ("failed", ["NBT105", "NBT207", "NBT201"], "NBT207"),
        ("stalled", ["NBT102"], "NBT102"),
        ("undetermined", ["NBT101", "NBT303"], "NBT303"),
        ("imported", ["NBT207"], None),
        ("in_progress", ["NBT301"], None),
        ("failed", [], None),
    ],
)
def test_cause(verdict, codes, cause):
    """The cause is the first finding that explains the verdict; what went well or still runs needs none."""
    images = IMAGES.shape(pl.DataFrame({"image_id": ["a_1"], "verdict": [verdict]}))
    rows = [Finding(code, "", image_id="a_1").row() for code in codes] + [Finding("NBT301", "").row()]
    found = with_causes(images, pl.DataFrame(rows, schema=dict(FINDINGS.schema), orient="row"))

    assert found["cause"].to_list() == [cause]
    assert found.columns == images.columns


def test_clock(night):
    """Times are told in UTC, and a missing one in words."""
    assert clock(night) == "2026-11-20 18:00:00 UTC"
    assert clock(None) == "an unknown time"
