"""Poor surroundings change how an answer looks, and not what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest


def _words(text):
    """Return a report's words, whatever their lines and characters, without the command that it ends with."""
    return re.findall(r"[a-z]{3,}|[0-9]+", text.partition("\nNext\n")[0])


@pytest.mark.parametrize(
    "variables",
    [
        {"TERM": "dumb"},
        {"LANG": "C", "LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"HOME": ""},
        {"XDG_CACHE_HOME": "/proc/1/nowhere"},
        {"XDG_CACHE_HOME": "/dev/null"},
        {"TZ": "Asia/Kathmandu"},
    ],
    ids="-".join,
)
def test_poor_surroundings(process, mixed, variables):
    """A dumb terminal, the C locale, no home, no cache, another zone: the same report."""
    usual = process("analyze", mixed, COLUMNS="250")
    done = process("analyze", mixed, COLUMNS="250", **variables)
    assert (done.status, done.err) == (1, "")
    assert _words(done.out) == _words(usual.out)


def test_twenty_columns(process, mixed):
    """A very narrow terminal gets lines that fit, but for names, and commands to copy."""
    done = process("analyze", mixed, COLUMNS="20")
    assert (done.status, done.err) == (1, "")
    prose = [line for line in done.out.splitlines() if "/" not in line]
    assert max(map(len, prose)) <= 60  # names are not cut
    assert "48 images" in done.out


@pytest.mark.skipif(sys.platform == "win32", reason="no shell with descriptors there")
def test_no_standard_output(mixed, environment):
    """Standard output that is closed is one sentence and status 2."""
    done = subprocess.run(
        [sys.executable, "-m", "nbtrace", "analyze", mixed],
        env=environment(), preexec_fn=lambda: os.close(1), stderr=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "nbtrace: The output cannot be written: there is no standard output.\n"
