"""The grammars that are there: those that nbtrace ships, and those of a site's own folder."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path

from nbtrace.errors import InputError
from nbtrace.grammar.definitions import MAX_CHARACTERS, definitions, starts
from nbtrace.grammar.lowering import Lowered, lower

__all__ = ["Grammar", "Library", "grammar_files", "read_grammar", "shipped"]

_FOLDERS = ("", "records", "names", "evidence", "listings")
_MOST = 1000  # grammar files of a site: each takes time with every analysis
_WHOLE = ("records/", "names/")  # grammars of a whole text; all others are searched inside a text


@dataclass(frozen=True, slots=True)
class Grammar:
    """One grammar file: its name (``records/legacy``), its file as people are told of it, and its text."""

    name: str
    file: str
    text: str

    @property
    def starts(self) -> tuple[str, ...]:
        """Return the rules to begin with: ``start``, or in a search grammar every public rule that no other rule uses.

        Raises:
            GrammarError: The grammar is broken.
        """
        return ("start",) if self.name.startswith(_WHOLE) else starts(self.text, self.file)

    def comment(self, rule: str) -> str:
        """Return the lines of comment directly above a rule or terminal, without their slashes."""
        lines = self.text.split("\n")
        comment: list[str] = []
        for line in reversed(lines[: definitions(self.text, self.file)[rule].line - 1]):
            if not line.startswith("//"):
                break
            comment.append(line.removeprefix("//").removeprefix(" ").rstrip())
        return "\n".join(reversed(comment))

    def lowered(self, start: str = "start") -> Lowered:
        """Return the rule as a regular expression; it is made once.

        Raises:
            GrammarError: The grammar is broken or not regular, or no text may begin with this rule.
        """
        return lower(self.text, file=self.file, start=start)


class Library:
    """All grammars: the shipped ones, and those of a site's folder of the same layout.

    A site's grammar adds to the shipped ones and never replaces one, also where both have the same name; it stands
    before them. ``*.lark`` directly in the site's folder are evidence; a single file can be named instead of a folder.

    Raises:
        InputError: The site's folder is missing, unreadable or holds no grammar.
    """

    def __init__(self, site: Path | None = None) -> None:
        self._shipped = _read(shipped(), "grammars")
        self._site = [] if site is None else _read(site, str(site))

    def all(self) -> list[Grammar]:
        """Return every grammar, a site's own before the shipped ones."""
        return [*self._site, *self._shipped]

    def names(self) -> list[Grammar]:
        """Return the grammars of log file names, in the order in which to try them."""
        return self._folder("names/")

    def records(self) -> list[Grammar]:
        """Return the grammars of log records, in the order in which to try them."""
        return self._folder("records/")

    def evidence(self, flow: str) -> list[Grammar]:
        """Return the search grammars of what daemons say in one flow; a site's evidence counts for every flow."""
        site = [grammar for grammar in self._site if "/" not in grammar.name and grammar.name != "identifiers"]
        site += [grammar for grammar in self._site if grammar.name.startswith("evidence/")]
        return site + [grammar for grammar in self._shipped if grammar.name == f"evidence/{flow}"]

    def identifiers(self) -> list[Grammar]:
        """Return the search grammars of identifiers: backup ids, job ids, status codes and more."""
        return [grammar for grammar in (*self._site, *self._shipped) if grammar.name == "identifiers"]

    def listings(self) -> list[Grammar]:
        """Return the grammars of the lines of listings, each with its rules: `mark` tells a line that only it prints."""
        return self._folder("listings/")

    def _folder(self, prefix: str) -> list[Grammar]:
        return [grammar for grammar in (*self._site, *self._shipped) if grammar.name.startswith(prefix)]


def shipped() -> Path:
    """Return the folder of the shipped grammars: inside the installed package, or at the top of the repository."""
    package = Path(__file__).parents[1]
    installed = package / "_grammars"
    return installed if installed.is_dir() else package.parent / "grammars"


def grammar_files(site: Path) -> list[tuple[str, Path]]:
    """Return the grammar files of a site with their names, in the order of these: of its folder, or the one file itself.

    Raises:
        InputError: It does not exist, cannot be listed, or holds no grammar, or too many.
    """
    if site.is_file() and site.suffix == ".lark":
        return [(site.stem, site)]
    if not site.is_dir():
        raise InputError(f"The grammar folder '{site}' does not exist or is not a folder; a single file ends in .lark.")
    files = sorted(path for part in _FOLDERS for path in _listed(site / part))
    if not files:
        raise InputError(f"The grammar folder '{site}' holds no readable file that ends in .lark.")
    if len(files) > _MOST:
        raise InputError(f"The grammar folder '{site}' holds {len(files)} grammars; {_MOST} are possible.")
    return [(path.relative_to(site).with_suffix("").as_posix(), path) for path in files]


def read_grammar(name: str, path: Path, file: str) -> Grammar:
    """Return the grammar in a file, of which people are told as ``file``; no more is read than a grammar may hold.

    Raises:
        InputError: It is no regular file, cannot be read, or is not UTF-8.
    """
    try:
        # Not to wait: whoever puts a pipe there has nothing to say.
        with os.fdopen(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), encoding="utf-8") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise InputError(f"The grammar '{file}' is not a regular file.")
            return Grammar(name, file, stream.read(MAX_CHARACTERS + 1))
    except UnicodeDecodeError:
        raise InputError(f"The grammar '{file}' is not a text in UTF-8.") from None
    except OSError as error:
        raise InputError(f"The grammar '{file}' cannot be read: {error.strerror}.") from None


def _read(site: Path, title: str) -> list[Grammar]:
    """Read every grammar of a folder, in the order of their names."""
    return [
        read_grammar(name, path, title if site == path else f"{title}/{name}.lark")
        for name, path in grammar_files(site)
    ]


def _listed(folder: Path) -> list[Path]:
    """Return the grammar files right in a folder; one that is not there has none."""
    try:
        return [path for path in folder.iterdir() if path.suffix == ".lark"]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise InputError(f"The grammar folder '{folder}' cannot be read: {error.strerror}.") from None
