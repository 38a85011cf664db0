"""Text from logs made safe to print, and times, spans and names made short."""

from __future__ import annotations

import re
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

__all__ = ["clean", "clock", "count", "duration", "moment", "one_line", "shorten", "span", "zone_of"]

# Characters that Unicode calls printable and that a terminal shows as nothing: fillers, joiners, variation selectors.
INVISIBLE: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
MINUTE, HOUR, DAY = 60, 3600, 86400


def clean(text: str) -> str:
    r"""Return the text with everything that could steer or deceive a terminal made visible.

    A tab becomes a space and a line feed stays. All other controls (C0, DEL, C1), bidirectional marks, zero-width and
    other invisible characters, unusual blanks and lone surrogates become escapes such as ``\x1b`` or ``\u202e``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text.replace("\t", " ")))


def one_line(text: str) -> str:
    r"""Return the clean text on one line; a line feed becomes ``\n``."""
    return clean(text).replace("\n", "\\n")


def shorten(text: str, width: int, mark: str = "…") -> str:
    """Return the text cut in its middle so that it takes at most `width` cells of a terminal."""
    if cell_len(text) <= width:
        return text
    room = max(width - cell_len(mark), 0)
    head = set_cell_size(text, room // 2).rstrip()
    tail = set_cell_size(text[::-1], room - room // 2).rstrip()[::-1]
    return head + mark[:width] + tail


def count(number: int, one: str, many: str = "") -> str:
    """Return the number with its noun: ``1 image``, ``1,204 images``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """Return a length of time in at most seven characters: ``0.3s``, ``12s``, ``3m07s``, ``2h05m``, ``3d04h``."""
    sign, rest = ("-" if seconds < 0 else ""), abs(seconds)
    if rest < 9.95:  # noqa: PLR2004 - what one decimal still shows as less than ten
        return f"{sign}{rest:.1f}s"
    whole = round(rest)
    if whole < MINUTE:
        return f"{sign}{whole}s"
    if whole < HOUR:
        return f"{sign}{whole // MINUTE}m{whole % MINUTE:02}s"
    if whole < DAY:
        return f"{sign}{whole // HOUR}h{whole % HOUR // MINUTE:02}m"
    return f"{sign}{whole // DAY}d{whole % DAY // HOUR:02}h"


def clock(time: datetime, day: datetime, *, exact: bool = False) -> str:
    """Return the time of day, with ``+1`` behind it on the day after `day`; `exact` adds the milliseconds."""
    later = (time.date() - day.date()).days
    fraction = f".{time.microsecond // 1000:03}" if exact else ""
    return f"{time:%H:%M:%S}{fraction}" + (f"{later:+}" if later else "")


def moment(time: datetime) -> str:
    """Return date and time of day to the second."""
    return f"{time:%Y-%m-%d %H:%M:%S}"


def span(first: datetime | None, last: datetime | None) -> str:
    """Return a stretch of time, its date once where both ends share it; empty when neither end is known."""
    if first is None or last is None:
        known = first or last
        return moment(known) if known else ""
    if moment(first) == moment(last):
        return moment(first)
    end = f"{last:%H:%M:%S}" if first.date() == last.date() else moment(last)
    return f"{moment(first)} to {end}"


def zone_of(name: str) -> tzinfo:
    """Return the zone of an IANA name or an offset ``+HH:MM``."""
    if name[:1] not in {"+", "-"}:
        return ZoneInfo(name)
    hours, minutes = map(int, name[1:].split(":"))
    return timezone(timedelta(hours=hours, minutes=minutes) * (-1 if name[0] == "-" else 1), name)


def _visible(char: str) -> str:
    if char == "\n" or (char.isprintable() and not INVISIBLE.match(char)):
        return char
    return char.encode("unicode_escape").decode("ascii")
