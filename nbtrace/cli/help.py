"""Help as plain text: readable on any terminal, at any width, and without importing what draws boxes."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperArgument, TyperCommand

__all__ = ["PlainCommand"]


class PlainCommand(TyperCommand):
    """A command whose help shows its arguments by their names and its options under their headings."""

    def collect_usage_pieces(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # the context's public type
        """Return what follows the command in the usage line."""
        return ["[OPTIONS]", *(_named(param)[0] for param in self.get_params(ctx) if isinstance(param, TyperArgument))]

    def format_options(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]  # as above
        """Write arguments and options as lists, each list under the heading of its ``rich_help_panel``."""
        lists: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            usual = "Arguments" if isinstance(param, TyperArgument) else "General"
            heading = getattr(param, "rich_help_panel", None) or usual
            record = _named(param) if isinstance(param, TyperArgument) else param.get_help_record(ctx)
            if record is not None:
                lists.setdefault(heading, []).append(record)
        for heading, records in sorted(lists.items(), key=lambda item: item[0] == "General"):
            with formatter.section(heading):
                formatter.write_dl(records)


def _named(argument: TyperArgument) -> tuple[str, str]:
    return argument.metavar or "", argument.help or ""
