"""`nbtrace explain`: what a person sees who asks for a code, a step or a daemon."""

from __future__ import annotations

import pytest


def test_a_number_shows_all_that_it_can_be(nbtrace):
    """226 is explained as a status code and as an originator, each named as what it is."""
    done = nbtrace("explain", "226")
    assert (done.status, done.err) == (0, "")
    assert "226  (status code)" in done.out
    assert "226  (originator)  nbstserv" in done.out


@pytest.mark.parametrize("words", [["originator", "226"], ["originator 226"]])
def test_a_word_before_it_asks_for_one(nbtrace, words):
    """With its kind before it, quoted or not, only that meaning is shown."""
    out = nbtrace("explain", *words).out
    assert "(originator)" in out
    assert "(status code)" not in out


def test_a_status_says_where_why_and_what_to_do(nbtrace):
    """A status code of the import has its steps, its cause, its remedy, its finding and how sure that is."""
    out = nbtrace("explain", "2074").out
    for label in ("shows", "why", "do", "finding", "sure"):
        assert f"\n  {label} " in out
    assert "NBT206" in out


def test_without_a_code_the_kinds_are_listed(nbtrace):
    """`nbtrace explain` alone lists what can be explained, with examples that work."""
    done = nbtrace("explain")
    assert done.status == 0
    examples = [line.split("nbtrace ")[1].split() for line in done.out.splitlines() if "nbtrace explain" in line]
    assert len(examples) == 5
    for words in examples:
        assert nbtrace(*words).status == 0


def test_an_unknown_code_is_one_sentence_with_near_ones(nbtrace):
    """What is not known ends with status 2 and one line that offers near names."""
    done = nbtrace("explain", "nbstsrv")
    assert (done.status, done.out) == (2, "")
    assert len(done.err.splitlines()) == 1
    assert "nbstserv" in done.err


def test_a_hostile_name_is_shown_harmless(nbtrace):
    """Controls and line feeds in what was typed stay one line without escapes."""
    done = nbtrace("explain", "a\x1b[31m\nb")
    assert (done.status, len(done.err.splitlines())) == (2, 1)
    assert "\x1b" not in done.err


@pytest.mark.parametrize("width", ["20", "40", "80"])
def test_it_keeps_to_the_width(process, width):
    """On a narrow terminal only what must be copied whole is longer than the width."""
    out = process("explain", "NBT206", COLUMNS=width).out
    long = [line for line in out.splitlines() if len(line) > max(int(width), 34)]
    assert all("https://" in line for line in long)
