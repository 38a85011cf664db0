"""Names that are private, learnt from the texts of a bundle by grammars.

A name is learnt where a grammar knows its place: behind ``client``, ``-cl``, ``SLP=`` and the like, in a backup id, or by
its shape (addresses, hosts with their domain). Learnt once, it is replaced everywhere.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.grammar.columns import find_all
from nbtrace.redaction.kept import ENDINGS, is_english, is_ordinary, kept_words
from nbtrace.tables import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nbtrace.grammar.library import Library
    from nbtrace.grammar.lowering import Lowered

__all__ = ["Learner"]

# Which kind of name a field of the grammars holds; of several kinds, the first in this order is told.
_KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "client": ("backup_id", "client_name", "client_cell", "client_field", "path_client"),
    "host": (
        "host_name", "host_word", "server_cell", "master_cell", "server_field", "full_name", "url_host", "unc_host",
        "storage_server", "media_server", "source_primary",
    ),
    "lifecycle policy": ("slp_name", "slp_word", "lifecycle_name", "lifecycle_word"),
    "policy": ("policy_name", "policy_cell", "policy_field", "path_policy"),
    "storage": ("storage_name", "stunit_cell", "disk_volume", "operation_storage", "operation_pool"),
    "user": ("user_name", "user_word", "owner_cell", "group_cell", "owner_field", "mail_user"),
    "domain": ("domain_name", "mail_domain"),
    "address": ("address_v4", "address_v6", "hardware"),
}  # fmt: skip
# And those that a whole line of a listing holds, by the name of its grammar.
_LISTED: Final[Mapping[str, Mapping[str, str]]] = {
    "nbstl": {
        "slp": "slp_name", "classification": "policy_name", "storage": "storage_name", "pool": "storage_name",
        "target_primary": "host_name", "target_slp": "slp_name",
    },
    "stlilist": {"slp": "slp_name", "storage": "storage_name"},
}  # fmt: skip
_KIND_OF: Final = {field: kind for kind, fields in _KINDS.items() for field in fields}
_NAMED_BY_PEOPLE: Final = ("client", "policy", "lifecycle policy")
_RANK: Final = {kind: rank for rank, kind in enumerate(("also", "host id", *_KINDS))}
_NOT_PRIVATE: Final = "version_number"
_PLAIN: Final = frozenset({"user_name", "user_word", "host_name", "client_name"})  # may be DOMAIN\name or name@domain

_OF_BACKUP: Final = re.compile(r"(?P<client>.+)_[0-9]{10}(?![0-9]).*")
_OF_SLP: Final = "SLP_"
_STATED: Final = re.compile(
    r"[=,\"'(\[<{@\\/]|[ \t]:|^[ \t]-|^(IMAGE|FRAG|[0-9]{10})[ \t]|\*(NULL|ANY)\*"
)  # then whatever follows is a name
_DOMAINS: Final = frozenset(
    {"corp", "home", "intern", "internal", "intra", "lan"}
)  # endings that Windows domains have as names
_NO_NAME: Final = re.compile(
    r"\*[A-Z]+\*|V-[0-9]+-[0-9]+|0x[0-9a-f]+|[0-9a-f]{1,2}|C[0-9]+(_[A-Z0-9]+)?|x86_64|amd64", re.IGNORECASE
)
_GROUP: Final = re.compile("[0-9a-f]{1,4}")  # of an address of IPv6
_STRIPPED: Final = "._-+@$"
_LONGEST: Final = 255  # of a name: what is longer is none
_NO_ADDRESS: Final = frozenset({"0.0.0.0", "127.0.0.1", "255.255.255.255", "255.255.255.0", "::1"})  # noqa: S104 - nobody listens here
_GROUPS, _LONG_GROUP = 3, 4


class Learner:
    """Collects the names of a bundle.

    ``names`` holds each name in lower case with (spelling, kind, where it was seen first); ``kept`` those that were
    stated as names but are words of NetBackup's own.
    """

    def __init__(self, library: Library) -> None:
        """Prepare the rules: of private names, and of identifiers as far as they are names."""
        self._evidence = library.evidence("import")
        self.words = kept_words((*library.identifiers(), *self._evidence, *library.records()))
        self._rules = list(_rules(library))
        self._listed = list(_listed(library))
        self._files = [grammar.lowered() for grammar in library.names()]
        self._seen: set[tuple[str, str]] = set()
        self.names: dict[str, tuple[str, str, str]] = {}
        self.kept: dict[str, tuple[str, str, str]] = {}

    def table(self) -> pl.DataFrame:
        """Return the table ``names`` without replacements."""
        rows = [(kind, name, "", source) for name, kind, source in self.names.values()]
        return NAMES.check(pl.DataFrame(rows, schema=dict(NAMES.schema), orient="row").sort("kind", "name"))

    def add(self, name: str, kind: str, source: str, *, wanted: bool = False) -> None:
        """Add a name that is known to be one; a ``wanted`` one also where it is a word that usually stays."""
        if wanted:
            self.kept.pop(name.lower(), None)
            self.names[name.lower()] = (name, kind, source)
        else:
            self._take(name, kind, source, stated=True)

    def read(self, text: bytes, source: str, *, listing: bool = False) -> None:
        """Learn from lines of a text, whose rows may be those of a listing."""
        lines = pl.Series("line", text.decode("utf-8", "replace").split("\n"), pl.String).to_frame()
        if listing:
            self._read_rows(lines, source)
        versions: set[str] = set()
        for field, matches in self._matches(lines):
            if field == _NOT_PRIVATE:
                versions |= {name for _, name in matches}
                continue
            for whole, name in matches:
                if name in versions or (field, whole) in self._seen:
                    continue
                self._seen.add((field, whole))
                self._take_field(field, name, source, stated=_is_stated(whole.removesuffix(name), name))

    def read_path(self, path: str) -> None:
        """Learn from the name of a file: users and the ids of hosts (log-formats.md §1.1 and §3, H)."""
        *folders, name = re.split(r"[/\\]", path)
        for lowered in self._files:
            found = re.fullmatch(lowered.pattern, name)
            for field, value in (found.groupdict() if found else {}).items():
                if field == "user" and value:
                    self._take_field("user_name", value, path, stated=True)
                if field == "host_id" and value and len(value) > _GROUPS:
                    self.names.setdefault(value, (value, "host id", path))
            if found:
                name = ""  # it is read: what looks like an address in it is none
        self.read("\n".join([*folders, name]).encode("utf-8", "replace"), path)

    def _matches(self, lines: pl.DataFrame) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Yield each field with what matched: the whole match and the name in it, each once."""
        for lowered, fields in self._rules:
            found = lines.select(whole=find_all(pl.col("line"), lowered)).explode("whole").drop_nulls().unique()
            parts = found.with_columns(pl.col("whole").str.extract_groups(lowered.pattern).alias("said")).unnest("said")
            for field in fields:
                yield field, parts.select("whole", field).drop_nulls().rows()

    def _read_rows(self, lines: pl.DataFrame, source: str) -> None:
        """Learn from the lines that are rows of a listing as a whole."""
        for lowered, fields in self._listed:
            rows = lines.select(pl.col("line").str.extract_groups(f"^(?:{lowered.pattern})\r?$")).unnest("line")
            for field, kind in fields.items():
                for name in rows[field].drop_nulls().unique().sort():
                    self._take_field(kind, name, source, stated=True)

    def _take_field(self, field: str, text: str, source: str, *, stated: bool) -> None:
        kind = _KIND_OF[field]
        if kind == "address":
            if field == "hardware" or _is_address(text):
                self.names.setdefault(text.lower(), (text, kind, source))
            return
        if field == "full_name":
            if _is_full(text):
                self._take(text, kind, source, stated=True)
            return
        domain, slash, name = text.rpartition("\\") if field in _PLAIN else ("", "", text)
        name, at, after = name.partition("@") if field in _PLAIN else (name, "", "")
        self._take(name, kind, source, stated=stated or bool(slash or at) or field in {"backup_id", "mail_user"})
        for part in (domain, after):
            if part:
                self._take(part.rpartition("\\")[2], "domain", source, stated=True)

    def _take(self, text: str, kind: str, source: str, *, stated: bool) -> None:
        backup = _OF_BACKUP.fullmatch(text)
        name = (backup["client"] if backup else text).strip(_STRIPPED)
        if kind in {"policy", "lifecycle policy"} and name.startswith(_OF_SLP):  # how the jobs of an SLP are called
            kind, name = "lifecycle policy", name.removeprefix(_OF_SLP)
        lowered = name.lower()
        if not 1 < len(name) <= _LONGEST or not re.search("[A-Za-z]", name) or _NO_NAME.fullmatch(name):
            return
        if _is_address(name):
            kind = "address"
        if not stated and _GROUP.fullmatch(name):
            return
        is_kept = lowered in self.words and not (kind == "domain" and stated and lowered in _DOMAINS)
        is_doubtful = not is_kept and not stated and is_ordinary(name, self._evidence)
        if is_kept or is_doubtful:
            if is_doubtful or backup or (stated and kind in _NAMED_BY_PEOPLE and not is_english(lowered)):
                self.kept.setdefault(lowered, (name, kind, source))
            return
        if lowered not in self.names or _RANK[kind] < _RANK[self.names[lowered][1]]:
            self.names[lowered] = (name, kind, source)
        first, dot, suffix = name.partition(".")
        if dot and kind in {"host", "client", "domain"} and _is_full(name):
            self._take(first, kind, source, stated=True)
            if "." in suffix and kind != "domain":
                self._take(suffix, "domain", source, stated=True)


