"""Folders that are written under another name first: whatever happens, no half of them is left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nbtrace.errors import InputError, OutputError

__all__ = ["drafted"]


@contextmanager
def drafted(out: Path) -> Iterator[Path]:
    """Yield a path to write the new folder to, in a folder of its own beside it.

    What is written there gets its place when all is written, also what lies beside the new folder; else it is removed.

    Raises:
        InputError: there is something of that name already.
        OutputError: it cannot be written or get its name.
    """
    if not out.name:
        raise InputError(f"{out} is no name of a new folder; give one for the bundle.")
    if os.path.lexists(out) and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not empty; give a new folder for the bundle.")
    place = out.absolute()
    folder = place.parent / f".{place.name}.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True)
        yield folder / place.name
        if out.is_dir():
            out.rmdir()
        for written in sorted(folder.iterdir(), reverse=True):  # the bundle itself comes last
            written.rename(place.parent / written.name)
    except OSError as error:
        raise OutputError(f"The bundle cannot be written to {out}: {error.strerror or error}.") from error
    except OutputError as error:
        raise OutputError(str(error).replace(str(folder / place.name), str(out))) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
