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
_BLOCK: Final = 16 << 20  # bytes that are looked at together
_LONGEST: Final = 16 << 20  # bytes of a line that are looked at
_MARK: Final = "mark"  # the rule of a listing grammar that takes lines which nothing else prints
_NAMED: Final = ("repllist",)  # listings of no shape that is known: there the file's name tells, if it names images


def printed_by(members: Sequence[Member], grammars: Sequence[Grammar]) -> dict[str, tuple[str, ...]]:
    """Return the listings in each of these files, by its path; files without any are left out.

    Files are read to their end: a listing may follow anything. What cannot be read holds none.
    """
    marks: dict[str, list[Lowered]] = {}
    for grammar in grammars:
        if _MARK in grammar.starts:
            marks.setdefault(grammar.name.removeprefix("listings/"), []).append(grammar.lowered(_MARK))
    with ThreadPoolExecutor(_AT_ONCE) as workers:  # polars leaves Python's lock
        found = zip(members, workers.map(partial(_kinds_of, marks=marks), members), strict=True)
        return {member.path: kinds for member, kinds in found if kinds}


def _kinds_of(member: Member, marks: Mapping[str, Sequence[Lowered]]) -> tuple[str, ...]:
    """Return the names of the listings of which a line is in the file, sorted."""
    found: set[str] = set()
    name = member.path.rpartition("/")[2].casefold()
    patterns = {kind: together(rules) for kind, rules in marks.items()}
    any_of_them = together([rule for rules in marks.values() for rule in rules])  # most files hold none
    try:
        for text in _blocks(member):
            block = pl.Series([text])
            if any(_holds(block, pattern) for pattern in any_of_them):
                missing = patterns.keys() - found
                found |= {kind for kind in missing if any(_holds(block, pattern) for pattern in patterns[kind])}
            found |= {kind for kind in _NAMED if kind in name and _holds(block, r".*_[0-9]{10}\b.*")}
    except OSError:
        return ()
    return tuple(sorted(found))


def _holds(block: pl.Series, pattern: str) -> bool:
    return bool(block.str.contains(rf"(?m)^(?:{pattern})[ \t]*\r?$").item())


def _blocks(member: Member) -> Iterator[str]:
    """Yield whole lines together; of a very long line only its beginning."""
    rest, skipping = b"", False
    with member.open() as stream:
        while data := stream.read(_BLOCK):
            if skipping:
                _, newline, data = data.partition(b"\n")
                skipping = not newline
            rest += data
            cut = rest.rfind(b"\n") + 1
            if cut:
                yield rest[:cut].decode("utf-8", "replace").removeprefix("\ufeff")
                rest = rest[cut:]
            if len(rest) > _LONGEST:
                rest, skipping = rest[:_LONGEST], True
    if rest:
        yield rest.decode("utf-8", "replace").removeprefix("\ufeff")
