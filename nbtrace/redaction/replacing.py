"""Names in bytes: found all at once whatever their case, and replaced by what has the same length."""

from __future__ import annotations

import re
from contextlib import suppress
from itertools import product
from typing import TYPE_CHECKING, Final, NamedTuple
from unicodedata import normalize

from ahocorasick_rs import BytesAhoCorasick, MatchKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

__all__ = ["Found", "Replacer", "in_case_of"]

_LETTERS: Final = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_LETTERS_AND_DIGITS: Final = _LETTERS | frozenset(b"0123456789")
_TELLING: Final = 4  # characters of a name with a digit or a sign in it, from which on it is no part of another word
_PARTS: Final = re.compile("([-_. ])")  # of a name, each of which may be small or large
_MANY: Final = 4  # parts beyond ASCII: each makes three times as many spellings
_ODD: Final = 10_000  # names beyond ASCII: of more, not every letter is looked for small and large
_ENCODINGS: Final = ("utf-8", "cp1252")  # as logs may be written (log-formats.md §4, L)


class Found(NamedTuple):
    """A name in a text: from ``start`` to ``end``, and which pattern it is."""

    start: int
    end: int
    pattern: int


class Replacer:
    """Replaces names, given in lower case with what stands for them.

    A name counts wherever no letter or digit is beside it; one that has a digit or a sign and is not short, and each of
    ``anywhere``, counts inside other words as well. Of names that overlap, the first and longest counts.
    """

    def __init__(
        self,
        names: Mapping[str, str],
        anywhere: Iterable[str] = (),
        spellings: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Prepare the search.

        A name beyond ASCII is looked for in each encoding, in lower and in upper case, and as its ``spellings`` say.
        """
        spelt = spellings or {}
        free = set(anywhere)
        few = sum(not name.isascii() for name in names) > _ODD
        self._patterns = [
            (pattern, _as_long(other.encode(), pattern), name in free or _is_telling(name))
            for name, other in names.items()
            for pattern in _spellings(name, spelt.get(name, ()), few=few)
        ]
        self._search = BytesAhoCorasick([pattern for pattern, *_ in self._patterns], MatchKind.Standard)
        self.longest = max((len(pattern) for pattern, *_ in self._patterns), default=0)

    def holds(self, text: str) -> bool:
        """Tell whether a short text holds one of the names."""
        return any(self.lines([text.encode("utf-8", "surrogateescape")]))

    def text(self, text: str) -> str:
        """Return a short text with all names replaced."""
        return b"".join(self.stream([text.encode("utf-8", "surrogateescape")])).decode("utf-8", "surrogateescape")

    def stream(self, chunks: Iterable[bytes], count: list[int] | None = None) -> Iterator[bytes]:
        """Yield the chunks with all names replaced, also those on the border of two; ``count`` adds up the names."""
        for data, skipped, matches in self._windows(chunks):
            out = bytearray(data)
            for start, end, pattern in matches:
                out[start:end] = in_case_of(data[start:end], self._patterns[pattern][1])
            if count is not None:
                count[0] += len(matches)
            yield bytes(out[skipped:])

    def lines(self, chunks: Iterable[bytes]) -> Iterator[int]:
        """Yield the number (from 1) of each line in which a name begins, as often as one does."""
        before = 0
        for data, skipped, matches in self._windows(chunks):
            at = skipped
            for start, _, _ in matches:
                before, at = before + data.count(b"\n", at, start), start
                yield before + 1
            before += data.count(b"\n", at)

    def _windows(self, chunks: Iterable[bytes]) -> Iterator[tuple[bytes, int, list[Found]]]:
        """Yield pieces of the text, how many bytes at the front of each belong to the piece before, and its names."""
        rest, skipped = b"", 0
        for chunk in chunks:
            data = rest + chunk
            limit = len(data) - self.longest - 1  # what begins before is to be seen whole, with what stands behind
            if limit <= skipped:
                rest = data
                continue
            matches = [found for found in self._found(data, skipped) if found.start < limit]
            cut = max(limit, matches[-1].end) if matches else limit
            yield data[:cut], skipped, matches
            rest, skipped = data[cut - 1 :], 1
        if len(rest) > skipped:
            yield rest, skipped, self._found(rest, skipped)

    def _found(self, data: bytes, skipped: int) -> list[Found]:
        """Return the names in a piece of text: of those that overlap the first and longest."""
        lowered = data.lower()
        whole = (
            Found(start, end, pattern)
            for pattern, start, end in self._search.find_matches_as_indexes(lowered, overlapping=True)
            if start >= skipped and (self._patterns[pattern][2] or _is_whole(lowered, start, end))
        )
        chosen: list[Found] = []
        for found in sorted(whole, key=lambda found: (found.start, -found.end)):
            if not chosen or found.start >= chosen[-1].end:
                chosen.append(found)
        return chosen


def _cases(text: str) -> set[str]:
    return {text, text.upper(), text.title()}


def _spellings(name: str, others: Collection[str], *, few: bool) -> set[bytes]:
    """Return how a name is written: one beyond ASCII in each encoding that has its letters, small and large.

    ``few``: as a whole only, and as ``others`` spelt it.
    """
    if name.isascii():
        return {name.encode()}
    parts = [{part} if part.isascii() else _cases(part) for part in _PARTS.split(name)]
    spelt = _cases(name) if few or sum(len(part) > 1 for part in parts) > _MANY else set(map("".join, product(*parts)))
    spelt |= set(others)
    apart = {normalize("NFD", spelling) for spelling in spelt}
    found = set()
    for encoding in _ENCODINGS:
        with suppress(UnicodeEncodeError):
            found |= {spelling.encode(encoding).lower() for spelling in spelt}
    found = {pattern for pattern in found if len(pattern) <= len(name.encode())}
    return found | {spelling.encode().lower() for spelling in apart}


def _as_long(other: bytes, pattern: bytes) -> bytes:
    """Return what stands for a name, as long as a spelling of it: a decomposed one is longer."""
    return other[: len(pattern)].ljust(len(pattern), b"x")


def _is_telling(name: str) -> bool:
    """Tell a name that is no part of a word of English."""
    return len(name) >= _TELLING and any(char.isalpha() for char in name) and not name.isalpha()


def _is_whole(lowered: bytes, start: int, end: int) -> bool:
    """Tell whether a name stands by itself, and is not the beginning or the end of another word or number."""
    is_long = end - start >= _TELLING
    return not (
        _joined(lowered[start : start + 1], lowered[start - 1 : start], is_long=is_long)
        or _joined(lowered[end - 1 : end], lowered[end : end + 1], is_long=is_long)
    )


def _joined(edge: bytes, beside: bytes, *, is_long: bool) -> bool:
    """Tell whether what stands beside the edge of a name is of one word with it; a number behind a long name is not."""
    if not beside or edge[0] not in _LETTERS_AND_DIGITS:
        return False
    return beside[0] in (_LETTERS if is_long and edge[0] in _LETTERS else _LETTERS_AND_DIGITS)


def in_case_of(text: bytes, other: bytes) -> bytes:
    """Return the replacement with capitals where the text has them."""
    if text.islower():
        return other
    if text.isupper():
        return other.upper()
    capital = bytes(range(65, 91))
    return bytes(
        new - 32 if old in capital and 97 <= new <= 122 else new  # noqa: PLR2004 - a to z
        for old, new in zip(text, other, strict=True)
    )
