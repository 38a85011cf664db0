"""A site's grammars, tried one by one: which of them hold, and what is wrong with the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nbtrace.errors import NbtraceError
from nbtrace.grammar.library import Library, grammar_files, read_grammar

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from nbtrace.grammar.library import Grammar

__all__ = ["Checked", "check"]

_TIMES: Final = {"clock", "epoch_ms", "epoch_s"}


@dataclass(frozen=True, slots=True)
class Checked:
    """One grammar file: its rules, or the ``error`` (file, line, reason); ``notes`` are about rules without an effect."""

    file: str
    rules: tuple[str, ...] = ()
    error: str = ""
    notes: tuple[str, ...] = ()


def check(site: Path, asked: Collection[str]) -> Iterator[Checked]:
    """Yield what holds of each grammar of a site; a broken one does not hide the next.

    Args:
        site: a folder of grammars, or one file.
        asked: the names of the rules of evidence that an analysis asks for.

    Raises:
        InputError: There is no grammar at all.
    """
    for name, path in grammar_files(site):
        file = str(path)
        try:
            grammar = read_grammar(name, path, file)
            for rule in grammar.starts:
                grammar.lowered(rule)
            yield Checked(file, grammar.starts, notes=tuple(_notes(grammar, asked)))
        except NbtraceError as error:
            yield Checked(file, error=str(error))


def _notes(grammar: Grammar, asked: Collection[str]) -> Iterator[str]:
    """Yield what will have no effect, although it is well written."""
    if grammar.name.startswith("records/"):
        fields = set(grammar.lowered().fields)
        if not fields & _TIMES:
            yield f"there is none of the fields {', '.join(sorted(_TIMES))}: its records will have no time"
        if not fields & {"message", "counted"}:
            yield "there is no field 'message' and none 'counted': its records will say nothing"
    elif grammar.name == "identifiers":
        known = {field for other in Library().identifiers() for rule in other.starts for field in _fields(other, rule)}
        for rule in grammar.starts:
            if not known & _fields(grammar, rule):
                yield f"nothing asks for the rule '{rule}' or its fields"
    elif not grammar.name.startswith(("names/", "listings/")):
        for rule in grammar.starts:
            if rule not in asked:
                yield f"nothing asks for the rule '{rule}'"


def _fields(grammar: Grammar, rule: str) -> set[str]:
    return {rule, *grammar.lowered(rule).fields}
