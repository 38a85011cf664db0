"""What cannot be read a second time is kept in one temporary file that has no name."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from threading import Lock
from typing import IO, TYPE_CHECKING, Final

from nbtrace.bundle.watch import Refused, amount
from nbtrace.errors import InputError

if TYPE_CHECKING:
    from nbtrace.bundle.unpacking import Source

__all__ = ["Spool", "temporary_folder"]

_PIECE: Final = 1 << 20  # bytes that are copied at once
_LOOK: Final = 64  # pieces between two looks at the free space


def temporary_folder() -> str:
    """Return the folder for temporary files.

    Raises:
        InputError: there is none in which a file can be made, or ``TMPDIR`` names one that is not there.
    """
    wanted = os.environ.get("TMPDIR", "")
    try:
        folder = tempfile.gettempdir()
    except OSError:
        folder = ""
    if not folder or (wanted and not os.access(wanted, os.W_OK | os.X_OK)):
        what = (
            f"TMPDIR is '{wanted}', where no file can be made" if wanted else "There is no folder for temporary files"
        )
        raise InputError(f"{what}: set TMPDIR to a folder that can be written, with room for what archives hold.")
    return folder


class Spool:
    """One file without a name: the system removes it when nbtrace ends, however that comes."""

    def __init__(self, free: int) -> None:
        """Keep so many bytes of the temporary folder free. The file is made when it is needed."""
        self._free, self._lock = free, Lock()
        self._file: IO[bytes] | None = None
        self._folder, self._end = "", 0

    def keep(self, source: Source) -> tuple[int, int, OSError | None]:
        """Copy all of a source; return where it begins, its length, and what broke it off, if anything did.

        Raises:
            InputError: no temporary file can be made.
        """
        file, begin, pieces = self._opened(), self._end, 0
        try:
            while data := source.read(_PIECE):
                if pieces % _LOOK == 0:
                    self._check_room()
                pieces += 1
                self._end += self._write(file, data)
        except OSError as error:
            return begin, self._end - begin, error
        return begin, self._end - begin, None

    def read_at(self, place: int, size: int) -> bytes:
        """Return bytes from a place; several threads may."""
        if self._file is None:
            return b""
        with self._lock:
            self._file.seek(place)
            return self._file.read(size)

    def _check_room(self) -> None:
        """Raise ``Refused`` where the temporary folder would become too full until the next look."""
        room = shutil.disk_usage(self._folder).free
        if room < self._free + _LOOK * _PIECE:
            raise Refused(
                f"the temporary folder has {amount(room)} left, of which {amount(self._free)} stay free "
                "(--min-free), and some room is needed to work: set TMPDIR to a folder with more"
            )

    def _write(self, file: IO[bytes], data: bytes) -> int:
        with self._lock:
            file.seek(self._end)
            written = file.write(data)
            while written < len(data):  # the system may take a part only
                written += file.write(data[written:])
        return written

    def _opened(self) -> IO[bytes]:
        if self._file is None:
            self._folder = temporary_folder()
            try:
                self._file = tempfile.TemporaryFile("w+b", buffering=0, dir=self._folder)  # noqa: SIM115 - kept open
            except OSError as error:
                raise InputError(
                    f"No temporary file can be made in '{self._folder}' ({error.strerror or error}): set TMPDIR to "
                    "another folder."
                ) from None
            weakref.finalize(self, self._file.close)
        return self._file
