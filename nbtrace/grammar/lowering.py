"""Lowering: one grammar becomes one linear-time regular expression with a named group for every field."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import polars as pl
from lark.exceptions import GrammarError as LarkGrammarError
from lark.grammar import Symbol
from lark.load_grammar import _literal_to_pattern, eval_escaping

from nbtrace.errors import GrammarError
from nbtrace.grammar.definitions import Definition, definitions, starts
from nbtrace.grammar.terminals import characters, portable, repeated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from lark import Tree

__all__ = ["Lowered", "lower"]

MAX_PATTERN: Final = 32 * 1024
_ANYTHING: Final = frozenset({"(?:(?s:.)+)?", "(?s:.)*"})  # what `message: ANY?` with `ANY: /(?s:.+)/` becomes
_EMPTY: Final = (
    "it may match the empty text, which Lark refuses of a terminal: let it match one character at least and write '?' "
    "where it is used, or make it a rule whose name begins with '_'"
)


@dataclass(frozen=True, slots=True)
class Lowered:
    """A grammar's rule as a regular expression that polars and Python read alike.

    ``pattern`` is not anchored and has one named group for each of ``fields``, in their order. ``tail`` is the last
    field where that takes everything to the end of the text, and ``head`` the pattern before it (without a tail: all of
    it): where ``head`` matches at the beginning, the whole text does.
    """

    pattern: str
    fields: tuple[str, ...]
    head: str
    tail: str | None


@dataclass(frozen=True, slots=True)
class _Piece:
    """The expression of a part of a grammar, the fields in it, and whether it matches the empty text."""

    pattern: str
    fields: tuple[str, ...] = ()
    empty: bool = False
    tail: tuple[str, str] | None = None  # the pattern before the field that takes all the rest, and its name


def lower(text: str, *, file: str, start: str = "start") -> Lowered:
    """Lower one rule of a grammar; ``file`` names the grammar in errors.

    Raises:
        GrammarError: The grammar is broken, or cannot be lowered so that it means the same.
    """
    return _lower(text, file, start)


@lru_cache(maxsize=1024)
def _lower(text: str, file: str, start: str) -> Lowered:
    if start not in starts(text, file):
        raise GrammarError(f"there is no rule '{start}', or another rule uses it", file=file)
    piece = _pieces(text, file)[start]
    _try(piece.pattern, file, definitions(text, file)[start])
    head, tail = piece.tail or (piece.pattern, None)
    return Lowered(piece.pattern, piece.fields, head, tail)


@lru_cache(maxsize=256)
def _pieces(text: str, file: str) -> Mapping[str, _Piece]:
    """Lower every definition, from those that use no other on; so broken ones are found even where none uses them."""
    found = definitions(text, file)
    entries = starts(text, file)
    pieces: dict[str, _Piece] = {}
    for name, definition in found.items():
        try:
            piece = _Lowering(pieces, definition).lower()
        except ValueError as error:
            raise GrammarError(str(error), file=file, line=definition.line, rule=name) from None
        except LarkGrammarError as error:
            why = f"a literal is broken: {error.args[0]}"
            raise GrammarError(why, file=file, line=definition.line, rule=name) from None
        except RecursionError:
            why = "brackets are nested too deeply"
            raise GrammarError(why, file=file, line=definition.line, rule=name) from None
        pieces[name] = _field(name, piece) if definition.field and name not in entries else piece
    return pieces


class _Lowering:
    """The lowering of one definition, on top of those before it."""

    def __init__(self, pieces: Mapping[str, _Piece], definition: Definition) -> None:
        self._pieces, self._definition = pieces, definition

    def lower(self) -> _Piece:
        piece = self._tree(self._definition.body)
        if self._definition.terminal and piece.empty:
            raise ValueError(_EMPTY)
        if len(piece.pattern) > MAX_PATTERN:
            raise ValueError(f"its expression grows beyond {MAX_PATTERN} characters")
        return piece

    def _tree(self, tree: Tree[Any]) -> _Piece:
        match tree.data:
            case "expansions":
                return _either([self._tree(child) for child in tree.children])
            case "expansion":
                return _joined([self._tree(child) for child in tree.children])
            case "maybe":
                return _repeat(self._tree(tree.children[0]), 0, 1)
            case "expr":
                inner, *operator = tree.children
                return _repeat(self._tree(inner), *_bounds(operator))
            case "value":
                return self._value(tree.children[0])
            case kind:
                raise ValueError(f"'{kind.replace('_', ' ')}' has no regular meaning")

    def _value(self, value: Any) -> _Piece:
        if isinstance(value, Symbol):
            return self._pieces[value.name]
        if value.data == "literal":
            pattern, empty = portable(_literal_to_pattern(value.children[0]).to_regexp())  # type: ignore[no-untyped-call]
            if empty and not self._definition.terminal:
                raise ValueError(_EMPTY)
            return _Piece(pattern, empty=empty)
        if value.data == "range":
            low, high = (eval_escaping(end[1:-1]) for end in value.children)  # type: ignore[no-untyped-call]
            if len(low) != 1 or len(high) != 1 or low > high:
                raise ValueError("a range goes from one character to a later one")
            return _Piece(characters([(ord(low), ord(high))]))
        return self._tree(value)


def _bounds(operator: Sequence[Any]) -> tuple[int, int | None]:
    mark, *counts = operator
    if mark == "~":
        return int(counts[0]), int(counts[-1])
    return {"?": (0, 1), "*": (0, None), "+": (1, None)}[mark]


def _field(name: str, piece: _Piece) -> _Piece:
    tail = ("", name) if piece.pattern in _ANYTHING else None
    return _Piece(f"(?P<{name}>{piece.pattern})", (name, *piece.fields), piece.empty, tail)


def _joined(pieces: list[_Piece]) -> _Piece:
    pattern = "".join(piece.pattern for piece in pieces)
    tail = None
    if pieces and pieces[-1].tail:
        head, name = pieces[-1].tail
        tail = ("".join(piece.pattern for piece in pieces[:-1]) + head, name)
    return _Piece(pattern, _fields(pieces), all(piece.empty for piece in pieces), tail)


def _either(pieces: list[_Piece]) -> _Piece:
    if len(pieces) == 1:
        return pieces[0]
    pattern = "(?:" + "|".join(piece.pattern for piece in pieces) + ")"
    return _Piece(pattern, _fields(pieces), any(piece.empty for piece in pieces))


def _repeat(piece: _Piece, low: int, high: int | None) -> _Piece:
    if piece.fields and high != 1:
        raise ValueError(f"the field '{piece.fields[0]}' stands inside a repetition: its groups would be ambiguous")
    return _Piece(repeated(piece.pattern, low, high), piece.fields, piece.empty or low == 0)


def _fields(pieces: Iterable[_Piece]) -> tuple[str, ...]:
    fields = tuple(itertools.chain.from_iterable(piece.fields for piece in pieces))
    for field in fields:
        if fields.count(field) > 1:
            raise ValueError(f"the field '{field}' stands twice: its groups would be ambiguous")
    return fields


def _try(pattern: str, file: str, definition: Definition) -> None:
    """Let polars compile the expression: only its engine knows what is too large for it."""
    try:
        pl.select(pl.lit("").str.contains(pattern))
    except pl.exceptions.ComputeError:
        why = "its expression is too large or too deeply nested for the engine"
        raise GrammarError(why, file=file, line=definition.line, rule=definition.name) from None
