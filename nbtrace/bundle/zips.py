"""The directory of a zip archive: what is in it and where, and what must not be opened."""

from __future__ import annotations

import calendar
import stat
import struct
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nbtrace.bundle.watch import Damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbtrace.bundle.members import Stretch

__all__ = ["Packed", "directory"]

_END: Final = b"PK\x05\x06"
_END64: Final = b"PK\x06\x06"
_END64_PLACE: Final = b"PK\x06\x07"
_FILE: Final = b"PK\x01\x02"
_LOCAL: Final = b"PK\x03\x04"
_END_SIZE: Final = 22  # bytes of each of these records, without what they hold
_END64_SIZE: Final = 56
_FILE_SIZE: Final = 46
_LOCAL_SIZE: Final = 30
_COMMENT: Final = 1 << 16  # bytes that may follow the end record
_LARGEST: Final = 64 << 20  # bytes of a directory: more than half a million files
_PIECE: Final = 1 << 20
_ENCRYPTED: Final = 0x1  # flags
_SIZES_FOLLOW: Final = 0x8
_UTF8: Final = 0x800
_UNKNOWN: Final = 0xFFFFFFFF  # a 32-bit field whose value stands in the zip64 field
_UNIX: Final = 3
_METHODS: Final = frozenset({*range(20), *range(90, 100)})
_NAME: Final = 4096


@dataclass(frozen=True, slots=True)
class Packed:
    """One file of a zip archive: its name, where its packed bytes begin, how many they are, and how they are packed.

    ``size`` is ``None`` where only unpacking tells it; ``special`` says what it is where it is no regular file.
    """

    name: str
    start: int
    size: int | None
    method: int
    crc: int | None
    mtime: float
    header: int
    encrypted: bool = False
    overlapping: bool = False
    damaged: bool = False
    special: str = ""


def directory(raw: Stretch, trouble: Callable[[str], None]) -> list[Packed]:
    """Return the files of an archive, in the order of their places.

    Where the directory at its end is missing or damaged, that is said to ``trouble`` and the files are found by the
    headers in front of them.
    """
    try:
        listed = list(_listed(raw))
    except Damaged as error:
        trouble(error.strerror)
        return list(_scanned(raw))
    placed = sorted(listed, key=lambda file: file.header)
    return _overlapping([_placed(raw, file) for file in placed])


def _listed(raw: Stretch) -> Iterator[Packed]:
    """Yield the files that the directory names."""
    at, size, count, shift = _end(raw)
    raw.seek(at)
    data = raw.read(size)
    place = 0
    for _ in range(count):
        if data[place : place + 4] != _FILE or place + _FILE_SIZE > len(data):
            raise Damaged("its directory is damaged; its files were searched for")
        _, _, system, _, flags, method, clock, day, crc, packed, unpacked, name, extra, comment, _, _, mode, header = (
            struct.unpack_from("<4s2BH4HL2L3H2H2L", data, place)
        )
        begin = place + _FILE_SIZE
        wide = _wide(data[begin + name : begin + name + extra], unpacked, packed, header)
        yield Packed(
            _name(data[begin : begin + name], flags),
            0,
            wide[1],
            method,
            crc,
            _time(day, clock),
            wide[2] + shift,
            encrypted=bool(flags & _ENCRYPTED),
            special=_special(mode >> 16) if system == _UNIX else "",
        )
        place = begin + name + extra + comment


