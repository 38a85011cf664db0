"""A grammar file, read into its rules and terminals: what is more than a plain grammar is refused here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any, Final

from lark import Tree
from lark.exceptions import LarkError, UnexpectedToken
from lark.grammar import Symbol
from lark.load_grammar import GrammarBuilder, _parse_grammar

from nbtrace.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAX_CHARACTERS", "Definition", "definitions", "starts"]

MAX_CHARACTERS: Final = 256 * 1024
_MAX_BACKSLASHES: Final = 10

_REFUSED: Final = {
    "ignore": "%ignore is not possible: every character of a log counts",
    "declare": "%declare is not possible: a terminal needs its shape",
    "override": "%override is not possible: a site's grammar adds to the shipped ones",
    "extend": "%extend is not possible: a site's grammar adds to the shipped ones",
}
_MEANINGLESS: Final = {
    "rule_modifiers": "a modifier ('?' or '!' before the name) has no meaning here",
    "template_params": "a template is not possible: write the rule out",
    "priority": "a priority has no meaning here: the first alternative goes first",
    "alias": "an alias ('->') has no meaning here: a field has the name of its rule",
}


@dataclass(frozen=True, slots=True)
class Definition:
    """One rule or terminal: its name, the line on which it begins (from 1), and its body as Lark reads it."""

    name: str
    line: int
    body: Tree[Any]
    terminal: bool

    @property
    def field(self) -> bool:
        """Say whether it may be a field: it is a rule and its name does not start with an underscore."""
        return not self.terminal and not self.name.startswith("_")

    def uses(self) -> set[str]:
        """Return the names of all rules and terminals in its body."""
        return {symbol.name for symbol in self.body.scan_values(lambda value: isinstance(value, Symbol))}


@lru_cache(maxsize=256)
def definitions(text: str, file: str) -> Mapping[str, Definition]:
    """Return the definitions of a grammar by name; each stands behind those that it uses.

    Raises:
        GrammarError: The grammar is broken, recursive, too large, or uses what has no regular meaning.
    """
    try:
        found: dict[str, Definition] = {}
        imports = []
        for statement in _statements(text, file):
            if statement.data == "import":
                imports.append(_import(statement, text, file))
                continue
            definition = _definition(statement, text, file)
            if definition.name in found:
                raise GrammarError("is defined twice", file=file, line=definition.line, rule=definition.name)
            found[definition.name] = definition
        return _ordered({**_imported(imports, file), **found}, file)
    except RecursionError:
        raise GrammarError("brackets are nested too deeply", file=file) from None


@lru_cache(maxsize=256)
def starts(text: str, file: str) -> tuple[str, ...]:
    """Return all public rules that no other rule uses, in the order of the file: those with which a text may begin."""
    found = definitions(text, file)
    used = {name for definition in found.values() for name in definition.uses()}
    tops = [definition for definition in found.values() if definition.field and definition.name not in used]
    return tuple(definition.name for definition in sorted(tops, key=lambda top: top.line))


def _statements(text: str, file: str) -> list[Tree[Any]]:
    if len(text) > MAX_CHARACTERS:
        raise GrammarError(f"a grammar holds {MAX_CHARACTERS} characters at most", file=file)
    _check_open_literals(text, file)
    try:
        return list(_parse_grammar(text, file).children)  # type: ignore[no-untyped-call]
    except UnexpectedToken as error:
        why = f"'{error.token}' is not expected here" if error.token.strip() else "the line ends too early"
        raise GrammarError(why, file=file, line=error.line) from None
    except LarkError as error:
        message = str(error).split("\n")[0]
        place = re.search(r"line (\d+)", message)
        why = re.sub(r",? (?:at|in) line \d+.*", "", message)
        raise GrammarError(f"syntax error: {why}", file=file, line=int(place[1]) if place else None) from None


def _check_open_literals(text: str, file: str) -> None:
    """Refuse literals that are never closed and full of backslashes: Lark's own lexer tries 2^n ways to read them."""
    lines = text.split("\n")
    tails = [(number, line.rpartition('"')[2]) for number, line in enumerate(lines, start=1) if '"' in line]
    if "/" in text:
        tails.append((text[: text.rindex("/")].count("\n") + 1, text.rpartition("/")[2]))
    for number, tail in tails:
        if tail.count(r"\\") > _MAX_BACKSLASHES:
            raise GrammarError("a literal with many backslashes is not closed", file=file, line=number)


def _definition(statement: Tree[Any], text: str, file: str) -> Definition:
    if statement.data in _REFUSED:
        lines = text.split("\n")
        line = next(number for number, line in enumerate(lines, start=1) if f"%{statement.data}" in line)
        raise GrammarError(_REFUSED[statement.data], file=file, line=line)
    terminal = statement.data == "term"
    adornment: list[Any] = statement.children[:-1]
    name, body = adornment.pop(0 if terminal else 1), statement.children[-1]
    kinds = [part.data if isinstance(part, Tree) else "priority" for part in adornment if getattr(part, "children", 1)]
    kinds += ["alias"] * any(body.find_data("alias"))
    if kinds:
        raise GrammarError(_MEANINGLESS[kinds[0]], file=file, line=name.line, rule=str(name))
    return Definition(str(name), name.line, body, terminal=terminal)


def _import(statement: Tree[Any], text: str, file: str) -> tuple[int, str]:
    path: Any = statement.children[0]
    line = path.children[0].line
    if path.data != "import_lib" or path.children[0] != "common":
        raise GrammarError("only terminals of Lark's own 'common' can be imported", file=file, line=line)
    return line, text.split("\n")[line - 1]


def _imported(imports: list[tuple[int, str]], file: str) -> dict[str, Definition]:
    if not imports:
        return {}
    builder = GrammarBuilder()
    try:
        builder.load_grammar("\n".join(text for _, text in imports), file)
    except (LarkError, OSError) as error:
        raise GrammarError(f"the import fails: {error}", file=file, line=imports[0][0]) from None
    return {
        name: Definition(name, imports[0][0], found.tree, terminal=True)
        for name, found in builder._definitions.items()  # noqa: SLF001  # Lark has no public view of an unexpanded grammar
    }


def _ordered(found: dict[str, Definition], file: str) -> dict[str, Definition]:
    for definition in found.values():
        for name in sorted(definition.uses()):
            if name not in found:
                raise GrammarError(f"'{name}' is not defined", file=file, line=definition.line, rule=definition.name)
            if definition.terminal and not found[name].terminal:
                why = f"a terminal is made of terminals, not of the rule '{name}'"
                raise GrammarError(why, file=file, line=definition.line, rule=definition.name)
    try:
        order = TopologicalSorter({name: definition.uses() for name, definition in found.items()}).static_order()
        return {name: found[name] for name in order}
    except CycleError as error:
        culprit = min((found[name] for name in error.args[1]), key=lambda definition: definition.line)
        why = "recursion is not regular: it uses itself, directly or through others"
        raise GrammarError(why, file=file, line=culprit.line, rule=culprit.name) from None
