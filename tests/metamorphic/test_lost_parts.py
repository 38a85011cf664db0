"""Parts of logs that are lost make no gaps: bundles in which steps once looked missing that are not."""

from __future__ import annotations

import pytest

from nbtrace.analysis import analyze
from nbtrace.simulator import Options, simulate

GAPS = "MO"
BUNDLES = {
    "a hole hides the batch": {
        "seed": 2200,
        "dialect": "plain",
        "holes": 8,
        "noise": 0.2,
        "without": ("bpdm", "nbemm"),
    },
    "a retry inserts nothing": {"seed": 6623, "dialect": "plain", "holes": 8, "short": 4, "without": ("nbrmms",)},
    "a lost file hides the insert": {
        "seed": 7706,
        "dialect": "calls",
        "lost_files": 4,
        "log_kb": 32,
        "without": ("bpdbm",),
    },
    "an event came to a media server without logs": {
        "seed": 7313,
        "dialect": "plain",
        "holes": 8,
        "short": 4,
        "lost_files": 4,
        "log_kb": 16,
        "without": ("media2", "nbstserv"),
    },
    "a query looks like a step": {
        "seed": 502,
        "dialect": "calls",
        "listings": ("bpdbjobs",),
        "without": ("nbjm", "admin", "nbpem", "media"),
    },
}
JOB_ONLY = {
    "logs of another media server listen": {"seed": 9912028, "dialect": "calls", "short": 4, "images": 60},
    "who names images is not there": {
        "seed": 25,
        "dialect": "clipped",
        "without": ("importmgr", "nbstserv"),
        "holes": 8,
        "short": 5,
        "images": 150,
    },
}
HOLES = {"seed": 9912028, "dialect": "calls", "log_kb": 32, "holes": 3, "short": 2, "lost_files": 3, "skew_s": 120.0}  # fmt: skip


@pytest.mark.parametrize("name", BUNDLES)
def test_lost_parts_are_no_gaps(name, tmp_path):
    """No step is called missing or overdue that is neither."""
    truth = simulate(tmp_path / "bundle", Options(images=60, **BUNDLES[name]))
    told = dict(analyze([tmp_path / "bundle"]).images.select("image_id", "step_states").iter_rows())
    false = {
        image.image_id: (told[image.image_id], image.step_states)
        for image in truth.images
        if image.image_id in told
        for said, was in zip(told[image.image_id], image.step_states, strict=True)
        if said in GAPS and was not in GAPS
    }
    assert len(told) >= len(truth.images) - 1
    assert false == {}


@pytest.mark.parametrize("name", JOB_ONLY)
def test_no_import_is_left_out(name, tmp_path):
    """An image that only a job of the flow names is found, and nothing else is taken for one."""
    truth = simulate(tmp_path / "bundle", Options(**JOB_ONLY[name]))
    found = set(analyze([tmp_path / "bundle"]).images["image_id"])

    assert {image.image_id for image in truth.images} <= found
    assert found.isdisjoint(truth.noise_ids)


def test_gaps_beside_lost_parts_are_told(tmp_path):
    """What is overdue or missing for certain is called so, although logs have holes and end early."""
    truth = simulate(tmp_path / "bundle", Options(images=60, **HOLES))
    told = dict(analyze([tmp_path / "bundle"]).images.select("image_id", "step_states").iter_rows())
    gaps = [(told[image.image_id], image.step_states) for image in truth.images if set(image.step_states) & set(GAPS)]

    assert len(gaps) > 3
    assert [pair for pair in gaps if pair[0] != pair[1]] == []
