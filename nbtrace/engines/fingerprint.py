"""All that the reading of a log depends on, as one key: the same key, the same reading."""

from __future__ import annotations

import json
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import lark
import polars as pl

import nbtrace

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["fingerprint", "knowledge"]

_ASKED: Final = ("path", "host", "log", "originator", "date", "zone", "zone_source", "format")  # of the table logs


def fingerprint(stamp: str, log: Mapping[str, Any], *others: str) -> str:
    """Return the key of a log's reading, 64 hexadecimal digits.

    Args:
        stamp: what tells the content of the log from any other: ``Member.stamp``.
        log: its row of the table ``logs``; all that is read of it counts but its number.
        others: what counts as well: the ``knowledge`` by which the log is read, and how.
    """
    return _digest([stamp, {name: log[name] for name in _ASKED}, others])


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
