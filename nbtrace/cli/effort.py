"""Where the time of an analysis went."""

from __future__ import annotations

from collections.abc import Iterator

from nbtrace.report.text import count
from nbtrace.tables import Result, Volume

__all__ = ["told"]

_PHASES = {
    "load": "load nbtrace",
    "open": "prepare",
    "find": "find the logs",
    "listings": "read listings",
    "read": "read them",
    "clocks": "compare the clocks",
    "select": "select what can matter",
    "runs": "read processes in full",
    "trace": "trace the images",
    "explain": "explain",
    "report": "report",
}


def told(result: Result) -> str:
    """Return a table of the phases, with the bytes that each went through, and the whole in the last line."""
    size, records = int(result.logs["bytes"].sum()), int(result.coverage["entries"].sum())
    seconds = sum(result.phases.values())
    whole = f"{_size(size)} in {count(result.logs.height, 'log')}, {count(records, 'record')}, {_rate(size, seconds)}"
    rows = [(_PHASES.get(name, name), spent, name) for name, spent in result.phases.items()]
    lines = [
        f"{title:<24}{spent:8.2f} s  {'; '.join(_went(result.volumes.get(name, Volume()), spent))}".rstrip()
        for title, spent, name in rows
    ]
    return "\n".join(["", *lines, f"{'in all':<24}{seconds:8.2f} s  {whole}"])


def _went(volume: Volume, seconds: float) -> Iterator[str]:
    """Yield what a phase went through."""
    if volume.read:
        yield f"{_size(volume.read)}, {_rate(volume.read, seconds)}"
    if volume.kept:
        yield f"{_size(volume.kept)} from the cache"


def _size(size: float) -> str:
    return f"{size / 1e6:,.1f} MB"


def _rate(size: float, seconds: float) -> str:
    return f"{size / 1e6 / max(seconds, 1e-9):,.0f} MB/s"
