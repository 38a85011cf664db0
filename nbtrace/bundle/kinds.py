"""What a file is by its first bytes, whatever it is called."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["ARCHIVES", "CODECS", "FOREIGN", "HEAD", "TAR_BLOCK", "checksum_fits", "is_binary", "kind"]

HEAD: Final = 1 << 16  # bytes that are looked at
TAR_BLOCK: Final = 512

CODECS: Final = frozenset({"gzip", "bzip2", "xz", "zstd"})  # one packed stream
ARCHIVES: Final = frozenset({"tar", "zip"})  # many files
_MARKS: Final = {
    "gzip": re.compile(rb"\x1f\x8b"),
    "bzip2": re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\0"),
    "zstd": re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),
    "zip": re.compile(rb"PK(?:\x03\x04|\x05\x06|\x06\x06|\x07\x08PK\x03\x04)"),
}
FOREIGN: Final = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\x1f\x9d": "compress (.Z)",
    b"Rar!\x1a\x07": "RAR",
    b"MSCF\0\0\0\0": "Windows cabinet",
    b"\x04\x22\x4d\x18": "LZ4",
    b"LZIP\x01": "lzip",
    b"\x5d\0\0": "plain LZMA",
    b"!<arch>\n": "Unix ar",
    b"MSWIM\0\0\0": "Windows image",
    **dict.fromkeys((b"070701", b"070702", b"070707", b"\xc7\x71", b"\x71\xc7"), "cpio"),
}
# Bytes that no text holds; some of them may be in the message of a record, hence a share and not a single one.
_NOT_TEXT: Final = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b"))
_BINARY_SHARE: Final = 0.05  # of its characters; of random bytes it is twice that
_FURTHER: Final = bytes(range(0x80, 0xC0))  # bytes of a character behind its first
_MAGIC: Final = slice(257, 262)  # of a tar header
_SUM: Final = slice(148, 156)


def kind(head: bytes) -> str:
    """Return what a file is: one of ``CODECS`` or ``ARCHIVES``, or empty for everything else."""
    for name, mark in _MARKS.items():
        if mark.match(head):
            return name
    block = head[:TAR_BLOCK]
    # The first header may be damaged (then its mark tells), or older than the mark (then its checksum does).
    is_tar = len(block) == TAR_BLOCK and (
        block[_MAGIC] == b"ustar" or (bool(block.strip(b"\0")) and checksum_fits(block))
    )
    return "tar" if is_tar else ""


def checksum_fits(block: bytes) -> bool:
    """Tell whether a block of a tar archive is a header: the sum of its bytes stands in it, in octal digits."""
    try:
        stated = int(block[_SUM].strip(b"\0 ") or b"x", 8)
    except ValueError:
        return False
    return stated == sum(block) - sum(block[_SUM]) + 8 * ord(" ")


def is_binary(head: bytes) -> bool:
    """Tell whether a beginning, in UTF-8, is that of no text; zeros at its ends do not count.

    A crash leaves zeros at the end of a log, or in front of what was written later.
    """
    data = head.strip(b"\0")
    characters = len(data.translate(None, _FURTHER))
    return len(data) - len(data.translate(None, _NOT_TEXT)) > _BINARY_SHARE * characters
