"""A log in chunks is the same log: nothing is lost, and no record is cut in two."""

from __future__ import annotations

import io
import sys
from functools import partial
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from nbtrace.grammar.library import Library
from nbtrace.records import reader
from nbtrace.records.chunks import chunks
from nbtrace.records.text import split_lines

DATA = Path(__file__).parent / "data"
LOWERED = {grammar.name.removeprefix("records/"): grammar.lowered("start") for grammar in Library().records()}
HEAD = "0,51216,117,117,1,1795204803581,2514,90,"
FORGED = f"{HEAD}0:,1:x,0:,1"
RECORDS = {
    "legacy": [
        "03:14:15.926 [4242] <2> f: text\n",
        "more\n",
        "03:14:16.000 [1] <4> g: größer\n",
        "\n",
        "09:22:00 ERR x\n",
    ],
    "unified": [
        f"{HEAD}0:,5:hello,3:[f],1\n",
        f"{HEAD}0:,13:first\nsecond\n,0:,2\n",
        f"{HEAD}0:,{len(FORGED) + 4}:a\n{FORGED}\nb,0:,3\n",
        f"{HEAD}0:,99:too short,0:,1\n",
        f"2{HEAD[1:]}0:,2,(998|A4:4242|),0:,1\n",
        "no record\n",
    ],
    "vxlogview": [
        "11/20/2026 09:22:00.123 [Debug] NB 51216 nbjm 117 PID:1 TID:2 File ID:117 [x] 1 y\n",
        "  and more\n",
        "V-1 no record\n",
    ],
    "vxlogview_default": ["11/20/26 09:22:00.123 [taolog] text\n", "11/20/26 09:22:00.124 V-117-998 [f] x\n", "tail\n"],
}
LOGS = st.sampled_from(list(RECORDS)).flatmap(
    lambda form: st.tuples(
        st.just(form),
        st.lists(st.sampled_from(RECORDS[form]), max_size=30).map("".join),
        st.sampled_from(["\n", "\r\n"]),
    )
)


def cut(data, form, size):
    """Return the text of each chunk of a log."""
    return ["".join(f"{line}\n" for line in chunk.lines["text"]) for chunk in parts_of(data, form, size)]


def parts_of(data, form, size):
    """Return the chunks of a log, of which each begins where the one before it ends."""
    parts = list(chunks(b"", io.BytesIO(data), LOWERED[form], size))
    assert [part.offset for part in parts] == [0, *(part.end for part in parts[:-1])]
    return parts


SMALL = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


@pytest.fixture
def in_chunks(read):
    """Return a function that reads a log in chunks of a size."""

    def read_so(size, *args, **options):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(reader, "chunks", partial(chunks, size=size))
            return read(*args, **options)

    return read_so


@SMALL
@given(LOGS, st.integers(1, 400))
def test_any_size_gives_the_same_records(read, in_chunks, log, size):
    """Chunks of any size from one byte on give the records, figures and samples of the whole log."""
    form, text, end = log
    data = text.replace("\n", end).encode()
    whole, parts = read(data, form), in_chunks(size, data, form)
    assert parts.entries.equals(whole.entries)
    for figure in ("records", "lines", "unparsed", "samples", "repaired", "highest_level", "date_assumed"):
        assert getattr(parts, figure) == getattr(whole, figure)


@given(st.sampled_from(list(RECORDS)), st.binary(max_size=300), st.integers(1, 50))
def test_no_byte_is_lost(form, data, size):
    """Whatever a file holds, its chunks together are the file, and no line is lost."""
    assume(not data.startswith((b"\xff\xfe", b"\xfe\xff")))
    parts = parts_of(data, form, size)
    assert parts[-1].end == len(data)
    assert sum(part.lines.height for part in parts) == data.count(b"\n") + (not data.endswith(b"\n") and data != b"")


