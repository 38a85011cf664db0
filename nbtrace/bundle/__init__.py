"""What was handed in, as one tree of logs: which file is which log, of which host, in which time zone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import polars as pl

from nbtrace.bundle import opening
from nbtrace.bundle.copies import copies
from nbtrace.bundle.discovery import discover
from nbtrace.bundle.hosts import assign
from nbtrace.bundle.places import place
from nbtrace.bundle.watch import Limits, Watch
from nbtrace.bundle.zones import add_zones
from nbtrace.knowledge.daemons import role_of
from nbtrace.listed import LISTING
from nbtrace.tables import IGNORED, LOGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from nbtrace.bundle.members import Member
    from nbtrace.bundle.watch import Note
    from nbtrace.grammar.library import Library

__all__ = ["Bundle", "Limits", "read_bundle", "renamed"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What was handed in.

    ``logs`` and ``ignored`` are the tables of those names, and ``listings`` are the files with output of commands, as
    the table of logs; a file can be both. ``members`` holds every file of all by its path.
    ``unreadable`` counts the ignored ones that may hold logs: what could not be opened, unpacked or decoded.
    """

    name: str
    members: Mapping[str, Member]
    logs: pl.DataFrame
    listings: pl.DataFrame
    ignored: pl.DataFrame
    unreadable: int
    watch: Watch

    def notes(self) -> list[Note]:
        """Return what was refused, cut off or changed, as far as it was noticed until now."""
        return self.watch.notes()

    def without_logs(self) -> str:
        """Say what is in a bundle that has no logs."""
        noted = "".join(f" {note.detail}" for note in self.notes()[:1])
        if self.ignored.is_empty():
            return f"There is no file in '{self.name}'.{noted}"
        path, reason, *_ = self.ignored.row(0)
        return f"None of the {self.ignored.height} files in '{self.name}' is a NetBackup log that nbtrace knows; the first is '{path}': {reason}.{noted}"

    def changed(self) -> pl.DataFrame:
        """Return when each log was changed last, as far as copies keep that: ``log_id`` and ``changed`` (UTC)."""
        times = [round(self.members[path].mtime * 1000) for path in self.logs["path"]]
        changed = pl.from_epoch(pl.Series(times, dtype=pl.Int64), "ms").dt.replace_time_zone("UTC")
        return self.logs.select("log_id", changed=changed)


def renamed(bundle: Bundle, names: Mapping[int, str]) -> Bundle:
    """Return the bundle with its unified logs under these names of originators, which beat the shipped ones."""
    new = pl.col("originator").replace_strict(dict(names), default=None, return_dtype=pl.String)
    roles = {name: role_of(name) for name in names.values()}
    unified = pl.col("format") == "unified"
    told = pl.when(unified & (pl.col("role") == "")).then(
        new.replace_strict(roles, default=None, return_dtype=pl.String)
    )
    role = pl.coalesce(told.filter(told.fill_null("") != "").first().over("host"), "role")
    return replace(
        bundle,
        logs=bundle.logs.with_columns(log=pl.when(unified).then(pl.coalesce(new, "log")).otherwise("log"), role=role),
    )


def read_bundle(
    inputs: Sequence[Path],
    *,
    library: Library,
    hosts: Sequence[str] = (),
    tz: str | None = None,
    host_tz: Sequence[str] = (),
    limits: Limits | None = None,
) -> Bundle:
    """Find the logs in folders, files, archives and standard input.

    Args:
        inputs: folders and files; a path inside the bundle is relative to the one folder, or begins with the name of
            its input where there are several.
        library: the grammars of file names and records.
        hosts: options ``PATH=NAME`` that say which host a part of the bundle comes from.
        tz: zone of all hosts for which nothing better is known.
        host_tz: options ``HOST=ZONE``.
        limits: how far archives are unpacked.

    Returns:
        The bundle; its table of logs is empty where nothing was recognised.

    Raises:
        InputError: an input does not exist or cannot be read, or an option is wrong.
    """
    watch = Watch(limits or Limits())
    members = opening.members(inputs, watch)
    by_path = {member.path: member for member in members}
    found = discover(members, library)
    inside = place(f"{opening.above_all(inputs)}/x.log")  # a log's own folder may be all that was handed in
    folder = inside.folders[-1] if inside.in_tree else opening.folder_of(inputs)
    placed = assign(pl.concat([found.logs, found.listings]), folder=folder, options=hosts)
    is_listing = pl.col("format") == LISTING
    again = copies(placed.filter(~is_listing), by_path)
    placed = placed.filter(is_listing | ~pl.col("path").is_in(list(again)))
    files = LOGS.shape(add_zones(placed, library=library, tz=tz, host_tz=host_tz).with_row_index("log_id"))
    return Bundle(
        name=opening.name_of(inputs),
        members=by_path,
        logs=files.filter(~is_listing),
        listings=files.filter(is_listing),
        ignored=pl.concat([found.ignored, _ignored(again)]),
        unreadable=found.unreadable,
        watch=watch,
    )


def _ignored(again: Mapping[str, str]) -> pl.DataFrame:
    """Return the rows of the logs that others hold as well."""
    rows = [(path, f"the same log as '{other}'", False) for path, other in sorted(again.items())]
    return pl.DataFrame(rows, schema=dict(IGNORED.schema), orient="row")
