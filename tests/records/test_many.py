"""Small logs that are read together give what each gives by itself."""

from __future__ import annotations

import io
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrace.grammar.library import Library
from nbtrace.records import is_plain, of_many, read_log, read_many

GRAMMARS = {grammar.name.removeprefix("records/"): grammar for grammar in Library().records()}
DATES = (date(2026, 11, 20), None)
LEGACY = (
    "03:14:15.926 [4242] <2> f: x",
    "03:14:16.001 [4242.17] <16> bpdm: ERR - y",
    "23:59:59.999 [1] <2> f: late",
    "00:00:00.001 [1] <2> f: midnight",
    "02:59:59.000 [1] <2> f: an hour",
    "02:00:01.000 [1] <2> f: twice",
    "25:00:00.000 [1] <2> f: impossible",
    "0,51216,117,117,1,1795204803581,2514,90,0:,5:hello,3:[f],4",  # of another format
    "more",
    "",
)
HEAD = "0,51216,117,226,1,1795204803581,2514,90,"
UNIFIED = (
    f"{HEAD}0:,5:hello,3:[f],4",
    f"{HEAD}13:[ jobid=815 ],4:text,6:[A::b],3",
    "1,51216,226,117,2,1795204803999,2514,90,0:,5:hello,3:[f],1",  # file id and originator the other way round
    f"{HEAD}0:,70:begins",  # wants more text than the line has
    f"{HEAD}0:,6:x",
    "more",
    "0,51216,117,226,1,1,2514,90,0:,5:hello,3:[f],9",  # an impossible time
    "03:14:15.926 [4242] <2> f: x",
    "",
)
FIGURES = ("lines", "records", "unparsed", "repaired", "highest_level", "date_assumed", "samples")


def compare(form, texts, rows):
    """Hold what is read at once against what is read one after the other."""
    grammar = GRAMMARS[form]
    logs = [{"log_id": 3 * number, "log": f"log{number}", **row} for number, row in enumerate(rows)]
    entries, reads = read_many(texts, logs, grammar)
    alone = [read_log(io.BytesIO(text), log, [grammar]) for text, log in zip(texts, logs, strict=True)]
    whole = pl.concat([read.entries for read in alone])
    assert entries.schema == whole.schema
    assert entries.rows() == whole.rows()
    told = [[[getattr(read, name) for name in FIGURES] for read in some] for some in (reads, alone)]
    assert told[0] == told[1]


def logs_of(lines, **row):
    """Return a strategy for some logs: the lines of each, whether it ends with one, and its row."""
    rows = st.fixed_dictionaries({"date": st.sampled_from(DATES), **row})
    return st.lists(
        st.tuples(st.lists(st.sampled_from(lines), max_size=8), st.booleans(), rows), min_size=1, max_size=6
    )


def parts_of(drawn):
    """Return the texts of drawn logs, and their rows."""
    texts = ["\n".join(lines).encode() + b"\n" * (ends and bool(lines)) for lines, ends, _ in drawn]
    return texts, [row for _, _, row in drawn]


@settings(max_examples=60)
@given(logs_of(LEGACY, originator=st.none()))
def test_legacy_logs(drawn):
    """Continuation lines, midnights and hours that come twice stay within their log."""
    compare("legacy", *parts_of(drawn))


@settings(max_examples=60)
@given(logs_of(UNIFIED, originator=st.sampled_from((117, 226, None))))
def test_raw_logs(drawn):
    """So do records that were torn apart, and whose log it is decides which number is whose."""
    compare("unified", *parts_of(drawn))


def test_no_lines_at_all():
    """Empty logs give no entries, also the first and the last."""
    line = f"{LEGACY[0]}\n".encode()
    row = {"date": None, "originator": None}
    compare("legacy", [b"", line, b"", b"", line, b""], [row] * 6)
    compare("legacy", [b"", b""], [row] * 2)


@pytest.mark.parametrize(
    ("text", "plain"),
    [("ü\r\n".encode(), True), ("ü".encode("cp1252"), False), (b"a\0", False), ("\ufeffa".encode(), False)],
)
def test_what_can_stand_beside_others(text, plain):
    """What is read in another way than others is read by itself."""
    assert is_plain(text) is plain


def test_formats_whose_logs_decide_something_as_a_whole():
    """The order of day and month is that of a whole file, and so is which of two grammars reads it."""
    assert {name for name, grammar in GRAMMARS.items() if of_many([grammar])} == {"legacy", "unified"}
    assert not of_many([GRAMMARS["legacy"], GRAMMARS["legacy"]])
