"""What a text looks like: an address, a host with its domain, a file, a name with blanks in it."""

from __future__ import annotations

import re
from ipaddress import ip_address
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from unicodedata import normalize

from nbtrace.redaction.kept import ENDINGS, is_english

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "OF_BACKUP",
    "client_of",
    "composed",
    "folded",
    "is_address",
    "is_file",
    "is_full",
    "is_hardware",
    "is_phrase",
    "may_be_full",
    "words_of",
]

_NO_ADDRESS: Final = frozenset({"0.0.0.0", "127.0.0.1", "255.255.255.255", "255.255.255.0", "::1"})  # noqa: S104 - nobody listens here
_GROUPS, _LONG_GROUP = 3, 4
# Countries behind which no file's name ends; endings of a site's own; how names of files end.
_COUNTRIES: Final = "de ch fr uk nl es se dk fi eu ca jp cn ru br au cz hu pt gr tr kr"
_SITES: Final = "loc priv private ad dmz prod hq office app dev tech online bank group global systems company"
_FILES: Final = """
    log txt out err exe dll so c cc cpp h hpp java class jar py pyc sh ksh bash pl pm bat cmd ps1 xml json yml yaml html
    htm css js csv conf cfg ini properties dat db bin gz bz2 xz zst zip tar tgz rar pid lock tmp bak old md lark pem crt
    key sql img hdr tir lst map rpm deb msi sys service socket sock dump core trace t f u
"""
OF_BACKUP: Final = re.compile(r"(?P<client>.+)_[0-9]{10}(?![0-9]).*")
_NO_PART: Final = re.compile(r"^-[A-Za-z]|_[0-9]{10}")  # options and other images


def composed(text: str) -> str:
    """Return a text in which each letter and its marks are one character where there is one."""
    return text if text.isascii() else normalize("NFC", text)


def folded(name: str) -> str:
    """Return a name in lower case, of which every letter keeps its length in bytes."""
    lowered = name.lower()
    if lowered.isascii() and name.isascii():
        return lowered
    return "".join(low if len((low := char.lower()).encode()) == len(char.encode()) else char for char in name)


def is_address(text: str) -> bool:
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


def is_hardware(text: str) -> bool:
    """Tell the address of a network card from numbers with points between them."""
    return "." not in text or bool(re.search("[A-Fa-f]", text))


def is_full(name: str) -> bool:
    """Tell a host with its domain from other words with dots: by the last label; most need two before them."""
    *before, last = name.lower().split(".")
    if last in ENDINGS:
        return True
    if len(before) > 1:
        return last in _SITES.split() or (len(last) == 2 and last.isalpha() and last not in _FILES.split())  # noqa: PLR2004 - a country
    return last in _COUNTRIES.split()


def may_be_full(name: str) -> bool:
    """Tell what is a host with its domain where it is known to be a host: of three labels at least."""
    return name.count(".") > 1 and name.rpartition(".")[2].isalpha() and not is_file(name)


def is_file(name: str) -> bool:
    """Tell the name of a file from that of a host or a user."""
    return name.lower().rpartition(".")[2] in _FILES.split()


def words_of(phrase: str) -> list[str]:
    """Return the words of a name with blanks in lower case, without the signs around them."""
    return [word for part in phrase.lower().split() if (word := part.strip("._-+@$&()[]{}<>,;:!?*#'\"/\\"))]


def is_phrase(name: str, is_known: Callable[[str], bool]) -> bool:
    """Tell a name with blanks from a part of a sentence, which is small letters and ordinary words mostly."""
    words = words_of(name)
    strange = sum(not is_known(word) for word in words)
    if not strange or all(not part.islower() for part in name.split()):
        return strange > 0
    return not is_english(words[0]) and sum(map(is_english, words)) <= strange


def client_of(phrase: str, is_known: Callable[[str], bool]) -> str:
    """Return the client of an image in running text, of which some words in front may be none of its name.

    These are ordinary words, options, other images, and what stands before several numbers as in a row of a list.
    """
    found = OF_BACKUP.fullmatch(phrase)
    parts = (found["client"] if found else "").split()
    last = -1
    for at, (part, behind) in enumerate(pairwise(parts)):
        is_row = part.isdigit() and behind.isdigit()
        if is_row or _NO_PART.search(part) or (part.islower() and is_english(part)):
            last = at + is_row
    parts = parts[last + 1 :]
    while parts and (not any(map(str.isalnum, parts[0])) or is_known(parts[0].lower())):
        del parts[0]
    return " ".join(parts)
