"""The reference: the same grammar as a real Lark parser. It is slow, and what the fast way is tested against."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput
from lark.visitors import CollapseAmbiguities

if TYPE_CHECKING:
    from nbtrace.grammar.library import Grammar

__all__ = ["Reference"]

Reading = dict[str, str | None]


class Reference:
    """A grammar's rule as a Lark parser of whole texts.

    Lark's Earley parser tries every length of every terminal and finds all readings of a text. Where there are several,
    the preferred one is that of a regular expression: earlier fields are present rather than absent and as long as
    possible, the last one begins as late as possible.
    """

    def __init__(self, grammar: Grammar, start: str = "start") -> None:
        self._fields = grammar.lowered(start).fields
        self.lark = Lark(
            grammar.text,
            start=start,
            parser="earley",
            lexer="dynamic_complete",
            ambiguity="explicit",
            keep_all_tokens=True,
            maybe_placeholders=False,
            g_regex_flags=re.ASCII,
        )

    def parse(self, text: str) -> Reading | None:
        """Return the fields of the whole text, each ``None`` where it is absent; or ``None`` if the text is refused."""
        return next(iter(self.readings(text)), None)

    def readings(self, text: str) -> list[Reading]:
        """Return the fields of every reading of the whole text, the preferred one first; none if it is refused."""
        try:
            forest = self.lark.parse(text)
        except UnexpectedInput:
            return []
        trees = CollapseAmbiguities().transform(forest)
        return sorted((self._reading(tree) for tree in trees), key=self._preference)

    def _reading(self, tree: Tree[Token]) -> Reading:
        found = {str(part.data): _text(part) for part in tree.iter_subtrees() if part is not tree}
        return {field: found.get(field) for field in self._fields}

    def _preference(self, reading: Reading) -> tuple[int, ...]:
        lengths = [-1 if value is None else len(value) for value in reading.values()]
        return (*(-length for length in lengths[:-1]), *lengths[-1:])


def _text(tree: Tree[Any]) -> str:
    return "".join(tree.scan_values(lambda value: isinstance(value, Token)))
