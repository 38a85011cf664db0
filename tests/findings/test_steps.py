"""Findings about the order and the pace of steps, and about logs that show nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from nbtrace.findings.bundle import absent_hosts
from nbtrace.findings.steps import out_of_order, silent_logs, slow
from nbtrace.tables import EVIDENCE, LOGS

IMPORTED = {"verdict": "imported", "step_states": "DDDDDDDD"}


@pytest.fixture
def crowd(make_case):
    """Return a maker of cases with many imported images, whose steps can be changed."""

    def make(count, *changes, **image):
        case = make_case(*({"image_id": f"cl{number}_1700000000"} | IMPORTED | image for number in range(count)))
        steps = case.steps.with_columns(strength=pl.lit("strong"), wait_s=pl.lit(30.0), duration_s=pl.lit(1.0))
        return replace(case, steps=steps.with_columns(*changes))

    return make


def at(number, step):
    """Return the condition for one step of one image."""
    return (pl.col("image_id") == f"cl{number}_1700000000") & (pl.col("step") == step)


@pytest.mark.parametrize(("seconds", "found"), [(70, [4]), (62, []), (10, [])])
def test_a_step_stamped_before_the_one_before_it_is_named(crowd, seconds, found):
    """A step that begins more than five seconds before its predecessor on the same host is out of order."""
    earlier = pl.col("start_time") - pl.duration(seconds=seconds)
    case = crowd(1, pl.when(at(0, 4)).then(earlier).otherwise(pl.col("start_time")).alias("start_time"))

    findings = list(out_of_order(case))

    assert [finding.step for finding in findings] == found
    assert all(finding.evidence == ("media1/bpdm.log:4", "media1/bpdm.log:3") for finding in findings)


def test_clocks_of_two_hosts_prove_no_disorder(crowd):
    """Steps of different hosts are not compared: their clocks may differ."""
    earlier = pl.when(at(0, 4)).then(pl.col("start_time") - timedelta(hours=1)).otherwise(pl.col("start_time"))
    elsewhere = pl.when(at(0, 4)).then(pl.lit("primary1")).otherwise(pl.col("host"))

    assert not list(out_of_order(crowd(1, earlier.alias("start_time"), elsewhere.alias("host"))))


@pytest.mark.parametrize(("peers", "found"), [(20, [3]), (19, [])])
def test_a_slow_step_is_named_with_its_figures(crowd, peers, found):
    """A step is slow only against twenty others, and both times are told."""
    late = pl.when(at(0, 3)).then(900.0).otherwise(pl.col("wait_s")).alias("wait_s")

    findings = list(slow(crowd(peers + 1, late)))

    assert [finding.step for finding in findings] == found
    assert all("took 901 s" in finding.detail and "is 31 s" in finding.detail for finding in findings)


def test_a_little_more_is_not_slow(crowd):
    """Less than a minute above the median is no finding, however regular the others are."""
    late = pl.when(at(0, 3)).then(80.0).otherwise(pl.col("wait_s")).alias("wait_s")

    assert not list(slow(crowd(30, late)))


@pytest.mark.parametrize(("count", "found"), [(3, [6]), (2, [])])
def test_a_log_that_shows_a_step_for_nobody_is_named(crowd, count, found):
    """A log that lets three images pass without a word of a step says nothing by its silence."""
    findings = list(silent_logs(crowd(count, step_states="DDDDDUDD")))

    assert [finding.step for finding in findings] == found
    assert all("never shows step 6" in finding.title for finding in findings)


def test_a_log_that_is_not_there_is_not_called_silent(make_case):
    """A step that no log in the bundle could show is no matter of levels."""
    images = ({"image_id": f"cl{n}_1700000000", "verdict": "imported", "step_states": "DUDDDDDD"} for n in range(5))

    assert not list(silent_logs(make_case(*images, absent=("import manager",))))


def test_media_servers_without_a_log_are_named(make_case):
    """A media server that images were imported through, and that is not in the bundle, is asked for."""
    here = {"image_id": "a_1700000000", "media_server": "media1.example.com"} | IMPORTED
    gone = {"image_id": "b_1700000000", "media_server": "media7.example.com"} | IMPORTED

    findings = list(absent_hosts(make_case(here, gone, logs=[{"host": "MEDIA1"}])))

    assert [finding.host for finding in findings] == ["media7.example.com"]
    assert "steps 1, 5, 6, 7" in findings[0].detail


@pytest.mark.parametrize(("zone_source", "found"), [("assumed", []), ("option", [3]), ("epoch", [3])])
def test_hours_between_two_clocks_are_not_slow(crowd, zone_source, found):
    """Where a step's lines come from an epoch and from local times in an assumed zone, no length of time is sure."""
    late = pl.when(at(0, 3)).then(3600.0).otherwise(pl.col("wait_s")).alias("wait_s")
    case = crowd(25, late)
    logs = pl.DataFrame({"path": ["a", "b"], "host": ["primary1"] * 2, "zone_source": ["epoch", zone_source]})
    proofs = [
        {"image_id": "cl0_1700000000", "attempt": 1, "step": step, "path": path} for step, path in ((2, "a"), (3, "b"))
    ]
    evidence = EVIDENCE.shape(pl.DataFrame(proofs))
    case = replace(case, logs=LOGS.shape(logs), evidence=evidence)

    assert [finding.step for finding in slow(case)] == found


def test_a_later_attempt_is_not_slow_for_the_one_before(crowd):
    """The wait for a second attempt's job holds the first attempt, and is no slowness."""
    late = pl.when(at(0, 3)).then(3600.0).otherwise(pl.col("wait_s")).alias("wait_s")
    second = pl.when(pl.col("image_id") == "cl0_1700000000").then(2).otherwise(1).cast(pl.Int32).alias("attempt")

    assert not list(slow(crowd(25, late, second)))
