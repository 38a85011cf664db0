"""Length-prefixed fields of raw unified records, cut by their counts and never by searching commas.

What follows the thread id is ``length:context,length:message,length:function,level``; a numbered message has a message
number and a parenthesised argument list in place of its text (log-formats.md §1.3: the whole form is confidence L).
Whether a length counts bytes or characters is not known: bytes are tried first, then characters; where neither fits,
the remainder is kept as the message and the record is counted as repaired.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Cut", "attempt", "cut", "cut_column", "replaced", "rows_of"]

_LENGTH: Final = re.compile(r"([0-9]{1,9}):")
_NUMBERED: Final = re.compile(r"(?:[0-9]{1,9},)?\(([0-9]{1,9})\|")
_ARGUMENT: Final = re.compile(r"[A-Za-z]?([0-9]{1,9}):")
_ARGUMENTS: Final = (
    r"^(?:[0-9]{1,9},)?\((?P<number>[0-9]{1,9})\|(?P<list>(?:[A-Za-z]?[0-9]{1,9}:[^|]*\|)*)\),(?P<rest>(?s:.*))$"
)
_PREFIX: Final = r"^([0-9]{1,9}):"
_LEVEL: Final = r"^([0-9]?)(?:$|[,\s])"  # what may follow the level is not known


class Cut(NamedTuple):
    """The fields of one record: ``number`` is that of a numbered message, ``rest`` what stands behind the level.

    ``fit`` is false where the counts did not fit.
    """

    context: str
    message: str
    function: str
    level: str
    number: int | None
    rest: str
    fit: bool


class _Misfit(Exception):  # noqa: N818 — a signal inside this module, not an error
    """The counts do not fit the text, which is too short by ``missing`` (0: it is not its length)."""

    def __init__(self, missing: int = 0) -> None:
        super().__init__()
        self.missing = missing


def cut(text: str) -> Cut:
    """Cut one record's counted fields; counts are bytes, else characters, else the remainder is the message."""
    return attempt(text)[0]


def attempt(text: str) -> tuple[Cut, int]:
    """Cut as ``cut`` does; return also how much text is missing at least (0: none, or nobody knows)."""
    missing: list[int] = []
    for variant, is_bytes in _readings(text):
        try:
            found = _fields(variant)
            # With text behind it, this may be another count's text by chance: then what that lacks is told, too.
            lacking = min(filter(None, missing), default=0) if found.rest.strip() else 0
            return (_back(found) if is_bytes else found), lacking
        except _Misfit as misfit:
            missing.append(misfit.missing)
    return Cut("", text, "", "", None, "", fit=False), min(filter(None, missing), default=0)


