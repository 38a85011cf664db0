"""``nbtrace explain``: what a code, a step or a daemon is, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer

from nbtrace.cli.options import Ascii, NoColor, plain_locale

__all__ = ["explain"]


def explain(
    name: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[CODE]",
            help="A status code, a finding (NBTnnn), a step (1 to 8 or its name), a daemon or an originator.",
            show_default=False,
        ),
    ] = None,
    *,
    no_color: NoColor = False,
    ascii_only: Ascii = False,
) -> None:
    """Explain a status code, a finding, a step, a daemon or an originator; without CODE, list what there is.

    A number may be several of them: all are shown. A word before it asks for one: status 226, originator 226, step 5.

    \b
    Examples:
      nbtrace explain 2074
      nbtrace explain NBT206
      nbtrace explain originator 226

    \b
    Exit status:
      0  it is explained
      2  it is not known here, or wrong usage
    """  # noqa: D301 - the escape is typer's mark for lines to keep
    from nbtrace.report import explain as report
    from nbtrace.report.page import Page
    from nbtrace.report.terminal import console

    page = Page(console(color=False if no_color else None), ascii_only=ascii_only or plain_locale())
    if name:
        report.show(page, " ".join(name))
    else:
        report.kinds(page)