def _end(raw: Stretch) -> tuple[int, int, int, int]:
    """Return place, size and number of the entries of the directory, and by how much all places are shifted."""
    reach = min(raw.length, _COMMENT + _END_SIZE)
    raw.seek(raw.length - reach)
    tail = raw.read(reach)
    found = tail.rfind(_END)
    if found < 0 or found + _END_SIZE > len(tail):
        raise Damaged("it is cut off: its directory is missing; its files were searched for")
    count, size, at = struct.unpack_from("<H2L", tail, found + 10)
    end = raw.length - reach + found
    if (_UNKNOWN in {size, at} or count == _UNKNOWN >> 16) and tail[found - 20 : found - 16] == _END64_PLACE:
        (place,) = struct.unpack_from("<Q", tail, found - 12)
        raw.seek(place)
        record = raw.read(_END64_SIZE)
        if len(record) < _END64_SIZE or record[:4] != _END64:
            raise Damaged("its directory is damaged; its files were searched for")
        count, size, at = struct.unpack_from("<3Q", record, 32)
        end = place
    if size > _LARGEST:
        raise Damaged(f"its directory is larger than {_LARGEST >> 20} MB; its files were searched for")
    shift = end - size - at  # something may stand before the archive
    if shift < 0 or at + shift < 0:
        raise Damaged("its directory is damaged; its files were searched for")
    return at + shift, size, min(count, size // _FILE_SIZE), shift


def _wide(extra: bytes, *values: int) -> list[int]:
    """Return sizes and place, from the zip64 field where 32 bits do not hold them."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + size]
            wide = iter(struct.unpack_from(f"<{len(field) // 8}Q", field))
            return [next(wide, value) if value == _UNKNOWN else value for value in values]
        at += 4 + size
    return list(values)


def _placed(raw: Stretch, file: Packed) -> Packed:
    """Return the file with the place of its packed bytes, which only the header in front of them tells."""
    raw.seek(file.header)
    header = raw.read(_LOCAL_SIZE)
    if len(header) < _LOCAL_SIZE or header[:4] != _LOCAL:
        return replace(file, damaged=True)
    name, extra = struct.unpack_from("<2H", header, 26)
    return replace(file, start=file.header + _LOCAL_SIZE + name + extra)


def _overlapping(files: list[Packed]) -> list[Packed]:
    """Mark the files whose bytes belong to another file as well."""
    marked, reach, last = list(files), -1, -1
    for at, file in enumerate(files):
        if file.damaged:
            continue
        if file.header < reach:
            marked[at] = replace(file, overlapping=True)
            marked[last] = replace(marked[last], overlapping=True)
        if file.start + (file.size or 0) > reach:
            reach, last = file.start + (file.size or 0), at
    return marked


def _scanned(raw: Stretch) -> Iterator[Packed]:
    """Yield the files of an archive without a directory, by the headers in front of them."""
    at = 0
    while (at := _find(raw, at)) >= 0:
        raw.seek(at)
        header = raw.read(_LOCAL_SIZE + _NAME)
        if len(header) < _LOCAL_SIZE:
            return
        flags, method, clock, day, crc, packed, unpacked, name, extra = struct.unpack_from("<4H3L2H", header, 6)
        if method not in _METHODS or not 0 < name <= _NAME:
            at += 4
            continue
        start = at + _LOCAL_SIZE + name + extra
        text = header[_LOCAL_SIZE : _LOCAL_SIZE + name]
        behind = header[_LOCAL_SIZE + name : _LOCAL_SIZE + name + extra]
        packed = _wide(behind, unpacked, packed)[1]
        known = not flags & _SIZES_FOLLOW
        left = max(raw.length - start, 0)
        yield Packed(
            _name(text, flags),
            start,
            min(packed, left) if known else None,
            method,
            crc if known and packed <= left else None,
            _time(day, clock),
            at,
            encrypted=bool(flags & _ENCRYPTED),
        )
        at = start + (min(packed, left) if known else 0)


def _find(raw: Stretch, at: int) -> int:
    """Return where the next header begins; -1 where none does."""
    while True:
        raw.seek(at)
        data = raw.read(_PIECE)
        found = data.find(_LOCAL)
        if found >= 0:
            return at + found
        if len(data) < _PIECE:
            return -1
        at += len(data) - len(_LOCAL) + 1


def _special(mode: int) -> str:
    kind = stat.S_IFMT(mode)
    if kind in {0, stat.S_IFREG, stat.S_IFDIR}:
        return ""
    return (
        "a link, which is not followed" if kind == stat.S_IFLNK else "not a regular file but a pipe, socket or device"
    )


def _name(name: bytes, flags: int) -> str:
    """Return a name as text: UTF-8 where it is that, which many programs write without saying so."""
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode("utf-8", "backslashreplace") if flags & _UTF8 else name.decode("cp437")


def _time(day: int, clock: int) -> float:
    """Return a time of change; it is local time of nobody knows where, and good for nothing but to tell files apart."""
    year, month, date = (day >> 9) + 1980, (day >> 5) & 15, day & 31
    return float(
        calendar.timegm((year, min(max(month, 1), 12), max(date, 1), clock >> 11, (clock >> 5) & 63, (clock & 31) * 2))
    )
