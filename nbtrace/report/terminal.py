"""What a person sees: the whole night, one image or one job, on a terminal or in a file."""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from rich.console import Console

from nbtrace.report import image as image_page
from nbtrace.report import job as job_page
from nbtrace.report import listing, overview
from nbtrace.report.page import Page
from nbtrace.report.verdict import by_urgency

if TYPE_CHECKING:
    from nbtrace.tables import Result

__all__ = ["View", "console", "show"]


@dataclass(frozen=True, slots=True)
class View:
    """What of a result to show, and how.

    `limit` bounds every long list, 0 lifts it; `quiet` leaves the outcome line only; `image` and `job` choose one to
    be shown in full; `listed` gives one line an image; `zone` is that in which times are shown; `ascii` does without other characters; `next_command` are the words of the command that was
    typed, without what selects an image, a job or an output: the proposal at the end is built on them.
    """

    limit: int = 20
    quiet: bool = False
    image: str | None = None
    job: int | None = None
    ascii: bool = False
    listed: bool = False
    zone: str = "UTC"
    next_command: tuple[str, ...] = ()


def console(*, color: bool | None, file: IO[str] | None = None, width: int | None = None) -> Console:
    """Return a console that prints text as it is: no markup, no emoji, nothing highlighted by itself.

    `color` forces colours on or off; ``None`` leaves them to the terminal, ``NO_COLOR`` and ``TERM=dumb``. The width
    is the terminal's (or ``COLUMNS``), and 80 where there is none.
    """
    if width is None and os.environ.get("COLUMNS", "1").strip().lstrip("0") == "":
        width = 80  # COLUMNS=0 means that nobody knows
    return Console(
        file=file,
        width=width,
        color_system={None: "auto", True: "standard", False: None}[color],
        force_terminal=True if color else None,
        no_color=False if color else None,
        markup=False,
        emoji=False,
        highlight=False,
    )


def show(result: Result, console: Console, view: View) -> None:
    """Print the result; raise ``InputError`` where the view asks for an image or a job that is not in it."""
    page = Page(console, result, ascii_only=view.ascii, zone=view.zone)
    limit = view.limit or None
    if view.quiet:
        overview.outcome(page, result)
    elif view.image is not None:
        image_page.show(page, result, view.image)
    elif view.job is not None:
        job_page.show(page, result, view.job, limit)
    elif view.listed:
        listing.show(page, result, limit)
    else:
        overview.show(page, result, limit)
        _next(page, result, view)


def _next(page: Page, result: Result, view: View) -> None:
    """Propose the command to type next: the worst image in full, or the files when all images are imported."""
    if result.images.is_empty():
        return
    worst = by_urgency(result.images).row(0, named=True)
    chosen = ("--csv", "DIR") if worst["verdict"] == "imported" else ("--image", worst["image_id"])
    page.heading("Next")
    page.line(shlex.join([*(view.next_command or ("nbtrace", "analyze", result.bundle)), *chosen]), indent=2)
