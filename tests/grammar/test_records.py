"""The shipped record and name grammars read the published shapes, field by field, and nothing that only looks like them."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.grammar import columns
from nbtrace.grammar.library import Library

GRAMMARS = {grammar.name: grammar.lowered() for grammar in (*Library().records(), *Library().names())}


def fields_of(name, text):
    """Return the fields of a text that are there."""
    row = pl.DataFrame({"text": [text]}).select(columns.fields(pl.col("text"), GRAMMARS[name]).alias("x"))["x"][0]
    return {field: value for field, value in row.items() if value is not None}


LEGACY = {"clock": "03:14:15.926", "pid": "4242", "severity": "2"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("03:14:15.926 [4242] <2> some_function: Name 1: K=v", {"function": "some_function", "message": "Name 1: K=v"}),
        ("03:14:15.926 [4242.17] <2> f: text", {"tid": "17", "function": "f", "message": "text"}),
        ("03:14:15.926 [4242:17] <2> f: text", {"tid": "17", "function": "f", "message": "text"}),
        (
            "3:14:15.926 AM: [4242] <2> f: x",
            {"clock": "3:14:15.926", "meridiem": "AM", "function": "f", "message": "x"},
        ),
        ("12:14:15 PM: [4242] <2> f: x", {"clock": "12:14:15", "meridiem": "PM", "function": "f", "message": "x"}),
        ("03:14:15 [4242] <2> f: x", {"clock": "03:14:15", "function": "f", "message": "x"}),
        ("03:14:15.926 [4242] <16> f: x", {"severity": "16", "function": "f", "message": "x"}),
        ("03:14:15.926 [4242] <2> a::V_Method(): INF - x", {"function": "a::V_Method()", "message": "INF - x"}),
        ("03:14:15.926 [4242] <2> ~Class9<T>: D:\\x y: z", {"function": "~Class9<T>", "message": "D:\\x y: z"}),
        ("03:14:15.926 [4242] <2> (f): x", {"function": "(f)", "message": "x"}),
        ("03:14:15.926 [4242] <2> a:b: c", {"function": "a:b", "message": "c"}),
        ("03:14:15.926 [4242] <2> no function: here", {"message": "no function: here"}),
        ("03:14:15.926 [4242] <2> [some_file.c:123]: x", {"message": "[some_file.c:123]: x"}),
        ("03:14:15.926 [4242] <2> 12:00:00: x", {"message": "12:00:00: x"}),
        ("03:14:15.926 [4242] <2> f:\nmore: lines\n", {"function": "f", "message": "more: lines\n"}),
        ("03:14:15.926 [4242] <2> f: ", {"function": "f", "message": ""}),
        ("03:14:15.926 [4242] <2> ", {"message": ""}),
        ("03:14:15.926 [4242] <2>", {"message": ""}),
    ],
)
def test_legacy_records(text, expected):
    """A legacy line gives time, process, severity and function; what is no function stays in the message."""
    assert fields_of("records/legacy", text) == {**LEGACY, **expected}


def test_raw_unified_records():
    """A raw unified record gives its eight leading numbers, and the counted rest with line breaks untouched."""
    assert fields_of("records/unified", "0,51216,137,117,4711,1730625720123,5120,16,0:,5:a,\nb,,3:[f],1") == {
        "kind": "0",
        "product": "51216",
        "file_id": "137",
        "originator": "117",
        "sequence": "4711",
        "epoch_ms": "1730625720123",
        "pid": "5120",
        "tid": "16",
        "counted": "0:,5:a,\nb,,3:[f],1",
    }


FULL = {
    "date": "11/03/2024",
    "clock": "09:22:00.123",
    "kind": "Debug",
    "product": "51216",
    "originator_name": "nbjm",
    "originator": "117",
    "pid": "5120",
    "tid": "16",
    "file_id": "137",
}
HEAD = "11/03/2024 09:22:00.123 [Debug] NB 51216 nbjm 117 PID:5120 TID:16 File ID:137 "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            HEAD + "[jobid=815 parentid=814] 1 [JobX::start()] text(JobX.cpp:2313)",
            {
                "context": "jobid=815 parentid=814",
                "level": "1",
                "function": "JobX::start()",
                "message": "text(JobX.cpp:2313)",
            },
        ),
        (
            HEAD + "[No context] 3 V-117-999 [JobX::request] text",
            {
                "context": "No context",
                "level": "3",
                "message_id": "V-117-999",
                "function": "JobX::request",
                "message": "text",
            },
        ),
        (
            HEAD + "[reqid=-1730600000] [Info] V-117-998 text",
            {"context": "reqid=-1730600000", "severity": "Info", "message_id": "V-117-998", "message": "text"},
        ),
        (HEAD + "[ jobid=815] 6 text\nmore", {"context": "jobid=815", "level": "6", "message": "text\nmore"}),
        (HEAD + "[] 6 ", {"context": "", "level": "6", "message": ""}),
        (
            "11/03/2024 09:22:00.123 [Debug] NB 51216nbjm 117 PID:5120TID:16File ID:137[No context]1[f]text",
            {"context": "No context", "level": "1", "function": "f", "message": "text"},
        ),
        (
            HEAD + "[No context][Error]V-117-998text",
            {"context": "No context", "severity": "Error", "message_id": "V-117-998", "message": "text"},
        ),
    ],
)
def test_full_printouts(text, expected):
    """A record of `vxlogview -d all` gives all its fields, also where a web page has lost blanks."""
    assert fields_of("records/vxlogview", text) == {**FULL, **expected}


@pytest.mark.parametrize(
    ("date", "kind"), [("1/9/2024", "Diagnostic"), ("11/03/24", "Application"), ("2024-11-03", "Debug")]
)
def test_full_printouts_of_any_date_and_kind(date, kind):
    """Dates may be unpadded, short or ISO, and all three kinds of record are read."""
    found = fields_of(
        "records/vxlogview", f"{date} 09:22:00.123 [{kind}] NB 51216 nbjm 117 PID:1 TID:2 File ID:3 [x] 1 y"
    )
    assert (found["date"], found["kind"], found["message"]) == (date, kind, "y")


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("[Warning] V-116-998 text", {"severity": "Warning", "message_id": "V-116-998", "message": "text"}),
        ("V-116-999 [JobY::select] text", {"message_id": "V-116-999", "function": "JobY::select", "message": "text"}),
        ("[taolog] text", {"function": "taolog", "message": "text"}),
        ("[Information] [f] text", {"severity": "Information", "function": "f", "message": "text"}),
        ("text", {"message": "text"}),
    ],
)
def test_default_printouts(rest, expected):
    """A record of the default printout tells a severity from a function by the word."""
    found = fields_of("records/vxlogview_default", f"11/03/24 09:22:00.123 {rest}")
    assert found == {"date": "11/03/24", "clock": "09:22:00.123", **expected}


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("legacy", "root.110324_00001.log", {"user": "root", "mmddyy": "110324", "rotation": "00001"}),
        ("legacy", "jdoe@dom1.110324_00012.log", {"user": "jdoe@dom1", "mmddyy": "110324", "rotation": "00012"}),
        (
            "legacy",
            "a.110324_00001.log.110325_00002.log",
            {"user": "a.110324_00001.log", "mmddyy": "110325", "rotation": "00002"},
        ),
        ("legacy", "110324_00001.log", {"mmddyy": "110324", "rotation": "00001"}),
        ("legacy_old_unix", "log.110324", {"mmddyy": "110324"}),
        ("legacy_old_windows", "110324.log", {"mmddyy": "110324"}),
        (
            "unified",
            "51216-116-4294967295-241103-0000000002.log",
            {
                "product": "51216",
                "originator": "116",
                "host_id": "4294967295",
                "yymmdd": "241103",
                "rotation": "0000000002",
            },
        ),
        (
            "unified",
            "50936-103-1-241103-0000000000.log",
            {"product": "50936", "originator": "103", "host_id": "1", "yymmdd": "241103", "rotation": "0000000000"},
        ),
    ],
)
def test_names(name, text, expected):
    """The name of a log gives its date, rotation, and who wrote it."""
    assert fields_of(f"names/{name}", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "core.123456",
        "nbjm.txt",
        "root.110324_00001.log.gz",
        "110324",
        "815.t",
        "log.11032",
        "51216-116-1-241103-2.log",
        "a b.log",
        "",
    ],
)
def test_other_names_are_refused(text):
    """A name that only resembles a log's is taken by no grammar."""
    assert [name for name in GRAMMARS if name.startswith("names/") and fields_of(name, text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "    at some_function: text",
        " 03:14:15.926 [4242] <2> f: x",
        "03:14:15.926 text",
        "03:14:15.926 [4242] text",
        "0,1,2,3 and so on",
        "3,51216,137,117,4711,1730625720123,5120,16,0:,",
        "0,51216,137,117,4711,17306257,5120,16,0:,",
        "11/03/2024 and so on",
        "Nov 3, 2024 1:30:22 PM - Error bpbrm (pid=4242) text",
        "",
    ],
)
def test_continuation_lines_start_no_record(text):
    """A line that does not begin like a record starts none."""
    frame = pl.DataFrame({"text": [text]})
    starters = [
        name
        for name, lowered in GRAMMARS.items()
        if name.startswith("records/") and frame.select(columns.starts(pl.col("text"), lowered)).item()
    ]
    assert starters == []
