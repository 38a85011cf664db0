"""Lowered grammars as polars expressions: millions of lines at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from nbtrace.grammar.lowering import Lowered

__all__ = ["fields", "find", "find_all", "has", "matches", "starts"]


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


def matches(text: pl.Expr, lowered: Lowered) -> pl.Expr:
    """Say whether the whole text matches."""
    return text.str.contains(f"^(?:{lowered.pattern})$")
