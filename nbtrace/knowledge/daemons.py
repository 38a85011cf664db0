"""Who writes the logs: originators of unified logging, legacy log directories, and what a log proves of its host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from nbtrace.knowledge import loading

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "ROLES",
    "Daemon",
    "Originator",
    "daemon",
    "daemons",
    "originator",
    "originator_name",
    "originator_of",
    "originators",
    "role_of",
    "spellings",
]

ROLES: Final = ("primary", "media", "client")  # the strongest first: a primary may be a media server as well


@dataclass(frozen=True, slots=True)
class Daemon:
    """A log known by name: a unified originator or a legacy log directory."""

    name: str
    kind: str  # unified | legacy
    originator: int | None
    role: str  # primary | media | client | any: what the log alone proves of its host
    does: str
    source: str
    inside: str = ""  # the log into whose files it writes


@dataclass(frozen=True, slots=True)
class Originator:
    """An originator of unified logs: ``does`` is empty where only its name is known."""

    id: int
    name: str
    confidence: str  # H | M | L
    source: str
    does: str = ""
    aliases: tuple[str, ...] = ()


@cache
def daemons() -> Mapping[str, Daemon]:
    """Return every log that is known by name."""
    rows = loading.toml("daemons.toml")["daemon"]
    return {row["name"]: Daemon(**{"originator": None, **row}) for row in rows}


def daemon(name: str) -> Daemon | None:
    """Return what is known of a log by its short name or an alias of it, in any case; or ``None``."""
    return daemons().get(_canonical(name))


@cache
def spellings() -> frozenset[str]:
    """Return every name by which ``daemon`` finds a log, in lower case."""
    return frozenset({*daemons(), *(alias for alias, name in _aliases().items() if name in daemons())})


def role_of(log: str) -> str:
    """Return the role that a log proves of its host (one of ``ROLES``), or an empty string."""
    found = daemon(log)
    return "" if found is None or found.role == "any" else found.role


@cache
def originators() -> Mapping[int, str]:
    """Return the short name of every known originator by its id."""
    return {row["id"]: row["name"] for row in _originator_rows()}


def originator(oid: int) -> Originator | None:
    """Return what is known of an originator, with what the daemon of its name does; or ``None``."""
    row = next((row for row in _originator_rows() if row["id"] == oid), None)
    if row is None:
        return None
    known = daemons().get(row["name"])
    return Originator(**{"does": known.does if known else "", **row, "aliases": tuple(row.get("aliases", ()))})


def originator_name(oid: int) -> str:
    """Return the short name of an originator, ``OID n`` for one that is not known."""
    return originators().get(oid, f"OID {oid}")


def originator_of(name: str) -> int | None:
    """Return the id of an originator by its short name or an alias of it, in any case; or ``None``."""
    return _ids().get(_canonical(name))


def _canonical(name: str) -> str:
    return _aliases().get(name.casefold(), name.casefold())


@cache
def _ids() -> Mapping[str, int]:
    return {_canonical(name): oid for oid, name in originators().items()}


@cache
def _aliases() -> Mapping[str, str]:
    """Return every spelling of an originator with the name it stands for, both in lower case."""
    return {alias: row["name"].casefold() for row in _originator_rows() for alias in row.get("aliases", ())}


@cache
def _originator_rows() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = loading.toml("originators.toml")["originator"]
    return rows
