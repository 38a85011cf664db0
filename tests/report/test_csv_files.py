"""The CSV files keep to their contract: names, columns, formats, and all of them or none."""

from __future__ import annotations

import csv
import os
from dataclasses import replace

import polars as pl
import pytest

from nbtrace.errors import OutputError
from nbtrace.report.csv_files import write_csv

# The interface for scripts: it never changes, other than by new columns at the end.
CONTRACT = {
    "images.csv": (
        "image_id,client,backup_time,slp,source_primary,primary,media_server,job_ids,attempts,verdict,last_step,failed_step,"
        "status_code,cause,first_time,last_time,elapsed_s,step_states,evidence_count"
    ),
    "steps.csv": (
        "image_id,attempt,job_id,step,name,state,strength,start_time,end_time,wait_s,duration_s,host,daemon,pid,"
        "evidence_count,source,line"
    ),
    "jobs.csv": (
        "job_id,type,attempt,state,status_code,images,start_time,end_time,elapsed_s,media_server,storage_server,"
        "disk_volume,slp"
    ),
    "findings.csv": "code,severity,image_id,job_id,step,host,time,title,detail,remedy,evidence",
    "coverage.csv": (
        "host,role,log,originator,format,files,first_time,last_time,entries,unparsed,highest_level,zone,zone_source"
    ),
}


def rows(path):
    """Return a file's rows as dictionaries."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def changed(night, **columns):
    """Return the night with columns of its images replaced."""
    return replace(night, images=night.images.with_columns(**columns))


def test_names_and_columns_are_the_contract(night, tmp_path):
    """Five files, in this order, with exactly these columns."""
    paths = write_csv(night, tmp_path / "new" / "folder")

    assert {path.name: path.read_text(encoding="utf-8").partition("\n")[0] for path in paths} == CONTRACT
    assert [path.name for path in paths] == list(CONTRACT)
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == sorted(CONTRACT)


def test_empty_results_have_headings(empty, tmp_path):
    """Without any image the files are there with their headings alone."""
    for path in write_csv(empty, tmp_path)[:4]:
        assert path.read_text(encoding="utf-8") == CONTRACT[path.name] + "\n"


def test_cells_are_in_their_formats(night, tmp_path):
    """Times are ISO 8601 UTC with milliseconds, seconds have three decimals, lists have semicolons, unknown is empty."""
    images, steps, jobs, findings, _ = map(rows, write_csv(night, tmp_path))
    image = next(row for row in images if row["image_id"] == "vmhost7_1795201200")

    assert image["backup_time"] == "2026-11-20T19:00:00.000Z"
    assert image["first_time"] == "2026-11-20T19:10:05.000Z"
    assert (image["job_ids"], image["step_states"], image["elapsed_s"]) == ("812;816", "DDDDDF--", "")
    assert (steps[0]["start_time"], steps[0]["wait_s"], steps[0]["duration_s"]) == (
        "2026-11-20T21:00:00.000Z",
        "",
        "0.400",
    )
    assert steps[0]["source"].endswith("0000000000.log:101")
    assert next(row for row in steps if row["state"] == "unreached")["source"] == ""
    assert jobs[2]["images"] == "vmhost7_1795201200;sqlserver-with-a-long-name.prod.example.com_1795202222"
    assert findings[0]["evidence"] == "media1/usr/openv/netbackup/logs/bpdm/root.112026_00001.log:106"


def test_long_times_have_no_exponent(night, tmp_path):
    """A very long or very short time is written as a plain number."""
    result = changed(night, elapsed_s=pl.when(pl.col("client") == "vmhost7").then(1.5e15).otherwise(1e-7))

    written = {row["elapsed_s"] for row in rows(write_csv(result, tmp_path)[0])}

    assert written == {"1500000000000000.000", "0.000"}


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_of_a_log_runs_in_a_spreadsheet(night, tmp_path, start):
    """Text of a log that a spreadsheet would run gets an apostrophe in front; numbers and own words do not."""
    result = changed(night, client=pl.lit(start + "cmd|'/c calc'!A1"), step_states=pl.lit("--------"))

    image = rows(write_csv(result, tmp_path)[0])[0]

    assert image["client"].startswith("'")
    assert image["step_states"] == "--------"


def test_negative_numbers_stay_numbers(night, tmp_path):
    """A wait that is negative because clocks differ is not taken for a formula."""
    result = replace(night, steps=night.steps.with_columns(wait_s=pl.lit(-2.0)))

    assert {row["wait_s"] for row in rows(write_csv(result, tmp_path)[1])} == {"-2.000"}


def test_controls_are_made_visible(night, tmp_path):
    """A file shown on a terminal cannot steer it; line feeds stay inside their cell."""
    result = changed(night, client=pl.lit("a\x1b[2J\u202e\nb"))

    path = write_csv(result, tmp_path)[0]

    assert b"\x1b" not in path.read_bytes()
    assert rows(path)[0]["client"] == "a\\x1b[2J\\u202e\nb"


def test_existing_files_are_replaced(night, tmp_path):
    """A second run leaves the new files and nothing else."""
    (tmp_path / "images.csv").write_text("old", encoding="utf-8")
    write_csv(night, tmp_path)
    write_csv(night, tmp_path)

    assert (tmp_path / "images.csv").read_text(encoding="utf-8").startswith("image_id,")
    assert len(list(tmp_path.iterdir())) == 5


def test_a_refusal_leaves_everything_as_it_was(night, tmp_path):
    """When one file cannot be put in place none is, no draft stays behind, and the message says where."""
    (tmp_path / "coverage.csv").mkdir()
    (tmp_path / "images.csv").write_text("old", encoding="utf-8")

    with pytest.raises(OutputError, match=r"cannot write the CSV files to '.*': a folder stands where"):
        write_csv(night, tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["coverage.csv", "images.csv"]
    assert (tmp_path / "images.csv").read_text(encoding="utf-8") == "old"


def test_a_file_in_place_of_the_directory_is_an_error_in_words(night, tmp_path):
    """A path that is a file cannot be a directory, and the message says what to do."""
    (tmp_path / "out").write_text("a file", encoding="utf-8")

    with pytest.raises(OutputError, match="choose another directory"):
        write_csv(night, tmp_path / "out")


def test_a_planted_link_is_not_followed(night, tmp_path):
    """Each file replaces what stands under its name; a link to another file is not written through."""
    victim = tmp_path / "victim"
    victim.write_text("keep", encoding="utf-8")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "images.csv").symlink_to(victim)

    write_csv(night, tmp_path / "out")

    assert victim.read_text(encoding="utf-8") == "keep"
    assert not (tmp_path / "out" / "images.csv").is_symlink()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes with names")
@pytest.mark.parametrize("plant", [os.mkfifo, lambda path: path.symlink_to("/proc/self/fd/1")], ids=["pipe", "link"])
def test_what_is_no_file_is_not_replaced(night, tmp_path, plant):
    """Where a device or a pipe stands, or a link of the system to one, it stays: also root needs its /dev/null."""
    plant(tmp_path / "images.csv")

    with pytest.raises(OutputError, match="a device or a pipe stands where a file should be written"):
        write_csv(night, tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["images.csv"]
    assert not (tmp_path / "images.csv").is_file() or (tmp_path / "images.csv").is_symlink()
