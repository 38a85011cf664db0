"""--verbose says where the time went, beside the report and not in it."""

from __future__ import annotations

import re
from dataclasses import fields

import polars as pl

from nbtrace.cli.effort import told
from nbtrace.tables import Result, Volume

TITLES = ("load nbtrace", "prepare", "find the logs", "read listings", "read them", "select what can matter", "read processes in full", "compare the clocks",
          "trace the images", "explain", "report", "in all")  # fmt: skip


def result(**given):
    """Return a result that holds what is told of the work only."""
    tables = {item.name: pl.DataFrame() for item in fields(Result) if item.name not in {"since", "until"}}
    return Result(**tables | {"unreadable": 0, "phases": {}, "volumes": {}} | given)


def test_verbose_tells_each_phase_on_stderr(nbtrace, clean):
    """Every phase has a line with its seconds, the whole the last one; the output itself stays as it is."""
    done = nbtrace("analyze", clean, "-q", "--verbose")
    assert (done.status, done.out) == (0, "24 images: 24 imported\n")
    lines = done.err.strip("\n").splitlines()
    assert tuple(line[:24].rstrip() for line in lines) == TITLES
    assert all(re.match(r".{24} +\d+\.\d\d s", line) for line in lines)
    assert re.search(r"MB in \d+ logs, [\d,]+ records, [\d,]+ MB/s$", lines[-1])


def test_without_verbose_stderr_is_silent(nbtrace, clean):
    """Nobody is told who did not ask."""
    assert nbtrace("analyze", clean, "-q").err == ""


def test_figures():
    """Bytes, rates and what came from the cache stand beside the phase that they belong to."""
    logs = pl.DataFrame({"bytes": [150_000_000, 50_000_000]})
    coverage = pl.DataFrame({"entries": [1_000_000, 234_567]})
    phases = {"find": 0.5, "read": 2.0, "runs": 0.5, "trace": 1.0}
    volumes = {"read": Volume(50_000_000, 150_000_000), "runs": Volume(0, 10_000_000)}
    text = told(result(logs=logs, coverage=coverage, phases=phases, volumes=volumes))
    assert text.splitlines() == [
        "",
        "find the logs               0.50 s",
        "read them                   2.00 s  50.0 MB, 25 MB/s; 150.0 MB from the cache",
        "read processes in full      0.50 s  10.0 MB from the cache",
        "trace the images            1.00 s",
        "in all                      4.00 s  200.0 MB in 2 logs, 1,234,567 records, 50 MB/s",
    ]
