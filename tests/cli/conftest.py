"""Two ways to run the command line: in a process of its own, and faster in this one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from nbtrace.cli.main import main

ROOT = Path(__file__).parents[2]
# What would change colours, width or characters.
SWAYING = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM", "TERM", "LANG", "LC_ALL")


class Ran(NamedTuple):
    """What a run left behind."""

    status: int
    out: str
    err: str


@pytest.fixture
def environment():
    """Return the environment of a run: this one without what would sway it, and nbtrace found from any folder."""

    def of(**more):
        kept = {name: value for name, value in os.environ.items() if name not in SWAYING}
        return kept | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | more

    return of


@pytest.fixture
def mixed():
    """Return the sample in which every ending occurs."""
    return str(ROOT / "sample_logs" / "mixed-night")


@pytest.fixture
def clean():
    """Return the sample in which every image is imported."""
    return str(ROOT / "sample_logs" / "clean-night")


@pytest.fixture
def process(environment):
    """Run nbtrace in a process of its own; keywords are variables of its environment."""

    def run(*words, **variables):
        command = [sys.executable, "-m", "nbtrace", *words]
        done = subprocess.run(
            command, env=environment(**variables), capture_output=True, encoding="utf-8", timeout=60, check=False
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def nbtrace(monkeypatch, capsys):
    """Run nbtrace in this process, through the same `main` as the installed command."""
    for name in SWAYING:
        monkeypatch.delenv(name, raising=False)
    before = signal.getsignal(signal.SIGPIPE) if hasattr(signal, "SIGPIPE") else None

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["nbtrace", *words])
        with pytest.raises(SystemExit) as stopped:
            main()
        out, err = capsys.readouterr()
        return Ran(stopped.value.code or 0, out, err)

    yield run
    if before is not None:
        signal.signal(signal.SIGPIPE, before)
