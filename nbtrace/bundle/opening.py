"""The one place where the files of a bundle are found and opened."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from nbtrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Member", "above", "above_all", "folder_of", "members", "name_of", "why"]


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the bundle, as it is: nothing is opened before it is asked for.

    A member with a ``refused`` reason stands for something that is not read: a link, a pipe, or a folder that could
    not be listed. ``lost`` says that it was wanted and could not be had.
    """

    path: str  # inside the bundle, with "/" between its parts
    size: int  # bytes
    mtime: float  # seconds since 1970, UTC
    source: Path
    refused: str = ""
    lost: bool = False
    above: str = ""  # the folders above what was handed in, on this machine; for what their names tell, never shown

    def open(self) -> BinaryIO:
        """Open the content; ``OSError`` where that is not possible."""
        return self.source.open("rb")

    def head(self, n: int) -> bytes:
        """Return the first ``n`` bytes of the content, fewer where it is shorter; ``OSError`` as ``open``."""
        with self.open() as file:
            return file.read(n)


def members(inputs: Sequence[Path]) -> list[Member]:
    """Return every file below the inputs, sorted by its path inside the bundle.

    Paths are relative to a single folder that is given; with several inputs they begin with the name of theirs.
    Links are never followed: what they point to inside the bundle is read where it lies, the rest is not part of it.

    Raises:
        InputError: an input does not exist or cannot be read.
    """
    roots = _roots(inputs)
    found = [
        replace(member, above=above(root))
        for name, root in roots.items()
        for member in _below(root, name if len(roots) > 1 else "")
    ]
    return sorted(found, key=lambda member: member.path)


def name_of(inputs: Sequence[Path]) -> str:
    """Return the name of the bundle: that of its only input, or of the folder that holds all inputs."""
    return _text(_common(inputs).name) or "bundle"


def folder_of(inputs: Sequence[Path]) -> str:
    """Return the name of the innermost folder that holds everything that was handed in."""
    common = _common(inputs)
    return _text((common.parent if common.is_file() else common).name) or "bundle"


def above(path: Path) -> str:
    """Return the folder that an input is, or lies in, with all folders above it."""
    return _text((path.parent if path.is_file() else path).as_posix())


def above_all(inputs: Sequence[Path]) -> str:
    """Return the innermost folder that holds all inputs, with all folders above it."""
    return above(_common(inputs))


def why(error: OSError) -> str:
    """Return the reason of a refused read in the system's words, without the path of this machine."""
    return (error.strerror or type(error).__name__).lower()


def _common(inputs: Sequence[Path]) -> Path:
    try:
        return Path(os.path.commonpath([path.resolve() for path in inputs]))
    except ValueError:  # they lie on several drives
        return Path()


def _roots(inputs: Sequence[Path]) -> dict[str, Path]:
    """Return the inputs by the shortest names that tell them apart; one that lies inside another counts once."""
    if not inputs:
        raise InputError("No input was given: name a folder with logs, or log files.")
    paths = list(dict.fromkeys(_readable(path) for path in inputs))
    outer = [path for path in paths if not any(parent in paths for parent in path.parents)]
    depths = range(1, max(len(path.parts) for path in outer) + 1)
    choices = ([_text("/".join(path.parts[-depth:])).lstrip("/") for path in outer] for depth in depths)
    numbers = [str(number) for number in range(len(outer))]  # when even whole paths look alike once they are valid text
    return dict(zip(next((names for names in choices if len(set(names)) == len(names)), numbers), outer, strict=True))


def _readable(path: Path) -> Path:
    shown = _text(str(path))
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


def _below(root: Path, prefix: str) -> Iterator[Member]:
    if root.is_file():
        stat = root.stat()
        yield Member(prefix or _text(root.name), stat.st_size, stat.st_mtime, root)
        return
    folders = deque([(root, prefix)])  # a queue instead of recursion: a bundle may be nested as deep as it likes
    while folders:
        folder, above = folders.popleft()
        try:
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            yield Member(above, 0, 0.0, folder, refused=f"the folder cannot be listed: {why(error)}", lost=True)
            continue
        for entry in listed:
            path = f"{above}/{_text(entry.name)}".lstrip("/")
            member = _member(entry, path)
            if member is None:
                folders.append((Path(entry), path))
            else:
                yield member


def _member(entry: os.DirEntry[str], path: str) -> Member | None:
    """Return the entry of a folder as a member, ``None`` where it is a folder itself."""
    source = Path(entry)
    try:
        if _is_link(entry):
            return Member(path, 0, 0.0, source, refused="a link, which is not followed")
        if entry.is_dir(follow_symlinks=False):
            return None
        if not entry.is_file(follow_symlinks=False):
            return Member(path, 0, 0.0, source, refused="not a regular file but a pipe, socket or device")
        stat = source.stat()
    except OSError as error:
        return Member(path, 0, 0.0, source, refused=f"cannot be read: {why(error)}", lost=True)
    return Member(path, stat.st_size, stat.st_mtime, source)


def _is_link(entry: os.DirEntry[str]) -> bool:
    is_junction = getattr(entry, "is_junction", lambda: False)  # from Python 3.12 on
    return entry.is_symlink() or is_junction()


def _text(name: str) -> str:
    """Return a file name as valid text: bytes of it that are not UTF-8 are written in hex."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
