"""A file of any kind → the lines in it that belong to a listing, and which listing each is part of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.grammar.columns import fields
from nbtrace.records.text import split_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered
    from nbtrace.records.chunks import Source

__all__ = ["Rules", "scan"]

_BLOCK: Final = 32 << 20  # bytes that are looked at together
_LONGEST: Final = 16 << 20  # bytes of a line that are read: a job with 100,000 files has a few megabytes
_INSIDE: Final = ("cell", "prompt")  # rules of parts of a line
_LOOSE: Final = ("replica",)  # rules that many a text fits: only where the text speaks of the command
_NEUTRAL: Final = ("commands",)  # lines that stand around listings


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of the listing grammars: ``lines`` by (listing, rule), those that mark a listing first."""

    lines: dict[tuple[str, str], list[Lowered]]
    parts: dict[str, Lowered]

    @classmethod
    def of(cls, grammars: Sequence[Grammar]) -> Rules:
        """Collect the rules of grammars; of several rules of one name every one counts."""
        lines: dict[tuple[str, str], list[Lowered]] = {}
        parts: dict[str, Lowered] = {}
        for grammar in grammars:
            for start in grammar.starts:
                if start in _INSIDE:
                    parts.setdefault(start, grammar.lowered(start))
                else:
                    key = grammar.name.removeprefix("listings/"), start
                    lines.setdefault(key, []).append(grammar.lowered(start))
        order = sorted(
            lines, key=lambda key: (key[1] in _LOOSE, key[1] != "mark", key[0] not in _NEUTRAL, key[1] == "stub")
        )
        return cls({key: lines[key] for key in order}, parts)

    def read(self, lines: pl.DataFrame, kind: str, rule: str = "mark") -> pl.DataFrame:
        """Return those lines (``line``, ``text``, …) that this rule takes, with its fields as columns (String)."""
        found = []
        rest = lines
        for lowered in self.lines.get((kind, rule), ()):
            taken = pl.col("text").str.contains(f"^(?:{lowered.pattern})$")
            # A struct loses the field that is named like a column of the lines only where a grammar names it so.
            found.append(
                rest.filter(taken).with_columns(fields(pl.col("text"), lowered).alias("field")).unnest("field")
            )
            rest = rest.filter(~taken)
        return pl.concat(found, how="diagonal") if found else lines.clear()


def scan(stream: Source, rules: Rules, *, loose: bool) -> pl.DataFrame:
    """Return the lines of listings: ``line`` (from 1), ``text``, ``kind`` and ``rule``, and ``listing`` (from 1).

    A listing begins at a command, and where the lines become those of another kind; lines of no listing in between do
    not end one. What only looks like a part of a listing, without a line that marks it, is left out. Of a line of more
    than 16 MiB only so much is read.

    Args:
        stream: the bytes of the file.
        rules: the rules of the listing grammars.
        loose: the file's name says that it is the output of a command whose lines have no shape of their own.
    """
    found = [_look(block, at, rules, loose=loose) for at, block in _blocks(stream)]
    lines = pl.concat(found) if found else pl.DataFrame(schema=_LINES)
    neutral = pl.col("kind").is_in(_NEUTRAL)
    before = pl.when(~neutral).then("kind").forward_fill().shift(1)
    command = neutral & (pl.col("rule") == "command")
    begins = (command | (~neutral & (pl.col("kind") != before))).fill_null(value=False)
    lines = lines.with_columns(listing=begins.cum_sum() + 1)
    marked = (pl.col("rule").is_in(["mark", "replica"]) & ~neutral).any().over("listing") | neutral
    return lines.filter(marked).with_columns(pl.col("listing").cast(pl.UInt32))


_LINES: Final = {"line": pl.UInt32, "text": pl.String, "kind": pl.String, "rule": pl.String}


def _look(block: bytes, before: int, rules: Rules, *, loose: bool) -> pl.DataFrame:
    """Return the lines of one block that some rule takes; the first rule that does decides."""
    lines = split_lines(block).with_columns(pl.col("line").cast(pl.UInt32) + before)
    lines = lines.with_columns(pl.col("text").str.strip_chars_end())
    wanted = {key: found for key, found in rules.lines.items() if key[1] not in _LOOSE or loose or b"repllist" in block}
    names = list(wanted)
    index = pl.lit(None, pl.Int32)
    for at, lowereds in reversed(list(enumerate(wanted.values()))):
        takes = pl.any_horizontal(pl.col("text").str.contains(f"^(?:{lowered.pattern})$") for lowered in lowereds)
        index = pl.when(takes).then(pl.lit(at, pl.Int32)).otherwise(index)
    taken = lines.with_columns(at=index).filter(pl.col("at").is_not_null())
    kinds, found = ({at: name[part] for at, name in enumerate(names)} for part in (0, 1))
    return taken.select(
        "line",
        "text",
        kind=pl.col("at").replace_strict(kinds, return_dtype=pl.String),
        rule=pl.col("at").replace_strict(found, return_dtype=pl.String),
    )


def _blocks(stream: Source) -> Iterator[tuple[int, bytes]]:
    """Yield whole lines together, with the number of lines before them; too long lines are cut."""
    rest, lines, skipping = b"", 0, False
    while data := stream.read(_BLOCK):
        if skipping:
            _, newline, data = data.partition(b"\n")
            skipping = not newline
            data = newline + data
        rest += data
        cut = rest.rfind(b"\n") + 1
        if cut:
            yield lines, rest[:cut]
            lines += rest.count(b"\n", 0, cut)
            rest = rest[cut:]
        if len(rest) > _LONGEST:
            rest, skipping = rest[:_LONGEST], True
    if rest:
        yield lines, rest
