"""The shape of messages as the body of a grammar rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.grammar.literals import literal
from nbtrace.learning.shapes import IMAGE, JOB, NAME, NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["TERMINALS", "body"]

# What a rule says for each placeholder of a shape.
_NAMES: Final = {IMAGE: "IMAGE", JOB: "NUMBER", NUMBER: "NUMBER", NAME: "NAME"}

# The definitions that every learnt grammar brings along. A number is not 0, which is how success is spelt.
TERMINALS: Final = """\
IMAGE: /[A-Za-z0-9][A-Za-z0-9._-]*_[0-9]{10}/
NUMBER: /[1-9][0-9]*/
NAME: /[A-Za-z0-9@][A-Za-z0-9._@+-]*/
"""
_SMALL: Final = 1000  # I: a number below it that never changes is a copy, a phase or a code, and part of what is said


def body(kinds: Sequence[str], pieces: pl.Series) -> str:
    """Return the rule's body in Lark's language.

    Args:
        kinds: the parts of the message, with placeholders, see ``shapes.with_shapes``.
        pieces: the parts of all messages of this shape as they stand (list of strings).

    Small numbers that are the same in all messages stand as they are.
    """
    return " ".join(_parts(kinds, _constants(pieces)))


def _constants(pieces: pl.Series) -> list[str | None]:
    """Return at each place of the messages what stands there in all of them; ``None`` where they differ."""
    places = pl.DataFrame({"piece": pieces}).with_row_index("row").explode("piece")
    places = places.with_columns(place=pl.int_range(pl.len()).over("row"))
    same = places.group_by("place").agg(count=pl.col("piece").n_unique(), piece=pl.col("piece").first()).sort("place")
    return same.select(pl.when(pl.col("count") == 1).then("piece")).to_series().to_list()


def _parts(kinds: Sequence[str], constants: Sequence[str | None]) -> Iterator[str]:
    """Yield literals and the names of terminals; neighbouring literals are one."""
    text = ""
    for kind, constant in zip(kinds, constants, strict=True):
        small = kind == NUMBER and constant is not None and int(constant) < _SMALL
        if kind in _NAMES and not small:
            if text:
                yield literal(text)
            yield _NAMES[kind]
            text = ""
        else:
            text += constant or kind
    if text:
        yield literal(text)
