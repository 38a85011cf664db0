"""The measurement of accuracy: what it counts, and when it is content."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from nbtrace.simulator import BUNDLE_SCENARIOS, Truth
from nbtrace.simulator.truth import ImageTruth

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "accuracy.py"


@pytest.fixture(scope="module")
def accuracy():
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("accuracy", SCRIPT)
    module = sys.modules["accuracy"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def image(name, verdict, states, *, step=None, code=None):
    """Return the truth on an image."""
    return ImageTruth(name, "queued", verdict, verdict, step, code, code, None, [1], "m", "slp", states, {})


@pytest.fixture
def measured(accuracy):
    """Return a maker of measured rows, by image: the truth and what was found, as (id, verdict, states, step, code)."""

    def make(true, found, *, removed=()):
        images = [image(name, verdict, states, step=step, code=code) for name, verdict, states, step, code in true]
        truth = Truth(0, {}, "", "", [], "", list(removed), {}, {}, images, ["unseen_1"], ["noise_1"])
        columns = {"image_id": pl.String} | accuracy._COMPARED
        rows = [(name, verdict, step, code, None, [1], states) for name, verdict, states, step, code in found]
        frame = pl.DataFrame(rows, schema=columns, orient="row")
        rows = accuracy.measure(truth, SimpleNamespace(images=frame))
        return {row["image_id"]: row for row in rows.iter_rows(named=True)}

    return make


FAILED = ("a", "failed", "DF------", 2, 1532)


def test_all_right(measured):
    """What was found as it is counts as right; what does not arise counts as nothing."""
    imported = ("b", "imported", "DDDDDDDD", None, 0)
    rows = measured([FAILED, imported], [FAILED, imported])

    assert rows["a"]["found"]
    assert [rows["a"][f"{name}_right"] for name in ("verdict", "failed_step", "status_code", "step_states")] == [
        True
    ] * 4
    assert (rows["b"]["failed_step_right"], rows["b"]["status_code_right"]) == (None, None)


def test_not_found_and_strange(measured):
    """A lost image, an id of ordinary work and an id from nowhere are told apart; what no log names is expected of nobody."""
    rows = measured([FAILED], [("noise_1", *FAILED[1:]), ("x", *FAILED[1:]), ("unseen_1", *FAILED[1:])])

    assert not rows["a"]["found"]
    assert (rows["a"]["verdict_right"], rows["a"]["scenario"]) == (False, "queued")
    assert (rows["noise_1"]["scenario"], rows["x"]["scenario"]) == ("noise", "unknown")
    assert "unseen_1" not in rows


def test_gaps(measured):
    """A gap that is none and one that was overlooked are counted step by step."""
    rows = measured([("a", "stalled", "DMDO----", 4, None)], [("a", "undetermined", "DDMU----", None, None)])

    assert (rows["a"]["false_gaps"], rows["a"]["missed_gaps"]) == (1, 2)


def test_caution(measured):
    """Not to know is an error in a full bundle; where logs were removed it is caution, and neither right nor wrong."""
    unsure = ("a", "undetermined", "DUUUUUUU", None, None)

    assert measured([FAILED], [unsure])["a"]["verdict_right"] is False
    careful = measured([FAILED], [unsure], removed=["p/nbjm"])["a"]
    assert (careful["cautious"], careful["verdict_right"], careful["failed_step_right"]) == (True, None, None)


def test_a_step_claimed_for_nothing(measured):
    """A failed step that was found where the truth has none is wrong as well."""
    rows = measured([("a", "imported", "DDDDDDDD", None, 0)], [FAILED])

    assert rows["a"]["failed_step_right"] is False


def test_variants(accuracy):
    """Every way to lack logs that the simulator knows is measured."""
    assert set(BUNDLE_SCENARIOS) <= set(accuracy.VARIANTS)


def test_a_run(accuracy, capsys):
    """A run prints its seed, one table by dialect, variant and scenario each, and how it stands to every bar."""
    arguments = [
        "--images",
        "20",
        "--seed",
        "5",
        "--dialect",
        "other",
        "--variant",
        "full",
        "--variant",
        "no_bpdbm_log",
    ]
    status = accuracy.main(arguments)
    told = capsys.readouterr().out

    assert status == 0
    assert told.startswith("seed 5, 20 images a bundle")
    assert all(f"by {title}" in told for title in ("dialect", "variant", "scenario"))
    assert told.count("kept") == len(accuracy.BARS)


def test_a_bar_that_is_missed(accuracy, capsys, monkeypatch):
    """A figure below its bar ends the run with 1, with the images that were wrong and their seed."""
    rows = [("a", "failed", "DF------", 2, 1532)]
    truth = Truth(0, {}, "", "", [], "", [], {}, {}, [image("a", "failed", "DF------", step=2, code=1532)], [], [])
    found = pl.DataFrame(
        [(rows[0][0], "stalled", 2, None, None, [1], "DO------")],
        schema={"image_id": pl.String} | accuracy._COMPARED,
        orient="row",
    )
    measured = accuracy.measure(truth, SimpleNamespace(images=found)).with_columns(
        dialect=pl.lit("d"), variant=pl.lit("v"), seed=pl.lit(7)
    )
    monkeypatch.setattr(accuracy, "play", lambda *_: measured)

    assert accuracy.main(["--seed", "7", "--dialect", "plain", "--variant", "full"]) == 1
    told = capsys.readouterr().out
    assert "MISSED" in told
    assert "seed=7 scenario=queued image_id=a" in told
