"""The main command: what it prints, writes and returns."""

from __future__ import annotations

import re

import polars as pl
import pytest

ESCAPE = "\x1b["


def test_every_image_imported_is_status_0(nbtrace, clean):
    """A night without trouble is one line with --quiet, and status 0."""
    assert nbtrace("analyze", clean, "--quiet") == (0, "24 images: 24 imported\n", "")


def test_failures_are_status_1(nbtrace, mixed):
    """Failed and stalled images are status 1."""
    done = nbtrace("analyze", mixed, "-q")
    assert done.status == 1
    assert re.fullmatch(r"48 images: \d+ imported, \d+ failed, \d+ stalled, \d+ in progress\n", done.out)


def test_what_nobody_can_tell_is_status_4(nbtrace, tmp_path):
    """Where nothing failed but the logs that would tell are not there, the status says so."""
    assert nbtrace("simulate", str(tmp_path / "dark"), "--images", "3", "--scenario", "imported_alone",
                   "--scenario", "no_outcome_logs", "--noise", "0", "--zone", "UTC").status == 0  # fmt: skip
    done = nbtrace("analyze", str(tmp_path / "dark"), "-q")
    assert done.status == 4
    assert "undetermined" in done.out


def test_one_image_keeps_the_status_of_the_night(nbtrace, mixed, clean, tmp_path):
    """--image shows one image in full; the status is still that of the whole analysis."""
    for bundle, verdict, status in ((mixed, "imported", 1), (mixed, "failed", 1), (clean, "imported", 0)):
        nbtrace("analyze", bundle, "-q", "--csv", str(tmp_path))
        images = pl.read_csv(tmp_path / "images.csv").filter(pl.col("verdict") == verdict)
        done = nbtrace("analyze", bundle, "--image", images["image_id"][0])
        assert (done.status, done.err) == (status, "")
        assert images["image_id"][0] in done.out


def test_one_job_keeps_the_status_of_the_night(nbtrace, mixed, tmp_path):
    """--job shows one job in full; the status is still that of the whole analysis."""
    nbtrace("analyze", mixed, "-q", "--csv", str(tmp_path))
    job = pl.read_csv(tmp_path / "jobs.csv")["job_id"][0]
    done = nbtrace("analyze", mixed, "--job", str(job))
    assert (done.status, done.err) == (1, "")
    assert str(job) in done.out


def test_csv_files_are_written_and_named(nbtrace, clean, tmp_path):
    """--csv makes the folder, fills it, and says so below the report."""
    done = nbtrace("analyze", clean, "--csv", str(tmp_path / "new" / "out"))
    names = ["images.csv", "steps.csv", "jobs.csv", "findings.csv", "coverage.csv"]
    assert sorted(path.name for path in (tmp_path / "new" / "out").iterdir()) == sorted(names)
    assert done.out.endswith(f"\nWrote {', '.join(names)} to {tmp_path / 'new' / 'out'}.\n")


def test_csv_with_quiet_prints_the_outcome_only(nbtrace, clean, tmp_path):
    """--csv --quiet is for scripts: one line, and the files."""
    assert nbtrace("analyze", clean, "-q", "--csv", str(tmp_path)).out == "24 images: 24 imported\n"
    assert pl.read_csv(tmp_path / "images.csv").height == 24


def test_since_and_until_leave_images_out(nbtrace, clean, tmp_path):
    """--since and --until keep the images of their time only, in UTC or in the zone that is given."""
    nbtrace("analyze", clean, "-q", "--csv", str(tmp_path))
    images = pl.read_csv(tmp_path / "images.csv", try_parse_dates=True)
    middle = images["last_time"].sort()[12]
    early = images.filter(pl.col("first_time") <= middle).height
    late = images.filter(pl.col("last_time") >= middle).height
    utc = middle.strftime("%Y-%m-%dT%H:%M:%S.%f")
    east = middle.replace(hour=(middle.hour + 2) % 24).strftime("%Y-%m-%dT%H:%M:%S.%f+02:00")
    assert 0 < early < 24
    assert 0 < late < 24
    assert nbtrace("analyze", clean, "-q", "--until", utc).out.startswith(f"{early} images")
    assert nbtrace("analyze", clean, "-q", "--since", utc).out.startswith(f"{late} images")
    if middle.hour < 22:
        assert nbtrace("analyze", clean, "-q", "--since", east).out.startswith(f"{late} images")


def test_the_next_command_repeats_what_was_asked(nbtrace, mixed):
    """The proposal at the end can be copied: it keeps zones, hosts and manner, and chooses the worst image."""
    words = ["--tz", "UTC", "--host-tz=ember-media1=UTC", "--since", "2026-11-20", "--limit", "1", "--ascii"]
    proposal = nbtrace("analyze", mixed, *words).out.splitlines()[-1]
    asked = "--host-tz ember-media1=UTC --tz UTC"
    assert set(asked.split()) <= set(proposal.split())
    assert proposal.startswith(f"  nbtrace analyze {mixed} ")
    assert re.search(r"--since 2026-11-20 --ascii --image \S+$", proposal)
    assert "--limit" not in proposal


@pytest.mark.parametrize("variable", ["LC_ALL=C", "LANG=C", "LANG=POSIX"])
def test_a_plain_locale_gets_plain_characters(nbtrace, monkeypatch, mixed, variable):
    """LANG=C works and gets ASCII, although Python takes it for UTF-8."""
    monkeypatch.setenv(*variable.split("="))
    done = nbtrace("analyze", mixed, "--limit", "2")
    assert (done.status, done.err) == (1, "")
    assert done.out.isascii()


def test_an_output_of_ascii_gets_plain_characters(process, mixed):
    """Where the output cannot take other characters, none are sent."""
    done = process("analyze", mixed, "--limit", "2", PYTHONIOENCODING="ascii")
    assert (done.status, done.err) == (1, "")
    assert done.out.isascii()


@pytest.mark.parametrize("width", [20, 80])
def test_the_report_keeps_to_the_width(process, mixed, width):
    """The report works on a narrow terminal; at 80 columns only ids, paths and commands are longer."""
    done = process("analyze", mixed, COLUMNS=str(width))
    assert (done.status, done.err) == (1, "")
    if width == 80:
        long = [line for line in done.out.splitlines() if len(line) > 80]
        assert [line for line in long if " " in line.strip().removeprefix("nbtrace analyze") and "/" not in line] == []


def test_a_pipe_gets_no_colours(process, mixed):
    """What is not a terminal gets text without escapes, and progress is shown to nobody."""
    done = process("analyze", mixed, TERM="xterm-256color")
    assert ESCAPE not in done.out
    assert done.err == ""


def test_several_inputs_are_one_bundle(nbtrace, mixed):
    """The folders of the hosts may be handed in one by one."""
    whole = nbtrace("analyze", mixed, "-q").out
    parts = [f"{mixed}/ember-{host}" for host in ("primary1", "media1", "media2")]
    assert nbtrace("analyze", *parts, "-q").out == whole
