"""All that the reading of a log depends on, as one key: the same key, the same reading."""

from __future__ import annotations

import json
import stat
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import lark
import polars as pl

import nbtrace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["fingerprint", "knowledge", "of_files"]

_EDGE: Final = 64 << 10  # bytes at the beginning and at the end of a file by which it is told from others
_ASKED: Final = ("path", "host", "log", "originator", "date", "format")  # of the table logs


def fingerprint(stamp: str, log: Mapping[str, Any], *others: str) -> str:
    """Return the key of a log's reading, 64 hexadecimal digits.

    Args:
        stamp: what tells the content of the log from any other: ``Member.stamp``.
        log: its row of the table ``logs``; all that is read of it counts but its number.
        others: what counts as well: the ``knowledge`` by which the log is read, and how.
    """
    return _digest([stamp, {name: log[name] for name in _ASKED}, others])


def of_files(inputs: Sequence[Path], *others: str) -> str:
    """Return the key of an analysis of files and folders; empty where one of them cannot be told from another.

    Sizes, times of change and both ends of all files count.
    """
    files: list[tuple[object, ...]] = []
    try:
        for number, root in enumerate(inputs):
            for path in sorted(root.rglob("*") if root.is_dir() else [root]):
                there = path.lstat()
                name = path.relative_to(root).as_posix() if path != root else ""
                ends = _ends(path, there.st_size) if stat.S_ISREG(there.st_mode) else ""
                files.append((number, name, there.st_mode, there.st_size, there.st_mtime_ns, ends))
    except OSError:
        return ""
    return _digest([[path.absolute().as_posix() for path in inputs], files, others])


def _ends(path: Path, size: int) -> str:
    """Return a digest of both ends of a file."""
    with path.open("rb") as stream:
        ends = sha256(stream.read(_EDGE))
        stream.seek(max(size - _EDGE, 0))
        ends.update(stream.read(_EDGE))
    return ends.hexdigest()


def knowledge(flow: Flow, grammars: Iterable[Grammar]) -> str:
    """Return what all logs are read by: the program itself, the libraries it stands on, the flow and the grammars."""
    versions = (nbtrace.__version__, pl.__version__, lark.__version__)
    return _digest([versions, _program(), repr(flow), [(grammar.name, grammar.text) for grammar in grammars]])


@cache
def _program() -> str:
    """Return a digest of the package's own files: in a checkout they change and the version does not."""
    root = Path(nbtrace.__file__).parent
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return _digest([(path.relative_to(root).as_posix(), sha256(path.read_bytes()).hexdigest()) for path in files])


def _digest(what: object) -> str:
    return sha256(json.dumps(what, default=str).encode()).hexdigest()
