"""Archives and compressed files as trees of members, in any order inside each other, told by their first bytes.

Nothing is unpacked to a path of its own. What can be read again where it lies is only noted; what cannot, as in a
compressed tar, is kept in the spool: one walk, and of it only what may be a log.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from nbtrace.bundle import tar, zips
from nbtrace.bundle.encoding import Utf8
from nbtrace.bundle.kinds import ARCHIVES, CODECS, FOREIGN, HEAD, is_binary, kind
from nbtrace.bundle.members import Member, Origin, code_of, why
from nbtrace.bundle.spool import Spool
from nbtrace.bundle.unpacking import METHODS, Counted, Unpacked
from nbtrace.bundle.watch import DAMAGED, REFUSED, UNREADABLE, Damaged, Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbtrace.bundle.unpacking import Source
    from nbtrace.bundle.watch import Watch

__all__ = ["BINARY", "Unpacker", "valid"]

BINARY: Final = "a binary file"
_SKIP: Final = 1 << 20  # bytes that are left out at once
_LONGEST_NAME: Final = 4096  # bytes, as of paths on most systems
_STORED: Final = 0
_OUTSIDE: Final = re.compile(r"(?:[/\\]|[A-Za-z]:)|(?:.*[/\\])?\.\.(?:[/\\]|\Z)", re.DOTALL)
_LEADS_OUT: Final = "refused, because its name leads out of the archive: unpack it into a folder and hand that in"


class Unpacker:
    """Finds the members in files that hold others, and keeps what must be kept of them."""

    def __init__(self, watch: Watch) -> None:
        """Begin with nothing; the budgets and notes are those of ``watch``."""
        self._watch, self._spool = watch, Spool(watch.limits.free)
        self._paths: set[str] = set()

    def file(self, member: Member) -> Iterator[Member]:
        """Yield what a file is: itself, or all that it holds. Never fails on content."""
        if member.origin is None:
            yield member
            return
        try:
            with member.origin.raw() as raw:
                yield from self._whatever(_Forward(*_rooted(raw)), member, depth=0)
        except OSError as error:  # it cannot be opened, or not any more
            yield Member(
                member.path, member.size, member.mtime, None, self._watch, f"cannot be read: {why(error)}", lost=True
            )

    def stream(self, source: Source, path: str) -> Iterator[Member]:
        """Yield what a stream is that can be read once only, such as standard input."""
        member = Member(path, 0, 0.0, None, self._watch)
        yield from self._whatever(_Forward(*_rooted(source)), member, depth=0)

    def _whatever(self, stream: _Forward, member: Member, depth: int) -> Iterator[Member]:
        """Yield what a stream holds that is at its beginning.

        ``member.origin`` is where the same bytes can be read again, ``None`` where they cannot.
        """
        head, trouble = stream.peek(HEAD)
        what = kind(head)
        if what and depth >= self._watch.limits.depth:
            reason = f"refused, because it lies inside more than {depth} others (--max-depth)"
            self._watch.note(REFUSED, member.path, reason)
        elif what in CODECS:
            unpacked = Unpacked(stream, what, stream.root, self._watch, member.path)
            yield from self._whatever(_Forward(unpacked, stream.root), _packed(member, what), depth + 1)
        elif what in ARCHIVES:
            yield from (self._tar if what == "tar" else self._zip)(stream, member, depth + 1)
        else:
            yield from self._leaf(stream, member, head, trouble)

    def _leaf(self, stream: _Forward, member: Member, head: bytes, trouble: OSError | None) -> Iterator[Member]:
        """Yield a file that holds no others."""
        foreign = next((name for mark, name in FOREIGN.items() if head.startswith(mark)), "")
        if trouble is not None and not head:
            yield self._refused(member, f"cannot be unpacked: {why(trouble)}")
        elif foreign:
            yield self._refused(member, f"a {foreign} file, which nbtrace cannot unpack: unpack it first")
        elif member.origin is not None:
            yield member
        elif is_binary(Utf8(_Head(head), lambda *_: None).read(HEAD)):
            yield self._refused(member, BINARY, lost=False)
        elif not head:
            yield Member(member.path, 0, member.mtime, Origin(self._spool, 0, 0), self._watch)
        else:
            start, length, broken = self._spool.keep(stream)
            if broken is not None:
                self._watch.note(
                    code_of(broken), member.path, f"{why(broken)}; what came before, {length:,} bytes, was used"
                )
            yield Member(member.path, length, member.mtime, Origin(self._spool, start, length), self._watch)

    def _tar(self, stream: _Forward, archive: Member, depth: int) -> Iterator[Member]:
        """Yield the files of a tar archive."""
        # Where the archive itself is not packed, its files are read where they lie.
        origin = archive.origin if archive.origin and not archive.origin.codecs else None
        try:
            for entry in tar.entries(stream, self._damaged(archive)):
                name = _decoded(entry.name)
                path = self._inside(archive, name, entry.special)
                if not path or name.endswith("/"):
                    continue
                if origin is None:
                    member = Member(path, entry.size, entry.mtime, None, self._watch)
                    yield from self._whatever(_Forward(_Part(stream, entry.size), stream.root), member, depth)
                else:
                    yield from self._stretch(entry, path, origin, stream.position, depth)
        except OSError as error:
            self._watch.note(code_of(error), archive.path, f"{why(error)}; what came before was used")

    def _stretch(self, entry: tar.Entry, path: str, archive: Origin, begin: int, depth: int) -> Iterator[Member]:
        """Yield what one file of a tar archive is, where that can be read again."""
        with Origin(archive.file, archive.start + begin, archive.left(begin)).raw() as rest:
            size = min(entry.size, rest.length)
        if size < entry.size:
            self._watch.note(
                DAMAGED, path, f"its archive is cut off inside it; {size:,} of {entry.size:,} bytes were used"
            )
        there = Origin(archive.file, archive.start + begin, size)
        with there.raw() as raw:
            yield from self._whatever(
                _Forward(*_rooted(raw)), Member(path, size, entry.mtime, there, self._watch), depth
            )

    def _damaged(self, archive: Member) -> Callable[[str], None]:
        """Return what takes the reasons for which an archive is damaged."""
        return lambda reason: self._watch.note(DAMAGED, archive.path, reason)

    def _zip(self, stream: _Forward, archive: Member, depth: int) -> Iterator[Member]:
        """Yield the files of a zip archive, which must lie where it can be read in any order."""
        origin = archive.origin
        if origin is None or origin.codecs:
            start, length, broken = self._spool.keep(stream)
            if isinstance(broken, Refused):  # what there is of it has no directory, and it is not its fault
                self._watch.note(REFUSED, archive.path, why(broken))
                return
            if broken is not None:
                self._watch.note(code_of(broken), archive.path, f"{why(broken)}; what came before was used")
            origin = Origin(self._spool, start, length)
        try:
            with origin.raw() as raw:
                for packed in zips.directory(raw, self._damaged(archive)):
                    yield from self._of_zip(packed, origin, archive, depth)
        except OSError as error:
            self._watch.note(code_of(error), archive.path, f"{why(error)}; what came before was used")

    def _of_zip(self, packed: zips.Packed, origin: Origin, archive: Member, depth: int) -> Iterator[Member]:
        name = packed.name.replace("\\", "/")
        if name.endswith("/") and not packed.size:
            return
        path = self._inside(archive, name, packed.special)
        if not path:
            return
        reason, code = "", UNREADABLE
        if packed.damaged:
            reason, code = "damaged or cut off", DAMAGED
        elif packed.overlapping:
            reason, code = "refused, because it shares its bytes with another", REFUSED
        elif packed.encrypted:
            reason = "encrypted: unpack the archive with its password first"
        elif packed.method not in METHODS and packed.method != _STORED:
            reason = f"packed by method {packed.method}, which nbtrace does not know: unpack the archive first"
        if reason:
            self._watch.note(code, archive.path, reason, member=name)
            return
        length = origin.left(packed.start) if packed.size is None else packed.size
        codecs = () if packed.method == _STORED else (METHODS[packed.method],)
        there = Origin(origin.file, origin.start + packed.start, length, codecs, packed.crc)
        member = Member(path, length or 0, packed.mtime, there, self._watch)
        try:
            with there.open(self._watch, path) as content:
                yield from self._whatever(_Forward(content, content.root), member, depth)
        except OSError as error:
            self._watch.note(code_of(error), path, why(error))

    def _inside(self, archive: Member, name: str, special: str) -> str:
        """Return the path of a file in an archive; empty where it is not opened, which is noted."""
        self._watch.count_member()
        shown = valid(name)[:_LONGEST_NAME]
        if _OUTSIDE.match(name) or len(name) > _LONGEST_NAME:
            self._watch.note(REFUSED, archive.path, _LEADS_OUT, member=shown)
            return ""
        if special:
            self._watch.note(REFUSED, archive.path, special, member=shown, lost=special == tar.SPARSE)
            return ""
        clean = "/".join(part for part in shown.split("/") if part not in {"", "."})
        path, number = f"{archive.path}!{clean}", 1
        while path in self._paths:
            number += 1
            path = f"{archive.path}!{number}!{clean}"
        self._paths.add(path)
        return path

    def _refused(self, member: Member, reason: str, *, lost: bool = True) -> Member:
        return Member(member.path, member.size, member.mtime, None, self._watch, reason, lost=lost)


def valid(name: str) -> str:
    """Return a file name as valid text: bytes of it that are not UTF-8 are written in hex."""
    try:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return name.encode("utf-8", "backslashreplace").decode()


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "backslashreplace")


def _packed(member: Member, codec: str) -> Member:
    """Return the member that a packed one holds."""
    origin = member.origin
    inner = Origin(origin.file, origin.start, origin.length, (*origin.codecs, codec), origin.crc) if origin else None
    return Member(member.path, member.size, member.mtime, inner, member.watch, above=member.above)


class _Forward:
    """A stream that goes one way, and a look at what comes next. Errors come after all that was before them."""

    def __init__(self, source: Source, root: Counted) -> None:
        """Read from a source; ``root`` counts what is read of the file in which it lies, which may be itself."""
        self._source, self.root, self.position = source, root, 0
        self._ahead = b""
        self._error: OSError | None = None

    def peek(self, size: int) -> tuple[bytes, OSError | None]:
        """Return the next bytes and leave them there, and what broke the reading off, if anything did."""
        while len(self._ahead) < size and self._error is None:
            try:
                data = self._source.read(size - len(self._ahead))
            except OSError as error:
                self._error = error
                break
            if not data:
                break
            self._ahead += data
        return self._ahead[:size], self._error

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, fewer at the end only; all of them where the size is less than 0."""
        if size < 0:
            return b"".join(iter(lambda: self.read(_SKIP), b""))
        data, self._ahead = self._ahead[:size], self._ahead[size:]
        while len(data) < size and self._error is None:
            try:
                more = self._source.read(size - len(data))
            except OSError as error:
                self._error = error
                break
            if not more:
                break
            data = data + more if data else more
        self.position += len(data)
        if not data and size and self._error is not None:
            raise self._error
        return data

    def skip(self, size: int) -> int:
        """Leave bytes out; return how many there were."""
        left = size - len(self._ahead[:size])
        self._ahead = self._ahead[size:]
        if left and isinstance(self._source, Counted):
            left -= self._source.skip(left)
        self.position += size - left
        while left and (data := self.read(min(left, _SKIP))):
            left -= len(data)
        return size - left


class _Part:
    """The next bytes of a stream, as a stream of their own."""

    def __init__(self, stream: _Forward, size: int) -> None:
        self._stream, self._left = stream, size

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted) if wanted else b""
        if wanted and not data:
            raise Damaged("its archive is cut off inside it")
        self._left -= len(data)
        return data


def _rooted(source: Source) -> tuple[Source, Counted]:
    """Return a source that is the root itself, twice."""
    root = Counted(source)
    return root, root


class _Head:
    """A few bytes as a stream."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, _size: int = -1, /) -> bytes:
        """Return all of them, once."""
        data, self._data = self._data, b""
        return data
