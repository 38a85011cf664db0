"""Whose listing it is: of the domain that imports, of the one that replicates, or of nobody knows which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["short", "with_sides"]

_KNOWN_HOST: Final = ("option", "path", "name")  # sources of a host's name that are more than a folder
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

    A row that names no primary is of the one that the other rows of its host name, where it is only one. A mere folder
    is no host: a list of the catalog in it that names no origin may be anybody's.

    Args:
        facts: the table ``listed``.
        targets: hosts that are known to import, by their logs.
    """
    named = short(pl.when(pl.col("primary").str.strip_chars() != "").then("primary"))
    alone = pl.when(named.drop_nulls().n_unique().over("host") == 1).then(named.drop_nulls().first().over("host"))
    facts = facts.with_columns(
        who=pl.coalesce(named, alone, short(pl.col("host"))),
        sure=named.is_not_null()
        | pl.col("host_source").is_in(_KNOWN_HOST).fill_null(value=False)
        | pl.col("host").is_in(list(targets)),
    )
    came = short(pl.col("source_primary"))
    from_elsewhere = (
        pl.when(came == pl.col("who")).then(pl.lit("source")).when(came.is_not_null()).then(pl.lit("target"))
    )
    in_catalog = pl.col("fact") == "catalog"
    facts = facts.with_columns(own=pl.when(in_catalog).then(from_elsewhere).otherwise("side"))
    proven = facts.select("who", "own").drop_nulls()
    origins = facts.filter(pl.col("own") == "target").select(who=came, own=pl.lit("source")).drop_nulls()
    logs = pl.DataFrame({"who": list(targets)}, schema={"who": pl.String}).select(
        short(pl.col("who")), own=pl.lit("target")
    )
    sides = pl.concat([proven, origins, logs]).unique().group_by("who").agg(pl.col("own").alias("sides"))
    joined = facts.join(sides, on="who", how="left", maintain_order="left")
    one = pl.when(pl.col("sides").list.len() == 1).then(pl.col("sides").list.first())
    only = pl.when(pl.col("sure") | ~in_catalog | (one == "source")).then(one)
    side = pl.coalesce("own", only, pl.when(pl.col("sides").is_null()).then(_hint()), pl.lit(""))
    told = joined.with_columns(side=side).drop("own", "sides")
    # What only a target can print is of the target, where there is one.
    ours = (pl.col("side") == "target") & pl.col("sure")
    single = pl.when(pl.col("who").filter(ours).n_unique() == 1).then(pl.col("who").filter(ours).first())
    lent = (pl.col("side") == "target") & ~pl.col("sure")
    return told.with_columns(who=pl.when(lent).then(pl.coalesce(single, "who")).otherwise("who")).drop("sure")


def _hint() -> pl.Expr:
    """Return the side that a path speaks of: target, source, or null where it speaks of none or of both."""
    hints = [pl.col("path").str.contains(pattern) for pattern in (_SOURCE_NAME, _TARGET_NAME)]
    source = pl.when(hints[0] & ~hints[1]).then(pl.lit("source"))
    return pl.coalesce(source, pl.when(hints[1] & ~hints[0]).then(pl.lit("target")))
