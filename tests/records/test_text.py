"""Bytes become numbered lines, and lines become pieces; nothing is lost on the way."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.grammar.lowering import Lowered
from nbtrace.records.text import join_records, lines_of, split_lines

LINES = st.lists(st.sampled_from(["one", "", "zwölf", "x^", "two\r", "\0", "\ufeff"])).map("\n".join).map(str.encode)
NUMBERED = Lowered(pattern="#", fields=(), head="#", tail=None)


def texts(data):
    """Return the lines of a file."""
    return split_lines(data)["text"].to_list()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"one", ["one"]),
        (b"one\n", ["one"]),
        (b"one\n\n", ["one", ""]),
        (b"\n", [""]),
        (b"one\r\ntwo\r\r\nthree", ["one", "two", "three"]),
        (b"a\rb\x0bc\x0cd\xc2\x85e\xe2\x80\xa8f\n", ["a\rb\x0bc\x0cd\x85e\u2028f"]),
        (b"\xef\xbb\xbfone\n\xef\xbb\xbftwo\r\n", ["one", "two"]),
        (b"\0\0\0one\na\0b\r\0\0\n\0\0", ["one", "a\0b", ""]),
        ("Zeit: müde €\n".encode(), ["Zeit: müde €"]),
        ("müde €, with nothing else wrong".encode("cp1252"), ["müde €, with nothing else wrong"]),
        ("müde".encode() + " müde, in one file\n".encode("cp1252"), ["müde müde, in one file"]),
        (b"a byte \x81 that cp1252 lacks\n", ["a byte \x81 that cp1252 lacks"]),
        (b"\x81\xff\n\x00\xff\n", ["\x81ÿ", "ÿ"]),
        ("one\r\nzwölf\n".encode("utf-16"), ["one", "zwölf"]),
        (b"\xfe\xff\0o\0n\0e", ["one"]),
        (b"\xff\xfeo\0n", ["o\ufffd"]),
        (b"\x1f\x8b no file of gzip\n", ["\x1f\u2039 no file of gzip"]),
        (b"(\xb5/\xfd no file of zstandard\n", ["(µ/ý no file of zstandard"]),
        (b"x^ no file of zlib\n", ["x^ no file of zlib"]),
    ],
)
def test_lines(data, expected):
    """Lines end with LF or CRLF; marks of encodings and zeros around a line go, and every byte has a character."""
    assert texts(data) == expected


def test_numbers():
    """Lines are numbered from 1, as an editor does, and have their sizes in the file."""
    assert split_lines(b"a\n\nb").rows() == [(1, "a", 2), (2, "", 1), (3, "b", 2)]


@given(st.binary(max_size=20) | st.just(b"x^"), LINES, st.integers(0, 9))
def test_what_stands_before_and_behind(before, data, lines):
    """The lines of two texts together are those of one, and what stands behind the end is left out."""
    end = len(b"".join(data.splitlines(keepends=True)[:lines]))
    assert split_lines(data, before, end).equals(split_lines(before + data[:end]))


def test_other_errors_of_text_are_not_hidden():
    """The reading of Windows text mends what cannot be decoded, and nothing else."""
    with pytest.raises(UnicodeEncodeError):
        "€".encode("ascii", "nbtrace.windows")


@given(st.binary())
def test_no_line_is_lost(data):
    """There are as many lines as there are line feeds, and one more where the last line has none."""
    if not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert split_lines(data).height == data.count(b"\n") + (not data.endswith(b"\n") and data != b"")


@given(st.text())
def test_utf_8_is_kept(text):
    """UTF-8 without marks around its lines is kept as it is."""
    assert texts(("x" + text.replace("\n", "x\nx") + "x").encode()) == ("x" + text.replace("\n", "x\nx") + "x").split(
        "\n"
    )


def pieces_of(*lines):
    """Return the pieces of lines, a record being what begins with a hash."""
    return join_records(pl.DataFrame({"text": lines}).with_row_index("line", offset=1), NUMBERED).rows()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["#a", "#b"], [(1, "#a", True), (2, "#b", True)]),
        (["#a", "b", "", "#c"], [(1, "#a\nb\n", True), (4, "#c", True)]),
        (["before", "", "#a"], [(1, "before\n", False), (3, "#a", True)]),
        (
            ["#a", "03:14:15 ERR x", "more", "#b"],
            [(1, "#a", True), (2, "03:14:15 ERR x\nmore", False), (4, "#b", True)],
        ),
        (["#a", "0,51216,x"], [(1, "#a", True), (2, "0,51216,x", False)]),
        (["#a", "11/20/2026 9:22:00 x"], [(1, "#a", True), (2, "11/20/2026 9:22:00 x", False)]),
        (["#a", "2026-11-20 09:22 x"], [(1, "#a", True), (2, "2026-11-20 09:22 x", False)]),
        (["#a", " 03:14:15 x", "11/20/2026 x", "1,2 x"], [(1, "#a\n 03:14:15 x\n11/20/2026 x\n1,2 x", True)]),
    ],
)
def test_pieces(lines, expected):
    """A line that begins nothing belongs to what began before it, be it a record or what only looks like one."""
    assert pieces_of(*lines) == expected


def test_no_pieces():
    """A file without lines has no pieces."""
    assert join_records(split_lines(b""), NUMBERED).is_empty()


@given(st.lists(st.sampled_from(["#a", "b", "", " ", "03:14:15 x", "c d"]), min_size=1))
def test_each_line_is_in_one_piece(lines):
    """The lines of all pieces are the lines of the file, blank ones aside, with their numbers."""
    frame = pl.DataFrame({"text": lines}).with_row_index("line", offset=1)
    expected = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    assert lines_of(join_records(frame, NUMBERED)).rows() == expected
