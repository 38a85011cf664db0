"""The eight steps as lanes: state, place and time of each, and a bar on a time axis that all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.report.page import STYLES, Page, Part
from nbtrace.report.text import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Lane", "draw", "lanes", "legend", "own"]

EARLIER: Final = "earlier"  # in place of its proof: what an attempt before this one has done
OPEN: Final = frozenset({"waiting", "overdue"})  # states that last until the logs end
ROOMY: Final = 100  # columns from which there is room for the strength of the proof
NAME, START, TOOK, PROOF = 9, 8, 6, 8
NARROW: Final = 70  # columns below which there is no room for a bar
DATED = 2  # more for the start where one lies on a later day
NARROWEST = 12  # of a bar
HOST, DAEMON = 12, 9  # at most; in a wide page twice as much


@dataclass(frozen=True, slots=True)
class Lane:
    """One step to draw: what is known of it, and the stretch of time in which it is or should be."""

    step: int
    name: str
    state: str
    strength: str
    host: str
    daemon: str
    start: datetime | None
    end: datetime | None
    before: datetime | None  # the last that is known of the steps before
    after: datetime | None  # the first that is known of the steps after


def lanes(steps: pl.DataFrame) -> list[Lane]:
    """Return the lanes of one attempt, or of several at once: a step's worst state, from first start to last end.

    `steps` has the columns of ``tables.STEPS``; a place that differs between the attempts is given as ``several``.
    """
    worst = pl.col("state").replace_strict({state: rank for rank, state in enumerate(_RANK)}, default=len(_RANK))
    place = [
        pl.when(pl.col(name).drop_nulls().n_unique() > 1)
        .then(pl.lit("several"))
        .otherwise(pl.col(name).max())
        .alias(name)
        for name in ("host", "daemon")
    ]
    rows = (
        steps.with_columns(end=pl.coalesce("end_time", "start_time"))
        .group_by("step")
        .agg(
            pl.col("name", "state", "strength").sort_by(worst).first(),
            *place,
            start=pl.col("start_time").min(),
            end=pl.col("end").max(),
        )
        .sort("step")
        .with_columns(
            before=pl.col("end").cum_max().forward_fill().shift(),
            after=pl.col("start").reverse().cum_min().forward_fill().reverse().shift(-1),
        )
        .with_columns(pl.col("name", "strength", "host", "daemon").fill_null(""))
    )
    return [Lane(**row) for row in rows.select(Lane.__slots__).iter_rows(named=True)]


def own(image: pl.DataFrame) -> pl.DataFrame:
    """Return the steps of all attempts of an image (``tables.STEPS``); those that an attempt before has done without their times.

    Steps before the job are done once: for a second attempt they lie before the end of the first, and are no part of it.
    """
    place = ["step", "source", "line", "start_time"]
    placed = pl.all_horizontal(pl.col(place).is_not_null())
    earlier = placed & (pl.col("attempt") > pl.col("attempt").min().over(place))
    times = [pl.when(~earlier).then(pl.col(name)).alias(name) for name in ("start_time", "end_time")]
    return image.with_columns(*times, pl.when(earlier).then(pl.lit(EARLIER)).otherwise("strength").alias("strength"))


def draw(page: Page, rows: Sequence[Lane], until: datetime | None, *, indent: int = 2) -> None:
    """Draw the lanes under a common axis that ends with their last time, or with the logs where a step is still open."""
    if not rows:
        return
    layout = _layout(page, rows, indent)
    axis = _axis(rows, until, layout.bar)
    page.line(*_header(page, layout, axis), indent=indent)
    ahead = next(
        (at for at, row in enumerate(rows) if all(later.state == "unreached" for later in rows[at:])), len(rows)
    )
    for row in rows[:ahead]:
        page.line(*_cells(page, layout, row, axis), *_bar(page, row, axis), indent=indent)
    if ahead < len(rows):  # what was not reached has nothing to draw
        page.prose(*(part for row in rows[ahead:] for part in _unreached(page, row)), indent=indent)


def legend(page: Page, *, indent: int = 2) -> None:
    """Write what the glyphs and the strokes mean."""
    page.line()
    glyphs = page.glyphs
    shown = [(page.state(state), f" {state}  ") for state in STYLES if state in glyphs.states]
    per_line = len(shown) if page.width >= NARROW else max(page.width // 16, 1)
    for first in range(0, len(shown), per_line):
        page.line(*(part for pair in shown[first : first + per_line] for part in pair), indent=indent)
    if page.width < NARROW:  # without bars there are no strokes
        return
    strokes = (
        (glyphs.active, "at work"),
        (glyphs.wait, "waiting"),
        (glyphs.gap, "gap"),
        (glyphs.unseen, "no log shows it"),
    )
    page.line(*((f"{(stroke * 4)[:4]} {word}   ", "dim") for stroke, word in strokes), indent=indent)


@dataclass(frozen=True, slots=True)
class _Axis:
    start: datetime
    end: datetime
    width: int

    def at(self, time: datetime) -> int:
        """Return the column of a time; times outside lie on the edge."""
        whole = (self.end - self.start) / timedelta(milliseconds=1)
        part = (time - self.start) / timedelta(milliseconds=1) / whole if whole > 0 else 0.0
        return round(min(max(part, 0.0), 1.0) * (self.width - 1))


# The worst first: what a job with many images shows for a step.
_RANK: Final = ("failed", "overdue", "missing", "waiting", "unseen", "unreached", "done")


@dataclass(frozen=True, slots=True)
class _Layout:
    host: int
    daemon: int
    proof: int
    start: int
    bar: int


def _layout(page: Page, rows: Sequence[Lane], indent: int) -> _Layout:
    """Share the page's width out: places as wide as they need within their bounds, the bar takes the rest."""
    roomy = page.width >= ROOMY
    host = min(max(len(page.host(row.host)) for row in rows), HOST * (1 + roomy))
    daemon = min(max(len(row.daemon) for row in rows), DAEMON * (1 + roomy))
    host, daemon = max(host, len("host")), max(daemon, len("daemon"))
    proof = PROOF + 2 if roomy else 0
    narrow = page.width < NARROW
    days = {page.local(row.start).date() for row in rows if row.start}
    start = START + DATED * (len(days) > 1)
    if narrow:
        room = page.width - indent - 4 - NAME - 2 - start - 1 - TOOK - 2
        return _Layout(min(host, max(room, len("host"))), 0, 0, start, 0)
    used = indent + 4 + NAME + 2 + host + 2 + daemon + 2 + proof + start + 1 + TOOK + 2
    return _Layout(host, daemon, proof, start, max(page.width - used, NARROWEST))


