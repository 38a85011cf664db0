"""What was read of logs before: tables kept in a private folder of the user, each under its key.

A part is one file: a seal (SHA-256 over key and content), then each table as Parquet with its length before it. What
has no whole seal, or other tables than those asked for, is not there. Whatever goes wrong, the cache is silent: it
only ever saves time.
"""

from __future__ import annotations

import os
import re
import stat
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["BOUND", "Cache", "Part", "cache_folder"]

BOUND: Final = 2 << 30  # bytes of all parts
_HOMES: Final = {"win32": ("LOCALAPPDATA", ""), "darwin": ("HOME", "Library/Caches")}
_NAMES: Final = re.compile(r"[0-9a-f]{64}(\.part|\.[a-z0-9_]{1,16}\.tmp)")
_STALE_S: Final = 3600  # what was being written for so long, nobody writes any more
_SEAL: Final = sha256().digest_size
_LENGTH: Final = 8  # bytes of the number before each table


def cache_folder() -> Path | None:
    """Return where the cache of this user belongs, whether it is there or not; ``None`` where there is no such place."""
    for variable, below in (("XDG_CACHE_HOME", ""), _HOMES.get(sys.platform, ("HOME", ".cache"))):
        base = os.environ.get(variable, "")
        if Path(base).is_absolute():
            return Path(base, below, "nbtrace")
    return None


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the cache: its bytes, and when it was used last (seconds since 1970, UTC)."""

    file: Path
    size: int
    used: float


class Cache:
    """Tables by key, in a folder that belongs to this user alone."""

    def __init__(self, folder: Path, bound: int = BOUND) -> None:
        """Use this folder, which is made when it is needed; ``trim`` keeps its parts below so many bytes."""
        self.folder, self._bound = folder, bound

    def get(self, key: str, like: Sequence[pl.DataFrame] | None) -> list[pl.DataFrame] | None:
        """Return the tables of a key if they are there, whole, and of the same columns as ``like``, where that is known."""
        try:
            if not self._private():
                return None
            with open(self._file(key), "rb", opener=_unlinked) as file:
                content = file.read() if _own(os.fstat(file.fileno())) else b""
            frames = _opened(key, content)
            if not frames or (like and [frame.schema for frame in frames] != [frame.schema for frame in like]):
                return None
            os.utime(self._file(key))
        except (OSError, pl.exceptions.PolarsError):
            return None
        return frames

    def put(self, key: str, frames: Sequence[pl.DataFrame]) -> None:
        """Keep the tables under the key, at once or not at all."""
        with suppress(OSError):
            if not self._private():
                return
            handle, name = tempfile.mkstemp(prefix=f"{key}.", suffix=".tmp", dir=self.folder)
            passing = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_sealed(key, frames))
                passing.replace(self._file(key))
            finally:
                passing.unlink(missing_ok=True)

    def parts(self) -> list[Part]:
        """Return all files that are the cache's own; links and what others put there are none."""
        with suppress(OSError):
            if stat.S_ISDIR(self.folder.lstat().st_mode):
                with os.scandir(self.folder) as entries:
                    return [_part(entry) for entry in entries if _is_part(entry)]
        return []

    def trim(self) -> None:
        """Remove what was not used for longest until the rest is within the bound, and what killed runs left."""
        parts, stale = self.parts(), time.time() - _STALE_S
        size = sum(part.size for part in parts)
        for part in sorted(parts, key=lambda part: part.used):
            if size > self._bound or (part.file.suffix == ".tmp" and part.used < stale):
                size -= _removed(part)

    def clear(self) -> int:
        """Remove all parts; return the bytes that this gave back."""
        return sum(map(_removed, self.parts()))

    def _file(self, key: str) -> Path:
        return self.folder / f"{key}.part"

    def _private(self) -> bool:
        """Make the folder where it is missing; return whether nobody else can read or write in it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = self.folder.lstat()
        if not stat.S_ISDIR(there.st_mode) or not _own(there):
            return False
        if there.st_mode & 0o077:
            self.folder.chmod(0o700)
        return True


def _own(there: os.stat_result) -> bool:
    """Return whether a file is this user's; Windows keeps others out of LOCALAPPDATA by itself."""
    return sys.platform == "win32" or there.st_uid == os.getuid()


def _unlinked(path: str, flags: int) -> int:
    """Open a file, but not what a link points to."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def _is_part(entry: os.DirEntry[str]) -> bool:
    return _NAMES.fullmatch(entry.name) is not None and entry.is_file(follow_symlinks=False)


def _part(entry: os.DirEntry[str]) -> Part:
    there = entry.stat(follow_symlinks=False)
    return Part(Path(entry.path), there.st_size, there.st_mtime)


def _removed(part: Part) -> int:
    """Remove a part; return the bytes that this gave back."""
    try:
        part.file.unlink()
    except OSError:  # another run was faster, or the folder is read-only
        return 0
    return part.size


def _sealed(key: str, frames: Sequence[pl.DataFrame]) -> bytes:
    """Return the tables as one text of bytes."""
    tables = [_parquet(frame) for frame in frames]
    content = b"".join(len(table).to_bytes(_LENGTH, "big") + table for table in tables)
    return _seal(key, content) + content


def _parquet(frame: pl.DataFrame) -> bytes:
    target = BytesIO()
    frame.write_parquet(target, compression="zstd", compression_level=1)
    return target.getvalue()


def _seal(key: str, content: bytes) -> bytes:
    return sha256(key.encode() + b"\0" + content).digest()


def _opened(key: str, sealed: bytes) -> list[pl.DataFrame]:
    """Return the tables again; none where the seal is broken, so that polars reads only what it wrote itself."""
    content, frames, at = sealed[_SEAL:], [], 0
    if sealed[:_SEAL] != _seal(key, content):
        return []
    while at < len(content):
        begin = at + _LENGTH
        at = begin + int.from_bytes(content[at:begin], "big")
        frames.append(pl.read_parquet(BytesIO(content[begin:at])))
    return frames
