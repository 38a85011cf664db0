"""One file of a bundle: where its bytes lie, and how they are opened as text."""

from __future__ import annotations

import io
import os
import stat
import zlib
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nbtrace.bundle.encoding import Utf8
from nbtrace.bundle.unpacking import Counted, Unpacked
from nbtrace.bundle.watch import CHANGED, DAMAGED, REFUSED, UNREADABLE, Damaged, Refused, Watch

if TYPE_CHECKING:
    from nbtrace.bundle.spool import Spool
    from nbtrace.bundle.unpacking import Source

__all__ = ["Member", "Origin", "Stretch", "Unfolded", "code_of", "why"]

_EDGE: Final = 64 << 10  # bytes at the beginning and at the end of a file by which it is told from others


@dataclass(frozen=True, slots=True)
class Origin:
    """Where bytes lie that can be read as often as one likes.

    A stretch of a file or of the spool (``length`` is ``None`` where it goes on to the end), packed with ``codecs``,
    the outermost first. ``crc`` is the checksum that an archive states of what comes out.
    """

    file: Path | Spool
    start: int = 0
    length: int | None = None
    codecs: tuple[str, ...] = ()
    crc: int | None = None

    def left(self, place: int) -> int | None:
        """Return how many bytes there are from a place on; ``None`` up to the end of the file."""
        return None if self.length is None else max(self.length - place, 0)

    def raw(self) -> Stretch:
        """Open the bytes as they lie; ``OSError`` where that is not possible."""
        return Stretch(self)

    def open(self, watch: Watch, path: str) -> Unfolded:
        """Open what they hold once unpacked."""
        return Unfolded(self, watch, path)


class Stretch(io.RawIOBase):
    """The bytes of an origin as they lie. It can seek."""

    def __init__(self, origin: Origin) -> None:
        """Open the file; what is no regular file by now is not waited for (``OSError``)."""
        super().__init__()
        self._start, self._at = origin.start, 0
        self._spool: Spool | None = None
        self._file: io.FileIO | None = None
        if isinstance(origin.file, Path):
            self._file = io.FileIO(origin.file, opener=_regular)
            there = os.fstat(self._file.fileno()).st_size - origin.start
            self.mtime = os.fstat(self._file.fileno()).st_mtime_ns
        else:
            self._spool, self.mtime, there = origin.file, 0, origin.length or 0
        self.length = max(there, 0) if origin.length is None else origin.length

    def readable(self) -> bool:
        """Return that this can be read."""
        return True

    def seekable(self) -> bool:
        """Return that this can seek."""
        return True

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a place."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.length}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def skip(self, size: int) -> int:
        """Leave bytes out; return how many there were."""
        there = self.length if self._spool else min(self.length, self._size() - self._start)
        done = max(min(size, there - self._at), 0)
        self._at += done
        return done

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, fewer than asked for at the end only."""
        left = max(self.length - self._at, 0)
        wanted = left if size < 0 else min(size, left)
        if self._file is None:
            data = self._spool.read_at(self._start + self._at, wanted) if self._spool else b""
        else:
            self._file.seek(self._start + self._at)
            data = self._file.read(wanted) or b""
        self._at += len(data)
        return data

    def grew(self) -> bool:
        """Tell whether a whole file is longer by now."""
        return self._file is not None and not self._start and self._size() > self.length

    def _size(self) -> int:
        return os.fstat(self._file.fileno()).st_size if self._file else 0

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        super().close()


class Unfolded(io.RawIOBase):
    """What an origin holds once all that it is packed with is undone; ``Damaged`` where that breaks off."""

    def __init__(self, origin: Origin, watch: Watch, path: str) -> None:
        super().__init__()
        self.stretch = origin.raw()
        self.root = Counted(self.stretch)
        source: Source = self.root
        for codec in origin.codecs:
            source = Unpacked(source, codec, self.root, watch, path)
        self._source, self._wanted, self._crc = source, origin.crc, 0

    def readable(self) -> bool:
        """Return that this can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, fewer than asked for at the end only."""
        data = self._source.read(size)
        if self._wanted is not None:
            self._crc = zlib.crc32(data, self._crc)
            if not data and size and self._crc != self._wanted:
                raise Damaged("its checksum does not fit its content")
        return data

    def close(self) -> None:
        """Close the file."""
        self.stretch.close()
        super().close()


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the bundle, as it is: nothing is opened before it is asked for.

    A member with a ``refused`` reason stands for something that is not read: a link, a pipe, or a folder that could
    not be listed. ``lost`` says that it was wanted and could not be had.
    """

    path: str  # inside the bundle, with "/" between its parts and "!" behind an archive
    size: int  # bytes that it takes where it lies: of a compressed file fewer than it holds
    mtime: float  # seconds since 1970, UTC
    origin: Origin | None
    watch: Watch
    refused: str = ""
    lost: bool = False
    above: str = ""  # the folders above what was handed in, on this machine; for what their names tell, never shown

    def open(self) -> Utf8:
        """Open the content as text in UTF-8; ``OSError`` where that is not possible.

        What breaks off later ends the text there, and is noted.
        """
        if self.origin is None:
            raise Damaged(self.refused)
        content = self.origin.open(self.watch, self.path)
        return Utf8(_Noting(content, self), self._note, self._end)

    def again(self) -> Utf8 | Stretch:
        """Open the content again once it was read to its end: what can seek, where its text is the file byte for byte."""
        if self.origin is not None and not self.origin.codecs and self.path in self.watch.untouched:
            return self.origin.raw()
        return self.open()

    def head(self, n: int) -> bytes:
        """Return the first ``n`` bytes of the text, fewer where it is shorter; ``OSError`` as ``open``."""
        with self.open() as file:
            return file.read(n)

    def stamp(self) -> str:
        """Return what tells this content from any other; ``OSError`` as ``open``.

        Sizes, time of change, both ends of the bytes as they lie, and how they are packed. Empty where something was
        the matter with it.
        """
        if self.origin is None or self.watch.damaged(self.path):
            return ""
        with self.origin.raw() as raw:
            ends = sha256(raw.read(_EDGE))
            raw.seek(max(raw.length - _EDGE, 0))
            ends.update(raw.read(_EDGE))
            return repr((raw.length, self.size, raw.mtime, self.mtime, self.origin.codecs, ends.hexdigest()))

    def _note(self, code: str, reason: str) -> None:
        self.watch.note(code, self.path, reason)

    def _end(self, *, untouched: bool) -> None:
        (self.watch.untouched.add if untouched else self.watch.untouched.discard)(self.path)


