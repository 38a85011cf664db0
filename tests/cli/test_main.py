"""The edge of the program: help, version, errors, pipes and interruptions."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import nbtrace as package
from nbtrace.__main__ import main as entry
from nbtrace.cli import analyze as command

HEAVY = ("polars", "lark", "rich")


def test_help_answers_at_once(process):
    """Help is there within a moment, for a person who waits; the best of three runs counts, for machines that are busy."""
    took = []
    for _ in range(3):
        start = time.perf_counter()
        done = process("--help")
        took.append(time.perf_counter() - start)
        assert (done.status, done.err) == (0, "")
    assert min(took) < 1.5


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["analyze", "--help"],
        ["simulate", "--help"],
        ["cache", "--help"],
        ["grammars", "learn", "--help"],
        ["explain", "--help"],
        ["inventory", "--help"],
        ["--version"],
    ],
)
def test_help_imports_nothing_heavy(words, environment):
    """Neither help nor version wait for polars, lark or rich."""
    code = (
        "import sys; from nbtrace.cli.main import app; app(standalone_mode=False); "
        f"sys.exit(sorted(set(sys.modules) & set({HEAVY!r})) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment(), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["analyze"],
        ["simulate"],
        ["cache"],
        ["explain"],
        ["inventory"],
        ["grammars"],
        *(["grammars", one] for one in ("unknown", "learn", "check")),
    ],
)
def test_help_is_plain_text_of_80_columns(nbtrace, monkeypatch, words):
    """Help fits 80 columns, has no colours and boxes, and never shows a type of Python."""
    monkeypatch.setenv("COLUMNS", "80")
    out = nbtrace(*words, "--help").out
    assert max(map(len, out.splitlines())) <= 80
    assert out.isascii()
    assert not re.search(r"<\w+|\[\w+\[|x>=", out)


def test_help_of_analyze_shows_examples_and_groups(nbtrace):
    """The main command's help has an example, the exit statuses, and its options in groups."""
    out = nbtrace("analyze", "--help").out
    assert out.startswith("Usage: nbtrace analyze [OPTIONS] BUNDLE...\n")
    for text in ("nbtrace analyze case-4711/", "  4  the answer is incomplete", "What to show:", "How to print:"):
        assert text in out


def test_without_a_command_the_help_goes_to_stderr(nbtrace):
    """Nothing asked for is wrong usage, answered by the help."""
    done = nbtrace()
    assert (done.status, done.out) == (2, "")
    assert "Commands:\n  analyze " in done.err


