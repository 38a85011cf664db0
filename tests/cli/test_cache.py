"""What is kept of logs: shown, emptied, done without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from nbtrace.engines import local


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return where the cache of this test is, in which small logs are kept as well."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(local, "_SMALL", 0)
    return tmp_path / "nbtrace"


def test_an_analysis_fills_the_cache_and_the_command_shows_it(nbtrace, clean, home):
    """After an analysis the command says where its parts are, how many, how large and how old."""
    assert nbtrace("cache") == (0, f"{home}\nempty\n", "")
    assert not home.exists()
    nbtrace("analyze", clean, "-q")
    count = len(list(home.glob("*.part")))
    done = nbtrace("cache")
    assert done.out.startswith(f"{home}\n{count} parts, ")
    assert re.search(r" \d+\.\d MB, the oldest used last 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\n$", done.out)
    assert count > 10


def test_clear_empties_it(nbtrace, clean, home):
    """--clear removes the parts, says how much that was, and leaves what is not nbtrace's."""
    nbtrace("analyze", clean, "-q")
    (home / "notes.txt").write_text("mine")
    done = nbtrace("cache", "--clear")
    assert re.fullmatch(rf"{re.escape(str(home))}\nremoved \d\.\d MB\nempty\n", done.out)
    assert [path.name for path in home.iterdir()] == ["notes.txt"]


def test_no_cache_does_without(nbtrace, clean, home):
    """--no-cache neither makes the folder nor reads what is in it."""
    wanted = nbtrace("analyze", clean, "--no-cache", "-q")
    assert not home.exists()
    nbtrace("analyze", clean, "-q")
    assert " from the cache" in nbtrace("analyze", clean, "-q", "-v").err
    done = nbtrace("analyze", clean, "--no-cache", "-q", "-v")
    assert (done.status, done.out) == (wanted.status, wanted.out)
    assert " from the cache" not in done.err


def test_the_report_is_the_same_from_the_cache(nbtrace, mixed, home):
    """The whole report is letter by letter the same, from the logs and from the cache."""
    first = nbtrace("analyze", mixed)
    assert nbtrace("analyze", mixed) == first
    assert nbtrace("analyze", mixed, "--no-cache").out.splitlines()[:-3] == first.out.splitlines()[:-3]
    assert list(home.glob("*.part"))


def test_the_next_command_does_without_a_cache_too(nbtrace, mixed):
    """Who asked for no cache gets a proposal without one."""
    assert " --no-cache --image " in nbtrace("analyze", mixed, "--no-cache").out


def test_without_a_home(nbtrace, monkeypatch, clean):
    """Where nobody knows a place for it, there is no cache, and analyses work."""
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    done = nbtrace("cache")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("There is no place for a cache: ")
    assert nbtrace("analyze", clean, "-q").status == 0


def test_a_strange_folder_is_shown_safely(nbtrace, tmp_path, monkeypatch):
    """The name of the folder cannot steer the terminal."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "\x1b[31m"))
    assert "\x1b" not in nbtrace("cache").out


def test_small_logs_leave_no_trace(nbtrace, clean, tmp_path, monkeypatch):
    """A bundle of small logs is not kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    nbtrace("analyze", clean, "-q")
    assert list(Path(tmp_path).rglob("*.part")) == []
