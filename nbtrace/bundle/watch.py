"""What opening may cost, and what was noticed on the way: budgets and notes that all members of a bundle share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, NamedTuple

__all__ = ["CHANGED", "DAMAGED", "REFUSED", "UNREADABLE", "Damaged", "Limits", "Note", "Refused", "Watch", "amount"]

DAMAGED: Final = "NBT501"
REFUSED: Final = "NBT502"
UNREADABLE: Final = "NBT503"
CHANGED: Final = "NBT504"


class Damaged(OSError):  # noqa: N818 - an error of reading like all others of the system, and caught with them
    """What is read breaks off or is not what it should be; what came before is good."""

    strerror: str

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.strerror = reason


class Refused(Damaged):
    """What is read is more than a limit allows; what came before is good."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far archives and compressed files are unpacked, and how many images are traced.

    ``total``: bytes unpacked in all. ``ratio``: how many times its packed size a part may grow. ``members``: files in
    archives, in all. ``depth``: how deep archives may lie inside each other. ``free``: bytes left free in the temporary
    folder. ``seconds``: time spent on unpacking one member. ``images``: traced in all, the newest.
    """

    total: int = 1 << 40
    ratio: int = 500
    members: int = 100_000
    depth: int = 16
    free: int = 1 << 30
    seconds: float = 600.0
    images: int = 250_000


class Note(NamedTuple):
    """Something noticed while a bundle was opened or read: a finding code, the path it is about, and a sentence.

    ``lost`` says that something which may hold logs was not read.
    """

    code: str
    path: str
    detail: str
    lost: bool


@dataclass(slots=True)
class _Told:
    """How often the same was noticed, and where first."""

    count: int = 0
    first: str = ""
    lost: bool = False


@dataclass(slots=True)
class Watch:
    """The budgets of one bundle and what was noticed. Logs are read by several threads, so each change is one step."""

    limits: Limits = field(default_factory=Limits)
    untouched: set[str] = field(default_factory=set)  # paths of which the text is the file byte for byte
    _told: dict[tuple[str, str, str], _Told] = field(default_factory=lambda: defaultdict(_Told))
    _unpacked: dict[str, int] = field(default_factory=dict)
    _total: int = 0
    _members: int = 0
    _lock: Lock = field(default_factory=Lock)

    def note(self, code: str, path: str, reason: str, *, member: str = "", lost: bool = True) -> None:
        """Note a reason about a path, or about one member of it; the same about many members becomes one note."""
        with self._lock:
            told = self._told[code, path, reason]
            if member or not told.count:
                told.count += 1
            told.first = told.first or member
            told.lost |= lost

    def notes(self) -> list[Note]:
        """Return what was noticed so far, ordered by path."""
        with self._lock:
            told = sorted(self._told.items(), key=lambda item: (item[0][1], item[0]))
            return [Note(code, path, _sentence(path, reason, one), one.lost) for (code, path, reason), one in told]

    def damaged(self, path: str) -> bool:
        """Tell whether something was noticed about exactly this path."""
        with self._lock:
            return any(path == told for _, told, _ in self._told)

    def count_member(self) -> None:
        """Count a member of an archive; ``Refused`` where it is one too many."""
        with self._lock:
            self._members += 1
        if self._members > self.limits.members:
            raise Refused(f"the archives hold more than {self.limits.members:,} files (--max-members)")

    def unpacked(self, path: str, size: int) -> None:
        """Count what was unpacked of a path so far; what is unpacked again counts once. ``Refused`` beyond the limit."""
        with self._lock:
            self._total += max(size - self._unpacked.get(path, 0), 0)
            self._unpacked[path] = max(size, self._unpacked.get(path, 0))
        if self._total > self.limits.total:
            raise Refused(f"more than {amount(self.limits.total)} were unpacked in all (--max-unpacked)")


def amount(size: int) -> str:
    """Write a number of bytes for people."""
    for unit, bytes_ in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= bytes_:
            return f"{size / bytes_:,.4g} {unit}"
    return f"{size} bytes"


def _sentence(path: str, reason: str, told: _Told) -> str:
    if not told.first:
        return f"'{path}': {reason}."
    if told.count == 1:
        return f"'{told.first}' in '{path}': {reason}."
    return f"{told.count:,} members of '{path}': {reason}; the first is '{told.first}'."
