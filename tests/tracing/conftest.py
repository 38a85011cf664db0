"""Small stories of log lines, written as text, as the frames that the stage works on."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from nbtrace.flows import load
from nbtrace.grammar.library import Library
from nbtrace.tables import ENTRIES, LOGS
from nbtrace.tracing.belonging import adopt
from nbtrace.tracing.identify import describe, identify
from nbtrace.tracing.matching import with_outcome
from nbtrace.tracing.speakers import assign_runs, assign_speakers
from nbtrace.tracing.trace import _any
from nbtrace.tracing.words import rules_of, with_words

LIBRARY = Library()
NIGHT = datetime(2026, 11, 20, tzinfo=UTC)
UNIFIED = {"nbrmms": 222, "importmgr": 369, "nbstserv": 226, "nbpem": 116, "nbjm": 117, "nbrb": 118, "nbemm": 111}
MEDIA = {"nbrmms", "bpdm", "bptm"}
LINE = re.compile(
    r"(?P<log>\w+)(@(?P<host>\w+))?(#(?P<file>\d+))?\s+(?P<time>[\d:]+|-)(\s+\[(?P<pid>\d+)\])?"
    r"(\s+<(?P<severity>\d+)>)?(\s+\((?P<function>\w+)\))?\s*(?P<message>.*)"
)

# An import from end to end: the image a_1795188184 by job 815.
IMPORTED = """
    nbrmms    18:00:00 event for image a_1795188184 arrived
    importmgr 18:00:10 inserted record a_1795188184
    nbstserv  18:05:00 image a_1795188184 added to an import batch, jobid=815
    nbpem     18:05:01 jobid=815 created
    nbjm      18:05:02 accepted import jobid=815
    nbjm      18:05:10 starting bpimport for jobid=815
    admin     18:05:11 [4001] bpimport -jobid 815
    admin     18:05:12 [4001] image a_1795188184 to be imported
    bpdm      18:05:20 [5001] bpdm -jobid 815
    bpdm      18:05:25 [5001] resources granted, DiskVolume=v1
    bpdm      18:05:30 [5001] read image information a_1795188184_C1_IM
    bpdbm     18:05:31 [6001] received image a_1795188184
    bpdbm     18:05:32 [6001] validated image a_1795188184
    bpdm      18:05:33 [5001] EXITING with status 0
    admin     18:05:34 [4001] EXITING with status 0
    nbjm      18:05:35 jobid=815 ended with status 0
"""
# The same in parts, in short words: one for each step, and the end.
A = "a_1795188184"
EVENT = f"nbrmms 18:00:00 event {A} arrived\n"
INSERT = f"importmgr 18:00:10 inserted record {A}\n"
BATCH = f"nbstserv 18:05:00 image {A} added to import batch, jobid=815\nnbjm 18:05:02 accepted import jobid=815\n"
START = "nbjm 18:05:10 starting bpimport jobid=815\nadmin 18:05:11 [41] bpimport -jobid 815\n"
MOVER = "bpdm 18:05:20 [51] bpdm -jobid 815\n"
RESOURCES = "bpdm 18:05:25 [51] resources granted DiskVolume=v1\n"
CATALOG = f"bpdm 18:05:30 [51] read image information of {A}\n"
VALIDATE = f"bpdbm 18:05:32 validated image {A}\n"
FLOW = (EVENT, INSERT, BATCH, START, MOVER, RESOURCES, CATALOG, VALIDATE)
END = "admin 18:05:34 [41] EXITING with status 0\n"
WRITERS = ("nbrmms", "importmgr", "nbstserv", "nbpem", "nbjm", "admin", "bpdm", "bpdbm")


def at(clock):
    """Return a time of the night."""
    hours, minutes, seconds, *_ = [*map(int, clock.split(":")), 0]
    return NIGHT + timedelta(hours=hours, minutes=minutes, seconds=seconds)


def parse(story):
    """Return the entries and the logs of a story; a line is ``log[@host][#file] time [pid] <severity> (function) message``."""
    lines = [LINE.fullmatch(line.strip()).groupdict() for line in story.splitlines() if line.strip()]
    names = sorted({(line["host"] or ("media1" if line["log"] in MEDIA else "primary"), line["log"]) for line in lines})
    logs = [
        {"log_id": number, "path": f"{host}/{log}.log", "host": host, "log": log, "originator": UNIFIED.get(log)}
        | {"role": "media" if log in MEDIA else "primary", "format": "unified" if log in UNIFIED else "legacy"}
        | {"zone": "UTC", "zone_source": "option"}
        for number, (host, log) in enumerate(names)
    ]
    numbers = {name: number for number, name in enumerate(names)}
    rows = [
        {
            "log_id": numbers[line["host"] or ("media1" if line["log"] in MEDIA else "primary"), line["log"]],
            "line": number,
            "time": None if line["time"] == "-" else at(line["time"]),
            "daemon": line["log"],
            "originator": UNIFIED.get(line["log"]),
            "file_id": int(line["file"]) if line["file"] else UNIFIED.get(line["log"]),
            "pid": int(line["pid"] or 99),
            "severity": int(line["severity"] or 2),
            "function": line["function"] or "",
            "message": line["message"],
            "context": "",
        }
        for number, line in enumerate(lines, 1)
    ]
    return ENTRIES.shape(pl.DataFrame(rows, infer_schema_length=None)), LOGS.shape(pl.DataFrame(logs))


@pytest.fixture
def story():
    """Return the reader of stories."""
    return parse


@pytest.fixture
def clock():
    """Return the reader of times."""
    return at


@pytest.fixture
def imported():
    """Return the story of an import that went well."""
    return IMPORTED


@pytest.fixture
def named():
    """Return a maker of described entries: a story in, all that its messages name out."""

    def make(text):
        identified = identify(parse(text)[0], LIBRARY.identifiers())
        return describe(identified.with_row_index("entry"), LIBRARY.identifiers())

    return make


@pytest.fixture
def told():
    """Return a maker of rows with runs, words and outcome, as they are bound to images."""

    def make(text):
        entries, logs = parse(text)
        entries = entries.join(logs.select("log_id", "host", "path", "log"), on="log_id", how="left")
        rows = identify(assign_speakers(entries, load()), LIBRARY.identifiers()).with_row_index("entry")
        rows = describe(rows, LIBRARY.identifiers())
        start, end = (_any(LIBRARY.identifiers(), rule) for rule in ("run_start", "run_end"))
        rows = assign_runs(rows, load(), start, end)
        rows = rows.with_columns(is_start=start, is_end=end, job=pl.coalesce("job_id", "session_job"))
        return with_outcome(adopt(with_words(rows, LIBRARY.evidence("import"), rules_of(load())), load()))

    return make


def busy(first="17:00", last="23:00", logs=(*UNIFIED, "admin", "bpdm", "bpdbm")):
    """Return small talk of every log, every five minutes, so that its silence about an image means something."""
    minutes = range(int((at(last) - at(first)).total_seconds()) // 300 + 1)
    times = [(at(first) + timedelta(minutes=5 * minute)).strftime("%H:%M:%S") for minute in minutes]
    return "\n".join(f"{log} {time} [{7000 + n}] idle" for log in logs for n, time in enumerate(times))


@pytest.fixture
def small_talk():
    """Return the maker of small talk."""
    return busy


@pytest.fixture
def traced(trace_entries):
    """Return a maker of traces: a story in, the trace out; every log listens from 17:00 to 23:00 unless told otherwise."""

    def make(text, talk=None):
        return trace_entries(*parse((busy() if talk is None else talk) + "\n" + text))

    return make
