"""Parts of logs that are lost make no gaps: bundles in which steps once looked missing that are not."""

from __future__ import annotations

import pytest

from nbtrace.analysis import analyze
from nbtrace.simulator import Options, simulate

GAPS = "MO"
BUNDLES = {
    "a hole hides the batch": {
        "seed": 2200, "dialect": "plain", "holes": 8, "noise": 0.2, "without": ("bpdm", "nbemm")
    },
    "a retry inserts nothing": {"seed": 6623, "dialect": "plain", "holes": 8, "short": 4, "without": ("nbrmms",)},
    "a lost file hides the insert": {
        "seed": 7706, "dialect": "calls", "lost_files": 4, "log_kb": 32, "without": ("bpdbm",)
    },
}  # fmt: skip


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
