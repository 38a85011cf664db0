"""Progress and colours: for a person at a terminal, and nobody else."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys

import pytest

from nbtrace.cli.progress import progress

pty = pytest.importorskip("pty", reason="the system has no pseudo terminals")
ESCAPE = b"\x1b["


@pytest.fixture
def at_a_terminal(environment):
    """Run nbtrace with one of its streams on a terminal; return what it shows there."""

    def run(*words, stream, **variables):
        ours, its = pty.openpty()
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | {stream: its}
        command = [sys.executable, "-m", "nbtrace", *words]
        with subprocess.Popen(command, env=environment(**{"TERM": "xterm-256color"} | variables), **streams) as running:
            os.close(its)
            shown = b""
            with contextlib.suppress(OSError):  # how Linux says that the other end was closed
                while part := os.read(ours, 4096):
                    shown += part
            running.wait(60)
        os.close(ours)
        return shown

    return run


def test_a_person_sees_progress(at_a_terminal, mixed):
    """On a terminal stderr shows how far reading has come, and leaves nothing behind."""
    shown = at_a_terminal("analyze", mixed, stream="stderr")
    assert b"reading" in shown
    assert b"\x1b[?25h" in shown  # the cursor is back


def test_progress_counts_bytes(monkeypatch):
    """What is called with bytes done and bytes in all draws a bar."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("TERM", "xterm-256color")
    with progress() as report:
        report(500, 1000)
    assert "0.5/1.0 kB" in terminal.getvalue()


@pytest.mark.parametrize(("words", "variables"), [(["-q"], {}), ([], {"TERM": "dumb"})])
def test_progress_is_left_out_where_it_disturbs(at_a_terminal, mixed, words, variables):
    """Neither --quiet nor a terminal that cannot draw gets any progress."""
    assert at_a_terminal("analyze", mixed, *words, stream="stderr", **variables) == b""


def test_a_terminal_gets_colours(at_a_terminal, mixed):
    """The report is coloured for a person."""
    assert ESCAPE in at_a_terminal("analyze", mixed, "-q", stream="stdout")


@pytest.mark.parametrize(
    ("words", "variables"), [(["--no-color"], {}), ([], {"NO_COLOR": "1"}), ([], {"TERM": "dumb"})]
)
def test_colours_can_be_refused(at_a_terminal, mixed, words, variables):
    """--no-color, NO_COLOR and a dumb terminal get no colours."""
    shown = at_a_terminal("analyze", mixed, "-q", *words, stream="stdout", **variables)
    assert re.sub(rb"\x1b\[[01]m", b"", shown).startswith(b"48 images: ")  # bold is no colour
