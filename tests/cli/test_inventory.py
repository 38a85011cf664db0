"""`nbtrace inventory`: what is there, and what to ask for."""

from __future__ import annotations

import shutil
from pathlib import Path

import polars as pl
import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def poor():
    """Return the sample of which logs are missing."""
    return str(ROOT / "sample_logs" / "logs-missing")


def test_a_complete_bundle_needs_nothing(nbtrace, clean):
    """Where nothing is missing the status is 0 and nothing is asked for."""
    done = nbtrace("inventory", clean)
    assert (done.status, done.err) == (0, "")
    assert "nothing is missing for a full answer" in done.out
    assert "Please send" not in done.out


def test_missing_logs_are_asked_for(nbtrace, poor):
    """What is missing is named by host, folder, files and time, with the steps that it would show; the status is 4."""
    done = nbtrace("inventory", poor)
    assert done.status == 4
    assert "/usr/openv/netbackup/logs/admin" in done.out
    assert "from the media server fjord-media2" in done.out
    assert "of 2026-11-20 20:00 to 2026-11-21 01:59 UTC" in done.out
    assert "step 4 (start)" in done.out


def test_every_log_of_the_bundle_is_there(nbtrace, mixed):
    """Each host and each of its logs stands in the list."""
    out = nbtrace("inventory", mixed).out
    for log in ("admin", "bpdbm", "bpdm", "nbjm (117)", "nbrmms (222)", "nbstserv (226)"):
        assert f"\n  {log}  2026-" in out
    assert "ember-media2  media server" in out


def test_what_was_asked_for_is_what_is_lost(nbtrace, mixed, tmp_path):
    """A log that is taken out of a complete bundle is asked for, and given back it is not."""
    bundle = tmp_path / "night"
    shutil.copytree(mixed, bundle)
    (folder,) = bundle.glob("ember-primary1/**/bpdbm")
    shutil.move(folder, tmp_path / "bpdbm")
    without = nbtrace("inventory", str(bundle))
    assert without.status == 4
    assert "/usr/openv/netbackup/logs/bpdbm  *.log" in without.out
    shutil.move(tmp_path / "bpdbm", folder)
    assert nbtrace("inventory", str(bundle)).status == 0


def test_coverage_alone_is_written(nbtrace, poor, tmp_path):
    """--csv writes coverage.csv and no other file, as `analyze` writes it."""
    nbtrace("inventory", poor, "--csv", str(tmp_path / "one"))
    nbtrace("analyze", poor, "-q", "--csv", str(tmp_path / "all"))
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["coverage.csv"]
    one, two = (pl.read_csv(tmp_path / folder / "coverage.csv") for folder in ("one", "all"))
    assert one.equals(two)


def test_quiet_is_one_line(nbtrace, clean):
    """-q prints the summary alone."""
    assert len(nbtrace("inventory", clean, "-q").out.splitlines()) == 1


@pytest.mark.parametrize("width", [40, 80])
def test_it_keeps_to_the_width(process, poor, width):
    """At its width only folders and commands, which must be copied whole, are longer."""
    out = process("inventory", poor, COLUMNS=str(width)).out
    long = [line for line in out.splitlines() if len(line) > width]
    assert all("/" in line or "\\" in line for line in long)


def test_wrong_input_is_one_sentence(nbtrace, tmp_path):
    """Without any log the status is 3, as of `analyze`."""
    (tmp_path / "a.txt").write_text("nothing\n")
    done = nbtrace("inventory", str(tmp_path))
    assert (done.status, done.out) == (3, "")


def test_logs_of_a_host_that_is_not_known(nbtrace, poor, tmp_path):
    """With one log of the primary alone, the logs of each media server are asked for, on both systems."""
    (log,) = Path(poor).glob("fjord-primary1/**/nbjm")
    shutil.copytree(log, tmp_path / "nbjm")
    done = nbtrace("inventory", str(tmp_path))
    assert (done.status, done.err) == (4, "")
    assert "from each media server (the logs do not tell which)" in done.out
    assert "/usr/openv/netbackup/logs/bpdm" in done.out
    assert "<install_path>" in done.out