def _axis(rows: Sequence[Lane], until: datetime | None, width: int) -> _Axis | None:
    known = [time for row in rows for time in (row.start, row.end) if time]
    if not known:
        return None
    still_open = any(row.state in OPEN for row in rows) or rows[-1].state == "unseen"
    return _Axis(min(known), max([*known, until] if still_open and until else known), width)


def _header(page: Page, layout: _Layout, axis: _Axis | None) -> list[Part]:
    if not layout.bar:
        return [(f"    {'step':{NAME}}  {'start':{layout.start}} {'took':>{TOOK}}  host", "dim")]
    titles = f"    {'step':{NAME}}  {'host':{layout.host}}  {'daemon':{layout.daemon}}  {'proof':{layout.proof}.{layout.proof}}"
    scale = ""
    if axis:
        first, last = page.clock(axis.start, axis.start), page.clock(axis.end, axis.start)
        scale = f"{first} {page.glyphs.rule * (axis.width - len(first) - len(last) - 2)} {last}"
    return [(f"{titles}{'start':{layout.start}} {'took':>{TOOK}}  {scale}", "dim")]


def _cells(page: Page, layout: _Layout, row: Lane, axis: _Axis | None) -> list[Part]:
    quiet = "dim" if row.state == "unreached" else ""
    if not layout.bar:
        return [
            f"{row.step} ", page.state(row.state), " ",
            page.cell(row.name, NAME, quiet), "  ",
            page.cell(_start(page, row, axis), layout.start, "" if row.start else STYLES.get(row.state, "")), " ",
            page.cell(_took(row, axis), TOOK, right=True), "  ",
            page.cell(page.host(row.host), layout.host, quiet),
        ]  # fmt: skip
    return [
        f"{row.step} ", page.state(row.state), " ",
        page.cell(row.name, NAME, quiet), "  ",
        page.cell(page.host(row.host), layout.host, quiet), "  ",
        page.cell(row.daemon, layout.daemon, quiet), "  ",
        page.cell(row.strength, layout.proof, "dim"),
        page.cell(_start(page, row, axis), layout.start, "" if row.start else STYLES.get(row.state, "")), " ",
        page.cell(_took(row, axis), TOOK, right=True), "  ",
    ]  # fmt: skip


def _unreached(page: Page, row: Lane) -> list[Part]:
    return [(f"{row.step} ", "dim"), page.state(row.state), (f" {row.name}  ", "dim")]


def _start(page: Page, row: Lane, axis: _Axis | None) -> str:
    """Return when the step began, or in a word why no time can be told."""
    if row.start and axis:
        return page.clock(row.start, axis.start)
    if row.strength == EARLIER:
        return EARLIER
    if row.state in {"done", "failed"}:
        return "implied" if row.strength == "implied" else "no time"
    return "" if row.state == "unreached" else row.state


def _took(row: Lane, axis: _Axis | None) -> str:
    """Return how long the step was at work, or for how long it has been awaited."""
    if row.start and row.end and row.state not in OPEN:
        return duration((row.end - row.start).total_seconds())
    if row.state in OPEN and axis and (since := row.before or row.start):
        return duration((axis.end - since).total_seconds())
    return ""


def _bar(page: Page, row: Lane, axis: _Axis | None) -> list[Part]:
    """Return the stroke of one lane: blank up to where it begins, then what was, or should have been, in this time."""
    if axis is None or not axis.width:
        return []
    glyphs, style = page.glyphs, STYLES.get(row.state, "")
    left = axis.at(row.before) if row.before else 0
    if row.state in OPEN:
        first = axis.at(row.start) if row.start else left
        pattern = glyphs.gap if row.state == "overdue" else glyphs.active if row.start else glyphs.wait
        stroke = _stroke(pattern, axis.width - first - 1) + glyphs.states[row.state]
        return [" " * first, (stroke, style)]
    if row.start:
        first, last = axis.at(row.start), axis.at(row.end or row.start)
        wait = max(first - left - 1, 0) if row.before else 0
        work = _stroke(glyphs.active, max(last - first + 1, 1))
        if row.state == "failed":
            work = work[:-1] + glyphs.states["failed"]
        return [" " * (first - wait), (_stroke(glyphs.wait, wait), "dim"), (work, style)]
    pattern = {"missing": glyphs.gap, "unseen": glyphs.unseen}.get(row.state, "")
    right = axis.at(row.after) if row.after else axis.width - 1
    return [" " * left, (_stroke(pattern, max(right - left + 1, 1)), style)]


def _stroke(pattern: str, length: int) -> str:
    return (pattern * length)[:length]
