"""The copy of a bundle: a new folder that is there whole or not at all, and beside it the private map."""

from __future__ import annotations

import csv
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.errors import OutputError
from nbtrace.tables import FORMULA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["Places", "draft", "refuse", "write_map"]

_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
_LONGEST_PART: Final = 255  # bytes of the name of a file


class Places:
    """Gives every member of a bundle a path of its own below a folder, and never one outside of it."""

    def __init__(self) -> None:
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def path(self, path: str) -> str:
        """Return the path, with what a file system cannot take or could misunderstand replaced by ``_``."""
        *folders, name = [_part(part) for part in path.split("/") if part not in {"", "."}] or ["_"]
        above = ""
        for folder in folders:
            above = self._free(f"{above}{folder}", self._files) + "/"
            self._folders.add(above.rstrip("/").casefold())
        found = self._free(f"{above}{name}", self._files | self._folders)
        self._files.add(found.casefold())
        return found

    @staticmethod
    def _free(path: str, taken: set[str]) -> str:
        while path.casefold() in taken:
            path += "_"
        return path


def _part(part: str) -> str:
    """Return one part of a path made safe."""
    safe = _CONTROLS.sub("_", "_" * len(part) if set(part) <= {"."} else part)
    return safe.encode("utf-8", "replace")[-_LONGEST_PART:].decode("utf-8", "ignore")


def refuse(out: Path, key_map: Path, inputs: Iterable[Path]) -> None:
    """Raise ``OutputError`` where the copy or the map would overwrite something, or lie where it must not."""
    where, beside = out.resolve(), key_map.resolve()
    _refuse_what_is_there(out)
    if where == beside or where in beside.parents:
        raise OutputError(f"The map '{key_map}' lies inside '{out}', which is to be given away: choose another place.")
    _refuse_what_is_there(key_map)
    for root in (path.resolve() for path in inputs):
        if root in where.parents or root in beside.parents:
            raise OutputError(f"'{out}' and '{key_map}' must not lie inside the bundle '{root.name}'.")


def _refuse_what_is_there(path: Path) -> None:
    if path.exists() or path.is_symlink():
        raise OutputError(f"'{path}' exists already: choose another name, or remove it first.")
    if not path.absolute().parent.is_dir():
        raise OutputError(f"'{path}' cannot be written: there is no folder '{path.absolute().parent}'.")


@contextmanager
def draft(out: Path) -> Iterator[Path]:
    """Yield a folder to fill; it becomes ``out`` when all went well, and else is removed with all that is in it.

    Raises:
        OutputError: Something cannot be written; the sentence says why.
    """
    folder: Path | None = None
    try:
        folder = Path(tempfile.mkdtemp(prefix=f".{out.name}.", suffix=".tmp", dir=out.absolute().parent))
        yield folder
        if out.exists():
            raise OutputError(f"'{out}' came to be in the meantime: choose another name.")
        folder.chmod(0o755)
        folder.rename(out)
        folder = None
    except OSError as error:
        raise OutputError(f"'{out}' cannot be written: {error.strerror or error}.") from error
    finally:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def write_map(path: Path, names: pl.DataFrame) -> None:
    """Write the table ``names`` as CSV for its owner's eyes only; a cell that a spreadsheet would run gets a ``'``.

    Raises:
        OutputError: It cannot be written, or is there already.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8", newline="", errors="replace") as file:
            rows = csv.writer(file)
            rows.writerow(names.columns)
            rows.writerows(names.with_columns(pl.all().str.replace(FORMULA, "'$1")).iter_rows())
    except OSError as error:
        raise OutputError(f"The map '{path}' cannot be written: {error.strerror or error}.") from error
