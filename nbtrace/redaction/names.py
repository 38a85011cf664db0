"""Names that are private, learnt from the texts of a bundle by grammars.

A name is learnt where a grammar knows its place: behind ``client``, ``-cl``, ``SLP=`` and the like, in a backup id, or by
its shape (addresses, hosts with their domain). Learnt once, it is replaced everywhere.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.errors import RedactionError
from nbtrace.grammar.columns import find_all
from nbtrace.redaction.collecting import Names
from nbtrace.redaction.fields import NOT_PRIVATE, SIBLING, Rule, listed, rules
from nbtrace.redaction.shapes import composed, folded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.grammar.library import Library

__all__ = ["MOST_NAMES", "Learner"]

MOST_NAMES: Final = 500_000  # some 1.5 KB of memory each
_REMEMBERED: Final = 100_000  # matches that need not be looked at again

_STATED: Final = re.compile(
    r"[=,\"'(\[<{@\\/]|[ \t]:|^[ \t]-|^(IMAGE|FRAG|[0-9]{10})[ \t]|\*(NULL|ANY)\*"
)  # then whatever follows is a name
_PACKED: Final = re.compile(r"(\.[A-Za-z][A-Za-z0-9]{0,4}){0,2}$")
_PARTS: Final = re.compile("[-_ .]+")  # of the name of an archive: a host, a date, what it holds
# What people call archives of logs, and what they put together.
_FILLER: Final = frozenset({"all", "archive", "backup", "bundle", "case", "collect", "collected", "copy", "data", "day", "days", "deep", "export", "file", "files", "from", "full", "inner", "log", "logs", "new", "night", "old", "outer", "part", "raw", "sos", "support", "tar", "ticket", "today", "unified", "upload"})  # fmt: skip
_TELLING: Final = 3  # letters of such a part that may be a name
_HOST_ID: Final = 4  # digits that the id of a host has at least


class Learner(Names):
    """Collects the names of a bundle from its texts and the names of its files.

    ``read`` all, ``settle``, ``read_again`` all, ``finish``: what is called like a host is known when all hosts are.
    """

    def __init__(self, library: Library) -> None:
        """Prepare the rules: of private names, and of identifiers as far as they are names."""
        super().__init__(library)
        found = rules(library)
        self._numbered = [_found(rule).unique() for rule in found if SIBLING in rule.fields]
        self._rules = [rule for rule in found if SIBLING not in rule.fields]
        self._found = [_found(rule).unique().implode().alias(str(at)) for at, rule in enumerate(self._rules)]
        self._listed = list(listed(library))
        self._files = [grammar.lowered() for grammar in library.names()]
        self._seen: set[tuple[str, str]] = set()

    def read(self, text: bytes, source: str, *, listing: bool = False) -> None:
        """Learn from lines of a text, whose rows may be those of a listing."""
        lines = _lines(text)
        versions: set[str] = set()
        for field, matches in self._matches(lines):
            if field == NOT_PRIVATE:
                versions |= {name for _, name in matches}
                continue
            listing |= field == "operation_storage" and bool(matches)
            for whole, name in matches:
                if name in versions or (field, whole) in self._seen:
                    continue
                self._seen.add((field, whole))
                self._take_field(field, name, source, stated=_is_stated(whole.rpartition(name)[0], name))
        if listing:
            self._read_rows(lines, source)
        if len(self._seen) > _REMEMBERED:
            self._seen.clear()
        if len(self.names) > MOST_NAMES:
            raise RedactionError(
                f"There are more than {MOST_NAMES:,} different names up to '{source}', too many to be kept in mind: redact "
                "the bundle in parts, with the same --key."
            )

    def read_again(self, text: bytes, source: str) -> None:
        """Meet those that are called like known ones in lines of a text, once all texts were read and what they say is settled."""
        lines = _lines(text)
        for numbered in self._numbered:
            self.meet(lines.select(numbered).to_series(), source)

    def read_path(self, path: str) -> None:
        """Learn from the name of a file: users and the ids of hosts (log-formats.md §1.1 and §3, H), and what archives and folders are around it."""
        *folders, name = re.split(r"[/\\!]", composed(path))
        archives = [re.split(r"[/\\]", archive)[-1] for archive in composed(path).split("!")[:-1]]
        hosts = [at for at, folder in enumerate(folders) if self._kind(folded(folder)) == "host"]
        for around in (*archives, *folders[: max(hosts, default=0)]):
            self._read_around(around, path)
        for lowered in self._files:
            found = re.fullmatch(lowered.pattern, name)
            for field, value in (found.groupdict() if found else {}).items():
                if field == "user" and value:
                    self._take_field("user_name", value, path, stated=True)
                if field == "host_id" and value and len(value) >= _HOST_ID:
                    self.names.setdefault(value, (value, "host id", path))
            if found:
                name = ""  # it is read: what looks like an address in it is none
        self.read("\n".join([*folders, name, "/".join(["", *folders, name])]).encode("utf-8", "replace"), path)

    def _read_around(self, name: str, path: str) -> None:
        """Learn from the name of an archive, or of a folder around that of a host: a host, a customer, a case."""
        for part in _PARTS.split(_PACKED.sub("", name)):
            word = folded(part).rstrip("0123456789")
            if len(part) >= _TELLING and word not in _FILLER and not self._is_known(word):
                self._take_field("host_word", part, path, stated=False)

    def _matches(self, lines: pl.DataFrame) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield each field with what matched: the whole match and the name in it, each once."""
        found = lines.select(self._found)  # all at once: most rules find nothing in a small file
        for (lowered, fields, whole), matches in zip(self._rules, found.iter_columns(), strict=True):
            if not len(matches[0]):
                continue
            pattern = f"^(?:{lowered.pattern})$" if whole else lowered.pattern
            parts = (
                matches[0]
                .to_frame("whole")
                .with_columns(pl.col("whole").str.extract_groups(pattern).alias("said"))
                .unnest("said")
            )
            for field in fields:
                yield field, parts.select("whole", field).drop_nulls().rows()

    def _read_rows(self, lines: pl.DataFrame, source: str) -> None:
        """Learn from the lines that are rows of a listing as a whole."""
        for lowered, fields in self._listed:
            rows = lines.select(pl.col("line").str.extract_groups(f"^(?:{lowered.pattern})\r?$")).unnest("line")
            for field, kind in fields.items():
                for name in rows[field].drop_nulls().unique().sort():
                    self._take_field(kind, name, source, stated=True)


def _lines(text: bytes) -> pl.DataFrame:
    """Return the lines (``line``, String) of a text."""
    return pl.Series("line", composed(text.decode("utf-8", "replace")).split("\n"), pl.String).to_frame()


def _found(rule: Rule) -> pl.Expr:
    """Return all that matches a rule: whole lines, or parts of them."""
    line = pl.col("line")
    if not rule.whole:
        return find_all(line, rule.lowered).explode().drop_nulls()
    line = line.str.strip_chars_end()
    return line.filter(line.str.contains(f"^(?:{rule.lowered.pattern})$"))


def _is_stated(key: str, name: str) -> bool:
    """Tell whether what stands in front says that a name follows; so does a capital inside a sentence."""
    return bool(_STATED.search(key)) or bool(key and name[:1].isupper() and not re.search("[A-Z]", key))
