"""The second command: bundles to try nbtrace on."""

from __future__ import annotations

import json


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
