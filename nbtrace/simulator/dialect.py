"""Dialects: the texts in which the simulated daemons speak, one TOML file each.

Nobody outside knows the product's own texts of the import flow (import-flow.md §1): all of these are inventions, and
there are several so that nothing is fitted to one. ``EVENTS`` says what is spoken about, by whom, and which ids the
text must hold; a dialect says it in its words.
"""

from __future__ import annotations

import string
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nbtrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EVENTS",
    "FIELDS",
    "STATUSES",
    "Dialect",
    "Event",
    "Phrase",
    "dialect_names",
    "load_dialect",
    "parse_dialect",
]


class Event(NamedTuple):
    """One thing that is said in the import flow: by which log, of which step, with which ids, how severe."""

    log: str
    step: int
    needs: tuple[str, ...]
    level: int = 2  # debug level of a unified record, severity of a legacy line


class Phrase(NamedTuple):
    """How a dialect says an event: the function that speaks and a template."""

    function: str
    text: str


def _event(log: str, step: int, needs: str, level: int = 2) -> Event:
    return Event(log, step, tuple(needs.split()), level)


EVENTS: Final[Mapping[str, Event]] = {
    "event_received": _event("nbrmms", 1, "image storage_server disk_volume slp"),
    "event_sent": _event("nbrmms", 1, "image"),
    "event_accepted": _event("nbstserv", 1, "image"),
    "insert_begin": _event("importmgr", 2, "image slp"),
    "insert_done": _event("importmgr", 2, "image"),
    "insert_refused": _event("importmgr", 2, "image slp status", 1),
    "batch_image": _event("nbstserv", 3, "image slp disk_volume"),
    "batch_refused": _event("nbstserv", 3, "image slp status", 1),
    "batch_submitted": _event("nbstserv", 3, "slp disk_volume", 3),
    "batch_job": _event("nbstserv", 3, "image job", 3),
    "job_created": _event("nbpem", 3, "job"),
    "job_accepted": _event("nbjm", 3, "job"),
    "request_made": _event("nbjm", 3, "job", 3),
    "request_checked": _event("nbrb", 3, "storage_server disk_volume", 4),
    "request_weighed": _event("nbemm", 3, "disk_volume", 4),
    "request_ready": _event("nbrb", 3, ""),
    "request_waiting": _event("nbrb", 3, "disk_volume", 4),
    "job_queued": _event("nbjm", 3, "job"),
    "start_called": _event("nbjm", 4, "job"),
    "import_begin": _event("admin", 4, "job"),
    "import_image": _event("admin", 4, "image"),
    "mover_called": _event("admin", 5, "media_server"),
    "mover_begin": _event("bpdm", 5, "job"),
    "mover_failed": _event("admin", 5, "media_server status", 16),
    "resource_asked": _event("bpdm", 6, "job"),
    "resource_request": _event("nbjm", 6, "job"),
    "resource_found": _event("nbrb", 6, ""),
    "resource_granted": _event("nbjm", 6, "job resource"),
    "resource_held": _event("bpdm", 6, "resource", 4),
    "resource_lacking": _event("nbrb", 6, "detail", 1),
    "resource_denied": _event("nbjm", 6, "job status detail", 1),
    "resource_refused": _event("bpdm", 6, "job status detail", 16),
    "record_read": _event("bpdm", 7, "image"),
    "record_sent": _event("bpdm", 7, "image"),
    "record_received": _event("bpdbm", 7, "image"),
    "record_unreadable": _event("bpdm", 7, "image status", 16),
    "record_checked": _event("bpdbm", 8, "image"),
    "record_stored": _event("bpdbm", 8, "image", 4),
    "record_refused": _event("bpdbm", 8, "image status", 16),
    "refusal_seen": _event("bpdm", 8, "image status", 16),
    "image_imported": _event("admin", 8, "image", 4),
    "image_failed": _event("admin", 8, "image status", 16),
    "mover_end": _event("bpdm", 8, "status"),
    "import_end": _event("admin", 8, "status"),
    "import_died": _event("nbjm", 8, "job status", 1),
    "job_end": _event("nbjm", 8, "job status"),
    "job_closed": _event("nbpem", 8, "job status"),
}

# What a template may name; `object` is the storage object of the image record, `reason` the dialect's for the status.
_FIELDS = """
    image client policy slp storage_server disk_volume disk_pool media_id media_server primary source_primary
    job request resource object status detail reason count bytes pid
"""
FIELDS: Final = frozenset(_FIELDS.split())

STATUSES: Final = (25, 27, 50, 58, 83, 85, 87, 220, 227, 228, 1532, 1533, 1534, 1535, 2074, 2106, 2107)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of speaking: a phrase for every event and a reason for every status."""

    name: str
    phrases: Mapping[str, Phrase]
    reasons: Mapping[int, str]

    def reason(self, status: int) -> str:
        """Return the dialect's words for a status; none for those that only sum up."""
        return self.reasons.get(status, "")


def dialect_names() -> tuple[str, ...]:
    """Return the names of the dialects that are there."""
    folder = resources.files(__package__).joinpath("dialects")
    return tuple(sorted(each.name.removesuffix(".toml") for each in folder.iterdir() if each.name.endswith(".toml")))


@cache
def load_dialect(name: str) -> Dialect:
    """Return a dialect by name, or raise ``InputError``."""
    if name not in dialect_names():
        raise InputError(f"There is no dialect '{name}'; there are: {', '.join(dialect_names())}.")
    text = resources.files(__package__).joinpath("dialects", f"{name}.toml").read_text(encoding="utf-8")
    return parse_dialect(name, text)


def parse_dialect(name: str, text: str) -> Dialect:
    """Return the dialect that a TOML text describes, or raise ``InputError`` with all that is wrong with it."""
    try:
        data: dict[str, Any] = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"Dialect '{name}' is not valid TOML: {error}.") from error
    phrases = {event: Phrase(**phrase) for event, phrase in data.get("events", {}).items()}
    reasons = {int(code): reason for code, reason in data.get("reasons", {}).items()}
    if faults := [*_faults(phrases), *(f"no reason for status {code}" for code in STATUSES if code not in reasons)]:
        raise InputError(f"Dialect '{name}' is broken: {'; '.join(faults)}.")
    return Dialect(name, phrases, reasons)


def _faults(phrases: Mapping[str, Phrase]) -> list[str]:
    faults = [f"no event '{event}'" for event in EVENTS if event not in phrases]
    for event, phrase in phrases.items():
        if event not in EVENTS:
            faults.append(f"unknown event '{event}'")
            continue
        named = {field for _, field, _, _ in string.Formatter().parse(phrase.text) if field is not None}
        faults += [f"'{event}' names unknown {{{field}}}" for field in sorted(named - FIELDS)]
        faults += [f"'{event}' must name {{{field}}}" for field in EVENTS[event].needs if field not in named]
    return faults
