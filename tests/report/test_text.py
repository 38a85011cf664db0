"""Text from logs is safe to print, and what is made short stays readable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from nbtrace.report.text import clean, clock, count, duration, one_line, shorten, span

NOON = datetime(2026, 11, 20, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("plain text, äöü 日本", "plain text, äöü 日本"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\tb", "a b"),
        ("two\nlines", "two\nlines"),
        ("over\rwritten\x08\x07\x00\x7f", "over\\rwritten\\x08\\x07\\x00\\x7f"),
        ("\x9b2J", "\\x9b2J"),
        ("exe\u202egpj\u2066\u200f\u061c", "exe\\u202egpj\\u2066\\u200f\\u061c"),
        ("ze\u200bro\ufeff\u00ad\u2060", "ze\\u200bro\\ufeff\\xad\\u2060"),
        ("a\u3164b\ufe0f\U000e0041", "a\\u3164b\\ufe0f\\U000e0041"),
        ("lone \ud800", "lone \\ud800"),
        ("line\u2028sep\u00a0nbsp", "line\\u2028sep\\xa0nbsp"),
        ("[red]markup[/red]", "[red]markup[/red]"),
    ],
)
def test_hostile_characters_become_visible(text, safe):
    """Whatever could steer or deceive a terminal is shown as an escape, all else stays."""
    assert clean(text) == safe


@given(st.text(alphabet=st.characters()))
def test_clean_text_is_printable_and_stays(text):
    """Whatever comes in, what comes out is printable apart from line feeds, and cleaning it again changes nothing."""
    safe = clean(text)

    assert all(line.isprintable() for line in safe.split("\n"))
    assert clean(safe) == safe


def test_one_line_has_no_line_feed():
    """A line feed is made visible where only one line is wanted."""
    assert one_line("a\nb\r") == "a\\nb\\r"


@given(st.text(alphabet=st.characters(blacklist_categories=["C", "M", "Z"])), st.integers(1, 30))
def test_shortened_text_fits(text, width):
    """A shortened text never takes more cells than asked for, and one that fits is left alone."""
    short = shorten(text, width)

    assert cell_len(short) <= width
    assert short == text or cell_len(text) > width


def test_shortening_keeps_both_ends():
    """The middle is what is cut: the start of a name and the epoch of an image id stay."""
    assert shorten("sqlserver-with-a-long-name_1795202222", 24) == "sqlserver-w…e_1795202222"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0s"), (9.94, "9.9s"), (9.96, "10s"), (59.4, "59s"), (59.6, "1m00s"), (187, "3m07s"),
        (3599.7, "1h00m"), (7500, "2h05m"), (86_400, "1d00h"), (273_600, "3d04h"), (-75, "-1m15s"),
    ],
)  # fmt: skip
def test_durations_read_at_a_glance(seconds, words):
    """A length of time is told in its two largest units, without rounding to sixty."""
    assert duration(seconds) == words


def test_a_later_day_is_marked():
    """A time on another day than the first says how many days later it is."""
    assert clock(NOON, NOON) == "12:00:00"
    assert clock(NOON + timedelta(days=1), NOON, exact=True) == "12:00:00.250+1"
    assert clock(NOON - timedelta(days=1), NOON) == "12:00:00-1"


def test_a_span_says_its_date_once():
    """Within one day the date stands once; an unknown end is left out."""
    assert span(NOON, NOON + timedelta(minutes=5)) == "2026-11-20 12:00:00 to 12:05:00"
    assert span(NOON, NOON + timedelta(days=1)) == "2026-11-20 12:00:00 to 2026-11-21 12:00:00"
    assert span(None, NOON) == span(NOON, NOON) == "2026-11-20 12:00:00"
    assert span(None, None) == ""


def test_nouns_follow_their_number():
    """One is singular, large numbers are grouped."""
    assert [count(1, "image"), count(1204, "image"), count(0, "entry", "entries")] == [
        "1 image", "1,204 images", "0 entries",
    ]  # fmt: skip
