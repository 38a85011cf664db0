"""The headers of a tar archive, one after the other: what is in it, without a byte of it being unpacked.

POSIX.1-1988 (ustar), POSIX.1-2001 (pax) and GNU, each with bounded memory. Nothing is ever created from them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from nbtrace.bundle.kinds import TAR_BLOCK, checksum_fits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SPARSE", "Entry", "Forward", "entries"]

_LONGEST_HEAD: Final = 1 << 20  # bytes of an extended header; names are never so long
_KIND: Final = slice(156, 157)  # of a header
_FOLDER: Final = b"5"
_SPARSE_GOES_ON: Final = 482  # a byte of the header, and of each block behind it
_SPARSE_STILL_GOES_ON: Final = 504
_BINARY: Final = 0x80  # first byte of a number that is not written in octal digits
_KINDS: Final = {
    b"1": "a link, which is not followed",
    b"2": "a link, which is not followed",
    b"3": "not a regular file but a device",
    b"4": "not a regular file but a device",
    b"6": "not a regular file but a pipe",
}
SPARSE: Final = "a sparse file, which is not unfolded"
_PAX: Final = re.compile(rb"(\d{1,9}) ([^=\n]{1,200})=")


@dataclass(slots=True)
class Entry:
    """One entry: its name and size as it states them, and time of change (seconds since 1970, UTC).

    ``special`` says what it is where it is no regular file. A folder has a name that ends with "/".
    """

    name: bytes
    size: int
    mtime: float
    special: str = ""


class Forward(Protocol):
    """A stream that goes one way."""

    position: int

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer at the end only."""
        ...

    def skip(self, size: int) -> int:
        """Leave bytes out; return how many there were."""
        ...


@dataclass(slots=True)
class _Extended:
    """What the headers before an entry say of it."""

    name: bytes | None = None
    size: int | None = None
    sparse: bool = False

    def complete(self, entry: Entry, kind: bytes) -> None:
        """Give an entry what was said before it."""
        if self.size is not None:
            entry.size = self.size
        if self.name is not None:
            entry.name = self.name
        if self.sparse or kind == b"S":
            entry.special = SPARSE
        if kind in _KINDS or kind == _FOLDER:  # no content follows, whatever size they state
            entry.size = 0
        if kind == _FOLDER and not entry.name.endswith(b"/"):
            entry.name += b"/"


def entries(stream: Forward, trouble: Callable[[str], None]) -> Iterator[Entry]:
    """Yield every entry when the stream stands at its content, which may be read, in part or not at all.

    A damaged header is said to ``trouble``, and the next good one is searched; so is an end that comes too early.
    Errors of the stream pass through.
    """
    extended = _Extended()
    for kind, entry, block in _headers(stream, trouble):
        if kind in b"xgLK":
            _extend(stream, kind, entry.size, extended)
            continue
        if kind == b"S":
            _skip_map(stream, block)
        extended.complete(entry, kind)
        extended = _Extended()
        padded = -(-entry.size // TAR_BLOCK) * TAR_BLOCK
        end = stream.position + padded
        yield entry
        stream.skip(end - stream.position)


def _headers(stream: Forward, trouble: Callable[[str], None]) -> Iterator[tuple[bytes, Entry, bytes]]:
    """Yield every header: its kind, what it says, and the block itself."""
    damaged = ended = False
    while block := stream.read(TAR_BLOCK):
        if not block.strip(b"\0"):
            ended, damaged = True, False
            continue
        entry = _entry(block)
        if entry is not None:
            ended = damaged = False
            yield block[_KIND], entry, block
        elif not damaged and not ended and len(block) == TAR_BLOCK:
            trouble(f"it is damaged at byte {stream.position - TAR_BLOCK:,}; it was read on behind that place")
            damaged = True
    if not ended:
        trouble("it is cut off: its end mark is missing")


def _entry(block: bytes) -> Entry | None:
    """Return what a header says; ``None`` for a block that is none."""
    if len(block) < TAR_BLOCK or not checksum_fits(block):
        return None
    size, mtime = _number(block[124:136]), _number(block[136:148])
    if size is None:
        return None
    name = block[:100].partition(b"\0")[0]
    if block[257:263] == b"ustar\0" and (prefix := block[345:500].partition(b"\0")[0]):
        name = prefix + b"/" + name
    return Entry(name, size, float(mtime or 0), _KINDS.get(block[_KIND], ""))


def _number(field: bytes) -> int | None:
    """Read a number: octal digits, or GNU's binary; ``None`` where it is none, or less than 0."""
    if field[0] == _BINARY:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b"\0 ") or b"0"
    return int(digits, 8) if re.fullmatch(rb"[0-7]+", digits) else None


def _extend(stream: Forward, kind: bytes, size: int, extended: _Extended) -> None:
    """Take what an extended header says."""
    padded = -(-size // TAR_BLOCK) * TAR_BLOCK
    if size > _LONGEST_HEAD:
        stream.skip(padded)
        return
    data = stream.read(padded)[:size]
    if kind == b"L":
        extended.name = data.rstrip(b"\0")
    elif kind in b"xg":
        _take_pax(data, extended, everything=kind == b"x")


def _take_pax(data: bytes, extended: _Extended, *, everything: bool) -> None:
    at = 0
    while found := _PAX.match(data, at):
        end = at + int(found[1])
        value = data[found.end() : end - 1]
        if end <= found.end():
            break
        if found[2].startswith(b"GNU.sparse."):
            extended.sparse = True
        elif found[2] == b"path" and everything:
            extended.name = value
        elif found[2] == b"size" and everything and re.fullmatch(rb"\d{1,18}", value):
            extended.size = int(value)
        at = end


def _skip_map(stream: Forward, block: bytes) -> None:
    """Skip the blocks that say where the parts of an old sparse file lie."""
    more = block[_SPARSE_GOES_ON]
    while more and len(block := stream.read(TAR_BLOCK)) == TAR_BLOCK:
        more = block[_SPARSE_STILL_GOES_ON]
