"""The same question asked by other means: parse the head of every record, count the records of each log.

    python benchmarks/parsers.py re|duckdb|lark|lark-earley BUNDLE

Prints one line of JSON. ``re`` and ``duckdb`` read everything. The two of Lark read a slice of each form and say how
long all records would take (``estimate_s``): ``lark`` by LALR, the fastest Lark there is, with grammars of this
module; ``lark-earley`` by the shipped record grammars, which LALR does not take.
"""

from __future__ import annotations

import json
import re
import sys
import time
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from forms import by_form, log_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

__all__ = ["HEADS", "main"]

# The head of a record of each form, and its text; RE2 takes the same expressions.
HEADS: Final = {
    "legacy": r"^([0-9]{1,2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}) \[([0-9]+)(?:\.[0-9]+)?\] <([0-9]+)> (?:(\S+): )?(.*)$",
    "raw": r"^([0-2]),[0-9]+,([0-9]+),([0-9]+),[0-9]+,([0-9]{13}),([0-9]+),[0-9]+,(.*)$",
    "printed": r"^([0-9/]+ [0-9:.]+) \[(\w+)\] NB [0-9]+ (\S+) [0-9]+ PID:([0-9]+) TID:[0-9]+ File ID:[0-9]+ "
    r"\[ ?([^\]]*)\] (?:\[\w+\]|[0-9]) (.*)$",
}
_SLICES: Final = {"lark": 5_000, "lark-earley": 200}  # records read of each form
_LALR: Final = {
    "legacy": r"""start: CLOCK " [" NUMBER "] <" NUMBER "> " (FUNCTION ": ")? TEXT
        CLOCK: /[0-9:.]{8,12}/""",
    "raw": r"""start: NUMBER "," NUMBER "," NUMBER "," NUMBER "," NUMBER "," NUMBER "," NUMBER "," NUMBER "," TEXT""",
    "printed": r"""start: DAY " " CLOCK " [" WORD "] NB " NUMBER " " WORD " " NUMBER " PID:" NUMBER " TID:" NUMBER " File ID:" NUMBER " [" CONTEXT "] " (NUMBER " [" | "[") TEXT
        DAY: /[0-9\/]{8,10}/
        CLOCK: /[0-9:.]{8,12}/
        WORD: /[A-Za-z][^\s\]]*/
        CONTEXT: /[^\]]+/""",
}
_COMMON: Final = r"""
        NUMBER: /[0-9]+/
        FUNCTION.2: /[^\s]+(?=: )/
        TEXT: /(?s:.+)/
"""


def main(means: str, bundle: str) -> None:
    """Read the bundle by these means and print the answer."""
    files = by_form(Path(bundle))
    answer = {"re": _re, "duckdb": _duckdb, "lark": _lark, "lark-earley": _lark_earley}[means](files)
    print(json.dumps(answer))


def _re(files: dict[str, list[Path]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for form, paths in files.items():
        match = re.compile(HEADS[form]).match
        for path in paths:
            with path.open(encoding="utf-8", errors="replace") as lines:
                fields = [found.groups() for found in map(match, lines) if found]
            counts[log_of(path)] = counts.get(log_of(path), 0) + len(fields)
    return counts


def _duckdb(files: dict[str, list[Path]]) -> dict[str, int]:
    duckdb = import_module("duckdb")  # an extra that the other means do without

    counts: dict[str, int] = {}
    for form, paths in files.items():
        groups = re.compile(HEADS[form]).groups
        names = ", ".join(f"'f{number}'" for number in range(groups))
        used = ", ".join(f"max(head.f{number})" for number in range(groups))  # so that no field is left out
        rows = duckdb.execute(
            f"""
            SELECT filename, count(*), {used}
            FROM (SELECT filename, regexp_extract(line, ?, [{names}]) AS head
                  FROM read_csv(?, columns = {{'line': 'VARCHAR'}}, delim = '\x01', quote = '', escape = '',
                                header = false, auto_detect = false, filename = true, strict_mode = false))
            WHERE head.f0 <> '' GROUP BY filename""",  # noqa: S608 - made of the constants above
            [HEADS[form], [str(path) for path in paths]],
        ).fetchall()
        for name, count, *_ in rows:
            counts[log_of(Path(name))] = counts.get(log_of(Path(name)), 0) + count
    return counts


def _lark(files: dict[str, list[Path]]) -> dict[str, Any]:
    from lark import Lark  # noqa: PLC0415 - the other means do without

    made = {form: Lark(grammar + _COMMON, parser="lalr").parse for form, grammar in _LALR.items()}
    return _estimate(files, made, _SLICES["lark"])


def _lark_earley(files: dict[str, list[Path]]) -> dict[str, Any]:
    from lark import Lark  # noqa: PLC0415 - the other means do without

    from nbtrace.grammar.library import Library  # noqa: PLC0415

    names = {"records/legacy": "legacy", "records/unified": "raw", "records/vxlogview": "printed"}
    made = {
        names[grammar.name]: Lark(grammar.text, parser="earley", lexer="dynamic", g_regex_flags=re.ASCII).parse
        for grammar in Library().records()
        if grammar.name in names
    }
    return _estimate(files, made, _SLICES["lark-earley"])


def _estimate(
    files: dict[str, list[Path]], parse: Mapping[str, Callable[[str], object]], slice_of: int
) -> dict[str, Any]:
    """Parse a slice of each form; return how long all records would take, and the measured time of one."""
    seconds, each = 0.0, {}
    for form, paths in files.items():
        size = sum(path.stat().st_size for path in paths)
        records = list(islice(_records(paths, re.compile(HEADS[form])), slice_of))
        start = time.perf_counter()
        for record in records:
            parse[form](record)
        each[form] = (time.perf_counter() - start) / len(records)
        seconds += each[form] * size / (sum(map(len, records)) / len(records))
    return {"estimate_s": round(seconds, 1), "each_us": {form: round(each[form] * 1e6, 1) for form in each}}


def _records(paths: Sequence[Path], head: re.Pattern[str]) -> Iterator[str]:
    """Yield lines that are records by themselves, of the largest log."""
    with max(paths, key=lambda path: path.stat().st_size).open(encoding="utf-8") as lines:
        yield from (line for line in lines if head.match(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
