"""Whatever a log is encoded in, its readers see UTF-8: what is UTF-8 already passes untouched."""

from __future__ import annotations

import codecs
import io
import re
import sys
from typing import TYPE_CHECKING, Final

from nbtrace.bundle.watch import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbtrace.bundle.unpacking import Source

__all__ = ["LONGEST", "Utf8"]

LONGEST: Final = 1 << 20  # bytes of a line that goes on from piece to piece: what is longer is no line of a log
_PIECE: Final = 1 << 20  # bytes that are read where all is asked for
_LOOK: Final = 4096  # bytes by which the encoding is told
_GARBAGE: Final = 10  # one byte in so many is no UTF-8: then it is none at all, and not worth a call for every byte
_MOST: Final = 0.6  # share of zeros among every second byte of UTF-16
_FEW: Final = 0.1  # and among the others
_MARKS: Final = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
# cp1252, and latin-1 for the five bytes that it lacks: a character for every byte (log-formats.md §4, L).
_WINDOWS: Final = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in range(256))
_ZEROS: Final = re.compile(rb"\0{4,}")  # a crash leaves whole blocks of them; fewer may be in the text of a record
_LONE_RETURN: Final = re.compile(rb"\r(?!\n)")
_RETURN_BEFORE_RECORD: Final = re.compile(rb"\r(?=\d{1,6}[,:/.-]\d)")  # as records of all known formats begin


class Utf8(io.RawIOBase):
    """A log as UTF-8 with lines that end with LF or CRLF.

    Text in UTF-16 is told by its mark, or by zeros at every second place; single bytes that are no UTF-8 are read as
    cp1252. A lone CR ends a line where no LF does in the beginning of the file, and elsewhere only where a record
    follows: so lines have the numbers that other programs give them. Blocks of zeros are left out, and what a line has
    beyond ``LONGEST``.
    """

    def __init__(
        self, source: Source, note: Callable[[str, str], None], over: Callable[..., None] = lambda **_: None
    ) -> None:
        """Read from a source; ``note`` takes a finding code and a reason, ``over`` hears at the end what was changed."""
        super().__init__()
        self._source, self._note, self._over = source, note, over
        self._decoder: codecs.IncrementalDecoder | None = None
        self._returns = _RETURN_BEFORE_RECORD
        self._rest = b""  # the beginning of a character, or a CR
        self._line = 0  # bytes of the last line so far
        self._ready = b""  # what is read and not yet asked for
        self._begun = self._ended = False
        self._untouched = True  # so far the text is what the source holds, byte for byte

    def readable(self) -> bool:
        """Return that this can be read."""
        return True

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes, at most ``size`` of them; none at the end only."""
        pieces, missing = [self._ready], (size if size >= 0 else sys.maxsize) - len(self._ready)
        while missing > 0 and not self._ended:
            pieces.append(self._next(min(missing, _PIECE) if size < 0 else missing))
            missing -= len(pieces[-1])
        data = pieces[-1] if len(pieces) > 1 and not any(pieces[:-1]) else b"".join(pieces)
        self._ready = b""
        if 0 <= size < len(data):
            data, self._ready = data[:size], data[size:]
        return data

    def close(self) -> None:
        """Close what is read from."""
        if not self.closed:
            getattr(self._source, "close", lambda: None)()
        super().close()

    def _next(self, size: int) -> bytes:
        """Return some more text; it may be empty before the end."""
        raw = self._source.read(max(size, _LOOK))
        self._ended = not raw
        if not self._begun:
            self._begun = True
            self._recognise(raw[:_LOOK])
        held = len(self._rest) + len(raw)
        text = self._text(raw)
        if b"\0" in text:  # one is found many times as fast as four
            text = _ZEROS.sub(b"", text)
        if b"\r" in text:
            text = self._with_line_ends(text)
        text = self._short_lines(text)
        self._untouched &= self._decoder is None and len(text) + len(self._rest) == held
        if self._ended:
            self._over(untouched=self._untouched)
        return text

    def _recognise(self, head: bytes) -> None:
        encoding = _MARKS.get(head[:2]) or _unmarked(head)
        if encoding:
            self._decoder = codecs.getincrementaldecoder(encoding)("replace")
            head = head[: len(head) & ~1].decode(encoding, "replace").encode()
        if b"\r" in head and b"\n" not in head:
            self._returns = _LONE_RETURN

    def _text(self, raw: bytes) -> bytes:
        if self._decoder is not None:
            # A half of a pair that is alone cannot be written.
            text = self._decoder.decode(raw, final=self._ended).encode("utf-8", "replace")
            data, self._rest = self._rest + text, b""
            return data
        if not self._rest and raw.isascii():
            return raw
        data, self._rest = self._rest + raw, b""
        try:
            used = codecs.utf_8_decode(data, "strict", self._ended)[1]
        except UnicodeDecodeError:
            used = codecs.utf_8_decode(data, "ignore", self._ended)[1]  # without a character that is cut by the end
            data, self._rest, self._untouched = data[:used], data[used:], False
            return _from_bytes(data)
        if used < len(data):
            data, self._rest = data[:used], data[used:]
        return data

    def _with_line_ends(self, text: bytes) -> bytes:
        if not self._ended and text.endswith(b"\r"):  # whether LF follows, the next piece tells
            text, self._rest = text[:-1], b"\r" + self._rest
        if text.count(b"\r") == text.count(b"\r\n"):
            return text
        self._untouched = False
        return self._returns.sub(b"\n", text)

    def _short_lines(self, text: bytes) -> bytes:
        """Leave out what a line has beyond the longest length, where it would fill the memory piece by piece."""
        room = max(LONGEST - self._line, 0)
        first = text.find(b"\n", 0, room + 1)
        if first < 0 and len(text) > room:  # the line of the piece before goes on, and on
            self._note(REFUSED, f"it has a line of more than {LONGEST >> 20} MB, of which the rest was left out")
            end = text.find(b"\n", room)
            text = text[:room] + (text[end:] if end >= 0 else b"")
        last = text.rfind(b"\n")
        self._line = len(text) - last - 1 if last >= 0 else self._line + len(text)
        return text


def _unmarked(head: bytes) -> str:
    """Return the UTF-16 that a text without a mark is in, if it is: most of it has a zero in every character."""
    even, odd = head[::2], head[1::2]
    if not odd:
        return ""
    zeros = even.count(0) / len(even), odd.count(0) / len(odd)
    if zeros[1] > _MOST and zeros[0] < _FEW:
        return "utf-16-le"
    return "utf-16-be" if zeros[0] > _MOST and zeros[1] < _FEW else ""


def _from_bytes(data: bytes) -> bytes:
    """Return the UTF-8 of a text in which some bytes are those of Windows, or all are."""
    good = len(data.decode("utf-8", "ignore").encode())
    if len(data) - good > len(data) // _GARBAGE:
        return codecs.charmap_decode(data, "strict", _WINDOWS)[0].encode()
    return data.decode("utf-8", "nbtrace.bytes").encode()


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return codecs.charmap_decode(error.object[error.start : error.end], "strict", _WINDOWS)[0], error.end


codecs.register_error("nbtrace.bytes", _as_windows)
