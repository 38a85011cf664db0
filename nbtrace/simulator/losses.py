"""What of a night's logs does not get into the bundle, and which spans of time are still watched."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

from nbtrace.errors import InputError

from .hosts import LOGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .hosts import Host, Log
    from .options import Options

__all__ = ["ALL_LEVELS", "Loss", "Losses", "parse_levels", "place_of", "plan_losses", "remove"]

ALL_LEVELS: Final = 99
_MINUTE: Final = 60_000
_HOLE: Final = (20, 120)  # minutes that are cut out of a log
_SHORT: Final = (30, 240)  # minutes by which a log begins late or ends early
_DEBUG: Final = 2  # severity of a legacy line that VERBOSE 0 does not write (our reading of log-formats.md §4 and §6)
_UNIFIED_LEVELS: Final = range(1, 7)  # level 0 writes nothing: leave the log out
_LEGACY_LEVELS: Final = range(6)


class Loss(NamedTuple):
    """A span of time (ms, UTC) that is not in a log: ``hole``, ``begins late``, ``ends early`` or ``lost file``."""

    place: str  # host/log
    begin: int
    end: int
    why: str


@dataclass(slots=True)
class Losses:
    """What is in the bundle: ``kept`` are the ``host/log`` names; of these, ``spans`` are cut out.

    ``levels`` are the highest levels that logs are set to; what is not named writes everything.
    """

    kept: frozenset[str]
    levels: Mapping[str, int] = field(default_factory=dict)
    spans: list[Loss] = field(default_factory=list)

    def writes(self, place: str, log: Log, level: int) -> bool:
        """Tell whether a log is in the bundle and at its level writes a record of this level (legacy: severity)."""
        if place not in self.kept:
            return False
        limit = self.levels.get(place, ALL_LEVELS)
        return level <= limit if log.originator is not None else limit > 0 or level > _DEBUG

    def chat_level(self, host: Host, log: Log) -> int:
        """Return the level of a log's small talk: what it still writes (legacy: severity)."""
        limit = self.levels.get(place_of(host, log), ALL_LEVELS)
        if log.originator is not None:
            return min(_DEBUG, limit)
        return _DEBUG if limit else 2 * _DEBUG

    def cut(self, place: str, ms: int) -> bool:
        """Tell whether this moment is cut out of the log."""
        return any(loss.place == place and loss.begin <= ms < loss.end for loss in self.spans)

    def watched(self, places: Iterable[str], begin: int, end: int) -> bool:
        """Tell whether at every moment of the span at least one of the logs was listening."""
        dark = [(begin, end)]
        for place in places:
            if place in self.kept:
                own = [(loss.begin, loss.end) for loss in self.spans if loss.place == place]
                dark = [both for one in dark for other in own if (both := _overlap(one, other))]
        return not dark


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int] | None:
    begin, end = max(one[0], other[0]), min(one[1], other[1])
    return (begin, end) if begin <= end else None


def remove(every: Mapping[str, set[str]], missing: Sequence[str], *, all_may_go: bool = False) -> list[str]:
    """Return which ``host/log`` names go, where ``every`` says by which parts each may be named.

    Raises ``InputError`` where a part names nothing, and where nothing would be left.
    """
    removed = set()
    for part in missing:
        gone = [name for name, parts in every.items() if part == name or part in parts]
        if not gone:
            raise InputError(
                f"There is no log '{part}' to leave out; name a log, a role (media), a host (media2) or HOST/LOG."
            )
        removed.update(gone)
    if len(removed) == len(every) and not all_may_go:
        raise InputError("Nothing is left in the bundle: leave out fewer logs.")
    return sorted(removed)


def parse_levels(every: Mapping[str, set[str]], levels: Sequence[str]) -> dict[str, int]:
    """Return the level of each ``host/log`` that is named in ``LOG=N``, or raise ``InputError``."""
    parsed: dict[str, int] = {}
    for text in levels:
        part, _, number = text.partition("=")
        named = [name for name, parts in every.items() if part == name or part in parts]
        if not named or not number.isdecimal():
            raise InputError(f"'{text}' sets no level; say LOG=N, such as nbstserv=1 or bpdm=0.")
        for name in named:
            unified = LOGS[name.partition("/")[2]].originator is not None
            allowed = _UNIFIED_LEVELS if unified else _LEGACY_LEVELS
            if int(number) not in allowed:
                raise InputError(f"The level of {name} is {allowed[0]} to {allowed[-1]}, not {number}.")
            parsed[name] = int(number)
    return parsed


def plan_losses(options: Options, losses: Losses) -> None:
    """Cut the wanted holes and shorten the wanted logs, by seed; no log loses time in two ways."""
    rng = Random(f"{options.seed}/losses")
    places = sorted(losses.kept)
    rng.shuffle(places)
    start, end = options.start_ms, options.end_ms
    for place in places[: options.holes]:
        begin = rng.randrange(start + 30 * _MINUTE, end - (_HOLE[1] + 30) * _MINUTE)
        losses.spans.append(Loss(place, begin, begin + rng.randint(*_HOLE) * _MINUTE, "hole"))
    for place in places[options.holes : options.holes + options.short]:
        minutes = min(rng.randint(*_SHORT), round(options.hours * 20)) * _MINUTE
        late = rng.choice((True, False))
        span = (start, start + minutes, "begins late") if late else (end - minutes, end + 1, "ends early")
        losses.spans.append(Loss(place, *span))


def place_of(host: Host, log: Log) -> str:
    """Return the name of a log in the bundle: ``host/log``."""
    return f"{host.name}/{log.name}"