class _Noting:
    """What a member holds; where it breaks off, the end comes there and the reason is noted."""

    def __init__(self, content: Unfolded, member: Member) -> None:
        self._content, self._member, self._given, self._over = content, member, 0, False

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        if self._over:
            return b""
        try:
            data = self._content.read(size)
        except OSError as error:
            self._over = True
            self._member.watch.note(code_of(error), self._member.path, f"{why(error)}; {self._used()}")
            return b""
        self._given += len(data)
        if not data and size:
            self._over = True
            self._compare()
        return data

    def close(self) -> None:
        """Close the file."""
        self._content.close()

    def _used(self) -> str:
        return f"what came before, {self._given:,} bytes, was used" if self._given else "nothing of it could be used"

    def _compare(self) -> None:
        """Note where a file is not as long as it was when it was found."""
        stretch = self._content.stretch
        if stretch.tell() < stretch.length:
            self._member.watch.note(CHANGED, self._member.path, f"it became shorter while it was read; {self._used()}")
        elif stretch.grew():
            self._member.watch.note(
                CHANGED, self._member.path, f"it grew while it was read; {self._used()}", lost=False
            )


def code_of(error: OSError) -> str:
    """Return the finding code of what breaks a reading off."""
    if isinstance(error, Refused):
        return REFUSED
    return DAMAGED if isinstance(error, Damaged) else UNREADABLE


def why(error: OSError) -> str:
    """Return the reason of a refused read in the system's words, without the path of this machine."""
    return (error.strerror or type(error).__name__).lower() if not isinstance(error, Damaged) else error.strerror


def _regular(path: str, flags: int) -> int:
    """Open a regular file and nothing else: a pipe that took its place must not be waited for."""
    handle = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0))
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise Damaged("it is no regular file any more")
    return handle
