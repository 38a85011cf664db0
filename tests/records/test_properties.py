"""Whatever a log holds: reading never fails, and every line is part of one entry or counted."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nbtrace.tables import ENTRIES

FORMS = ("legacy", "unified", "vxlogview", "vxlogview_default")
# Parts of records of every format, whole and broken, in any order.
PARTS = st.sampled_from(
    [
        b"03:14:15.926 [4242] <2> f: ",
        b"3:14:15.926 PM: [1.2] <99> f: ERR - ",
        b"24:61:99 [1] <2> ",
        b"0,51216,117,117,1,1795204803581,2514,90,",
        b"2,51216,117,117,1,0000000000000,99999999999999999999,1,0:,2,(998|A4:4242|),",
        b"0:,3:abc,3:[f],1",
        b"0:,40:abc",
        b"11/20/2026 09:22:00.123 [Debug] NB 51216 nbjm 117 PID:1 TID:2 File ID:3 [x] 1 ",
        b"99/99/99 99:99:99.999 [Info] V-117-998 ",
        b"2026-02-30 09:22:00.123 text",
        b"\n",
        b"\r\n",
        b"\xff",
        b"\xc3\xbc",
        b"\0",
        b"word",
        b"9" * 40,
    ]
)
LOGS = st.binary(max_size=200) | st.lists(PARTS, max_size=40).map(b"".join)
ANY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
RAW = "0,51216,117,117,1,1795204803581,1,1,0:,1:x,0:,1"
ZONES = st.sampled_from(["UTC", "Europe/Berlin", "-03:30", None])


@ANY
@given(LOGS, st.sampled_from(FORMS), ZONES, st.booleans())
def test_reading_never_fails(read, data, form, zone, dated):
    """Any bytes give a well-formed table whose lines are in order and inside the file."""
    found = read(data, form, zone=zone, originator=117, **({} if dated else {"date": None}))
    entries = ENTRIES.check(found.entries)
    lines = [*entries["line"], found.lines + 1]
    assert all(0 < before < after for before, after in pairwise(lines))
    assert (entries["time"].is_null() == (entries["time_quality"] == "none")).all()
    assert len(found.samples) == min(found.unparsed, 3)


@pytest.mark.parametrize("form", ["legacy", "vxlogview", "vxlogview_default"])
@ANY
@given(st.lists(st.sampled_from(["03:14:15 [1] <2> ", "11/20/26 09:22:00.123 ", "", " x", "tail", "12:00:00 y"])))
def test_every_line_is_kept_or_counted(read, form, lines):
    """Each line that is not blank is the beginning or the continuation of one entry, or counted as unparsed."""
    marked = [f"{line}#{number}" if line.strip() else line for number, line in enumerate(lines, 1)]
    found = read("\n".join(marked), form)
    kept = sum(message.count("#") for message in found.entries["message"])
    assert kept + found.unparsed == sum(line != "" for line in marked)


@ANY
@given(st.lists(st.sampled_from(["a", "b\nc", RAW, "03:14:15 x", "", "ü"])))
@example([*["a"] * 17, *["b\nc"] * 7, RAW, *["b\nc"] * 3, "03:14:15 x", "ü"])  # CRLF for LF would end in it by chance
def test_counted_messages_come_back(read, parts):
    """A raw record gives back its message whatever lines that holds, and its neighbours theirs."""
    messages = ["first", "\n".join(parts), "last"]
    records = [f"0,51216,117,117,1,1795204803581,2514,90,0:,{len(text.encode())}:{text},3:[f],1" for text in messages]
    found = read("\n".join(records), "unified")
    assert found.entries["message"].to_list() == messages
    assert (found.unparsed, found.repaired) == (0, 0)
