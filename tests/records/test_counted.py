"""Length-prefixed fields are cut by their counts, whatever the texts hold."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.records.counted import Cut, cut, cut_column

# Texts that would mislead a search: commas, counts, line breaks and characters of several bytes.
TRICKY = st.lists(
    st.sampled_from([",", "1:", "5:[f],", "\n", "\r\n", "ü", "€", "𝄞", "a", " ", "(3|", "|)", "0,51216,"])
).map("".join)


def fit(context="", message="", function="", level="1", *, number=None, rest=""):
    """Return a cut whose counts fit."""
    return Cut(context, message, function, level, number, rest, fit=True)


def in_bytes(text):
    """Return a field counted in bytes."""
    return f"{len(text.encode())}:{text}"


def in_characters(text):
    """Return a field counted in characters."""
    return f"{len(text)}:{text}"


def counted(count, *texts):
    """Return context, message and function, and a level."""
    return ",".join([*map(count, texts), "3"])


def columns(*texts):
    """Return what polars cuts, as the same tuples."""
    return [Cut(*row) for row in cut_column(pl.Series("counted", texts, dtype=pl.String)).rows()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0:,5:hello,3:[f],1", fit(message="hello", function="[f]")),
        ("3:[x],0:,0:,", fit(context="[x]", level="")),
        ("0:,0:,0:", fit(level="")),
        ("0:,5:a,b,c,3:[f],6", fit(message="a,b,c", function="[f]", level="6")),
        ("0:,7:3:a,1:b,0:,1", fit(message="3:a,1:b")),
        ("0:,3:a\nb,0:,1", fit(message="a\nb")),
        ("0:,4:a\nb,0:,1", fit(message="a\r\nb")),
        ("0:,5:ü€,0:,1", fit(message="ü€")),
        ("0:,2:ü€,0:,1", fit(message="ü€")),
        ("0:,7:ü\n€,0:,1", fit(message="ü\r\n€")),
        ("0:,1:a,0:,1,more", fit(message="a", rest=",more")),
        ("0:,1:a,0:,1\nmore", fit(message="a", rest="\nmore")),
        ("0:,1:a,0:,5:x", Cut("", "0:,1:a,0:,5:x", "", "", None, "", fit=False)),
        ("0:,9:a,0:,1", Cut("", "0:,9:a,0:,1", "", "", None, "", fit=False)),
        ("0:,1:ab,0:,1", Cut("", "0:,1:ab,0:,1", "", "", None, "", fit=False)),
        ("0:,1:ü,0:,1", fit(message="ü")),
        ("0:,+1:a,0:,1", Cut("", "0:,+1:a,0:,1", "", "", None, "", fit=False)),
        (f"0:,{'9' * 40}:a,0:,1", Cut("", f"0:,{'9' * 40}:a,0:,1", "", "", None, "", fit=False)),
        ("", Cut("", "", "", "", None, "", fit=False)),
        ("0:,2,(998|A4:4242|),0:,1", fit(message="4242", number=998)),
        ("0:,(998|4:4242|A3:a|b|),1:f,", fit(message="4242 a|b", function="f", level="", number=998)),
        ("0:,2,(998|),0:,1", fit(number=998)),
        ("0:,2,(998|A6:ü€x|),0:,1", fit(message="ü€x", number=998)),
        ("0:,2,(998|A3:ü€x|),0:,1", fit(message="ü€x", number=998)),
        ("0:,2,(998|A9:4242|),0:,1", Cut("", "0:,2,(998|A9:4242|),0:,1", "", "", None, "", fit=False)),
        ("0:,2,(998|A4:4242|", Cut("", "0:,2,(998|A4:4242|", "", "", None, "", fit=False)),
    ],
)
def test_fields(text, expected):
    """Counts are bytes, else characters, else CRLF counted for LF; where nothing fits, all is kept as the message."""
    assert cut(text) == expected
    assert columns(text, "0:,0:,0:,1", text) == [expected, fit(), expected]


@given(TRICKY, TRICKY, TRICKY, st.sampled_from([in_bytes, in_characters]))
def test_bytes_come_first(context, message, function, count):
    """Fields counted in bytes come back as they were, and those counted in characters where bytes do not fit as well."""
    text = counted(count, context, message, function)
    if count is in_bytes or text.isascii():
        assert cut(text) == fit(context, message, function, "3")
    assert cut(text).fit


@given(st.lists(TRICKY | st.text()), st.lists(TRICKY | st.text(), min_size=3, max_size=3))
def test_columns_are_cut_like_single_records(texts, fields):
    """The fast way and the exact one give the same, whatever stands there."""
    arguments = "".join(f"A{in_bytes(text)}|" for text in texts)
    numbered = f"{in_bytes(fields[0])},2,(998|{arguments}),{in_bytes(fields[2])},3"
    every = [*texts, counted(in_bytes, *fields), counted(in_characters, *fields), numbered]
    assert columns(*every) == [cut(text) for text in every]
