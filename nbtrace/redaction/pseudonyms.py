"""What stands for each name: of the same shape and length, always the same for one name and one key.

A letter becomes a consonant, a digit a digit, all other characters stay; so a backup id stays a backup id, the counted
fields of raw unified records keep their lengths, and no word comes about that a rule of evidence looks for. A name is
made of its labels, so that ``web5`` and ``web5.corp.example`` stay one host; its last label stays where it is an ordinary
one. Addresses keep their networks: two of one network are of one network in the copy as well.
"""

from __future__ import annotations

import hmac
import re
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Final

from nbtrace.errors import RedactionError
from nbtrace.redaction.kept import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

__all__ = ["Pseudonyms"]

_CONSONANTS: Final = "bcdfghjklmnpqrstvwxz"  # no vowels, no words
_DIGITS: Final = "0123456789"
_HEX_LETTERS: Final = "abcdef"
_TRIES: Final = 2000  # of one name, until all of its shape are taken
_OCTETS: Final = {1: range(10), 2: range(10, 100), 3: range(100, 256)}
_PRIVATE: Final = re.compile(r"10\.|192\.168\.|172\.(?:1[6-9]|2[0-9]|3[01])\.|169\.254\.")  # as good as no secret
_DOTTED: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
_LARGEST_ID: Final = 2**32 - 1  # a host id is an unsigned number of 32 bits (log-formats.md §1.1, H)


class Pseudonyms:
    """Gives out pseudonyms: none twice, and none that is a name of the bundle or a word that stays."""

    def __init__(
        self, key: str, names: Collection[str], kept: Collection[str], is_named: Callable[[str], bool]
    ) -> None:
        """Prepare for these names (in lower case).

        ``kept`` are words that no pseudonym may be, and ``is_named`` tells whether a text holds one of the names.
        """
        self._key, self._names = key.encode(), frozenset(names)
        self._labels: dict[str, str] = {}
        self._kept, self._is_named = kept, is_named
        self._given: set[str] = set()

    def of(self, name: str, kind: str) -> str:
        """Return the pseudonym of a name in lower case.

        Raises:
            RedactionError: All pseudonyms of its shape are given out.
        """
        if kind in {"address", "identifier"}:
            return self._address(name)
        if kind == "host id":
            return self._host_id(name)
        if " " in name:
            return self._phrase(name)
        *labels, last = name.split(".")
        stays = labels and last in ENDINGS and last not in self._names
        ending = last if stays else self._label(last)
        return ".".join([*map(self._label, labels), ending])

    def _phrase(self, name: str) -> str:
        """Return a name with blanks, whose words stand for themselves where they are names."""
        words = re.split("( +)", name)
        return self._free(
            name,
            lambda turn: "".join(
                self.of(word, "") if word in self._names else self._shaped(word, turn, name) for word in words
            ),
        )

    def _label(self, label: str) -> str:
        if not any(map(str.isalnum, label)):
            return label
        if label not in self._labels:
            self._labels[label] = self._free(label, lambda turn: self._shaped(label, turn))
        return self._labels[label]

    def _free(self, name: str, shaped: Callable[[int], str]) -> str:
        """Return the first pseudonym that is free, and give it out."""
        for turn in range(_TRIES):
            found = shaped(turn)
            if found != name and found not in self._given and found not in self._kept and not self._is_named(found):
                self._given.add(found)
                return found
        raise RedactionError(f"There are more names of the shape of '{name}' than pseudonyms; leave one of them out.")

    def _shaped(self, text: str, turn: int, of: str = "") -> str:
        """Return a text of the same shape by the key; characters beyond ASCII become as many letters as they have bytes."""
        numbers = self._numbers(f"{turn}/{of}{text}")
        return "".join(_like(char, numbers.__next__, _CONSONANTS) for char in text)

    def _numbers(self, text: str) -> Iterator[int]:
        """Yield numbers below 65536 that depend on the key and the text."""
        for block in count():
            digest = hmac.digest(self._key, f"{block}/{text}".encode(), sha256)
            yield from (int.from_bytes(digest[at : at + 2], "big") for at in range(0, len(digest), 2))

    def _address(self, address: str) -> str:
        """Return an address of the same network for all addresses of one network; each part keeps its length."""
        if not _DOTTED.fullmatch(address):
            return self._free(address, lambda turn: self._groups(address, turn))
        known = _PRIVATE.match(address)
        parts = address.split(".")
        stay = known[0].count(".") if known else 0
        return self._free(
            address,
            lambda turn: ".".join(
                part if at < stay else self._octet(part, ".".join(parts[:at]), turn) for at, part in enumerate(parts)
            ),
        )

    def _octet(self, part: str, network: str, turn: int) -> str:
        """Return another number of the same length: the numbers of a network change places by the key."""
        numbers = _OCTETS[len(part)]
        order = sorted(numbers, key=lambda number: self._number(f"{turn}/{network}/{number}"))
        return str(order[int(part) - numbers.start])

    def _groups(self, address: str, turn: int) -> str:
        """Return an address of IPv6, or of a network card; the link's own prefix stays."""
        groups = re.split("([:.-])", address)
        return "".join(
            group if not at and group == "fe80" else self._shaped_group(group, "".join(groups[:at]), turn)
            for at, group in enumerate(groups)
        )

    def _shaped_group(self, group: str, network: str, turn: int) -> str:
        numbers = self._numbers(f"{turn}/{network}/{group}")
        return "".join(_like(char, numbers.__next__, _HEX_LETTERS) for char in group)

    def _host_id(self, number: str) -> str:
        """Return another host id of the same length; one that reads as an address of 10.0.0.0/8 still does."""
        is_private = int(number) % 256 == 10  # noqa: PLR2004 - lowest byte first (log-formats.md §1.1, M)
        least, most = 10 ** (len(number) - 1), min(10 ** len(number) - 1, max(_LARGEST_ID, int(number)))

        def other(turn: int) -> str:
            found = least + self._number(f"{turn}/{number}") % (most - least + 1)
            return str(min(max(found & ~255 | 10, least), most) if is_private else found)

        return self._free(number, other)

    def _number(self, text: str) -> int:
        return int.from_bytes(hmac.digest(self._key, text.encode(), sha256), "big")


def _like(char: str, number: Callable[[], int], letters: str) -> str:
    """Return a character of the same kind."""
    if char in _DIGITS:
        return _DIGITS[number() % 10]
    if "a" <= char <= "z":
        return letters[number() % len(letters)]
    if char.isascii():
        return char
    return "".join(letters[number() % len(letters)] for _ in char.encode())
