"""The samples in the repository are what the simulator writes today."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from nbtrace.simulator import BUNDLE_SCENARIOS, SCENARIOS, dialect_names

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "sample_logs"


def tree(folder):
    """The files of the samples, without their script and description."""
    paths = (path for path in folder.rglob("*") if path.is_file() and path.suffix in {".log", ".txt", ".json"})
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def test_made_by_the_script(tmp_path):
    """The script writes exactly the samples that are in the repository."""
    runpy.run_path(str(SAMPLES / "make.py"))["main"](tmp_path)

    assert tree(tmp_path) == tree(SAMPLES)


@pytest.mark.parametrize("name", ["clean-night", "mixed-night", "logs-missing"])
def test_small_and_described(name):
    """Every sample is small, has a truth beside it and is described."""
    truth = json.loads((SAMPLES / f"{name}.truth.json").read_text(encoding="utf-8"))

    assert sum(path.stat().st_size for path in (SAMPLES / name).rglob("*") if path.is_file()) < 800_000
    assert 20 <= len(truth["images"]) <= 50
    assert f"`{name}/`" in (SAMPLES / "README.md").read_text(encoding="utf-8")


def test_mixed_night_has_everything():
    """The mixed night holds every scenario but those of a retry at the end of the night."""
    truth = json.loads((SAMPLES / "mixed-night.truth.json").read_text(encoding="utf-8"))

    assert truth["scenarios"].keys() == SCENARIOS.keys() - {"retry_open", "retry_begun"}


def test_documented():
    """The documentation names every scenario and every dialect."""
    text = (ROOT / "docs" / "simulator.md").read_text(encoding="utf-8")

    assert not [name for name in (*SCENARIOS, *BUNDLE_SCENARIOS, *dialect_names()) if f"`{name}`" not in text]