def _rules(library: Library) -> Iterator[tuple[Lowered, Sequence[str]]]:
    """Yield the rules that find names, with those of their fields that are names; versions come first."""
    found: list[tuple[Lowered, Sequence[str]]] = []
    for grammar in (*library.private(), *library.identifiers()):
        for start in grammar.starts:
            lowered = grammar.lowered(start)
            fields = [field for field in lowered.fields if field in _KIND_OF or field == _NOT_PRIVATE]
            if fields:
                found.append((lowered, fields))
    yield from sorted(found, key=lambda rule: _NOT_PRIVATE not in rule[1])


def _listed(library: Library) -> Iterator[tuple[Lowered, Mapping[str, str]]]:
    """Yield the rules of listings of which fields are names, with what these are."""
    for grammar in library.listings():
        known = _LISTED.get(grammar.name.removeprefix("listings/"), {})
        for start in grammar.starts:
            lowered = grammar.lowered(start)
            fields = {field: known[field] for field in lowered.fields if field in known}
            if fields:
                yield lowered, fields


def _is_stated(key: str, name: str) -> bool:
    """Tell whether what stands in front says that a name follows; so does a capital inside a sentence."""
    return bool(_STATED.search(key)) or (name[:1].isupper() and not re.search("[A-Z]", key))


def _is_address(text: str) -> bool:
    """Tell an address of IP from a time, a version with too large parts, and a scope such as ``dead::beef``."""
    try:
        ip_address(text)
    except ValueError:
        return False
    if text in _NO_ADDRESS:
        return False
    groups = [group for group in text.split(":") if group]
    is_v6 = len(groups) >= _GROUPS or (len(groups) > 1 and len(groups[0]) == _LONG_GROUP)
    return "." in text or (is_v6 and bool(re.search("[0-9]", text)))


def _is_full(name: str) -> bool:
    """Tell a host with its domain from other words with dots: by the last label; two letters need two before them."""
    labels: Iterable[str] = name.lower().split(".")
    *before, last = labels
    return last in ENDINGS or (len(last) == 2 and last.isalpha() and len(before) > 1)  # noqa: PLR2004 - a country
