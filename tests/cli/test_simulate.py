"""The second command: bundles to try nbtrace on."""

from __future__ import annotations

import json

import pytest


def test_a_bundle_and_its_truth_are_written(nbtrace, tmp_path):
    """The command says what it wrote, and the truth holds every image."""
    out = tmp_path / "night"
    done = nbtrace("simulate", str(out), "--images", "5", "--seed", "3", "--scenario", "imported_batch", "--windows")
    assert done.status == 0
    assert done.out == f"Wrote {out} (5 images: 5 imported) and its truth, {out}.truth.json.\n"
    assert len(json.loads((tmp_path / "night.truth.json").read_text())["images"]) == 5
    assert (out / "primary1").exists() or [path for path in out.iterdir() if "primary" in path.name]


def test_zones_and_missing_logs_reach_the_simulator(nbtrace, tmp_path):
    """--zone and --without are part of the bundle."""
    done = nbtrace(
        "simulate", str(tmp_path / "n"), "--images", "2", "--zone", "UTC", "--without", "bpdbm", "--noise", "0"
    )
    assert done.status == 0
    truth = json.loads((tmp_path / "n.truth.json").read_text())
    assert {host["zone"] for host in truth["hosts"]} == {"UTC"}
    assert not [path for path in (tmp_path / "n").rglob("*") if path.name == "bpdbm"]


def test_losses_clocks_and_listings_reach_the_simulator(nbtrace, tmp_path):
    """Every option of the command is one of the simulation; the truth repeats them."""
    words = (
        "--images 20 --noise 0 --start 2026-10-24T20:00 --skew 30 --domains 2 --odd-names --printed none --heartbeat 90"
        " --log-kb 16 --level nbstserv=2 --listing bpdbjobs --holes 1 --short 1 --lost-files 1"
    )
    done = nbtrace("simulate", str(tmp_path / "n"), *words.split())
    assert done.status == 0
    truth = json.loads((tmp_path / "n.truth.json").read_text())
    options = truth["options"]
    assert options["start"] == "2026-10-24T20:00:00.000Z"
    assert (options["skew_s"], options["domains"], options["odd_names"], options["printed"]) == (30, 2, True, [])
    assert (options["heartbeat_s"], options["log_kb"], options["levels"]) == (90, 16, ["nbstserv=2"])
    assert sorted(loss["why"] for loss in truth["losses"])[-2:] == ["hole", "lost file"]
    assert len(list((tmp_path / "n").rglob("bpdbjobs_all_columns.txt"))) == 2


def test_what_cannot_be_simulated_is_refused(nbtrace, tmp_path):
    """A wrong option is one sentence on stderr, and nothing is written."""
    for words in ("--listing spad", "--level nbstserv=9", "--holes -1", "--domains 9"):
        done = nbtrace("simulate", str(tmp_path / "n"), *words.split())
        assert done.status == 2
        assert "Traceback" not in done.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--skew", "nan"),
        ("--skew", "inf"),
        ("--skew", "1e300"),
        ("--heartbeat", "nan"),
        ("--heartbeat", "inf"),
        ("--start", "9999-12-31T20:00"),
        ("--start", "0001-01-01T00:00"),
    ],
)
def test_no_number_and_no_time_of_logs_is_refused(nbtrace, tmp_path, option, value):
    """What is no number of seconds, or a time that no log can bear, is wrong usage and names its option."""
    done = nbtrace("simulate", str(tmp_path / "n"), "--images", "1", option, value)
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert option in done.err
    assert not list(tmp_path.iterdir())
