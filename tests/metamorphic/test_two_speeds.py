"""The cheap look leaves out nothing that matters: both ways of reading tell the same, in every column."""

from __future__ import annotations

from functools import partial

import pytest

from nbtrace.analysis import Options, analyze
from nbtrace.engines import local
from nbtrace.engines import reader as engine_reader
from nbtrace.flows import load
from nbtrace.grammar.library import Library
from nbtrace.records import look as looking
from nbtrace.records import reader
from nbtrace.records.chunks import chunks
from nbtrace.tracing import trace
from nbtrace.tracing.windows import listen

LIBRARY = Library()
TABLES = ("images", "jobs", "steps", "evidence", "findings", "coverage")
CHATTY = {"images": 20, "heartbeat_s": 20.0, "hours": 6.0}  # most lines say nothing of interest, as on real hosts
NIGHTS = [
    {"dialect": "plain", "seed": 11},
    {"dialect": "other", "seed": 12, "windows": True},
    {"dialect": "terse", "seed": 13, "log_kb": 64},
    {"dialect": "plain", "seed": 14, "printed": ()},
    {"dialect": "terse", "seed": 15, "without": ("bpdbm", "nbjm")},
]


@pytest.fixture
def look_little(monkeypatch):
    """Let the cheap look read as few records as it can, and chunks be small."""

    def set_to(size):
        monkeypatch.setattr(local, "_SMALL", 0)
        monkeypatch.setattr(looking, "_SOME", 1)
        monkeypatch.setattr(looking, "_ENDS", 1)
        monkeypatch.setattr(reader, "chunks", partial(chunks, size=size))

    return set_to


def told(inputs, zones, **options):
    """Return all tables of an analysis."""
    result = analyze(inputs, Options(host_tz=zones, **options))
    return {name: getattr(result, name) for name in TABLES}


@pytest.mark.parametrize("options", NIGHTS, ids=lambda options: "-".join(map(str, options.values())))
@pytest.mark.parametrize("size", [20_000, 1 << 25])
def test_cheap_and_thorough(make_night, look_little, options, size):
    """What is read in full by a cheap look gives the tables that come from reading everything in full."""
    night = make_night(**CHATTY, **options)
    thorough = told([night.folder], night.zones, thorough=True)
    look_little(size)
    cheap = told([night.folder], night.zones)
    assert {name: cheap[name].equals(thorough[name]) for name in TABLES} == dict.fromkeys(TABLES, True)
    assert not cheap["images"].is_empty()


def test_line_ends_of_windows(make_night, look_little, tmp_path):
    """With CR LF, too, both ways of reading tell the same."""
    night = make_night(**CHATTY, dialect="other")
    folder = night.rewritten(tmp_path / "bundle", content=lambda data: data.replace(b"\n", b"\r\n"))
    thorough = told([folder], night.zones, thorough=True)
    look_little(20_000)
    cheap = told([folder], night.zones)
    assert {name: cheap[name].equals(thorough[name]) for name in TABLES} == dict.fromkeys(TABLES, True)


def test_the_look_is_cheap(make_night, look_little, monkeypatch):
    """At first less than half of all records are read in full, so that the comparison compares two things."""
    night = make_night(**CHATTY)
    read, notice = [], engine_reader.notice

    def counting(entries, *args, **options):
        read.append(entries.height)
        return notice(entries, *args, **options)

    monkeypatch.setattr(engine_reader, "notice", counting)
    look_little(1 << 25)
    counts = []
    for thorough in (True, False):
        told([night.folder], night.zones, thorough=thorough)
        counts.append(sum(read))
        read.clear()
    assert 0 < counts[1] < counts[0] / 2


@pytest.mark.parametrize("dialect", ["plain", "terse", "other"])
def test_selected_and_all(make_night, noticed, dialect):
    """What is traced from the selected entries is what is traced from all of them."""
    night = make_night(dialect=dialect)
    rows, heard = noticed(night.entries, night.logs, everything=True)
    whole = trace(rows, listen(heard), load(), LIBRARY.identifiers(), LIBRARY.evidence("import"))
    part = night.trace(night.entries, night.logs)
    for name in ("images", "jobs", "steps", "evidence"):
        assert getattr(part, name).equals(getattr(whole, name)), name