def test_version_is_that_of_the_package(process, nbtrace):
    """The command and `python -m nbtrace` both name the program and its version."""
    assert process("--version") == nbtrace("--version") == (0, f"nbtrace {package.__version__}\n", "")


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (["anlyze"], 2, "No such command 'anlyze'. Did you mean 'analyze'?"),
        (["analyze"], 2, "Missing argument 'BUNDLE...'."),
        (["analyze", "nowhere"], 2, "There is no file or folder 'nowhere'."),
        (["analyze", "{mixed}", "--jbo", "1"], 2, "No such option: --jbo (Possible options: --job)"),
        (["analyze", "{mixed}", "--job", "x"], 2, "Invalid value for '--job'"),
        (["analyze", "{mixed}", "--job", "1"], 2, "no import job 1"),
        (["analyze", "{mixed}", "--image", "web_1"], 2, "no image 'web_1'"),
        (["analyze", "{mixed}", "--image", "web_1", "--job", "1"], 2, "choose one of them"),
        (["analyze", "{mixed}", "--limit", "-1"], 2, "--limit: -1 is less than 0"),
        (["analyze", "{mixed}", "--tz", "Europe/Berlim"], 2, "did you mean Europe/Berlin"),
        (["analyze", "{mixed}", "--host-tz", "moon=UTC"], 2, "There is no host 'moon' in the bundle"),
        (["analyze", "{mixed}", "--host", "x"], 2, "not of the form PATH=NAME"),
        (["analyze", "{mixed}", "--since", "yesterday"], 2, "--since: 'yesterday' is not a time"),
        (["analyze", "{mixed}", "--until", "0001-01-01T00:00+14:00"], 2, "--until: "),
        (["analyze", "{mixed}", "--since", "2026-11-22", "--until", "2026-11-21"], 2, "no image lies in between"),
        (["analyze", "{mixed}", "--grammars", "nowhere"], 2, "grammar folder 'nowhere' does not exist"),
        (["analyze", "{mixed}", "--grammars", "{tmp}/broken"], 2, "broken/records/mine.lark:1"),
        (["analyze", "{mixed}", "--csv", "{tmp}/file"], 2, "cannot write the CSV files"),
        (["analyze", "{mixed}", "--csv", "{tmp}/file/below"], 2, "cannot write the CSV files"),
        (["analyze", "{tmp}/empty"], 3, "There is no file in 'empty'."),
        (["analyze", "{tmp}/letters"], 3, "is a NetBackup log that nbtrace knows"),
        (["simulate", "{mixed}"], 2, "is not empty"),
        (["simulate", "{tmp}/new", "--scenario", "luck"], 2, "There is no scenario 'luck'"),
        (["simulate", "{tmp}/new", "--dialect", "latin"], 2, "latin"),
        (["simulate", "{tmp}/new", "--zone", "Mars"], 2, "'Mars' is not a time zone"),
        (["simulate", "{tmp}/new", "--images", "0"], 2, "at least one image"),
    ],
)
def test_bad_input_is_one_sentence_on_stderr(nbtrace, tmp_path, mixed, words, status, says):  # noqa: PLR0917 - pytest passes names
    """What cannot be done is said in a line, two for wrong usage, with its exit status and nothing on stdout."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear Sir,\n")
    (tmp_path / "file").write_text("")
    (tmp_path / "broken" / "records").mkdir(parents=True)
    (tmp_path / "broken" / "records" / "mine.lark").write_text('start: "a\n')
    done = nbtrace(*(word.format(mixed=mixed, tmp=tmp_path) for word in words))
    assert done.status == status
    assert done.out == ""
    assert done.err.startswith("nbtrace: ")
    assert says in done.err
    assert "Traceback" not in done.err
    assert done.err.count("\n") <= 2


def test_errors_steer_no_terminal(nbtrace):
    """Control characters in what was typed are shown, not sent."""
    assert "\\x1b[31m" in nbtrace("analyze", "\x1b[31mred").err


def test_a_defect_is_told_as_such(nbtrace, monkeypatch, mixed):
    """An error that nobody foresaw is one line, and a status of its own."""
    monkeypatch.setattr(command, "_status", lambda _: 1 // 0)
    done = nbtrace("analyze", mixed, "-q")
    assert done.status == 70
    assert done.err.startswith("nbtrace: This is a defect in nbtrace, not in your logs (ZeroDivisionError: ")


def test_a_defect_shows_its_details_when_asked(nbtrace, monkeypatch, mixed):
    """NBTRACE_DEBUG lets the error through."""
    monkeypatch.setattr(command, "_status", lambda _: 1 // 0)
    monkeypatch.setenv("NBTRACE_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        nbtrace("analyze", mixed, "-q")


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="the system has no SIGPIPE")
def test_a_reader_that_goes_away_is_no_error(mixed, environment):
    """`nbtrace analyze … | head -1` is silent."""
    with subprocess.Popen(
        [sys.executable, "-m", "nbtrace", "analyze", mixed],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        running.stdout.close()
        err = running.stderr.read()
        status = running.wait(60)
    assert err == b""
    assert status == -signal.SIGPIPE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
@pytest.mark.parametrize("words", [["--help"], ["analyze", "{mixed}", "-q"]])
def test_a_full_disk_is_told(mixed, environment, words):
    """Output that cannot be written is one sentence and status 2."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "nbtrace", *(word.format(mixed=mixed) for word in words)],
            env=environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("nbtrace: The output cannot be written: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
def test_an_interruption_is_quiet(tmp_path, environment):
    """Ctrl-C ends nbtrace with status 130 and without a word."""
    pipe = tmp_path / "import.started"
    code = (
        "import pathlib, sys, time; from nbtrace.cli import analyze, main; "
        f"analyze._time = lambda *_: (pathlib.Path({str(pipe)!r}).touch(), time.sleep(30)); "
        "sys.argv = ['nbtrace', 'analyze', '.']; main.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        deadline = time.monotonic() + 20
        while not pipe.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        os.kill(running.pid, signal.SIGINT)
        out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (130, b"", b"")


def test_an_interruption_while_nbtrace_is_loaded(monkeypatch):
    """Ctrl-C before the commands are there ends nbtrace as it does later."""

    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr("nbtrace.cli.main.main", interrupted)
    with pytest.raises(SystemExit) as ended:
        entry()
    assert ended.value.code == 130
