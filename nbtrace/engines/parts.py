"""Tables that grow log by log: in memory while they are small, in a private temporary folder after that."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Final, Self

import polars as pl

from nbtrace.bundle.spool import temporary_folder

__all__ = ["Parts"]

_IN_MEMORY: Final = 16 << 20  # bytes: what lies on the disk is read fast enough
_ROWS: Final = 1 << 15  # that are read from the disk at once: a scan looks ahead by several times as many


class Parts:
    """A table in parts; what is in it can be larger than memory. To be used as a context manager."""

    def __init__(self, empty: pl.DataFrame) -> None:
        """Begin with a table without rows, which gives the columns."""
        self._frames, self._size = [empty], 0
        self._files: list[Path] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def add(self, frame: pl.DataFrame) -> None:
        """Add rows."""
        self._frames.append(frame)
        self._size += int(frame.estimated_size())
        if self._size > _IN_MEMORY:
            self._spill()

    def lazy(self) -> pl.LazyFrame:
        """Return all rows, in the order in which they were added."""
        return pl.concat([*(pl.scan_parquet(file) for file in self._files), pl.concat(self._frames).lazy()])

    def _spill(self) -> None:
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="nbtrace-", dir=temporary_folder())
        file = Path(self._folder.name) / f"{len(self._files):06}.parquet"
        pl.concat(self._frames).write_parquet(file, compression="lz4", row_group_size=_ROWS)
        self._files.append(file)
        self._frames, self._size = [self._frames[0].clear()], 0
