"""A log that is not there, or that ends early, makes the analysis careful, never wrong."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.simulator import SCENARIOS

GAPS = "MO"
# An attempt that has no job yet hangs on single lines: without them the attempt before is the last that is known.
KNOWN = tuple(name for name in SCENARIOS if name != "retry_begun")


@pytest.fixture(scope="module", params=["plain", "terse"])
def night(request, make_night):
    """Return a night in a dialect of many words, and in one of few."""
    return make_night(dialect=request.param, scenarios=KNOWN)


def every_log(night):
    """Return host and name of every log of the bundle, without those that say nothing of imports."""
    names = night.logs.filter(pl.col("log") != "bpbrm").select("host", "log").unique().sort("host", "log")
    return list(names.iter_rows())


def of_log(night, host, log):
    """Return the numbers of the files of a log, in the order of time."""
    files = night.logs.filter((pl.col("host") == host) & (pl.col("log") == log))
    return files.sort("date", "rotation")["log_id"].to_list()


def wrong(night, images):
    """Return what is claimed wrongly: another verdict than the true one or undetermined, or a gap that is none."""
    found = {image["image_id"]: image for image in images.iter_rows(named=True)}
    for image in night.truth.images:
        claimed = found.pop(image.image_id, None)
        if claimed is None:
            continue  # an image that no remaining log names cannot be found
        if claimed["verdict"] not in {image.verdict, "undetermined"}:
            yield image.scenario, image.verdict, claimed["verdict"]
        if any(
            state in GAPS and true not in GAPS
            for state, true in zip(claimed["step_states"], image.step_states, strict=True)
        ):
            yield image.scenario, image.step_states, claimed["step_states"]
    yield from found


def test_each_log_removed(night):
    """Without any one of its logs a night has no verdict that is wrong, no gap that is none and no strange image."""
    claims = {}
    for host, log in every_log(night):
        left = ~pl.col("log_id").is_in(of_log(night, host, log))
        claims[host, log] = list(wrong(night, night.traced(night.entries.filter(left), night.logs.filter(left))))

    assert claims == {name: [] for name in claims}


def test_each_log_ends_early(night):
    """A log that ends at half its length gives no wrong verdict, and its silence after that is no gap."""
    claims = {}
    for host, log in every_log(night):
        files = of_log(night, host, log)
        parts = [night.entries.filter(pl.col("log_id") == file) for file in files]
        cut = pl.concat(parts)
        rest = night.entries.filter(~pl.col("log_id").is_in(files))
        entries = pl.concat([rest, cut.head(cut.height // 2)])
        claims[host, log] = list(wrong(night, night.traced(entries)))

    assert claims == {name: [] for name in claims}


def test_a_lost_witness_is_told_from_a_gap(make_night):
    """What a removed log would have shown is unseen, what a log that listens does not show is missing or overdue."""
    night = make_night(scenarios=("insert_unlogged", "imported_alone"), images=12)
    states = set(night.traced(night.entries)["step_states"])
    assert states == {"DDDDDDDD", "DMDDDDDD"}

    manager = pl.col("file_id") == 369
    kept = night.entries.filter(~manager.fill_null(value=False) & ~pl.col("log_id").is_in(_own_files(night)))
    assert set(night.traced(kept)["step_states"]) == {"DUDDDDDD"}


def _own_files(night):
    """Return the import manager's own files, where it has any."""
    return night.logs.filter(pl.col("originator") == 369)["log_id"].to_list()
