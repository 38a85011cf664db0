"""The measurement of accuracy: what it counts, and when it is content."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest
from typer.testing import CliRunner

from nbtrace import simulator
from nbtrace.cli.main import app
from nbtrace.simulator import BUNDLE_SCENARIOS, Truth, dialect_names
from nbtrace.simulator.truth import ImageTruth

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # scripts, not a package

import accuracy  # noqa: E402
import scoring  # noqa: E402
import variants  # noqa: E402


def image(name, verdict, states, *, step=None, code=None):
    """Return the truth on an image."""
    return ImageTruth(name, "queued", verdict, verdict, step, code, code, None, [1], "m", "slp", states, {})


@pytest.fixture
def measured():
    """Return a maker of measured rows, by image: the truth and what was found, as (id, verdict, states, step, code)."""

    def make(true, found, *, removed=()):
        images = [image(name, verdict, states, step=step, code=code) for name, verdict, states, step, code in true]
        truth = Truth(0, {}, "", "", [], "", list(removed), {}, {}, images, ["unseen_1"], ["noise_1"])
        columns = {"image_id": pl.String} | scoring.COMPARED
        rows = [(name, verdict, step, code, None, [1], states) for name, verdict, states, step, code in found]
        frame = pl.DataFrame(rows, schema=columns, orient="row")
        rows = scoring.images(truth, SimpleNamespace(images=frame))
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


def test_variants():
    """Every way to lack logs that the simulator knows is measured, and every dialect."""
    assert set(BUNDLE_SCENARIOS) <= set(variants.VARIANTS)
    assert accuracy._arguments([]).dialect == dialect_names()


def test_a_run(capsys):
    """A run prints its seed, one table by dialect, variant and scenario each, and how it stands to every bar."""
    told_of = ["--images", "20", "--seed", "5", "--dialect", "other", "--variant", "full", "--variant", "no_bpdbm_log"]
    status = accuracy.main(told_of)
    told = capsys.readouterr().out

    assert status == 0
    assert told.startswith("seed 5, 20 images a bundle")
    assert all(f"by {title}" in told for title in ("dialect", "variant", "scenario"))
    assert told.count("kept") + told.count("not offered") == len(accuracy.BARS)


def test_a_bar_that_is_missed(capsys, monkeypatch):
    """A figure below its bar ends the run with 1, with the images that were wrong and the commands that show them."""
    truth = Truth(0, {}, "", "", [], "", [], {}, {}, [image("a", "failed", "DF------", step=2, code=1532)], [], [])
    found = pl.DataFrame(
        [("a", "stalled", 2, None, None, [1], "DO------")],
        schema={"image_id": pl.String} | scoring.COMPARED,
        orient="row",
    )
    case = variants.Case("plain", "holes", 7, 30)
    rows = accuracy._with_commands(scoring.images(truth, SimpleNamespace(images=found)), case, truth)
    rows = rows.with_columns(dialect=pl.lit("plain"), variant=pl.lit("holes"))
    clocks = scoring.clocks(*NO_CLOCKS, told=True) | {"dialect": "plain", "variant": "holes"}
    monkeypatch.setattr(accuracy, "play", lambda *_: accuracy.Measured(rows, pl.DataFrame([clocks])))

    assert accuracy.main(["--seed", "7", "--dialect", "plain", "--variant", "holes"]) == 1
    told = capsys.readouterr().out
    assert "MISSED" in told
    assert "plain holes queued a verdict=failed→stalled" in told
    assert "nbtrace simulate OUT --images 30 --seed 7 --holes 5 && nbtrace analyze OUT --image a" in told


NO_CLOCKS = (
    pl.DataFrame(schema={"pairs": pl.Int64, "zone_source": pl.String, "right": pl.Boolean}),
    pl.DataFrame(schema={"right": pl.Boolean}),
)


@pytest.mark.parametrize("name", ["full", "windows", "raw_only", "europe_back", "levels", "bad_night", "no_bpdbm_log"])
def test_commands_make_the_bundle_again(name, nbtrace_options):
    """The options that are printed for a wrong image are those of its bundle."""
    case = variants.Case("terse", name, 3, 20)

    assert nbtrace_options(variants._arguments(case.options)) == case.options


@pytest.fixture
def nbtrace_options(monkeypatch, tmp_path):
    """Return a reader of the options of `nbtrace simulate`: what the command hands to the simulator."""

    def read(arguments):
        caught = []
        truth = SimpleNamespace(verdicts={}, images=[])
        monkeypatch.setattr(simulator, "simulate", lambda _, options: caught.append(options) or truth)
        words = [word for argument in arguments for word in shlex.split(argument)]
        done = CliRunner().invoke(app, ["simulate", str(tmp_path / "OUT"), *words])
        assert done.exit_code == 0, done.output
        return caught[0]

    return read


def logs(*rows):
    """Return coverage rows: (log, first time, last time, zone, source), all of host m."""
    frame = pl.DataFrame(rows, schema=["log", "first", "last", "zone", "zone_source"], orient="row")
    times = pl.col("first", "last").str.to_datetime(time_zone="UTC").cast(pl.Datetime("ms", "UTC")).name.suffix("_time")
    return frame.with_columns(times, host=pl.lit("m"), originator=pl.lit(None, pl.Int32))


def night(*, epoch=False):
    """Return a truth on one log of a host whose zone is told by two images."""
    log = {"host": "m", "log": "bpdm", "originator": None, "epoch": epoch}
    span = {"first": "2026-01-01T01:00:00.000Z", "last": "2026-01-01T09:00:00.000Z"}
    hosts = [{"name": "m", "skew_s": 0.0, "pairs": 2}, {"name": "p", "skew_s": -50.0, "pairs": 0}]
    return Truth(0, {}, "", "", hosts, "", [], {}, {}, [], [], [], [log | span])


@pytest.mark.parametrize(
    ("first", "last", "right"),
    [
        ("2026-01-01T01:02:00Z", "2026-01-01T09:00:00Z", True),
        ("2026-01-01T01:15:00Z", "2026-01-01T09:15:00Z", False),
        ("2026-01-01T01:00:00Z", "2026-01-01T10:00:00Z", False),
    ],
)
def test_zones(first, last, right):
    """A zone is right where the first and the last time of the log are, so also after a change of the offset."""
    result = SimpleNamespace(coverage=logs(("bpdm", first, last, "x", "matched")))
    zones = scoring.zones(night(), result)

    assert zones.rows() == [("m", "bpdm", 2, "x", "matched", right)]
    counts = scoring.clocks(zones, NO_CLOCKS[1], told=False)
    assert (counts["zones_asked"], counts["zones_right"], counts["zones_claimed"]) == (1, int(right), 1)
    assert counts["zones_false"] == int(not right)
    assert scoring.clocks(zones, NO_CLOCKS[1], told=True)["zones_asked"] == 0


def test_logs_with_epochs_need_no_zone():
    """A raw unified log is no question."""
    result = SimpleNamespace(coverage=logs(("bpdm", "2026-01-01T01:02:00Z", "2026-01-01T09:00:00Z", "UTC", "epoch")))

    assert scoring.zones(night(epoch=True), result).is_empty()


@pytest.mark.parametrize(
    ("detail", "right"),
    [
        ("The clock of m is 48.0 to 53.0 s ahead of that of p: 7 causes and effects say so.", True),
        ("The clock of m is at least 48.0 s ahead of that of p: 7 causes and effects say so.", True),
        ("The clock of m is 51.0 to 53.0 s ahead of that of p.", False),
        ("The clock of p is 48.0 to 53.0 s ahead of that of m.", False),
    ],
)
def test_skews_of_findings(detail, right):
    """An interval is right where it holds what the clocks of its two hosts really differ by."""
    findings = pl.DataFrame({"code": ["NBT401", "NBT402"], "detail": [detail, "m and p 1 s to 2 s"]})
    rows = scoring.skews(night(), SimpleNamespace(findings=findings))

    assert rows["right"].to_list() == [right]


@pytest.mark.parametrize(("low", "high", "right"), [(48.0, 53.0, True), (None, 53.0, True), (51.0, None, False)])
def test_skews_of_a_table(low, high, right):
    """Where the result has a table of skews, this counts; a border that is null is open."""
    schema = {"host": pl.String, "other": pl.String, "low_s": pl.Float64, "high_s": pl.Float64, "pairs": pl.UInt32}
    skews = pl.DataFrame([("m", "p", low, high, 9)], schema=schema, orient="row")

    assert scoring.skews(night(), SimpleNamespace(skews=skews))["right"].to_list() == [right]


def test_a_log_less(capsys):
    """Taking each log out counts what then contradicts the truth of the full bundle, and shows how to see it again."""
    assert accuracy.main(["--remove-each-log", "--images", "4", "--seed", "5", "--dialect", "plain"]) == 0
    assert "wrong statements" in capsys.readouterr().out

    whole = image("a", "failed", "DDF-----", step=3, code=1532)
    same = {"verdict": "failed", "failed_step": 3, "status_code": 1532, "cause": None, "step_states": "DDF-----"}
    less = {"verdict": "undetermined", "failed_step": None, "status_code": None, "cause": None}
    assert not list(accuracy._faults(whole, same))
    assert not list(accuracy._faults(whole, less | {"step_states": "DUUUUUUU"}))
    assert list(
        accuracy._faults(whole, less | {"verdict": "stalled", "failed_step": 2, "step_states": "DO------"})
    ) == [
        "verdict failed→stalled",
        "failed_step 3→2",
        "step 2 D→O",
        "step 3 F→-",
    ]
