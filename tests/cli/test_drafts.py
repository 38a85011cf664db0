"""Outputs are whole or not there, and what cannot be meant is refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from nbtrace.cli.drafts import drafted
from nbtrace.errors import InputError, OutputError

ROOT = Path(__file__).parents[2]


def test_a_draft_gets_its_name_when_all_is_written(tmp_path):
    """The folder and what lies beside it appear together, and nothing of the draft is left."""
    out = tmp_path / "new" / "night"
    with drafted(out) as draft:
        draft.mkdir()
        (draft / "a.log").write_text("x")
        draft.with_name("night.truth.json").write_text("{}")
        assert not out.exists()
    assert sorted(path.name for path in out.parent.iterdir()) == ["night", "night.truth.json"]
    assert (out / "a.log").read_text() == "x"


def test_an_empty_folder_is_taken(tmp_path):
    """A folder that is there and empty becomes the bundle's."""
    with drafted(tmp_path) as draft:
        draft.mkdir()
        (draft / "a.log").write_text("x")
    assert (tmp_path / "a.log").exists()


def test_a_failure_leaves_nothing(tmp_path):
    """Where writing fails, neither half a folder nor a draft is left, and the sentence names what was asked for."""

    def fail(draft):
        draft.mkdir()
        raise OutputError(f"cannot write to {draft}: disk full")

    with pytest.raises(OutputError, match=r"cannot write to .*/night: disk full"), drafted(tmp_path / "night") as draft:
        fail(draft)
    with pytest.raises(OutputError, match="No space"), drafted(tmp_path / "night"):
        raise OSError(28, "No space left on device")
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_not_touched(tmp_path):
    """A folder with something in it is refused."""
    (tmp_path / "mine").write_text("x")
    with pytest.raises(InputError, match="no name of a new folder"), drafted(Path()):
        pytest.fail("it was handed out")
    with pytest.raises(InputError, match="is not empty"), drafted(tmp_path):
        pytest.fail("it was handed out")


@pytest.mark.parametrize(
    "words",
    [
        ["analyze", ""],
        ["analyze", "{clean}", "--csv", ""],
        ["analyze", "{clean}", "--grammars", " "],
        ["inventory", "{clean}", "--csv", ""],
        ["simulate", ""],
        ["redact", "", "out"],
        ["redact", "{clean}", ""],
        ["redact", "{clean}", "out", "--map", ""],
        ["redact", "{clean}", "out", "--grammars", ""],
        ["grammars", "unknown", "{clean}", "--csv", ""],
        ["grammars", "learn", "{clean}", "--image", "a_1795205555", "--out", ""],
        ["grammars", "check", ""],
    ],
)
def test_an_empty_path_is_refused(nbtrace, clean, monkeypatch, tmp_path, words):
    """An empty path, often a variable that is not set, is not taken for this folder."""
    monkeypatch.chdir(tmp_path)
    done = nbtrace(*(word.format(clean=clean) for word in words))
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "empty path" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [("--noise", "nan"), ("--noise", "inf"), ("--noise", "1e9"), ("--noise", "-1"), ("--hours", "nan"),
     ("--hours", "inf"), ("--hours", "1e9"), ("--images", "9" * 20), ("--images", "-3")],
)  # fmt: skip
def test_numbers_that_cannot_be_meant_are_refused(nbtrace, tmp_path, option, value):
    """`simulate` says what is wrong with a number, and writes nothing."""
    done = nbtrace("simulate", str(tmp_path / "n"), option, value)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_truth_is_never_overwritten(nbtrace, tmp_path):
    """`simulate` refuses a name whose truth is there already."""
    truth = tmp_path / "night.truth.json"
    truth.write_text("mine")
    done = nbtrace("simulate", str(tmp_path / "night"), "--images", "2")
    assert (done.status, truth.read_text()) == (2, "mine")
    assert "is there already" in done.err
    assert not (tmp_path / "night").exists()


def test_a_limit_may_have_many_digits(nbtrace, clean):
    """A limit larger than any list shows all."""
    assert nbtrace("analyze", clean, "--limit", "9" * 24).out == nbtrace("analyze", clean, "--limit", "0").out


def test_a_line_feed_in_an_id_stays_one_line(nbtrace, clean):
    """What is said of an image that is not there is one line, whatever was typed."""
    assert len(nbtrace("analyze", clean, "--image", "a\nb").err.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="a shell's redirections")
@pytest.mark.parametrize(
    ("redirected", "says"),
    [(">&-", True), (">/dev/full", True), (">&- 2>&-", False), ("2>/dev/full >/dev/full", False)],
)
@pytest.mark.parametrize("words", ["analyze {clean} -q", "explain 226", "--help"])
def test_an_output_that_takes_nothing(environment, clean, words, redirected, says):
    """Where standard output is closed or full the status is 2, with one sentence where it can be said."""
    if "/dev/full" in redirected and not Path("/dev/full").exists():
        pytest.skip("there is no /dev/full")
    command = f"{sys.executable} -m nbtrace {words.format(clean=clean)} {redirected}"
    done = subprocess.run(["sh", "-c", command], env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == int(says)
    assert ("The output cannot be written" in done.stderr) == says


def test_raw_csv_writes_texts_as_they_are(nbtrace, tmp_path):
    """--raw-csv leaves the quote out that keeps spreadsheets from running a cell; without it the quote is there."""
    night = tmp_path / "night"
    assert nbtrace("simulate", str(night), "--images", "3").status == 0
    (host,) = night.glob("*primary1*")
    host.rename(night / "=cmd()")
    for folder, more in (("safe", []), ("raw", ["--raw-csv"])):
        nbtrace("analyze", str(night), "-q", "--csv", str(tmp_path / folder), *more)
    hosts = {folder: set(pl.read_csv(tmp_path / folder / "coverage.csv")["host"]) for folder in ("safe", "raw")}
    assert "=cmd()" in hosts["raw"]
    assert "'=cmd()" in hosts["safe"]
    assert "=cmd()" not in hosts["safe"]
