"""Where a daemon's log lies on its host, and how one makes it say more."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from nbtrace.knowledge import loading
from nbtrace.knowledge.daemons import daemon

if TYPE_CHECKING:
    from nbtrace.knowledge.daemons import Daemon

__all__ = ["Whereabouts", "named", "whereabouts"]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where to find a log: its folders, the names of its files, and how to raise its level."""

    unix: str
    windows: str
    files: str
    full: int  # the highest level
    level: str  # what to do to reach it
    source: str


def whereabouts(log: Daemon) -> Whereabouts:
    """Return where a log lies; a daemon that writes into the log of another lies there, under that log's id."""
    owner = daemon(log.inside) if log.inside else None
    row = _data()[log.kind]
    names = {"name": (owner or log).name, "originator": (owner or log).originator}
    texts = {name: row[name].format(**names) for name in ("unix", "windows", "files", "level")}
    return Whereabouts(**texts, full=row["full"], source=row["source"])


def named(log: Daemon) -> str:
    """Return a log's name with what one needs to find it: its originator, or that it is a legacy log."""
    inside = f", inside the files of {log.inside}" if log.inside else ""
    return f"{log.name} (legacy log)" if log.originator is None else f"{log.name} (originator {log.originator}{inside})"


@cache
def _data() -> dict[str, Any]:
    return loading.toml("collecting.toml")
