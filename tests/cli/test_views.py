"""Other ways to look at a result: one line an image, times of another zone, a narrow terminal."""

from __future__ import annotations

import re

import polars as pl
import pytest


def test_one_line_an_image(nbtrace, mixed, tmp_path):
    """--list has one line for each image, all of them, with the whole id and the states as in images.csv."""
    done = nbtrace("analyze", mixed, "--list", "--csv", str(tmp_path))
    images = pl.read_csv(tmp_path / "images.csv")
    lines = [line for line in done.out.splitlines() if re.search(r"_\d{10} ", line)]
    assert (done.status, len(lines)) == (1, images.height)
    told = {line.split("  ")[-1 if len(line.split()) < 4 else 0]: line for line in lines}
    assert told
    for image, states in images.select("image_id", "step_states").iter_rows():
        assert sum(f" {image} " in line and f" {states}" in line for line in lines) == 1


def test_a_list_can_be_cut(nbtrace, mixed):
    """--limit bounds the list and says how many more there are."""
    lines = nbtrace("analyze", mixed, "--list", "--limit", "3").out.splitlines()
    assert len(lines) == 4
    assert "45 more images" in lines[-1]


@pytest.fixture
def perhaps_retried(tmp_path):
    """Return a bundle that ends with a failed job, without the log that would tell of a retry."""
    logs = {
        "prim1/usr/openv/netbackup/logs/admin/log.031425": """\
05:00:12.004 [8801] <2> bpimport: -jobid 5601 -slp SLP_DR images=db4_1741917840
05:00:17.000 [8801] <16> runDM: ERR - job 5601: cannot allocate: Disk volume is down (2074)
05:00:17.200 [8801] <2> bpimport: EXITING with status 191
""",
        "med1/usr/openv/netbackup/logs/bpdm/log.031425": """\
05:00:14.001 [4411] <2> bpdm: INITIATING: -jobid 5601 -b db4_1741917840
05:00:16.900 [4411] <16> req: ERR - NBJM returned 800, extended status 2074
05:00:16.950 [4411] <2> bpdm: EXITING with status 800
""",
    }
    for path, text in logs.items():
        file = tmp_path / "night" / path
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
    return str(tmp_path / "night")


def test_a_failure_before_an_unseen_retry_is_listed(nbtrace, perhaps_retried):
    """Its line tells step, status and cause of the failure, and which log would tell of a retry; it is undetermined."""
    done = nbtrace("analyze", perhaps_retried, "--tz", "UTC", "--list")
    line = next(line for line in done.out.splitlines() if "db4_1741917840" in line)

    assert done.status == 4
    assert line.startswith("undetermined  db4_1741917840  ")
    assert "  step 6 resources, status 2074, NBT206 " in line
    assert line.endswith("; NBT301 the import failed, and whether it is tried again only the log of nbstserv on prim1 would tell")  # fmt: skip


@pytest.mark.parametrize("also", [[], ["--image", "db4_1741917840"]])
def test_a_failure_before_an_unseen_retry_is_the_headline(nbtrace, perhaps_retried, also):
    """Report and image say at which step and with which status the last known job failed, and what to do."""
    done = nbtrace("analyze", perhaps_retried, "--tz", "UTC", *also)
    told = " ".join(done.out.split())

    assert done.status == 4
    assert "undetermined: its last known job failed at step 6 resources with status 2074" in told
    assert "the logs do not tell whether it is tried again" in told
    assert "set the volume up" in told
    assert "done up to" not in told


@pytest.mark.parametrize("also", [["-q"], ["--image", "a_1"], ["--job", "1"]])
def test_a_list_is_of_all(nbtrace, mixed, also):
    """--list beside what chooses something else is refused."""
    done = nbtrace("analyze", mixed, "--list", *also)
    assert (done.status, len(done.err.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("zone", "label", "time"),
    [
        ("Europe/Berlin", "Europe/Berlin", "2026-11-20 21:00:00 to 2026-11-21 02:59:59"),
        ("-05:30", "-05:30", "2026-11-20 14:30:00 to 20:29:59"),
        ("UTC", "UTC", "2026-11-20 20:00:00 to 2026-11-21 01:59:59"),
    ],
)
def test_times_of_another_zone(nbtrace, mixed, zone, label, time):
    """--show-tz shows the same moments by another clock, and names it."""
    out = nbtrace("analyze", mixed, "--show-tz", zone).out
    assert out.splitlines()[0].endswith(f"{time} {label}")


def test_files_stay_utc(nbtrace, mixed, tmp_path):
    """--show-tz changes what is shown and no file."""
    for folder, more in (("one", []), ("two", ["--show-tz", "Asia/Tokyo"])):
        nbtrace("analyze", mixed, "-q", "--csv", str(tmp_path / folder), *more)
    for name in ("images", "steps", "jobs", "findings", "coverage"):
        one, two = ((tmp_path / folder / f"{name}.csv").read_bytes() for folder in ("one", "two"))
        assert one == two


def test_an_unknown_zone_is_named_with_its_option(nbtrace, mixed):
    """A zone that does not exist is one sentence with the option and near ones."""
    done = nbtrace("analyze", mixed, "--show-tz", "Europe/Berlim")
    assert (done.status, done.out) == (2, "")
    assert "--show-tz" in done.err
    assert "Europe/Berlin" in done.err


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal(process, mixed, width):
    """Below 70 columns the timeline has no bars and fits; only ids, paths and commands are longer."""
    out = process("analyze", mixed, COLUMNS=str(width)).out
    assert "━" not in out
    long = [line for line in out.splitlines() if len(line) > width]
    assert [
        line for line in long if "/" not in line and not re.search(r"_\d{10}", line) and "--limit" not in line
    ] == []


def test_an_attempt_begins_after_the_one_before(nbtrace, mixed, tmp_path):
    """In a second attempt what the first has done is `earlier`, and its time axis begins with its own first line."""
    nbtrace("analyze", mixed, "-q", "--csv", str(tmp_path))
    image = pl.read_csv(tmp_path / "images.csv").filter(pl.col("attempts") > 1)["image_id"][0]
    out = nbtrace("analyze", mixed, "--image", image).out
    first, second = (re.search(rf"Attempt {number}, .*?(?=\n\n)", out, re.DOTALL)[0] for number in (1, 2))
    assert "earlier" not in first
    assert re.search(r"2 ✓ insert .*earlier", second)
    steps = pl.read_csv(tmp_path / "steps.csv", try_parse_dates=True).filter(pl.col("image_id") == image)
    end = steps.filter((pl.col("attempt") == 1) & (pl.col("state") == "failed"))["end_time"].max()
    begin = re.search(r"took  (\d\d:\d\d:\d\d) ", second)[1]
    assert begin >= f"{end:%H:%M:%S}"
