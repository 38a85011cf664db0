"""One log becomes entries: fields, severities and owners; every line is kept or counted."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from nbtrace.grammar.library import Grammar, Library
from nbtrace.records.reader import SAMPLE_LENGTH
from nbtrace.tables import ENTRIES

HEAD = "0,51216,117,117,1,1795204803581,2514,90,"
LINE = "03:14:15.926 [4242] <2> f: x\n"


def test_a_legacy_record(read):
    """A legacy line gives its fields; what a legacy record does not have is null or empty."""
    (entry,) = read("x\n03:14:15.926 [4242.17] <4> bpdm::f(): text\nmore\n\n").entries.to_dicts()
    assert entry == {
        "log_id": 7,
        "line": 2,
        "time": datetime(2026, 11, 20, 3, 14, 15, 926000, tzinfo=UTC),
        "time_quality": "local",
        "daemon": "bpdm",
        "originator": None,
        "file_id": None,
        "pid": 4242,
        "tid": 17,
        "kind": "debug",
        "level": None,
        "severity": 4,
        "function": "bpdm::f()",
        "message": "text\nmore",
        "context": "",
        "message_id": None,
    }


def test_a_raw_unified_record(read):
    """A raw record gives its counted fields without brackets, and a time that needs no zone."""
    text = "1,51216,369,226,1,1795204803581,2514,90,13:[ jobid=815 ],4:text,6:[A::b],3\n"
    (entry,) = read(text, "unified", originator=226).entries.to_dicts()
    assert entry == {
        "log_id": 7,
        "line": 1,
        "time": datetime(2026, 11, 20, 20, 0, 3, 581000, tzinfo=UTC),
        "time_quality": "epoch",
        "daemon": "nbstserv",
        "originator": 226,
        "file_id": 369,
        "pid": 2514,
        "tid": 90,
        "kind": "diagnostic",
        "level": 3,
        "severity": 4,
        "function": "A::b",
        "message": "text",
        "context": "jobid=815",
        "message_id": None,
    }


def test_the_owner_of_the_file_is_the_originator(read):
    """Where the owner stands in the field of the file id, the two fields are the other way round."""
    text = "2,51216,226,369,1,1795204803581,1,1,0:,2,(998|A4:4242|),0:,1\n"
    (entry,) = read(text, "unified", originator=226).entries.to_dicts()
    assert (entry["originator"], entry["file_id"], entry["daemon"]) == (226, 369, "nbstserv")
    assert (entry["message_id"], entry["message"], entry["kind"]) == ("V-226-998", "4242", "application")


def test_a_printout(read):
    """A printout gives who speaks line by line; lines of another log inside it are counted and are part of no entry."""
    found = read(Path("printout.txt"), "vxlogview", date=None, log="mixed")
    wanted = ("line", "daemon", "kind", "level", "severity", "message_id", "function", "message")
    assert found.entries.select(wanted).rows() == [
        (2, "nbjm", "debug", 1, 2, None, "JobX::start()", "text\n  with a second line"),
        (4, "nbjm", "diagnostic", 3, 4, "V-117-999", "JobX::request", "asked"),
        (5, "nbstserv", "application", None, 8, "V-226-998", None, "said"),
        (8, "nothing", "application", None, 16, "V-226-997", None, "INF - ERR - bad"),
    ]
    assert found.samples == [
        (1, "Output of a printout"),
        (6, "09:22:00 ERR [4242] of another log"),
        (7, "  and more of it"),
    ]
    assert (found.lines, found.unparsed, found.repaired, found.date_assumed) == (8, 3, 0, False)


def test_assumed_dates_are_said(read):
    """A printout whose dates can be read in two ways says so."""
    assert read("11/03/26 09:22:00.123 [taolog] text\n", "vxlogview_default", date=None).date_assumed


def test_torn_records_are_one(read):
    """A line inside a message that looks like the start of a record is text and no record."""
    found = read(Path("torn.log"), "unified")
    text = "first\n0,51216,117,117,9,1795204803589,1,1,0:,5:forged,\nlast, 5:x"
    assert found.entries.select("line", "context", "message", "function").rows() == [
        (1, "", "before", "a::b"),
        (2, "jobid=815", text, "a::bc"),
        (5, "", "after", "a::b"),
    ]
    assert (found.unparsed, found.repaired) == (0, 0)


def test_a_line_of_another_log_inside_a_counted_message_is_text(read):
    """What looks like a record of another format is text where a count says so, and unparsed elsewhere."""
    text = f"{HEAD}0:,17:a\n03:14:15 inside,0:,1\n03:14:15 outside\n"
    found = read(text, "unified")
    assert found.entries["message"].to_list() == ["a\n03:14:15 inside"]
    assert found.samples == [(3, "03:14:15 outside")]


def test_lines_behind_a_complete_record_are_counted(read):
    """Lines that no count covers are not part of the record before them."""
    found = read(f"{HEAD}0:,3:a\nb,0:,1\n\nafter\n{HEAD}0:,1:c,0:,1,extra\n", "unified")
    assert found.entries["message"].to_list() == ["a\nb", "c"]
    assert (found.samples, found.unparsed) == ([(4, "after")], 1)


def test_misfits_are_kept_and_counted(read):
    """A record whose counts do not fit keeps its text as the message and is counted as repaired."""
    found = read(f"{HEAD}0:,9:a,0:,1\nmore\n", "unified")
    assert found.entries["message"].to_list() == ["0:,9:a,0:,1\nmore"]
    assert (found.repaired, found.unparsed) == (1, 0)


@pytest.mark.parametrize(
    ("said", "severity"),
    [
        ("<2> f: x", 2),
        ("<16> f: x", 16),
        ("<2> f: ERR - x", 16),
        ("<2> f: FTL - x", 32),
        ("<16> f: INF - x", 16),
        ("<2> f: INF - INF - x", 4),
        ("<2> f: TRV - WRN - x", 8),
        ("<2> f: [a.c:12] ERR - x", 16),
        ("<2> f: said ERR - x", 2),
        ("<99> f: x", 2),
        ("<0> f: x", 2),
    ],
)
def test_severities(read, said, severity):
    """The larger of the number and the word counts; a number that is none of the scale says nothing."""
    assert read(f"03:14:15.926 [4242] {said}\n").entries["severity"].to_list() == [severity]


def test_numbers_too_large_are_null(read):
    """A number that no process can have is null, and its record is kept."""
    huge = "9" * 20
    legacy = read(f"03:14:15.926 [{huge}.{huge}] <2> f: x\n").entries
    unified = read(f"0,51216,117,9999,{huge},1795204803581,{huge},{huge},0:,1:x,0:,1\n", "unified").entries
    printed = read(
        f"11/20/2026 09:22:00.123 [Debug] NB {huge} nbjm {huge} PID:{huge} TID:{huge} File ID:{huge} [x] 1 y\n",
        "vxlogview",
    ).entries
    for entries in (legacy, unified, printed):
        assert entries.select("pid", "tid").row(0) == (None, None)
    assert unified["daemon"].item() == "OID 9999"
    assert printed.select("originator", "file_id", "daemon").row(0) == (None, None, "nbjm")


def test_a_number_of_40_digits_begins_no_record(read):
    """A line with an absurd number is counted and harms nothing."""
    found = read(f"03:14:15.926 [{'9' * 40}] <2> f: x\n{LINE}")
    assert (found.entries.height, found.samples) == (1, [(1, f"03:14:15.926 [{'9' * 40}] <2> f: x")])


def test_without_a_date_days_count_from_1970(read):
    """Of a clock without a date only the day is unknown."""
    entries = read(f"{LINE}01:00:00.000 [1] <2> f: x\n", date=None).entries
    assert entries.select(pl.col("time").dt.to_string("%F %T"), "time_quality").rows() == [
        ("1970-01-01 03:14:15", "undated"),
        ("1970-01-01 01:00:00", "undated"),
    ]


def test_several_grammars_of_one_name(read):
    """Of several grammars of a format the one that begins most records reads the file, the first of equals."""
    site = Grammar(
        "records/legacy", "site.lark", 'start: "SITE " pid " " message\npid: /[0-9]+/\nmessage: ANY?\nANY: /(?s:.+)/\n'
    )
    both = [site, *(grammar for grammar in Library().records() if grammar.name == "records/legacy")]
    assert read(LINE * 2 + "SITE 1 a\n", grammars=both).entries["pid"].to_list() == [4242, 4242]
    assert read("SITE 1 a\nSITE 2 b\n" + LINE, grammars=both).entries["message"].to_list() == ["a", "b"]


def test_a_grammar_without_a_rest(read):
    """A grammar that describes its lines to the end does not take those that go on, and they are counted one by one."""
    strict = Grammar(
        "records/strict", "strict.lark", "start: epoch_s severity\nepoch_s: /[0-9]{10} /\nseverity: /[A-Z]+/\n"
    )
    exact = Grammar(
        "records/exact", "exact.lark", 'start: epoch_s " " severity\nepoch_s: /[0-9]{10}/\nseverity: /[A-Z]+/\n'
    )
    found = read("1795204803 ERROR\n\n1795204804 INFO\nmore\n\nstill\n", grammars=[exact])
    assert found.entries.select("severity", "time_quality", "message").rows() == [(16, "epoch", "")]
    assert [line for line, _ in found.samples] == [3, 4, 6]
    assert read("1795204803 ERROR\n", grammars=[strict]).entries["time"].to_list() == [None]


@pytest.mark.parametrize("form", ["legacy", "unified", "vxlogview", "vxlogview_default"])
@pytest.mark.parametrize(("data", "lines", "unparsed"), [(b"", 0, 0), (b"x", 1, 1), (b"\n" * 1_000_000, 1_000_000, 0)])
def test_files_without_records(read, form, data, lines, unparsed):
    """A file that holds no record gives the empty table at once, and its lines are counted unless they are blank."""
    start = time.perf_counter()
    found = read(data, form)
    assert time.perf_counter() - start < 5
    assert ENTRIES.check(found.entries).is_empty()
    assert (found.lines, found.unparsed) == (lines, unparsed)


def test_one_line_without_an_end(read):
    """The last line needs no line feed."""
    assert read(LINE.rstrip()).entries["message"].to_list() == ["x"]


@pytest.mark.parametrize(
    ("form", "before", "after"),
    [
        ("legacy", "03:14:15.926 [4242] <2> f: ", ""),
        ("unified", f"{HEAD}0:,20000000:", ",0:,1"),
        ("vxlogview_default", "11/20/26 09:22:00.123 [taolog] ", ""),
    ],
)
def test_a_line_of_20_megabytes(read, form, before, after):
    """A very long line is one record, read as fast as many short ones."""
    start = time.perf_counter()
    found = read(before + "x" * 20_000_000 + after, form)
    assert time.perf_counter() - start < 5
    assert found.entries["message"].str.len_bytes().to_list() == [20_000_000]
    assert found.repaired == 0


def test_samples_are_short(read):
    """An unparsed line is shown by its beginning."""
    assert [len(text) for _, text in read("x" * 20_000_000).samples] == [SAMPLE_LENGTH]


def test_windows_files(read):
    """CRLF and the code page of a Windows host change nothing but themselves."""
    text = "3:14:15.926 PM: [900.18] <2> f: Größe\n  zweite Zeile\n3:14:16.000 PM: [900.18] <2> f: x\n"
    windows = read(text.replace("\n", "\r\n").encode("cp1252"))
    assert windows.entries.equals(read(text).entries)
    assert windows.entries["message"].to_list() == ["Größe\n  zweite Zeile", "x"]


def test_many_records_with_a_torn_one_are_read_at_once(read):
    """One misfit does not slow down the others."""
    text = f"{HEAD}0:,5:hello,0:,1\n" * 200_000 + f"{HEAD}0:,99:hello,0:,1\n"
    start = time.perf_counter()
    found = read(text, "unified")
    assert time.perf_counter() - start < 5
    assert (found.entries.height, found.repaired) == (200_001, 1)
    assert found.entries["line"].equals(pl.Series("line", range(1, 200_002), dtype=pl.UInt32))
