"""Files are searched for listings: for lines that only commands print, wherever they stand."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark

from nbtrace.bundle import listings
from nbtrace.bundle.listings import printed_by
from nbtrace.grammar.library import Library
from nbtrace.grammar.reference import Reference

GRAMMARS = Library().listings()
SIEVED = [grammar for grammar in GRAMMARS if "sieve" in grammar.starts]
ALPHABET = st.characters(codec="utf-8", max_codepoint=0x24F)
JOB = b"815,1,3,0,pol,full,web5,media1,1795204803,0000000000,1795204803,dp,1,,root,,,,,,,,"
TALK = b"11/20/2026 19:00:02.233 [Debug] NB 51216 nbrmms 222 PID:3323 [No context] 2 [report()] free\n"


def found(data, path="printout.txt"):
    """Return the listings that are found in a file of this content."""
    member = SimpleNamespace(path=path, open=lambda: io.BytesIO(data))
    return printed_by([member], GRAMMARS).get(path, ())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"", b"\r\n"),
        (b"\xef\xbb\xbf", b"\n" + TALK),
        (TALK * 9, b" \r\n" + TALK * 9),
        (b"caf\xe9\n" + TALK, b"\n"),
        (b"x" * 500 + b"\n", b"\n"),
    ],
)
@pytest.mark.parametrize("block", [1, 7, 100, 1 << 20])
def test_a_listing_is_found_wherever_it_stands(monkeypatch, before, after, block):
    """Also in the first and in the last line, between blocks, behind what is no text, and after a very long line."""
    monkeypatch.setattr(listings, "_BLOCK", block)
    monkeypatch.setattr(listings, "_LONGEST", 200)
    assert found(before + JOB + after) == ("bpdbjobs",)


@pytest.mark.parametrize("text", [b"", b"\n", TALK, b"x" + JOB, b" " + JOB, TALK[:-1] + JOB])
def test_a_line_is_a_whole_line(text):
    """What stands behind something else in its line was not printed by the command."""
    assert found(text) == ()


@settings(max_examples=50, deadline=None)
@given(st.one_of(*(from_lark(Reference(each, "mark").lark, start="mark", alphabet=ALPHABET) for each in SIEVED)))
def test_the_sieve_holds_no_mark_back(line):
    """Files are not searched for marks that have a sieve, but for that."""
    assert "repllist" in found(line.encode())