def _readings(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the text as the counts may mean it: bytes (each as one character), characters, with CRLF for LF."""
    variants = (text, text.replace("\n", "\r\n")) if "\n" in text else (text,)
    for variant in variants:
        if not variant.isascii():
            yield variant.encode("utf-8").decode("latin-1"), True
        yield variant, False


def _back(found: Cut) -> Cut:
    """Return what was cut from bytes as text; a comma ends each part, so that none ends inside a character."""
    context, message, function, rest = (
        part.encode("latin-1").decode("utf-8") for part in (found.context, found.message, found.function, found.rest)
    )
    return found._replace(context=context, message=message, function=function, rest=rest)


def _fields(text: str) -> Cut:
    """Cut context, message, function and level, where each count is met by a comma or the end."""
    context, at = _counted(text, 0)
    number = None
    if found := _NUMBERED.match(text, at):
        number = int(found[1])
        message, at = _arguments(text, found.end())
    else:
        message, at = _counted(text, at)
    function, at = _counted(text, at)
    level = re.match(_LEVEL, text[at : at + 2])
    if level is None:
        raise _Misfit
    return Cut(context, message, function, level[1], number, text[at + len(level[1]) :], fit=True)


def _counted(text: str, at: int) -> tuple[str, int]:
    """Cut one ``length:text`` field and the comma behind it."""
    found = _LENGTH.match(text, at)
    if not found:
        raise _Misfit(int(at >= len(text)))
    end = found.end() + int(found[1])
    if end > len(text) or text[end : end + 1] not in {",", ""}:
        raise _Misfit(max(end - len(text), 0))
    return text[found.end() : end], end + 1


def _arguments(text: str, at: int) -> tuple[str, int]:
    """Cut the arguments ``A4:text|…)`` of a numbered message, joined by blanks."""
    arguments = []
    while found := _ARGUMENT.match(text, at):
        end = found.end() + int(found[1])
        if text[end : end + 1] != "|":
            raise _Misfit(max(end + 1 - len(text), 0))
        arguments.append(text[found.end() : end])
        at = end + 1
    if text[at : at + 1] != ")":
        raise _Misfit(int(at >= len(text)))
    return " ".join(arguments), at + 2


def cut_column(counted: pl.Series) -> pl.DataFrame:
    """Cut a whole column into the fields of ``Cut``: ``number`` is Int64, ``fit`` Boolean, all others String.

    Plain and numbered messages are cut by polars, by bytes and then by characters; the few others one by one.
    """
    frame = _plain(counted, as_bytes=True)
    for again in (_numbered, partial(_plain, as_bytes=False), _one_by_one):
        odd = frame["fit"].not_().arg_true()
        if odd.is_empty():
            break
        frame = replaced(frame, odd, again(counted.gather(odd)))
    return frame


def _plain(counted: pl.Series, *, as_bytes: bool) -> pl.DataFrame:
    """Cut records of three counted fields."""
    frame = counted.to_frame("rest").lazy().with_columns(number=pl.lit(None, pl.Int64))
    for name in ("context", "message", "function"):
        frame = _field(frame, name, as_bytes=as_bytes)
    return _levelled(frame).collect()


def _numbered(counted: pl.Series) -> pl.DataFrame:
    """Cut records of numbered messages that count bytes, with no bar inside an argument."""
    frame = _field(counted.to_frame("rest").lazy(), "context", as_bytes=True)
    frame = frame.with_columns(pl.col("rest").str.extract_groups(_ARGUMENTS).alias("said")).drop("rest").unnest("said")
    argument = pl.element()
    length = argument.str.extract(r"^[A-Za-z]?([0-9]{1,9}):", 1).cast(pl.UInt32)
    text = argument.str.replace(r"^[A-Za-z]?[0-9]{1,9}:", "")
    listed = pl.col("list").str.strip_suffix("|").str.split("|")
    frame = frame.with_columns(
        message=listed.list.eval(text).list.join(" "),
        fits=(pl.col("list") == "") | listed.list.eval(length == text.str.len_bytes()).list.all(),
        number=pl.col("number").cast(pl.Int64),
    )
    return _levelled(_field(frame.with_columns(rest=pl.when("fits").then("rest")), "function", as_bytes=True)).collect()


def _field(frame: pl.LazyFrame, name: str, *, as_bytes: bool) -> pl.LazyFrame:
    """Cut one counted field off the column ``rest``; a comma ends it, so that no slice of bytes cuts a character."""
    rest, end = pl.col("rest"), pl.col("colon") + pl.col("length")
    units = rest.cast(pl.Binary).bin if as_bytes else rest.str
    frame = frame.with_columns(
        length=rest.str.extract(_PREFIX, 1).cast(pl.UInt32), colon=rest.str.find(":", literal=True) + 1
    ).with_columns(comma=units.slice(end, 1) == (b"," if as_bytes else ","))
    return frame.with_columns(
        pl.when("comma").then(part).cast(pl.String).alias(column)
        for column, part in ((name, units.slice("colon", pl.col("length"))), ("rest", units.slice(end + 1)))
    )


def _levelled(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Cut the level, and say whether all fields before it fit: else there is nothing left to cut it from."""
    rest = pl.col("rest")
    level = rest.str.extract(_LEVEL, 1)
    return frame.select(
        "context",
        "message",
        "function",
        level=level,
        number="number",
        rest=rest.str.slice(level.str.len_bytes()),
        fit=level.is_not_null(),
    )


def _one_by_one(counted: pl.Series) -> pl.DataFrame:
    return rows_of(map(cut, counted))


def rows_of(cuts: Iterable[Cut]) -> pl.DataFrame:
    """Return cuts as the rows of a column that was cut."""
    types = {"number": pl.Int64, "fit": pl.Boolean}
    return pl.DataFrame(list(cuts), schema={name: types.get(name, pl.String) for name in Cut._fields}, orient="row")


def replaced(frame: pl.DataFrame, at: pl.Series, rows: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with some of its rows replaced."""
    order = pl.int_range(frame.height, eager=True, dtype=pl.UInt32)
    order = order.scatter(at, pl.int_range(frame.height, frame.height + rows.height, eager=True, dtype=pl.UInt32))
    return pl.concat([frame, rows])[order]
