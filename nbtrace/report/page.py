"""The page that reports are written on: the one way to the terminal, which makes every text safe first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import polars as pl
from rich.cells import cell_len
from rich.text import Text

from nbtrace.report.text import clean, clock, count, moment, one_line, shorten, span, zone_of
from nbtrace.tables import STATE_LETTERS, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from rich.console import Console

__all__ = ["ASCII", "STYLES", "UNICODE", "Glyphs", "Page", "Part"]

Part: TypeAlias = str | tuple[str, str]  # text, or text with a style

# Wider bars are no easier to read.
WIDEST: Final = 160
NARROWEST: Final = 20

# One style for a state or verdict wherever it is shown. A gap and a missing log must never look alike.
STYLES: Final[Mapping[str, str]] = {
    "done": "green", "failed": "bold red", "missing": "magenta", "unseen": "dim", "waiting": "cyan",
    "overdue": "bold yellow", "unreached": "dim",
    "imported": "green", "stalled": "bold yellow", "in_progress": "cyan", "undetermined": "bold",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The characters of a timeline; each state has its own, so that no state needs its colour to be recognised."""

    states: Mapping[str, str]
    active: str  # a step at work
    wait: str  # time between two steps, or until now
    gap: str  # a stretch in which something should be and is not
    unseen: str  # a stretch that no log shows
    rule: str
    more: str

    def all(self) -> str:
        """Return every glyph, to try whether an encoding has them."""
        return "".join((*self.states.values(), self.active, self.wait, self.gap, self.unseen, self.rule, self.more))


UNICODE: Final = Glyphs(
    {"done": "✓", "failed": "✗", "missing": "○", "unseen": "?", "waiting": "…", "overdue": "!", "unreached": "·"},
    active="━", wait="·", gap="╌", unseen="░", rule="─", more="…",
)  # fmt: skip
ASCII: Final = Glyphs(STATE_LETTERS, active="=", wait=".", gap="- ", unseen="?", rule="-", more="...")


class Page:
    """A console to write lines on, with glyphs that it can print and the short names of hosts and steps.

    Every text passes the sanitiser here and becomes rich ``Text``; nothing is ever read as markup.
    """

    def __init__(
        self, console: Console, result: Result | None = None, *, ascii_only: bool = False, zone: str = "UTC"
    ) -> None:
        """Write to this console; `zone`, an IANA name or an offset ``+HH:MM``, is that in which times are shown."""
        self.zone, self._tz = zone, zone_of(zone)
        self.console = console
        self.encoding = "ascii" if ascii_only else console.encoding
        self.glyphs = UNICODE if _encodes(UNICODE.all(), self.encoding) else ASCII
        self.width = min(console.width, WIDEST)
        self._hosts: dict[str, str] = {}
        self._steps: dict[int, str] = {}
        if result is not None:
            names = pl.concat([result.logs["host"], result.steps["host"]]).drop_nulls().unique().to_list()
            self._hosts = _short_hosts(names)
            self._steps = dict(result.steps.select("step", "name").unique().iter_rows())

    def host(self, name: str | None) -> str:
        """Return the host's name without its domain, where that still names one host only."""
        return self._hosts.get(name or "", name or "")

    def step(self, number: int | None) -> str:
        """Return the step as ``step 6 resources``; empty without a number."""
        return f"step {number} {self._steps.get(number) or ''}".rstrip() if number else ""

    def local(self, time: datetime) -> datetime:
        """Return the time in the zone in which times are shown."""
        return time.astimezone(self._tz)

    def clock(self, time: datetime, day: datetime, *, exact: bool = False) -> str:
        """Return the time of day, with ``+1`` behind it on the day after `day`; `exact` adds the milliseconds."""
        return clock(self.local(time), self.local(day), exact=exact)

    def moment(self, time: datetime) -> str:
        """Return date and time of day to the second."""
        return moment(self.local(time))

    def span(self, first: datetime | None, last: datetime | None) -> str:
        """Return a stretch of time, its date once where both ends share it; empty when neither end is known."""
        return span(*(time and self.local(time) for time in (first, last)))

    def state(self, state: str) -> Part:
        """Return the glyph of a step's state in its style."""
        return self.glyphs.states.get(state, "?"), STYLES.get(state, "")

    def cell(self, text: str, width: int, style: str = "", *, right: bool = False) -> Part:
        """Return the text as a cell of exactly this width, shortened in its middle where it is longer."""
        short = shorten(self._printable(one_line(text)), width, self.glyphs.more)
        blank = " " * (width - cell_len(short))
        return (blank + short if right else short + blank), style

    def heading(self, title: str) -> None:
        """Write an empty line and the title of a section."""
        self.line()
        self.prose((title, "bold underline"))

    def line(self, *parts: Part, indent: int = 0) -> None:
        """Write one line; what is longer than the page runs on, so that an id or a path can be copied whole."""
        text = self._text(parts, one_line)
        text.pad_left(indent)
        text.rstrip()
        self._print(text)

    def prose(self, *parts: Part, indent: int = 0, hang: int = 0) -> None:
        """Write text wrapped at the page's width; the lines after the first are indented by `hang` more."""
        text, room = self._text(parts, clean), max(self.width - indent, NARROWEST)
        lines = list(text.wrap(self.console, room, overflow="fold"))
        if hang and len(lines) > 1:
            rest = text[len(text) - len(text.plain[len(lines[0]) :].lstrip()) :]
            lines = [lines[0], *rest.wrap(self.console, max(room - hang, NARROWEST), overflow="fold")]
        for number, line in enumerate(lines):
            line.rstrip()
            line.pad_left(indent + (hang if number else 0))
            self._print(line)

    def more(self, rest: int, what: str) -> None:
        """Write how many more there are, when there are more."""
        if rest > 0:
            self.line((f"{self.glyphs.more} and {count(rest, f'more {what}')}; --limit 0 shows all", "dim"), indent=2)

    def _text(self, parts: Iterable[Part], safe: Callable[[str], str]) -> Text:
        text = Text()
        for part in parts:
            plain, style = part if isinstance(part, tuple) else (part, "")
            text.append(self._printable(safe(plain)), style)
        return text

    def _print(self, line: Text) -> None:
        self.console.print(line, no_wrap=True, overflow="ignore", crop=False)

    def _printable(self, text: str) -> str:
        """Return the text with escapes for what the encoding does not have."""
        return text.encode(self.encoding, "backslashreplace").decode(self.encoding)


def _encodes(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _short_hosts(names: list[str]) -> dict[str, str]:
    """Map each full name to its first label; addresses, and labels that two hosts share, stay as they are."""
    labels = {name: name if name.rpartition(".")[2].isdigit() else name.partition(".")[0] for name in names}
    shared = {label for label in labels.values() if list(labels.values()).count(label) > 1}
    return {name: name if label in shared else label for name, label in labels.items()}
