"""Log files of one day as records with times: read them, write them anew, roll them over."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple
from zoneinfo import ZoneInfo

from ordinary import Body

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

__all__ = ["DAY_MS", "Record", "Roll", "clock_of", "read", "stamp"]

DAY_MS: Final = 86_400_000
_JUMP_MS: Final = DAY_MS // 2  # a clock that falls back so far went past midnight
_LEGACY: Final = re.compile(r"(?m)^(?P<head>)(?P<clock>[0-9:]{8}\.[0-9]{3})(?= \[)")
_RAW: Final = re.compile(r"(?m)^(?P<head>[0-9],[0-9]+,[0-9]+,[0-9]+,)[0-9]+,(?P<epoch>[0-9]{13}),")
_PRINTED: Final = re.compile(r"(?m)^(?P<head>)(?P<day>[0-9/]{10}) (?P<clock>[0-9:]{8}\.[0-9]{3})(?= \[)")
_STARTS: Final = {"legacy": _LEGACY, "raw": _RAW, "printed": _PRINTED}
_SECONDS: Final = [f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}." for s in range(86_400)]
_MILLIS: Final = [f"{ms:03d}" for ms in range(1000)]


class Record(NamedTuple):
    """One record, with its continuation lines; ``ms`` are milliseconds since the epoch, UTC."""

    ms: int
    body: Body


def clock_of(zone: str, day: datetime) -> int:
    """Return how many milliseconds local time is ahead of UTC at that moment."""
    offset = day.astimezone(ZoneInfo(zone)).utcoffset() or timedelta()
    return int(offset.total_seconds() * 1000)


def read(path: Path, form: str, ahead_ms: int) -> list[Record]:
    """Return the records of a file of the simulator; its local times are ``ahead_ms`` ahead of UTC."""
    text = path.read_text(encoding="utf-8")
    found = list(_STARTS[form].finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    times = _times(found, form, path, ahead_ms)
    return [
        Record(ms, Body(match["head"], text[match.end() : end]))
        for match, ms, end in zip(found, times, ends, strict=True)
    ]


def _times(found: Sequence[re.Match[str]], form: str, path: Path, ahead_ms: int) -> Iterator[int]:
    if form == "raw":
        yield from (int(match["epoch"]) for match in found)
    elif form == "printed":
        yield from (_midnight(match["day"], "%m/%d/%Y") + _clock_ms(match["clock"]) - ahead_ms for match in found)
    else:
        midnight, before = _midnight(path.stem.split(".")[-1][:6], "%m%d%y") - ahead_ms, 0
        for match in found:
            now = _clock_ms(match["clock"])
            midnight += DAY_MS if now < before - _JUMP_MS else 0
            before = now
            yield midnight + now


def _midnight(text: str, shape: str) -> int:
    return int(datetime.strptime(text, shape).replace(tzinfo=UTC).timestamp() * 1000)


def _clock_ms(clock: str) -> int:
    hour, minute, rest = clock.split(":")
    return (int(hour) * 60 + int(minute)) * 60_000 + int(rest.replace(".", ""))


def stamp(form: str, times: Sequence[int], bodies: Sequence[Body], first: int, ahead_ms: int) -> str:
    """Return the records as text; raw ones are numbered from ``first``."""
    if form == "raw":
        return "".join(
            f"{head}{number},{ms},{tail}" for number, ms, (head, tail) in zip(count(first), times, bodies, strict=False)
        )
    day = ""
    parts = []
    known = -1
    for ms, (_, tail) in zip(times, bodies, strict=True):
        days, rest = divmod(ms + ahead_ms, DAY_MS)
        if form == "printed" and days != known:
            known, day = days, f"{date(1970, 1, 1) + timedelta(days=days):%m/%d/%Y} "
        parts.append(f"{day}{_SECONDS[rest // 1000]}{_MILLIS[rest % 1000]}{tail}")
    return "".join(parts)


class Roll:
    """One log of one day, written as files that roll over before they grow beyond ``max_bytes``."""

    def __init__(self, path: Path, form: str, max_bytes: int) -> None:
        self._path, self._form, self._max = path, form, max_bytes
        self._rotation = self._size = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stream = path.open("wb")

    def write(self, text: str) -> int:
        """Write a piece that is not cut in two; return its bytes."""
        data = text.encode()
        if self._size and self._size + len(data) > self._max:
            self._stream.close()
            self._rotation += 1
            self._size = 0
            self._stream = self._path.with_name(self._next()).open("wb")
        self._size += len(data)
        self._stream.write(data)
        return len(data)

    @property
    def files(self) -> int:
        """Return how many files there are by now."""
        return self._rotation + 1

    def close(self) -> None:
        """Finish the last file."""
        self._stream.close()

    def _next(self) -> str:
        name = self._path.name
        if self._form == "raw":
            return f"{name[:-14]}{self._rotation:010d}.log"
        if self._form == "legacy":
            return f"{name[:-9]}{self._rotation + 1:05d}.log"
        return f"{self._path.stem}_{self._rotation + 1}.txt"
