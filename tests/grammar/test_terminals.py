"""Regular expressions of terminals mean the same to Python and to polars, or are refused."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.grammar.terminals import MAX_REPEAT, characters, portable, repeated

SHAPES = [
    r"a.c",
    r"(?s:a.c)",
    r"a(b)(?P<name>c)",
    r"ab|cd|",
    r"(?i:straße[k-s])",
    r"(?i:[^a]b)",
    r"(?-i:A)b",
    r"\d\D\s\S\w\W",
    r"[\d.][^\d.][\w-][^\S\n]",
    r"[]^\\[&~#-]+",
    r"\.\+\*\?\(\)\|\[\]\{\}\^\$<>=!",
    r"\x00\x7f\t\n é€😀",
    r"[à-ü€😀]",
    r"a?b*c+d{2}e{1,2}f{2,}",
    r"(?:ab){2}(?:c|d)?",
    "(?x: a  b # comment\n )",
    r"\bab\b",
]

# Among them what the two engines read differently when nobody takes care: digits and blanks of other scripts, letters
# that fold to ASCII ones, line ends, class operators.
TEXTS = [
    "abc",
    "a\nc",
    "ab",
    "cd",
    "STRASSEs",
    "straßek",
    "\u017f",
    "\u212a",
    "\u0130\u0131",
    "1a b_-",
    "\u0661a\u2003b_-",
    "1.x- ",
    "]^\\",
    "[&~#-",
    ".+*?()|[]{}^$<>=!",
]
TEXTS += ["\x00\x7f\t\n é€😀", "à", "😀", "abccddeeff", "ababc", "Ab", "AB", "bB", "", "x ab y", "éabé"]


@pytest.mark.parametrize("shape", SHAPES)
def test_both_engines_agree(shape):
    """The rewritten expression finds the same in polars, in Python, and as the original does with ASCII classes."""
    pattern, _ = portable(shape)
    frame = pl.DataFrame({"text": TEXTS}).select(pl.col("text").str.extract(f"({pattern})", 1))

    def first(expression, text):
        found = expression.search(text)
        return found[0] if found else None

    assert frame["text"].to_list() == [first(re.compile(pattern), text) for text in TEXTS]
    if r"\b" not in shape:
        assert frame["text"].to_list() == [first(re.compile(shape, re.ASCII), text) for text in TEXTS]


@given(st.lists(st.tuples(st.integers(0, 0x2FF), st.integers(0, 0x2FF)).map(sorted).map(tuple), min_size=1, max_size=4))
def test_a_class_holds_exactly_its_ranges(ranges):
    """A class of characters matches every character of its ranges and no other, in both engines."""
    pattern, letters = characters(ranges), [chr(code) for code in range(0x301)]
    inside = [any(low <= ord(letter) <= high for low, high in ranges) for letter in letters]
    assert [bool(re.fullmatch(pattern, letter)) for letter in letters] == inside
    assert pl.Series(letters).str.contains(f"^{pattern}$").to_list() == inside


def test_the_empty_text_is_noticed():
    """An expression says whether it matches the empty text."""
    assert portable("a*")[1]
    assert not portable("a+b*")[1]


def test_groups_do_not_capture():
    """No group of the original is a group of the rewritten expression."""
    assert re.compile(portable(r"(a)(?P<x>b|c)")[0]).groups == 0


@pytest.mark.parametrize(
    ("shape", "why"),
    [
        (r"a(?=b)", "look-around"),
        (r"a(?!b)", "look-around"),
        (r"(?<=a)b", "look-around"),
        (r"(a)\1", "back-reference"),
        (r"(a)?(?(1)b|c)", "condition on a group"),
        (r"a*?", "lazy repetition"),
        (r"a++", "possessive"),
        (r"(?>a)", "atomic"),
        (r"^a", "anchor"),
        (r"a$", "anchor"),
        (r"a\Z", "anchor"),
        (r"a\B", "anchor"),
        (r"(?i)a", "behind the expression"),
        (r"(?u:a)", "'u'"),
        (r"[^\s\S]", "no character"),
        ("\ud800", "surrogate"),
        (r"(", "broken"),
        (r"\p{L}", "broken"),
        (r"a{99999999999999999999}", "broken"),
        (rf"a{{{MAX_REPEAT + 1}}}", str(MAX_REPEAT)),
    ],
)
def test_what_cannot_be_rewritten_is_refused(shape, why):
    """An expression that is broken or not regular is refused with its reason."""
    with pytest.raises(ValueError, match=re.escape(why)):
        portable(shape)


@pytest.mark.parametrize(("low", "high"), [(-1, 2), (3, 2), (0, 0), (0, MAX_REPEAT + 1), (MAX_REPEAT + 1, None)])
def test_impossible_counts_are_refused(low, high):
    """A repetition with impossible or very large counts is refused."""
    with pytest.raises(ValueError, match="repetition"):
        repeated("a", low, high)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a", "a?"),
        (r"\.", r"\.?"),
        (r"\x0a", r"\x0a?"),
        (r"[a\]]", r"[a\]]?"),
        ("ab", "(?:ab)?"),
        ("[a][b]", "(?:[a][b])?"),
    ],
)
def test_only_what_needs_it_is_put_in_a_group(pattern, expected):
    """A single character or class is repeated as it is, everything else as a group."""
    assert repeated(pattern, 0, 1) == expected
