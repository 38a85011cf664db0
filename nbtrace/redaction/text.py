"""Which files are text, and their text in chunks, never as a whole."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CHUNK", "Readable", "Stream", "chunks", "first", "is_text", "whole_lines"]

CHUNK: Final = 4 << 20  # bytes: what is found in a chunk is in memory at once, which may be many small things
_HEAD: Final = 1 << 16
_OVERLAP: Final = 1 << 10  # bytes: more than a name and what stands in front of it
_CONTROLS: Final = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b"))
_SHARE: Final = 0.05  # of the head: packed and encrypted data hold a tenth
_FEW: Final = 3  # of a short text; the head of any packed file has more
# How pictures begin, of which a small one has hardly any controls (H).
_PICTURES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*")
_HOLE: Final = re.compile(rb"\0{16,}|\0+\Z")


class Stream(Protocol):
    """Where bytes come from: anything that is read like a file."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most ``size`` of them; none at the end."""
        ...


class Readable:
    """A stream that ends where it cannot be read any further, and says why in ``trouble``."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self.trouble = stream, ""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, none at the end or where there is trouble."""
        try:
            return b"" if self.trouble else self._stream.read(size)
        except OSError as error:
            self.trouble = (error.strerror or type(error).__name__).lower()
            return b""


def is_text(head: bytes) -> bool:
    """Tell text from data in which no name can be found; a crash leaves blocks of zeros, which do not count."""
    if head.startswith(_PICTURES):
        return False
    data = _HOLE.sub(b"", head[:_HEAD])
    return len(data) - len(data.translate(None, _CONTROLS)) <= max(_FEW, _SHARE * len(data))


def chunks(stream: Stream) -> Iterator[bytes]:
    """Yield a text in chunks."""
    while data := stream.read(CHUNK):
        yield data


def first(stream: Stream) -> bytes:
    """Return the beginning of a file, by which text is told."""
    return stream.read(_HEAD)


def whole_lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield text that ends with lines; one that is longer than a chunk is cut, some of it twice, so that no name is."""
    rest = b""
    for piece in pieces:
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > CHUNK:
            yield data
            cut = len(data) - _OVERLAP
        elif cut:
            yield data[:cut]
        rest = data[cut:]
    if rest:
        yield rest
