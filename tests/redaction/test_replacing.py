"""Names are found in bytes wherever they stand, and replaced without moving anything."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbtrace.redaction.replacing import Replacer

NAMES = {"web5": "xqz7", "web5.corp.example": "xqz7.bcdf.example", "gold": "hjkl", "k8s": "m1n", "10.2.3.4": "10.9.8.7"}


@pytest.mark.parametrize(
    ("text", "replaced"),
    [
        ("web5 WEB5 Web5 wEB5", "xqz7 XQZ7 Xqz7 xQZ7"),
        ("/web5/x web5_1795205555", "/xqz7/x xqz7_1795205555"),
        ("web5.corp.example web5.corp.exam", "xqz7.bcdf.example xqz7.corp.exam"),
        ("aweb5b web50", "axqz7b xqz70"),
        ("marigold golden gold gold2 gold_x", "marigold golden hjkl hjkl2 hjkl_x"),
        ("xk8s k8sx k8s k8s-1 k8s9", "xk8s k8sx m1n m1n-1 k8s9"),
        ("110.2.3.4 10.2.3.45 10.2.3.4:80", "110.2.3.4 10.2.3.45 10.9.8.7:80"),
    ],
)
def test_where_a_name_counts(text, replaced):
    """A name counts by itself in any case; one with a digit also inside a word; the longest of several counts."""
    assert Replacer(NAMES).text(text) == replaced


def test_a_name_counts_anywhere_when_asked_for():
    """A name that somebody gave counts inside words too, with blanks and letters beyond ASCII, in each encoding."""
    replacer = Replacer({"gold": "hjkl", "jane doe": "bcdf ghj", "müller": "bcdfghj"}, ["gold", "jane doe", "müller"])
    assert replacer.text("marigold, Jane Doe") == "marihjkl, Bcdf Ghj"
    text = "Müller MÜLLER".encode() + b" m\xfcller M\xdcLLER"
    assert b"".join(replacer.stream([text])) == b"Bcdfghj BCDFGHJ bcdfgh BCDFGH"


PIECES = st.lists(
    st.sampled_from([b"web5", b"WEB5.", b"corp.example", b"\n", b" ", b"x", b"gold", b"\xff", b"10.2.3.4"])
)


@settings(max_examples=200, deadline=None)
@given(PIECES, st.lists(st.integers(0, 60)))
def test_chunks_do_not_matter(pieces, cuts):
    """However a text comes in pieces, the same comes out, as long as what went in, and no name is left in it."""
    text = b"".join(pieces)
    places = sorted({min(cut, len(text)) for cut in cuts} | {0, len(text)})
    chunks = [text[first:last] for first, last in pairwise(places)]
    replacer = Replacer(NAMES)
    out = b"".join(replacer.stream(chunks))
    assert out == b"".join(replacer.stream([text]))
    assert len(out) == len(text)
    assert out.count(b"\n") == text.count(b"\n")
    assert b"web5" not in out.lower()
    assert list(replacer.lines([out])) == []


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"x", b"web5", b"gold"]), max_size=20), st.integers(1, 9))
def test_lines_are_counted(lines, size):
    """What is found is told by its line, also where a text comes in pieces."""
    text = b"\n".join(lines)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    named = [number for number, line in enumerate(lines, 1) if line != b"x"]
    assert list(Replacer(NAMES).lines(chunks)) == named


def test_nothing_to_replace():
    """Without names every text stays."""
    assert b"".join(Replacer({}).stream([b"web5", b"", b"gold"])) == b"web5gold"


def test_very_many_names_beyond_ascii_are_looked_for_as_a_whole(monkeypatch):
    """Each letter small and large would be very many spellings of very many names."""
    name, other = "z\u00fcrich-m\u00f6hre", "x" * 14
    mixed = "Z\u00fcrich-M\u00d6HRE"
    assert Replacer({name: other}).holds(mixed)
    monkeypatch.setattr("nbtrace.redaction.replacing._ODD", 0)
    assert not Replacer({name: other}).holds(mixed)
    assert Replacer({name: other}).holds(name.title())
    assert Replacer({name: other}, (), {name: {mixed}}).holds(mixed)
