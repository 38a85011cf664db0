"""Lowered grammars as polars expressions: millions of lines at once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nbtrace.grammar.lowering import Lowered

__all__ = ["capture", "captured", "fields", "find", "find_all", "has", "hints", "matches", "starts", "together"]

_FIELD: Final = re.compile(r"\(\?P<(\w+)>")  # lowering writes an opening bracket of a text with a backslash
_TOGETHER: Final = 64  # patterns in one search
_SOUGHT: Final = 1000  # numbers in one search: more would be slow to compile


def fields(text: pl.Expr, lowered: Lowered) -> pl.Expr:
    """Return a struct of all fields where the whole text matches; elsewhere every field is null.

    A field that is absent is null, one that is there and holds nothing is the empty text. The order of the struct's
    fields has no meaning.
    """
    if lowered.tail is None:
        return text.str.extract_groups(f"^(?:{lowered.pattern})$")
    # Groups cost time by the character, and the long tail needs none: it is what follows the head. Its field holds the
    # head until then, which spares the struct a field that nobody asked for.
    groups = text.str.extract_groups(f"^(?P<{lowered.tail}>{lowered.head})")
    return groups.struct.with_fields(text.str.strip_prefix(pl.field(lowered.tail)).alias(lowered.tail))


def captured(text: pl.Expr, lowered: Lowered, wanted: Collection[str], *, begun: bool = False) -> pl.Expr:
    """Return a struct of some fields of the head of a record; all null where none begins at the text's beginning.

    Each group costs time: to ask for few is cheap, and to ask for one with ``capture`` is cheaper still. Where a record
    is known to begin (``begun``), nothing behind the last field is looked at.
    """
    head = _only(lowered, wanted)
    return text.str.extract_groups(_to_last_field(head) if begun else head)


def capture(text: pl.Expr, lowered: Lowered, field: str) -> pl.Expr:
    """Return one field of the head of a record; null where none begins at the text's beginning."""
    return text.str.extract(_only(lowered, (field,)), 1)


def _only(lowered: Lowered, wanted: Collection[str]) -> str:
    """Return the expression of a record's head with no other groups than these."""
    return "^(?:" + _FIELD.sub(lambda found: found[0] if found[1] in wanted else "(?:", lowered.head) + ")"


def _to_last_field(head: str) -> str:
    """Return the expression of a head up to the end of its last group with a name, if that is one by itself."""
    start = head.rfind("(?P<")
    for bracket in re.finditer(r"\)(?![?*+{])", head[start:] if start >= 0 else ""):
        before = head[: start + bracket.end()]
        try:
            re.compile(f"{before})")
        except re.error:  # the bracket is one of its text, or the field stands inside of others
            continue
        return f"{before})"
    return head


def hints(text: pl.Expr, lowered: Lowered, field: str, numbers: Collection[int]) -> pl.Expr:
    """Say where a number field of a record's head can be one of these; it is nowhere else.

    To search for some numbers is far cheaper than to capture each. What is searched for is what stands before the
    field, and then one of them; where that is no expression by itself, or they are too many, it can be anywhere.
    """
    before, found, _ = lowered.head.partition(f"(?P<{field}>")
    try:
        re.compile(before)
    except re.error:  # the field stands inside brackets
        found = ""
    if not found or len(numbers) > _SOUGHT:
        return pl.lit(value=True)
    return text.str.contains(f"^{_FIELD.sub('(?:', before)}0*(?:{'|'.join(map(str, numbers))})(?:[^0-9]|$)")


def starts(text: pl.Expr, lowered: Lowered) -> pl.Expr:
    """Say whether a record begins at the beginning of this line; it may end on a later one."""
    return text.str.contains(f"^(?:{lowered.head})")


def find(text: pl.Expr, lowered: Lowered) -> pl.Expr:
    """Return a struct of the fields of the first match anywhere in the text; without a match every field is null.

    Raises:
        ValueError: The rule has no fields; `has` and `find_all` are for such.
    """
    if not lowered.fields:
        raise ValueError("the rule has no fields to find")
    return text.str.extract_groups(lowered.pattern)


def find_all(text: pl.Expr, lowered: Lowered) -> pl.Expr:
    """Return the list of all matches that do not overlap, each as a whole."""
    return text.str.extract_all(lowered.pattern)


def has(text: pl.Expr, lowered: Lowered) -> pl.Expr:
    """Say whether the text holds a match anywhere."""
    return text.str.contains(lowered.pattern)


def matches(text: pl.Expr, alternatives: Sequence[Lowered]) -> list[pl.Expr]:
    """Return expressions of which one is true where the whole text matches any of the rules, whatever their fields.

    Many rules are few expressions: each is a search through all of the text.
    """
    return [text.str.contains(f"^(?:{pattern})$") for pattern in together(alternatives)]


def together(alternatives: Sequence[Lowered]) -> list[str]:
    """Return few patterns without groups, of which one matches where any of the rules does."""
    patterns = [_FIELD.sub("(?:", lowered.pattern) for lowered in alternatives]
    parts = [patterns[start : start + _TOGETHER] for start in range(0, len(patterns), _TOGETHER)]
    return [pattern for part in parts for pattern in _joined(part)]


def _joined(patterns: list[str]) -> list[str]:
    """Return the patterns as one, or as they are where that is too large for the engine."""
    one = "|".join(patterns)
    try:
        pl.select(pl.lit("").str.contains(one))
    except pl.exceptions.ComputeError:
        return patterns
    return [one]
