"""Length-prefixed fields of raw unified records, cut by their counts and never by searching commas.

What follows the thread id is ``length:context,length:message,length:function,level``; a numbered message has a message
number and a parenthesised argument list in place of its text (log-formats.md §1.3: the whole form is confidence L).
Whether a length counts bytes or characters is not known: bytes are tried first, then characters; where neither fits,
the remainder is kept as the message and the record is counted as repaired.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Cut", "cut", "cut_column"]

_LENGTH: Final = re.compile(r"([0-9]{1,9}):")
_NUMBERED: Final = re.compile(r"(?:[0-9]{1,9},)?\(([0-9]{1,9})\|")
_ARGUMENT: Final = re.compile(r"[A-Za-z]?([0-9]{1,9}):")
_PREFIX: Final = r"^([0-9]{1,9}):"


class Cut(NamedTuple):
    """The fields of one record: ``number`` is that of a numbered message, ``fit`` false where counts did not fit."""

    context: str
    message: str
    function: str
    level: str
    number: int | None
    fit: bool


class _Misfit(Exception):  # noqa: N818 — a signal inside this module, not an error
    """The counts do not fit the text."""


def cut(text: str) -> Cut:
    """Cut one record's counted fields; counts are bytes, else characters, else the remainder is the message."""
    for attempt in _readings(text):
        raw, back = attempt
        try:
            context, message, function, level, number = _fields(raw)
        except _Misfit:
            continue
        if back:
            try:
                context, message, function = (
                    part.encode("latin-1").decode("utf-8") for part in (context, message, function)
                )
            except UnicodeDecodeError:
                continue
        return Cut(context, message, function, level, number, fit=True)
    return Cut("", text, "", "", None, fit=False)


def _readings(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text as the counts may mean it: bytes (each as one character), characters, with CRLF for LF."""
    variants = (text, text.replace("\n", "\r\n")) if "\n" in text else (text,)
    for variant in variants:
        if not variant.isascii():
            yield variant.encode("utf-8").decode("latin-1"), True
        yield variant, False


def _fields(text: str) -> tuple[str, str, str, str, int | None]:
    """Cut context, message, function and level, where each count is met by a comma or the end."""
    context, at = _counted(text, 0)
    number = None
    if found := _NUMBERED.match(text, at):
        number = int(found[1])
        message, at = _arguments(text, found.end())
    else:
        message, at = _counted(text, at)
    function, at = _counted(text, at)
    return context, message, function, text[at : at + 1], number


def _counted(text: str, at: int) -> tuple[str, int]:
    """Cut one ``length:text`` field and the comma behind it."""
    found = _LENGTH.match(text, at)
    if not found:
        raise _Misfit
    end = found.end() + int(found[1])
    if end > len(text) or text[end : end + 1] not in {",", ""}:
        raise _Misfit
    return text[found.end() : end], end + 1


def _arguments(text: str, at: int) -> tuple[str, int]:
    """Cut the arguments ``A4:text|…)`` of a numbered message, joined by blanks."""
    arguments = []
    while found := _ARGUMENT.match(text, at):
        end = found.end() + int(found[1])
        if text[end : end + 1] != "|":
            raise _Misfit
        arguments.append(text[found.end() : end])
        at = end + 1
    if text[at : at + 1] != ")":
        raise _Misfit
    return " ".join(arguments), at + 2


def cut_column(counted: pl.Series) -> pl.DataFrame:
    """Cut a whole column: ``context``, ``message``, ``function``, ``level`` (String), ``number`` (Int64), ``fit``.

    ASCII records with plain text are cut by polars; the few others, where bytes are not characters or the counts do
    not fit at once, one by one.
    """
    rest = pl.col("rest")
    frame = pl.DataFrame({"rest": counted})
    for name in ("context", "message", "function"):
        frame = frame.with_columns(
            length=rest.str.extract(_PREFIX, 1).cast(pl.Int64),
            head=rest.str.extract(r"^([0-9]{1,9}:)", 1).str.len_bytes(),
        )
        frame = frame.with_columns(
            rest.str.slice(pl.col("head"), pl.col("length")).alias(name),
            (rest.str.slice(pl.col("head") + pl.col("length"), 1) == ",").fill_null(value=False).alias(f"{name}_fits"),
            rest.str.slice(pl.col("head") + pl.col("length") + 1),
        )
    frame = frame.select(
        "context",
        "message",
        "function",
        level=rest.str.head(1),
        number=pl.lit(None, pl.Int64),
        fit=pl.all_horizontal("context_fits", "message_fits", "function_fits"),
    ).with_columns(fit=pl.col("fit") & (counted.str.len_bytes() == counted.str.len_chars()))
    odd = frame.with_row_index().filter(~pl.col("fit").fill_null(value=False))["index"]
    if odd.is_empty():
        return frame
    again = pl.DataFrame([cut(text) for text in counted.gather(odd)], schema=frame.schema, orient="row")
    return frame.with_row_index().update(again.with_columns(index=odd), on="index", include_nulls=True).drop("index")
