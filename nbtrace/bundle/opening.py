"""What was handed in, as one list of members: files, folders, standard input, and all that archives among them hold."""

from __future__ import annotations

import os
import select
import sys
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from nbtrace.bundle.archives import Unpacker, valid
from nbtrace.bundle.members import Member, Origin, why
from nbtrace.bundle.watch import REFUSED, Watch
from nbtrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["STDIN", "above", "above_all", "folder_of", "members", "name_of"]

STDIN: Final = Path("-")
_PATIENCE_S: Final = 0.2
_STDIN: Final = "stdin"  # the name of standard input in paths


def members(inputs: Sequence[Path], watch: Watch | None = None) -> list[Member]:
    """Return every file below the inputs, those in archives as well, sorted by their paths inside the bundle.

    Paths are relative to a single folder that is given; with several inputs they begin with the name of theirs.
    Links are never followed: what they point to inside the bundle is read where it lies, the rest is not part of it.

    Args:
        inputs: folders and files; ``STDIN`` is standard input.
        watch: the limits, which takes notes of what was refused or broken.

    Raises:
        InputError: an input does not exist or cannot be read, or there is no place for temporary files.
    """
    watch = watch or Watch()
    unpacker = Unpacker(watch)
    files = [path for path in inputs if path != STDIN]
    roots = _roots(files) if files or not inputs else {}
    found = [
        replace(member, above=above(root))
        for name, root in roots.items()
        for file in _below(root, name if len(roots) > 1 else "", watch)
        for member in unpacker.file(file)
    ]
    if STDIN in inputs:
        if sys.stdin is None or sys.stdin.isatty():
            raise InputError(
                "Standard input is a terminal: send a file or an archive to it, as in 'nbtrace analyze - < logs.tgz'."
            )
        found += unpacker.stream(_Patient(sys.stdin.buffer), _STDIN)
    return sorted(found, key=lambda member: member.path)


class _Patient:
    """Standard input. Python notices an interruption between two looks only: polars restarts what waits."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream, self._can_look = stream, os.name == "posix" and hasattr(stream, "raw")

    def read(self, size: int = -1, /) -> bytes:
        """Return the next bytes; none at the end."""
        while self._can_look and not select.select([self._stream], [], [], _PATIENCE_S)[0]:
            pass
        return getattr(self._stream, "read1", self._stream.read)(size)


def name_of(inputs: Sequence[Path]) -> str:
    """Return the name of the bundle: that of its only input, or of the folder that holds all inputs."""
    return valid(_common(inputs).name) or "bundle"


def folder_of(inputs: Sequence[Path]) -> str:
    """Return the name of the innermost folder that holds everything that was handed in."""
    common = _common(inputs)
    return valid((common.parent if common.is_file() else common).name) or "bundle"


def above(path: Path) -> str:
    """Return the folder that an input is, or lies in, with all folders above it."""
    return valid((path.parent if path.is_file() else path).as_posix())


def above_all(inputs: Sequence[Path]) -> str:
    """Return the innermost folder that holds all inputs, with all folders above it."""
    return above(_common(inputs))


def _common(inputs: Sequence[Path]) -> Path:
    files = [path for path in inputs if path != STDIN]
    if not files:
        return Path(_STDIN)
    try:
        return Path(os.path.commonpath([path.resolve() for path in files]))
    except ValueError:  # they lie on several drives
        return Path()


def _roots(inputs: Sequence[Path]) -> dict[str, Path]:
    """Return the inputs by the shortest names that tell them apart; one that lies inside another counts once."""
    if not inputs:
        raise InputError("No input was given: name a folder with logs, or log files.")
    paths = list(dict.fromkeys(_readable(path) for path in inputs))
    outer = [path for path in paths if not any(parent in paths for parent in path.parents)]
    depths = range(1, max(len(path.parts) for path in outer) + 1)
    choices = ([valid("/".join(path.parts[-depth:])).lstrip("/") for path in outer] for depth in depths)
    numbers = [str(number) for number in range(len(outer))]  # when even whole paths look alike once they are valid text
    return dict(zip(next((names for names in choices if len(set(names)) == len(names)), numbers), outer, strict=True))


def _readable(path: Path) -> Path:
    shown = valid(str(path))
    try:
        found = path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        raise InputError(f"There is no file or folder '{shown}'.") from None
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, up to Python 3.12
        raise InputError(
            f"'{shown}' cannot be read: {why(error) if isinstance(error, OSError) else 'its links go in a circle'}."
        ) from None
    if not found.is_dir() and not found.is_file():
        raise InputError(f"'{shown}' is neither a file nor a folder: name a folder with logs, or log files.")
    try:
        os.scandir(found).close() if found.is_dir() else found.open("rb").close()
    except OSError as error:
        raise InputError(f"'{shown}' cannot be read: {why(error)}.") from None
    return found


def _below(root: Path, prefix: str, watch: Watch) -> Iterator[Member]:
    """Yield the files of an input as they lie; what is no file or folder is refused, and noted."""
    if root.is_file():
        stat = root.stat()
        name = prefix or valid(root.name)
        yield Member(name, stat.st_size, stat.st_mtime, Origin(root, 0, stat.st_size), watch)
        return
    folders = deque([(root, prefix)])  # a queue instead of recursion: a bundle may be nested as deep as it likes
    while folders:
        folder, above = folders.popleft()
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            yield Member(above, 0, 0.0, None, watch, refused=f"the folder cannot be listed: {why(error)}", lost=True)
            continue
        for entry in listed:
            path = f"{above}/{valid(entry.name)}".lstrip("/")
            member = _member(entry, path, watch)
            if member is None:
                folders.append((Path(entry), path))
                continue
            if member.refused and not member.lost:
                watch.note(REFUSED, valid(root.name), member.refused, member=path, lost=False)
            yield member


def _member(entry: os.DirEntry[str], path: str, watch: Watch) -> Member | None:
    """Return the entry of a folder as a member, ``None`` where it is a folder itself."""
    try:
        if _is_link(entry):
            return Member(path, 0, 0.0, None, watch, refused="a link, which is not followed")
        if entry.is_dir(follow_symlinks=False):
            return None
        if not entry.is_file(follow_symlinks=False):
            return Member(path, 0, 0.0, None, watch, refused="not a regular file but a pipe, socket or device")
        stat = Path(entry).stat()
    except OSError as error:
        return Member(path, 0, 0.0, None, watch, refused=f"cannot be read: {why(error)}", lost=True)
    return Member(path, stat.st_size, stat.st_mtime, Origin(Path(entry), 0, stat.st_size), watch)


def _is_link(entry: os.DirEntry[str]) -> bool:
    is_junction = getattr(entry, "is_junction", lambda: False)  # from Python 3.12 on
    return entry.is_symlink() or is_junction()
