"""Absurd values are records without a time, repaired records or lines that are counted: never an error, never an invention."""

from __future__ import annotations

import io
from datetime import date

import pytest

from nbtrace.grammar.library import Library
from nbtrace.records import Look, read_log, skim

GRAMMARS = Library().records()
MANY = "9" * 40
SOUND = {
    "legacy": "13:00:00.000 [1] <2> bpimport: jobid=5 web5_1795205555",
    "unified": "0,51216,117,117,1,1795205555000,1,1,0:,4:text,0:,1",
    "vxlogview": "11/20/2026 13:00:00.123 [Debug] NB 51216 nbjm 117 PID:1 TID:1 File ID:117 [jobid=5] 1 [J::x()] text",
}
TIMELESS = {
    "legacy": ["24:61:99.000 [1] <2> f: x", "99:99:99 [1] <2> f: x", "13:00:60.000 [1] <2> f: x", "13:00:00 PM: [1] <2> f: x",
               "0:00:00.000 AM: [1] <2> f: x"],
    "unified": ["0,51216,117,117,1,0000000000000,1,1,0:,4:text,0:,1", "0,51216,117,117,1,9999999999999,1,1,0:,4:text,0:,1"],
    "vxlogview": [
        SOUND["vxlogview"].replace("11/20/2026", day)
        for day in ("02/29/2025", "99/99/9999", "00/00/0000", "11/20/0026", "0001-01-01", "2026-02-30", "11/20/1601")
    ],
}  # fmt: skip
MISFITS = ["-5:,4:text,0:,1", "999999999:x,4:text,0:,1", f"0:,{MANY}:text,0:,1", "0:,3:text,0:,1", "0:,4:text,0:,99",
           "0:,2,(99999999999|A4:text|),0:,1", "0:,2,(5|A999999999:text|),0:,1", "0:,2,(5|A4:te", "4294967295:,4:text,0:,1", ""]  # fmt: skip
FOREIGN = {
    "legacy": [f"{MANY}:00:00.000 [1] <2> f: x", "-1:00:00.0 [1] <2> f: x", f"13:00:00.000 [{MANY}] <2> f: x"],
    "unified": [f"0,51216,117,117,1,{MANY},1,1,0:,4:text,0:,1", f"0,51216,117,117,1,1795205555000,{MANY},1,0:,4:text,0:,1"],
    "vxlogview": [SOUND["vxlogview"].replace("PID:1 ", f"PID:{MANY} "), SOUND["vxlogview"].replace("2026", MANY)],
}  # fmt: skip
NUMBERS = ["[99999999999999999999.99999999999999999999] <99> f: jobid=99999999999999999999 exit status 4294967296"]


@pytest.fixture(params=[None, "sieve"])
def between(request):
    """Return what reads a record between two sound ones, in full or by a sieve that takes everything."""

    def read(form, record):
        log = {"log_id": 1, "log": "nbjm", "originator": 117, "date": date(2026, 11, 20), "zone": "UTC"}
        grammars = [grammar for grammar in GRAMMARS if grammar.name == f"records/{form}"]
        text = f"{SOUND[form]}\n{record}\n{SOUND[form]}\n".encode()
        if request.param is None:
            return read_log(io.BytesIO(text), log, grammars)
        look = Look(lambda column: column.is_not_null(), (), lambda hits: hits.select("number", full=True))
        return skim(io.BytesIO(text), log, grammars, look).read

    return read


@pytest.mark.parametrize(
    ("form", "record"), [(form, record) for form, records in TIMELESS.items() for record in records]
)
def test_impossible_times(between, form, record):
    """A record of an impossible time is kept without a time, and its neighbours keep theirs."""
    found = between(form, record)
    assert found.entries["time"].is_null().to_list() == [False, True, False]
    assert (found.records, found.unparsed, found.lines) == (3, 0, 3)
    assert found.entries["time"][0] == found.entries["time"][2]


@pytest.mark.parametrize("counted", MISFITS)
def test_wrong_lengths(between, counted):
    """A record whose lengths are wrong, negative or huge is kept as plain text with its time, and counted as repaired."""
    found = between("unified", f"0,51216,117,117,1,1795205555000,1,1,{counted}")
    assert found.entries["message"].to_list() == ["text", counted, "text"]
    assert found.entries["time"].null_count() == 0
    assert found.repaired == 1


@pytest.mark.parametrize(
    ("form", "record"), [(form, record) for form, records in FOREIGN.items() for record in records]
)
def test_numbers_that_no_record_has(between, form, record):
    """A line with a number too long for its field begins no record: it is counted, or text of the record before."""
    found = between(form, record)
    kept = sum(record in message for message in found.entries["message"])
    assert kept + found.unparsed == 1
    assert found.entries["line"].to_list()[0] == 1
    assert found.entries["line"].to_list()[-1] == 3


@pytest.mark.parametrize("rest", NUMBERS)
def test_numbers_that_no_column_holds(between, rest):
    """Numbers beyond what a computer counts with are no pid, no thread and no severity; the record stays."""
    (row,) = between("legacy", f"13:00:01.000 {rest}").entries.slice(1, 1).select("pid", "tid", "severity").rows()
    assert row[:2] == (None, None)
