"""What each log covers."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.flows import load
from nbtrace.listed import LISTED
from nbtrace.tables import COVERAGE, EVIDENCE, LOGS, STRINGS, TIME
from nbtrace.tracing.coverage import coverage, with_roles
from nbtrace.tracing.windows import Windows


@pytest.fixture
def covered(story, clock):
    """Return the coverage of two logs, of which nbjm has two files."""
    _, logs = story("nbjm 18:00 x\nadmin 18:00 x")
    logs = pl.concat([logs, logs.filter(log="nbjm").with_columns(log_id=pl.lit(2, pl.UInt32))])
    rows = [
        (0, "admin", None, 10, 2, "18:00", "20:00", None, ["a:1: x"]),
        (1, "nbjm", 117, 5, 0, "18:00", "19:00", 3, []),
        (2, "nbjm", 117, 7, 4, "19:00", "22:00", 5, ["b:1: x", "b:2: x", "b:3: x", "b:4: x"]),
    ]
    names = (
        "log_id",
        "log",
        "originator",
        "entries",
        "unparsed",
        "first_time",
        "last_time",
        "highest_level",
        "samples",
    )
    types = (pl.UInt32, pl.String, pl.Int32, pl.UInt32, pl.UInt32, TIME, TIME, pl.Int8, STRINGS)
    timed = [(*row[:5], clock(row[5]), clock(row[6]), *row[7:]) for row in rows]
    stats = pl.DataFrame(timed, schema=dict(zip(names, types, strict=True)), orient="row")
    windows = Windows({("primary", "nbjm"): [(clock("18:00"), clock("22:00"))]}, {"primary": clock("22:00")})
    heard = pl.DataFrame(
        {
            "host": ["primary"] * 3,
            "log_id": [1, 1, 2],
            "speaker": ["nbjm"] * 3,
            "first": [clock("18:00"), clock("18:27"), clock("19:00")],
            "last": [clock("18:20"), clock("18:50"), clock("20:00")],
        }
    )
    return coverage(logs, stats, load(), windows, heard)


def test_one_row_a_log(covered, clock):
    """The files of a log add up: its time, its records, what was not understood, and the first few samples of it."""
    row = covered.row(1, named=True)

    assert COVERAGE.check(covered) is covered
    assert covered["log"].to_list() == ["admin", "nbjm"]
    assert (row["files"], row["entries"], row["unparsed"], row["highest_level"]) == (2, 12, 4, 5)
    assert (row["first_time"], row["last_time"]) == (clock("18:00"), clock("22:00"))
    assert row["samples"] == ["b:1: x", "b:2: x", "b:3: x"]


def test_windows_of_each_log(covered, clock):
    """A log of the flow has the windows in which its speaker was listening; without any it has none."""
    assert covered["windows"].to_list() == [[], [{"from": clock("18:00"), "to": clock("22:00")}]]


def test_the_longest_silence_of_each_log(covered):
    """Of all files of a speaker's log the longest silence counts; without a speaker it is not known."""
    assert covered["silence_s"].to_list() == [None, 420.0]


def roles(evidence, facts):
    """Return the roles of hosts whose logs prove none, and of a media server, by what is known of an import."""
    logs = [
        {"log_id": number, "host": host, "role": role}
        for number, (host, role) in enumerate((("p", ""), ("m", "media")))
    ]
    told = [
        table.shape(pl.DataFrame(rows)) if rows else table.empty()
        for table, rows in ((LOGS, logs), (EVIDENCE, evidence), (LISTED, facts))
    ]
    return with_roles(*told, load())["role"].to_list()


@pytest.mark.parametrize(
    ("row", "role"),
    [
        ({"host": "p", "daemon": "admin", "job_id": 8, "step": 4}, "primary"),
        ({"host": "p", "daemon": "admin", "job_id": 8, "step": None}, ""),
        ({"host": "p", "daemon": "bpdm", "job_id": 8, "step": 5}, ""),
        ({"host": "m", "daemon": "admin", "job_id": 8, "step": 4}, ""),
    ],
)
def test_a_primary_by_its_work(row, role):
    """A host on which bpimport works on a job is a primary server; what a log's name proves stands."""
    assert roles([row], []) == [role, "media"]


@pytest.mark.parametrize(
    ("row", "role"),
    [
        ({"fact": "job", "side": "target", "primary": "p"}, "primary"),
        ({"fact": "job", "side": "", "primary": "p"}, ""),
        ({"fact": "job", "side": "target", "primary": "q"}, ""),
    ],
)
def test_a_primary_by_its_name(row, role):
    """The host that a list of jobs names as the master server of an import is a primary server."""
    assert roles([], [row]) == [role, "media"]


def test_each_log_of_a_speaker_is_silent_for_itself(story, clock):
    """The silence of bpdm is none of bptm, though both are one speaker's."""
    _, logs = story("bpdm 18:00 x\nbptm 18:00 x")
    names = {name: number for number, name in logs.select("log_id", "log").iter_rows()}
    times = {"first_time": clock("18:00"), "last_time": clock("22:00")}
    figures = {"originator": None, "entries": 2, "unparsed": 0, "highest_level": 2, "samples": []}
    stats = pl.DataFrame(
        [{"log_id": number, "log": name} | figures | times for name, number in names.items()],
        schema_overrides={"log_id": pl.UInt32, "samples": STRINGS, "originator": pl.Int32},
    )
    stretches = [("bpdm", "18:00", "20:00"), ("bptm", "18:00", "18:30"), ("bptm", "19:30", "20:00")]
    heard = pl.DataFrame(
        [
            {"host": "media1", "log_id": names[log], "speaker": "bpdm", "first": clock(first), "last": clock(last)}
            for log, first, last in stretches
        ],
        schema_overrides={"log_id": pl.UInt32},
    )
    table = coverage(logs, stats, load(), Windows({}, {}), heard)

    assert dict(table.select("log", "silence_s").iter_rows()) == {"bpdm": None, "bptm": 3600.0}