@given(LOGS, st.integers(1, 400))
def test_lines_are_those_of_the_file(log, size):
    """The lines of all chunks are those of the file, with their sizes."""
    form, text, end = log
    data = text.replace("\n", end).encode()
    lines = pl.concat([part.lines for part in parts_of(data, form, size)]).drop("line")
    assert lines.equals(split_lines(data).drop("line"))


@pytest.mark.parametrize(("form", "name"), [("unified", "torn.log"), ("vxlogview", "printout.txt")])
def test_files_of_every_kind(read, in_chunks, form, name):
    """Torn records and strange lines of the sample files come out as from the whole, at many sizes."""
    whole = read(Path(name), form, date=None)
    for size in [*range(1, 30), *range(30, len((DATA / name).read_bytes()) + 17, 17)]:
        assert in_chunks(size, Path(name), form, date=None).entries.equals(whole.entries)


def test_midnight_between_two_chunks(read, in_chunks):
    """The day goes on from one chunk to the next, and so do the numbers of lines."""
    whole = read(Path("midnight.log"))
    assert in_chunks(60, Path("midnight.log")).entries.equals(whole.entries)


def test_chunks_end_where_a_record_begins():
    """Each chunk but the first begins with a record, and its continuation lines stay with it."""
    text = "".join(RECORDS["legacy"][:2] * 50).encode()
    parts = cut(text, "legacy", 200)
    assert len(parts) > 5
    assert all(part.startswith("03:14:15") and part.endswith("more\n") for part in parts)


def test_a_record_longer_than_a_chunk():
    """A record is read to its end, however long it is, and the memory for others does not grow."""
    long = "03:14:15 [1] <2> f: " + "x\n" * 5000
    text = (RECORDS["legacy"][0] * 20 + long + RECORDS["legacy"][0] * 20).encode()
    parts = cut(text, "legacy", 500)
    assert [part.count("x\n") for part in parts if "x\n" in part] == [5000]
    assert len(parts) >= 3


def test_what_is_too_long_is_cut(monkeypatch):
    """Beyond a bound a record is cut at the end of a line, and a line that is longer anywhere."""
    monkeypatch.setattr(sys.modules["nbtrace.records.chunks"], "_LONGEST", 4000)
    first, last = RECORDS["legacy"][0], RECORDS["legacy"][2]
    text = first + "x\n" * 9000 + last
    many = cut(text.encode(), "legacy", 500)
    assert "".join(many) == text
    assert all(len(part) < 12_000 for part in many)
    text = first + "x" * 50_000 + "\n" + last
    long = parts_of(text.encode(), "legacy", 500)
    assert "".join(line for part in long for line in part.lines["text"]) == text.replace("\n", "")
    assert max(part.end - part.offset for part in long) < 12_000


def test_lines_that_are_too_short_are_cut_in_slices():
    """Text of almost nothing but line ends takes many times its size, and comes in small chunks."""
    parts = parts_of(b"\n" * (5 << 20), "legacy", 3 << 20)
    assert sum(part.lines.height for part in parts) == parts[-1].end == 5 << 20
    assert max(part.lines.height for part in parts) < 1 << 19
    assert all(part.lines["line"][0] == 1 for part in parts)


def test_a_torn_record_is_not_cut():
    """No chunk ends inside a record whose counts want more, although a line in it looks like a record."""
    torn = RECORDS["unified"][2].encode()
    for size in range(1, 3 * len(torn)):
        for part in cut(torn * 6, "unified", size):
            assert part.count(",3\n") * len(torn) == len(part.encode())


def test_a_stream_that_gives_little_at_a_time():
    """A stream may return less than it was asked for, as sockets and decoders do."""

    class Slow(io.BytesIO):
        def read(self, size=-1, /):
            return super().read(min(size, 7) if size > 0 else size)

    data = "".join(RECORDS["legacy"] * 3).encode()
    parts = [chunk.lines for chunk in chunks(b"", Slow(data), LOWERED["legacy"], 100)]
    assert len(parts) > 1
    assert pl.concat(parts).drop("line").equals(split_lines(data).drop("line"))
    assert all(lines["text"][0].startswith("03:14:1") for lines in parts)
