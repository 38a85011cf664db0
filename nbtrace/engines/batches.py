"""Logs that are read together: to begin with a log costs more than to read a small one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

__all__ = ["batches"]

_MOST: Final = 500  # logs that are read together; what is left of the others goes to the next worker


def batches(logs: Iterable[Mapping[str, Any]], together: Collection[str], small: int) -> list[list[Mapping[str, Any]]]:
    """Return the logs in their order, small ones that follow each other together.

    Args:
        logs: rows of the table ``logs``.
        together: the formats of which several logs can be read at once.
        small: bytes of a log that is not small any more, and bound for those that are read together.
    """
    found: list[list[Mapping[str, Any]]] = []
    size = 0
    for log in logs:
        before = found[-1] if found else []
        size += log["bytes"]
        fits = size < small and len(before) < _MOST
        if not (before and fits and log["format"] in together and log["format"] == before[0]["format"]):
            found.append([])
            size = log["bytes"]
        found[-1].append(log)
    return found
