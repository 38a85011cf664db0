"""``nbtrace grammars``: what a site's daemons say that nbtrace does not know, and rules for it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nbtrace.cli.help import PlainCommand
from nbtrace.cli.options import (
    Ascii,
    Bundle,
    Grammars,
    Host,
    HostTz,
    NoCache,
    NoColor,
    Tz,
    named,
    plain_locale,
    reading,
)
from nbtrace.errors import InputError

if TYPE_CHECKING:
    from nbtrace.analysis import Options
    from nbtrace.tables import Result

__all__ = ["app", "check", "learn", "unknown"]

USAGE = BROKEN = 2

app = typer.Typer(rich_markup_mode=None)


@app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    """Show messages that no rule understands, learn rules for them, and check your own."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(USAGE)


@app.command(cls=PlainCommand, short_help="Show messages about images that no rule understands.")
def unknown(
    inputs: Bundle,
    *,
    limit: Annotated[
        int, typer.Option(metavar="N", help="Show at most N kinds of messages of a daemon; 0 shows all.")
    ] = 10,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all of them into this CSV file.", parser=named)
    ] = None,
    no_color: NoColor = False,
    ascii_only: Ascii = False,
    host: Host = None,
    tz: Tz = None,
    host_tz: HostTz = None,
    grammars: Grammars = None,
    no_cache: NoCache = False,
) -> None:
    """Show what the daemons say of images and import jobs in words that no rule knows.

    Messages that differ in ids, numbers and names only are shown once, with an example. From them a site can write
    rules of its own; `nbtrace grammars learn` proposes them.

    \b
    Example:
      nbtrace grammars unknown case-4711/
    """  # noqa: D301 - the escape is typer's mark for lines to keep
    if limit < 0:
        raise InputError(f"--limit: {limit} is less than 0; 0 shows all.")
    from nbtrace.learning import names_of
    from nbtrace.learning import unknown as find
    from nbtrace.report import words
    from nbtrace.report.csv_files import write_shapes
    from nbtrace.report.page import Page
    from nbtrace.report.terminal import console
    from nbtrace.report.text import clean

    result = _analyzed(inputs, reading(host=host, tz=tz, host_tz=host_tz, grammars=grammars, no_cache=no_cache))
    shapes = find(result.evidence, names_of(result.images, result.jobs, result.logs))
    if csv is not None:
        write_shapes(shapes, csv)
    page = Page(console(color=False if no_color else None), result, ascii_only=ascii_only or plain_locale())
    words.show(page, result, shapes, limit or None)
    if csv is not None:
        typer.echo(f"\nWrote {clean(str(csv))}.")


@app.command(cls=PlainCommand, short_help="Propose rules from an image that was imported.")
def learn(
    inputs: Bundle,
    *,
    image: Annotated[str, typer.Option(metavar="ID", help="An image that was imported.", show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The grammar file to write; without it the rules are printed.", parser=named),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the file where it exists.")] = False,
    no_color: NoColor = False,  # noqa: ARG001 - a script may give it to every command; there are no colours here
    host: Host = None,
    tz: Tz = None,
    host_tz: HostTz = None,
    grammars: Grammars = None,
    no_cache: NoCache = False,
) -> None:
    """Propose rules for what the daemons of your release say, from an image that was imported.

    A rule is written where all images of the bundle agree on the step that it shows, and those that stopped there
    tell it apart. What they do not decide is proposed in comments. So choose a bundle in which some images were
    imported and some were not.

    \b
    Example:
      nbtrace grammars learn case-47/ --image web5_1795205555 --out our/site.lark
      nbtrace analyze case-48/ --grammars our/
    """  # noqa: D301 - the escape is typer's mark for lines to keep
    from nbtrace.flows import load
    from nbtrace.learning import TERMINALS, names_of, propose
    from nbtrace.report.site_grammar import check_target, grammar_text, write_grammar
    from nbtrace.report.text import clean, count

    if out is not None:
        check_target(out, force=force)  # before the work
    result = _analyzed(inputs, reading(host=host, tz=tz, host_tz=host_tz, grammars=grammars, no_cache=no_cache))
    _check_imported(result, image)
    names = names_of(result.images, result.jobs, result.logs)
    found = propose(result.evidence, result.steps, result.logs, load(), image_id=image, names=names)
    text = grammar_text(found, TERMINALS, image_id=image, bundle=result.bundle)
    if out is None:
        typer.echo(text, nl=False)
        return
    write_grammar(text, out, force=force)
    sure = found.filter(found["rule"] != "").height
    open_ = found.filter(found["choices"].list.len() > 0).height
    typer.echo(f"Wrote {clean(str(out))}: {count(sure, 'rule')}, and {open_} more as comments, for you to decide.")
    if (result.logs["zone_source"] == "assumed").any():
        typer.echo("Time zones are assumed: with --tz or --host-tz more can be decided.")
    typer.echo(f"Read it, then: nbtrace analyze BUNDLE --grammars {clean(str(out.parent))}")


@app.command(cls=PlainCommand, short_help="Say whether your grammars can be used.")
def check(
    site: Annotated[
        Path,
        typer.Argument(
            metavar="DIR", help="A folder of grammars, or one that ends in .lark.", show_default=False, parser=named
        ),
    ],
    *,
    no_color: NoColor = False,  # noqa: ARG001 - a script may give it to every command; there are no colours here
) -> None:
    """Try every grammar of a folder: say which hold, and of the others file, line and reason.

    What is well written but has no effect, such as a rule that nothing asks for, is noted.

    \b
    Exit status:
      0  all of them can be used
      2  one of them cannot
    """  # noqa: D301 - the escape is typer's mark for lines to keep
    from nbtrace.flows import load
    from nbtrace.flows.sayings import with_sayings
    from nbtrace.grammar import checking
    from nbtrace.report.text import clean, count
    from nbtrace.tracing.words import rules_of

    names = {rule for checked in checking.check(site, ()) for rule in checked.rules}
    flow = with_sayings(load(), names)
    asked = {"importing_sieve", *rules_of(flow), *(name for told in flow.whole().values() for name in told)}
    found = list(checking.check(site, asked))
    for checked in found:
        typer.echo(clean(checked.error or f"{checked.file}: {count(len(checked.rules), 'rule')}, fine"))
        for note in checked.notes:
            typer.echo(clean(f"{checked.file}: {note}"))
    broken = sum(bool(checked.error) for checked in found)
    typer.echo(f"{count(len(found), 'grammar')}, {broken or 'none'} broken")
    raise typer.Exit(BROKEN if broken else 0)


def _analyzed(inputs: list[Path], how: Options) -> Result:
    from nbtrace.analysis import analyze
    from nbtrace.cli.progress import progress

    with progress() as report:
        return analyze(inputs, how, report)


def _check_imported(result: Result, image: str) -> None:
    """Raise ``InputError`` where there is nothing to learn from an image, and name one that is better."""
    import polars as pl

    from nbtrace.report.image import find
    from nbtrace.report.verdict import WORDS

    verdict = find(result, image)["verdict"]
    if verdict != "imported":
        better = result.images.filter(pl.col("verdict") == "imported")["image_id"].head(1).to_list()
        hint = f"; '{better[0]}' is" if better else "; none in this bundle is"
        raise InputError(
            f"'{image}' is not imported but {WORDS.get(verdict, verdict)}: rules are learnt from imported images{hint}"
        )
