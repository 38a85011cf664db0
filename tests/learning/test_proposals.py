"""Rules learnt from one night say more of another, and never change what became of an image."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.analysis import analyze
from nbtrace.grammar.columns import matches
from nbtrace.grammar.lowering import lower
from nbtrace.learning import TERMINALS

TOLD = ("image_id", "verdict", "failed_step", "last_step", "status_code", "step_states")
SCARCE = {
    "scenarios": ("event_not_inserted", "not_batched", "queued", "bpimport_died", "still_running", "imported_alone")
}
BLIND = {"without": ("admin", "bpdbm", "nbjm", "nbpem")}


def strong(result):
    """Return the share of lines of evidence that prove a step strongly."""
    lines = result.evidence.unique(["path", "line"])
    return lines["strength"].is_in(["strong", "record"]).sum() / lines.height


@pytest.mark.parametrize("dialect", ["plain", "other", "terse"])
@pytest.mark.parametrize("options", [{}, SCARCE, BLIND], ids=["all", "stopped", "blind"])
def test_another_night_of_the_dialect(make_night, learnt, dialect, options):
    """With rules of another night more lines are strong evidence, and no verdict, step or state differs."""
    night = make_night(dialect=dialect, seed=32, **options)
    result = night.again(learnt(make_night(dialect=dialect, seed=31)))
    assert strong(result) >= strong(night.result)
    if not options:
        assert strong(result) > strong(night.result) + 0.05
    assert result.images.select(TOLD).equals(night.result.images.select(TOLD))


@pytest.mark.parametrize("dialect", ["plain", "other", "terse"])
def test_a_night_without_failures(make_night, learnt, dialect):
    """Where every image was imported less is learnt, and nothing that is wrong of images that were not."""
    clean = make_night(dialect=dialect, seed=33, scenarios=("imported_alone", "imported_batch"))
    night = make_night(dialect=dialect, seed=32)
    result = night.again(learnt(clean))
    assert strong(result) > strong(night.result)
    assert result.images.select(TOLD).equals(night.result.images.select(TOLD))


@pytest.mark.parametrize("dialect", ["plain", "other", "terse"])
def test_rules_take_no_failure(make_night, proposals, dialect):
    """No rule that is sure takes a line that tells a failure, or one of an image that stopped at its step or before."""
    night, other = make_night(dialect=dialect, seed=31), make_night(dialect=dialect, seed=32)
    sure = proposals(night.result).filter(pl.col("rule") != "")
    assert sure.height
    stopped = other.result.steps.filter(pl.col("state").is_in(["failed", "overdue", "unreached"]))
    for row in sure.iter_rows(named=True):
        rule = lower(f"start: {row['body']}\n{TERMINALS}", file="learnt")
        said = other.result.evidence.filter(
            (pl.col("daemon") == row["daemon"]) & pl.any_horizontal(matches(pl.col("message"), [rule]))
        )
        assert not said["outcome"].is_in(["failed", "retry"]).any()
        there = stopped.filter(pl.col("step") == row["step"])
        assert said.join(there, on=["image_id", "attempt"], how="semi").is_empty(), row["rule"]


def test_the_end_is_learnt_from_images_that_stopped_at_the_end(make_night, proposals):
    """That bpdbm has kept an image is learnt where it refused another one; on a night without failures it is not."""
    of = {"dialect": "other", "images": 60}
    mixed = proposals(make_night(seed=31, **of).result)
    clean = proposals(make_night(seed=33, scenarios=("imported_alone", "imported_batch"), **of).result)
    assert "bpdbm_validate_done" in set(mixed["rule"])
    assert not any("_done" in name for name in clean["rule"])


def test_what_is_not_sure_has_its_reason(make_night, proposals):
    """A proposal has a name and a step, or the names that it could have and a reason."""
    found = proposals(make_night(dialect="terse", seed=31).result)
    sure = pl.col("rule") != ""
    assert found.filter(sure & (pl.col("step").is_null() | (pl.col("reason") != ""))).is_empty()
    assert found.filter(~sure & (pl.col("step").is_not_null() | (pl.col("reason") == ""))).is_empty()
    names = [*found.filter(sure)["rule"], *found["choices"].explode().drop_nulls()]
    assert len(names) == len(set(names))


def test_assumed_zones_prove_no_order(make_night, proposals):
    """Where nobody told the zones, the hours between two hosts put no message before or after another."""
    night = make_night(dialect="terse", seed=31)
    blind = analyze([night.folder])
    known, assumed = (
        {row["shape"]: row["step"] for row in proposals(result, night.imported[0]).iter_rows(named=True) if row["rule"]}
        for result in (night.result, blind)
    )
    assert assumed
    assert all(step in {None, known.get(shape, step)} for shape, step in assumed.items())
