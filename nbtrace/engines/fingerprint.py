"""All that the reading of a log depends on, as one key: the same key, the same reading."""

from __future__ import annotations

import json
import os
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import lark
import polars as pl

import nbtrace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["fingerprint", "knowledge"]

_EDGE: Final = 64 << 10  # bytes read of a log at its beginning and at its end
_ASKED: Final = ("path", "host", "log", "originator", "date", "format")  # of the table logs


def fingerprint(stream: BinaryIO, log: Mapping[str, Any], *others: str) -> str:
    """Return the key of a log's reading, 64 hexadecimal digits; the stream is at its beginning after that.

    Args:
        stream: the open file of the log; its size, its time of change and both its ends count.
        log: its row of the table ``logs``; all that is read of it counts but its number.
        others: what counts as well: the ``knowledge`` by which the log is read, and how.
    """
    there = os.fstat(stream.fileno())
    stream.seek(0)
    ends = sha256(stream.read(_EDGE))
    stream.seek(max(there.st_size - _EDGE, 0))
    ends.update(stream.read(_EDGE))
    stream.seek(0)
    file = (there.st_size, there.st_mtime_ns, ends.hexdigest())
    return _digest([file, {name: log[name] for name in _ASKED}, others])


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
