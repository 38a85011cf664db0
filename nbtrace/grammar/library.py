"""The grammars that are there: those that nbtrace ships, and those of a site's own folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nbtrace.errors import InputError
from nbtrace.grammar.definitions import MAX_CHARACTERS, definitions, starts
from nbtrace.grammar.lowering import Lowered, lower

__all__ = ["Grammar", "Library", "shipped"]

_LAYOUT = ("*.lark", "records/*.lark", "names/*.lark", "evidence/*.lark")
_WHOLE = ("records/", "names/")  # grammars of a whole text; all others are searched inside a text
_SEARCHED = ("identifiers", "private")  # those of them that are no evidence


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
    before them. ``*.lark`` directly in the site's folder are evidence.

    Raises:
        InputError: The site's folder is missing, unreadable or holds no grammar.
    """

    def __init__(self, site: Path | None = None) -> None:
        self._shipped = _read(shipped(), "grammars")
        self._site: list[Grammar] = []
        if site is not None:
            if not site.is_dir():
                raise InputError(f"The grammar folder '{site}' does not exist or is not a folder.")
            self._site = _read(site, str(site))
            if not self._site:
                raise InputError(f"The grammar folder '{site}' holds no readable file that ends in .lark.")

    def names(self) -> list[Grammar]:
        """Return the grammars of log file names, in the order in which to try them."""
        return self._folder("names/")

    def records(self) -> list[Grammar]:
        """Return the grammars of log records, in the order in which to try them."""
        return self._folder("records/")

    def evidence(self, flow: str) -> list[Grammar]:
        """Return the search grammars of what daemons say in one flow; a site's evidence counts for every flow."""
        site = [grammar for grammar in self._site if "/" not in grammar.name and grammar.name not in _SEARCHED]
        site += [grammar for grammar in self._site if grammar.name.startswith("evidence/")]
        return site + [grammar for grammar in self._shipped if grammar.name == f"evidence/{flow}"]

    def identifiers(self) -> list[Grammar]:
        """Return the search grammars of identifiers: backup ids, job ids, status codes and more."""
        return [grammar for grammar in (*self._site, *self._shipped) if grammar.name == "identifiers"]

    def private(self) -> list[Grammar]:
        """Return the search grammars of names that a site does not want to give away."""
        return [grammar for grammar in (*self._site, *self._shipped) if grammar.name == "private"]

    def _folder(self, prefix: str) -> list[Grammar]:
        return [grammar for grammar in (*self._site, *self._shipped) if grammar.name.startswith(prefix)]


def shipped() -> Path:
    """Return the folder of the shipped grammars: inside the installed package, or at the top of the repository."""
    package = Path(__file__).parents[1]
    installed = package / "_grammars"
    return installed if installed.is_dir() else package.parent / "grammars"


def _read(folder: Path, title: str) -> list[Grammar]:
    """Read every grammar of a folder, in the order of their names."""
    grammars = []
    for path in sorted(path for pattern in _LAYOUT for path in folder.glob(pattern)):
        name = path.relative_to(folder).with_suffix("").as_posix()
        file = f"{title}/{name}.lark"
        try:
            with path.open(encoding="utf-8") as stream:
                text = stream.read(MAX_CHARACTERS + 1)
        except UnicodeDecodeError:
            raise InputError(f"The grammar '{file}' is not a text in UTF-8.") from None
        except OSError as error:
            raise InputError(f"The grammar '{file}' cannot be read: {error.strerror}.") from None
        grammars.append(Grammar(name, file, text))
    return grammars
