"""Whose listing it is: of the domain that imports, of the one that replicates, or of nobody knows which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["short", "with_sides"]

# What people call the two domains in the names of folders and files; it counts where nothing else tells (L).
_SOURCE_NAME: Final = r"(?i)(?:^|[^a-z])(?:source|src|origin|production|prod)(?:[^a-z]|$)"
_TARGET_NAME: Final = r"(?i)(?:^|[^a-z])(?:target|tgt|dr|drsite|dest|destination|remote)(?:[^a-z]|$)"


def short(name: pl.Expr) -> pl.Expr:
    """Return a host's name without its domain, in lower case."""
    return name.str.split(".").list.first().str.to_lowercase()


def with_sides(facts: pl.DataFrame, targets: Collection[str]) -> pl.DataFrame:
    """Return facts with ``who`` (the primary that speaks, short) and ``side``: target, source, or empty where unknown.

    Some rows can only be one side's: pending images and import jobs, images that came from another primary, copies that
    wait for their import. The others are of the side that everything else from the same primary is of. A primary that
    imports and replicates leaves them open, and so does one of which nothing else is known.

    Args:
        facts: the table ``listed``.
        targets: hosts that are known to import, by their logs.
    """
    named = pl.when(pl.col("primary").str.strip_chars() != "").then("primary")
    facts = facts.with_columns(who=short(pl.coalesce(named, "host")))
    came = short(pl.col("source_primary"))
    from_elsewhere = pl.when(came == pl.col("who")).then(pl.lit("source")).when(came.is_not_null()).then(pl.lit("target"))
    own = pl.when(pl.col("fact") == "catalog").then(from_elsewhere).otherwise("side")
    facts = facts.with_columns(own=own)
    proven = facts.select("who", "own").drop_nulls()
    origins = facts.filter(pl.col("own") == "target").select(who=came, own=pl.lit("source")).drop_nulls()
    logs = pl.DataFrame({"who": list(targets)}, schema={"who": pl.String}).select(short(pl.col("who")), own=pl.lit("target"))
    sides = pl.concat([proven, origins, logs]).unique().group_by("who").agg(pl.col("own").alias("sides"))
    only = pl.when(pl.col("sides").list.len() == 1).then(pl.col("sides").list.first())
    path = pl.col("path")
    hints = [path.str.contains(pattern) for pattern in (_SOURCE_NAME, _TARGET_NAME)]
    hint = pl.when(hints[0] & ~hints[1]).then(pl.lit("source")).when(hints[1] & ~hints[0]).then(pl.lit("target"))
    joined = facts.join(sides, on="who", how="left", maintain_order="left")
    nothing = pl.col("sides").is_null()
    side = pl.coalesce("own", only, pl.when(nothing).then(hint), pl.lit(""))
    return joined.with_columns(side=side).drop("own", "sides")
