"""The whole answer about a bundle, kept for the next time somebody asks the same of the same files."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.engines.fingerprint import of_files
from nbtrace.tables import Result, Volume

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbtrace.engines.cache import Cache

__all__ = ["SMALL", "Answers"]

SMALL = 1 << 20  # bytes of logs that are read as fast as they are looked up

_OWN = frozenset({"phases", "volumes"})  # these tell of one run


class Answers:
    """Results by the files they come from, and by all that decides how those are read."""

    def __init__(self, cache: Cache, inputs: Sequence[Path], *asked: str) -> None:
        """Look at the files of the inputs; ``asked`` is what else counts."""
        self._cache, self._inputs, self._asked = cache, inputs, asked
        self._key = of_files(inputs, *asked)

    def get(self) -> Result | None:
        """Return the result if it is there."""
        kept = self._cache.get(self._key, None) if self._key else None
        if kept is None:
            return None
        (values,) = kept[0].to_dicts()
        read = int(values.pop("bytes"))
        known: dict[str, Any] = values | dict(zip(_tables(), kept[1:], strict=True))
        return Result(**known, volumes={"read": Volume(kept=read)})

    def put(self, result: Result) -> None:
        """Keep a result, unless the files changed while it was made, or are small."""
        size = int(result.logs["bytes"].sum())
        if size >= SMALL and self._key and self._key == of_files(self._inputs, *self._asked):
            values: dict[str, Any] = {name: getattr(result, name) for name in _values()}
            first = pl.DataFrame([values | {"bytes": size}])
            self._cache.put(self._key, [first, *(getattr(result, name) for name in _tables())])


def _tables() -> list[str]:
    return [field.name for field in fields(Result) if field.type == "pl.DataFrame"]


def _values() -> list[str]:
    return [field.name for field in fields(Result) if field.name not in {*_tables(), *_OWN}]
