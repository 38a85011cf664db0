"""Which files hold listings, the output of NetBackup's commands: told by single lines that only they print."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.grammar.columns import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbtrace.bundle.members import Member
    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered

__all__ = ["printed_by"]

_AT_ONCE: Final = 2  # files that are looked at
_BLOCK: Final = 2 << 20  # bytes that are looked at together: so many stay in the processor's cache
_LONGEST: Final = 16 << 20  # bytes of a line that are looked at
_MARK: Final = "mark"  # the rule of a listing grammar that takes lines which nothing else prints
_SIEVE: Final = "sieve"  # the rule for what stands in each of them, where a mark may begin with anything
_BOM: Final = "\ufeff".encode()
_NAMED: Final = ("repllist",)  # listings of no shape that is known: there the file's name tells, if it names images


def printed_by(members: Sequence[Member], grammars: Sequence[Grammar]) -> dict[str, tuple[str, ...]]:
    """Return the listings in each of these files, by its path; files without any are left out.

    Files are read to their end: a listing may follow anything. What cannot be read holds none.
    """
    marks: dict[str, list[Lowered]] = {}
    sieves, begun = [], []
    for grammar in grammars:
        if _MARK in grammar.starts:
            marks.setdefault(grammar.name.removeprefix("listings/"), []).append(grammar.lowered(_MARK))
            if _SIEVE in grammar.starts:
                sieves.append(grammar.lowered(_SIEVE))
            else:
                begun.append(grammar.lowered(_MARK))
    # Most files hold none. A search that must look at the whole of each line takes longer than all others together.
    any_of_them = [*map(_line, together(begun)), *together(sieves)]
    patterns = {kind: [_line(pattern) for pattern in together(rules)] for kind, rules in marks.items()}
    with ThreadPoolExecutor(_AT_ONCE) as workers:  # polars leaves Python's lock
        kinds_of = partial(_kinds_of, any_of_them=any_of_them, patterns=patterns)
        found = zip(members, workers.map(kinds_of, members), strict=True)
        return {member.path: kinds for member, kinds in found if kinds}


def _kinds_of(member: Member, any_of_them: Sequence[str], patterns: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Return the names of the listings of which a line is in the file, sorted."""
    found: set[str] = set()
    name = member.path.rpartition("/")[2].casefold()
    try:
        for block in _blocks(member):
            if any(_holds(block, pattern) for pattern in any_of_them):
                missing = patterns.keys() - found
                found |= {kind for kind in missing if any(_holds(block, pattern) for pattern in patterns[kind])}
            found |= {kind for kind in _NAMED if kind in name and _holds(block, _line(r".*_[0-9]{10}\b.*"))}
    except OSError:
        return ()
    return tuple(sorted(found))


def _line(pattern: str) -> str:
    """Return what finds a line; not with `^`, since it is the literal that is searched many bytes at once."""
    return rf"(?m)\n(?:{pattern})[ \t]*\r?$"


def _holds(block: pl.Series, pattern: str) -> bool:
    return bool(block.str.contains(pattern).item())


def _blocks(member: Member) -> Iterator[pl.Series]:
    """Yield whole lines together, each behind a line feed; of a very long line only its beginning."""
    with member.open() as stream:
        rest, skipping = b"\n" + stream.read(len(_BOM)).removeprefix(_BOM), False
        while data := stream.read(_BLOCK):
            if skipping:
                _, newline, data = data.partition(b"\n")
                skipping, data = not newline, newline + data
            rest += data
            cut = rest.rfind(b"\n")
            if cut:
                yield _text(rest[:cut])
                rest = rest[cut:]
            if len(rest) > _LONGEST:
                rest, skipping = rest[:_LONGEST], True
    yield _text(rest)


def _text(block: bytes) -> pl.Series:
    """Return bytes as text: they are made text by Python only where they are none, since that takes longer."""
    try:
        return pl.Series([block]).cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series([block.decode("utf-8", "replace")])
