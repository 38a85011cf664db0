"""Packed streams: gzip, bzip2, xz, zstandard and the methods of zip files, unpacked piece by piece and within limits."""

from __future__ import annotations

import bz2
import io
import lzma
import sys
import time
import zlib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol

from nbtrace.bundle import kinds
from nbtrace.bundle.watch import Damaged, Refused

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

try:
    _zlib: Any = import_module("isal.isal_zlib")  # several times as fast, where it is installed
except ImportError:
    _zlib = zlib

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrace.bundle.watch import Watch

__all__ = ["METHODS", "Counted", "Source", "Unpacked"]

_BLOCK: Final = 1 << 16  # packed bytes that are read at once
_PIECE: Final = 1 << 14  # unpacked bytes asked for at once: so many at most are lost before a damaged place
_WINDOW: Final = 64 << 20  # unpacked bytes over which growth is measured: small files may be as repetitive as they like
_COUNT: Final = 1 << 20  # unpacked bytes between two looks at the whole budget
_MEMORY: Final = 256 << 20  # bytes that one unpacker may use
_ERRORS: Final[tuple[type[Exception], ...]] = (
    zlib.error,
    _zlib.error,
    lzma.LZMAError,
    zstd.ZstdError,
    EOFError,
    ValueError,
    OSError,
)
METHODS: Final = {8: "deflate", 12: "bzip2", 93: "zstd", 95: "xz"}  # of zip files


class Source(Protocol):
    """Where bytes come from."""

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most ``size`` of them; none at the end."""
        ...


class _Decoder(Protocol):
    """What bz2, lzma and zstd decompressors have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Deflated:
    """The decompressor of zlib in the manner of all others."""

    def __init__(self, bits: int) -> None:
        self._inner: Any = _zlib.decompressobj(bits)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        out = bytes(self._inner.decompress(self._inner.unconsumed_tail + data, max_length))
        self.needs_input = len(out) < max_length and not self._inner.unconsumed_tail
        return out


_DECODERS: Final[dict[str, Callable[[], _Decoder]]] = {
    "gzip": lambda: _Deflated(16 + zlib.MAX_WBITS),
    "deflate": lambda: _Deflated(-zlib.MAX_WBITS),
    "bzip2": bz2.BZ2Decompressor,
    "xz": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MEMORY),
    "zstd": lambda: zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: 27}),
}


class Counted:
    """A source that counts what was read of it."""

    def __init__(self, source: Source) -> None:
        self._source, self.count = source, 0

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes."""
        data = self._source.read(size)
        self.count += len(data)
        return data

    def skip(self, size: int) -> int:
        """Leave bytes out where the source can do that at once; return how many."""
        skip = getattr(self._source, "skip", None)
        done = int(skip(size)) if skip else 0
        self.count += done
        return done


class Unpacked(io.RawIOBase):
    """What a packed stream holds. Several streams one after the other are one, as their own tools have it.

    ``root`` counts the bytes of the file in which all of this lies, however often it is packed: growth is measured
    against them. Where the stream breaks off or a limit is passed, all that came before is returned first.
    """

    def __init__(self, source: Source, codec: str, root: Counted, watch: Watch, path: str) -> None:
        super().__init__()
        self._source, self._codec, self._root, self._watch, self._path = source, codec, root, watch, path
        self._decoder: _Decoder | None = _DECODERS[codec]()
        self._pending = b""
        self._error: OSError | None = None
        self._given = self._window = self._mark = 0
        self._spent = 0.0

    def readable(self) -> bool:
        """Return that this can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next ``size`` bytes, fewer at the end only.

        Raises:
            Damaged: the stream breaks off here.
            Refused: a limit is passed here.
        """
        if self._error is not None:
            raise self._error
        pieces: list[bytes] = []
        missing = size if size >= 0 else sys.maxsize
        began = time.monotonic()
        try:
            while missing and (piece := self._piece(min(missing, _PIECE))) is not None:
                pieces.append(piece)
                missing -= len(piece)
                self._allowed(len(piece), self._spent + time.monotonic() - began)
            if missing:
                self._watch.unpacked(self._path, self._given)
        except OSError as error:
            self._error = error
            if not pieces:
                raise
        self._spent += time.monotonic() - began
        return b"".join(pieces)

    def _allowed(self, size: int, spent: float) -> None:
        """Count what was given; ``Refused`` where it is more than the limits allow."""
        limits = self._watch.limits
        self._given += size
        self._window += size
        if spent > limits.seconds:
            raise Refused(f"it takes longer than {limits.seconds:g} seconds to unpack (--max-seconds)")
        if self._window >= max(_WINDOW, 4 * limits.ratio * _BLOCK):
            if self._window > limits.ratio * (self._root.count - self._mark + _BLOCK):
                raise Refused(f"it grows to more than {limits.ratio:,} times its size (--max-ratio)")
            self._window, self._mark = 0, self._root.count
        if self._given % _COUNT < size:
            self._watch.unpacked(self._path, self._given)

    def _piece(self, size: int) -> bytes | None:
        """Return some of the next bytes, ``None`` at the end."""
        while True:
            if self._decoder is None or self._decoder.eof:
                if not self._next_stream():
                    return None
                continue
            data = b""
            if self._decoder.needs_input:
                data = self._pending or self._source.read(_BLOCK)
                self._pending = b""
                if not data:
                    raise Damaged("it is cut off in the middle of its packed data")
            try:
                out = self._decoder.decompress(data, size)
            except MemoryError:
                raise Refused("it needs more memory to unpack than nbtrace allows") from None
            except _ERRORS as error:
                raise Damaged(f"its packed data are damaged ({error})") from None
            if out:
                return out

    def _next_stream(self) -> bool:
        """Go on with the stream behind the one that ended; zeros in between are padding."""
        rest = self._decoder.unused_data if self._decoder is not None else b""
        self._decoder = None
        if self._codec not in kinds.CODECS:
            return False
        rest = (rest or self._source.read(_BLOCK)).lstrip(b"\0")
        while not rest or len(rest) < kinds.TAR_BLOCK:
            more = self._source.read(_BLOCK)
            if not more:
                break
            rest = (rest + more).lstrip(b"\0")
        if not rest:
            return False
        if kinds.kind(rest) != self._codec:
            raise Damaged(f"something that is no {self._codec} follows its packed data")
        self._decoder, self._pending = _DECODERS[self._codec](), rest
        return True
