"""Which files are text, and text in UTF-8 whatever it was written in: bytes in chunks, never a whole file."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["CHUNK", "Readable", "Stream", "encoding_of", "first", "is_text", "utf8_chunks", "whole_lines"]

CHUNK: Final = 4 << 20  # bytes: what is found in a chunk is in memory at once, which may be many small things
_HEAD: Final = 1 << 16
_OVERLAP: Final = 1 << 10  # bytes: more than a name and what stands in front of it
_CONTROLS: Final = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b"))
_SHARE: Final = 0.05  # of the head: packed and encrypted data hold a tenth
_FEW: Final = 3  # of a short text; the head of any packed file has more
_HOLE: Final = re.compile(rb"\0{16,}|\0+\Z")
_UTF16: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


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


def encoding_of(head: bytes) -> str:
    """Return ``utf-16-le`` or ``utf-16-be`` where a mark at the beginning says so; else nothing, for plain bytes."""
    return next((name for mark, name in _UTF16.items() if head.startswith(mark)), "")


def is_text(head: bytes) -> bool:
    """Tell text from data in which no name can be found; a crash leaves blocks of zeros, which do not count."""
    data = _HOLE.sub(b"", head[:_HEAD])
    return bool(encoding_of(head)) or len(data) - len(data.translate(None, _CONTROLS)) <= max(_FEW, _SHARE * len(data))


def utf8_chunks(stream: Stream, head: bytes = b"") -> Iterator[bytes]:
    """Yield the bytes of a text, its ``head`` read before, in chunks; UTF-16 becomes UTF-8."""
    encoding = encoding_of(head)
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
    data = head
    while data:
        yield decoder.decode(data).encode() if decoder else data
        data = stream.read(CHUNK)
    if decoder and (rest := decoder.decode(b"", final=True)):
        yield rest.encode()


def first(stream: Stream) -> bytes:
    """Return the beginning of a text, by which its encoding is told."""
    return stream.read(_HEAD)


def whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield text that ends with lines; one that is longer than a chunk is cut, some of it twice, so that no name is."""
    rest = b""
    for chunk in chunks:
        data = rest + chunk
        cut = data.rfind(b"\n") + 1
        if not cut and len(data) > CHUNK:
            yield data
            cut = len(data) - _OVERLAP
        elif cut:
            yield data[:cut]
        rest = data[cut:]
    if rest:
        yield rest
