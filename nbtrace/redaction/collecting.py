"""The names that are collected, and what becomes of each text that a grammar takes for one: a name, a word, or nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.redaction.fields import KIND_OF, NAMED_BY_PEOPLE, RANK
from nbtrace.redaction.kept import is_english, is_form, is_ordinary, is_own, kept_words
from nbtrace.redaction.shapes import (
    OF_BACKUP,
    client_of,
    composed,
    folded,
    is_address,
    is_file,
    is_full,
    is_hardware,
    is_phrase,
    may_be_full,
    words_of,
)  # fmt: skip
from nbtrace.tables import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbtrace.grammar.library import Library

__all__ = ["Names"]

# May be DOMAIN\\name or name@domain.
_PLAIN: Final = frozenset(
    {"user_name", "user_word", "user_quoted", "user_line", "owner_cell", "windows_name", "host_name", "client_name"}
)
_CERTAIN: Final = frozenset({"backup_id", "mail_user", "class_name", "listed_client", "object_policy", "object_client"})
_BETWEEN: Final = re.compile("[ \\t,;\"']+")  # the names of a list
_ESCAPED: Final = re.compile(r"\\+[,;+=] ?")  # in the name of whom a certificate is (RFC 4514)
_SPLIT: Final = dict.fromkeys(("host_list", "many_clients", "many_hosts", "many_policies", "many_units"), _BETWEEN) | {
    "subject_name": _ESCAPED
}
_DOTTED: Final = frozenset({"full_name", "endpoint_name"})
_OF_SLP: Final = "SLP_"
_DOMAINS: Final = frozenset(
    {"corp", "home", "intern", "internal", "intra", "lan"}
)  # endings that Windows domains have as names
_NO_NAME: Final = re.compile(
    r"\*[A-Z]+\*|V-[0-9]+-[0-9]+|0x[0-9a-f]+|[0-9a-f]{1,2}|C[0-9]+(_[A-Z0-9]+)?|x86_64|amd64", re.IGNORECASE
)
_GROUP: Final = re.compile("[0-9a-f]{1,4}")  # of an address of IPv6
_STRIPPED: Final = "._-+@$ \t\r\"'`\\"
_LONGEST: Final = 255  # of a name: what is longer is none
_DIGITS: Final = "0123456789"
_NUMBERED: Final = frozenset({"client", "host"})
_SIBLINGS: Final = 1000  # names that differ in a number: where there are more, it is a count of something
_TELLING: Final = 3  # letters of a word that is a name by itself when it is a part of one


class Names:
    """Collects names.

    ``names`` holds each name in lower case with (spelling, kind, where it was seen first); ``kept`` those that were
    stated as names but are ``words`` of NetBackup's own; ``spellings`` how names beyond ASCII were written.
    """

    def __init__(self, library: Library) -> None:
        """Collect the words that stay."""
        self._evidence = library.evidence("import")
        self.words = kept_words((*library.identifiers(), *self._evidence, *library.records()))
        self._dotted: dict[str, tuple[str, str]] = {}
        # By a name without its number: of which kind it is, and those that are called alike, with where they were met.
        self._stems: dict[str, tuple[str, dict[str, str]]] = {}
        self.names: dict[str, tuple[str, str, str]] = {}
        self.kept: dict[str, tuple[str, str, str]] = {}
        self.spellings: dict[str, set[str]] = {}

    def table(self) -> pl.DataFrame:
        """Return the table ``names`` without replacements."""
        rows = [(kind, name, "", source) for name, kind, source in self.names.values()]
        return NAMES.check(pl.DataFrame(rows, schema=dict(NAMES.schema), orient="row").sort("kind", "name"))

    def add(self, name: str, kind: str, source: str, *, wanted: bool = False) -> None:
        """Add a name that is known to be one; a ``wanted`` one also where it is a word that usually stays."""
        name = composed(name)
        if wanted:
            self.kept.pop(folded(name), None)
            self.names.pop(folded(name), None)
            self._add(name, kind, source)
        else:
            self._take(name, kind, source, stated=True)

    def settle(self) -> None:
        """Learn the hosts of domains that are known by now; and from now on, hosts called like the known ones can be met."""
        for full, (name, source) in self._dotted.items():
            labels = full.split(".")
            if any(self._kind(".".join(labels[at:])) == "domain" for at in range(1, len(labels))):
                self._take(name, "host", source, stated=True)
        self._dotted.clear()
        for name, kind, _ in self.names.values():
            stem = folded(name).rstrip(_DIGITS)
            if kind in _NUMBERED and not self._is_worded(stem):
                self._stems.setdefault(stem, (kind, {}))

    def meet(self, names: Iterable[str], source: str) -> None:
        """Remember those of the names that differ from a known one in their number only, but not where they are very many."""
        for name in names:
            stem = folded(name).rstrip(_DIGITS)
            if stem in self._stems:
                _, siblings = self._stems[stem]
                siblings.setdefault(name, source)
                if len(siblings) > _SIBLINGS:
                    del self._stems[stem]

    def finish(self) -> None:
        """Learn the names that were met."""
        for kind, siblings in self._stems.values():
            for sibling, source in siblings.items():
                self._take(sibling, kind, source, stated=True)
        self._stems.clear()

    def _is_worded(self, stem: str) -> bool:
        """Tell whether a name without its number is made of ordinary words."""
        return all(is_own(part) or is_ordinary(part, self._evidence) for part in re.split("[-_]", stem) if part)

    def _kind(self, name: str) -> str:
        return self.names.get(name, ("", "", ""))[1]

    def _take_field(self, field: str, text: str, source: str, *, stated: bool) -> None:
        """Take what a field holds, which is ``stated`` where the words in front leave no doubt."""
        kind = KIND_OF[field]
        if kind == "identifier":
            if set(text) != {"0", "-"}:
                self.names.setdefault(text.lower(), (text, kind, source))
        elif kind == "address":
            if is_hardware(text) if field == "hardware" else is_address(text):
                self.names.setdefault(text.lower(), (text, kind, source))
        elif field in _DOTTED:
            self._take_dotted(field, text, source)
        elif field in _SPLIT:
            for name in _SPLIT[field].split(text):
                self._take(name, kind, source, stated=field == "host_list" or (stated and field == "subject_name"))
        elif field == "image_phrase":
            name = client_of(text, self._is_known)
            self._take(name if " " in name else "", kind, source, stated=True)
        elif field in _PLAIN:
            self._take_account("" if field == "windows_name" and is_file(text) else text, kind, source, stated=stated)
        else:
            self._take(text, kind, source, stated=stated or field in _CERTAIN)

    def _take_account(self, text: str, kind: str, source: str, *, stated: bool) -> None:
        """Take a name that may have its domain with it."""
        domain, slash, name = text.strip(_STRIPPED).rpartition("\\")
        name, at, after = name.partition("@")
        self._take(name, kind, source, stated=stated or bool(slash or at))
        for part in (domain, after):
            if part:
                self._take(part.rstrip("\\").rpartition("\\")[2], "domain", source, stated=True)

    def _take_dotted(self, field: str, text: str, source: str) -> None:
        """Take a host with its domain, or keep it in mind until its domain is known."""
        if is_full(text) or (field == "endpoint_name" and may_be_full(text)):
            self._take(text, "host", source, stated=True)
        elif not is_file(text) and text.lower().rpartition(".")[2] not in self.words:
            self._dotted.setdefault(text.lower(), (text, source))

    def _take(self, text: str, kind: str, source: str, *, stated: bool) -> None:
        backup = OF_BACKUP.fullmatch(text)
        name = (backup["client"] if backup else text).strip(_STRIPPED)
        if kind in {"policy", "lifecycle policy"} and name.startswith(_OF_SLP):  # how the jobs of an SLP are called
            kind, name = "lifecycle policy", name.removeprefix(_OF_SLP)
        lowered = folded(name)
        if not _may_be_one(name, is_client=bool(backup)):
            return
        if " " in name:
            self._take_phrase(name, kind, source)
            return
        if is_address(name):
            kind = "address"
        if not stated and _GROUP.fullmatch(name):
            return
        is_kept = lowered in self.words or is_form(lowered, self._evidence)
        is_kept &= not (kind == "domain" and stated and lowered in _DOMAINS)
        is_doubtful = not is_kept and not stated and self._is_made_of_words(name, kind)
        if is_kept or is_doubtful:
            if is_doubtful or backup or (stated and kind in NAMED_BY_PEOPLE and not is_english(lowered)):
                self.kept.setdefault(lowered, (name, kind, source))
            return
        self._add(name, kind, source)
        first, dot, suffix = name.partition(".")
        if dot and kind in {"host", "client", "domain"} and (is_full(name) or (stated and may_be_full(name))):
            self._take(first, kind, source, stated=True)
            if "." in suffix and kind != "domain":
                self._take(suffix, "domain", source, stated=True)

    def _take_phrase(self, name: str, kind: str, source: str) -> None:
        """Take a name with blanks, and of its words those that are no ordinary ones."""
        words = words_of(name)
        if not is_phrase(name, self._is_known):
            if kind in NAMED_BY_PEOPLE and all(map(self._is_known, words)) and not any(map(is_english, words)):
                self.kept.setdefault(folded(name), (name, kind, source))
            return
        self._add(name, kind, source)
        for part in name.split():
            if len(part) >= _TELLING and not part.islower():
                self._take(part, kind, source, stated=False)

    def _add(self, name: str, kind: str, source: str) -> None:
        lowered = folded(name)
        if lowered not in self.names or RANK[kind] < RANK[self.names[lowered][1]]:
            self.names[lowered] = (name, kind, source)
        if not name.isascii():
            self.spellings.setdefault(lowered, set()).add(name)

    def _is_known(self, word: str) -> bool:
        """Tell a word that stays, and a number."""
        return word in self.words or not any(map(str.isalpha, word)) or is_ordinary(word, self._evidence)

    def _is_made_of_words(self, name: str, kind: str) -> bool:
        """Tell ``unsuccessful`` and ``read-only``, which are no names where nothing says so."""
        parts = re.split("[-_]", name)
        if len(parts) == 1 or kind in NAMED_BY_PEOPLE:
            return is_ordinary(name, self._evidence)
        return all(part.islower() and part.isalpha() and self._is_known(part) for part in parts)


def _may_be_one(name: str, *, is_client: bool) -> bool:
    """Tell what may be a name by its form; in front of the time of an image stands a client, whatever it looks like."""
    has_letters = 1 < len(name) <= _LONGEST and any(map(str.isalpha, name))
    return has_letters and (is_client or not _NO_NAME.fullmatch(name))
