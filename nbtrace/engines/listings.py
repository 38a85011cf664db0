"""Read every file of a bundle that holds listings."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import polars as pl

from nbtrace import knowledge
from nbtrace.flows.tuning import seconds
from nbtrace.listed import LISTED, LISTINGS, ORIGINATORS, PARAMETERS, POLICIES, Listed
from nbtrace.records.listings import Rules, read_listing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.bundle import Bundle
    from nbtrace.grammar.library import Library
    from nbtrace.records.listings import ListingRead

__all__ = ["Listings", "originators_of", "read_listings", "rezoned", "settings_of"]


@dataclass(frozen=True, slots=True)
class Listings:
    """All that the listings of a bundle say, the files (as the table of logs), their figures, and what was unreadable."""

    listed: Listed
    files: pl.DataFrame
    stats: list[pl.DataFrame]
    unreadable: dict[str, str]


def read_listings(bundle: Bundle, library: Library) -> Listings:
    """Read the listings; files whose times are all epochs need no zone."""
    rules, unreadable = Rules.of(library.listings()), {}
    read: list[ListingRead] = []
    exact = []
    for log in bundle.listings.iter_rows(named=True):
        try:
            with bundle.members[log["path"]].open() as stream:
                found = read_listing(stream, log, rules)
        except OSError as error:
            unreadable[log["path"]] = error.strerror or str(error)
            continue
        read.append(found)
        exact += [] if found.local else [log["log_id"]]
    tables = (LISTED, LISTINGS, POLICIES, PARAMETERS, ORIGINATORS)
    listed = Listed(
        *(
            pl.concat([table.empty(), *(getattr(one.listed, field.name) for one in read)])
            for table, field in zip(tables, fields(Listed), strict=True)
        )
    )
    epochs = pl.col("log_id").is_in(exact)
    files = bundle.listings.with_columns(
        zone=pl.when(epochs).then(pl.lit("UTC")).otherwise("zone"),
        zone_source=pl.when(epochs).then(pl.lit("epoch")).otherwise("zone_source"),
    )
    return Listings(listed, files, [one.stats for one in read], unreadable)


def rezoned(listings: Listings, bundle: Bundle, library: Library, logs: pl.DataFrame) -> Listings:
    """Return the listings with local times in the zone that was found for the logs of their host.

    Args:
        listings: as they were read before any zone was found.
        bundle: what was handed in.
        library: the grammars.
        logs: the table ``logs`` with the zones that were found. Of a host that shows several zones nothing is taken.
    """
    found = logs.filter(pl.col("zone_source") == "matched").group_by("host").agg(pl.col("zone").unique())
    found = found.filter(pl.col("zone").list.len() == 1).select("host", found=pl.col("zone").list.first())
    files = listings.files.join(found, on="host", how="left", maintain_order="left")
    open_ = pl.col("zone_source").is_in(["assumed", "option"]) & (pl.col("found") != pl.col("zone"))
    again = files.filter(open_).with_columns(zone="found", zone_source=pl.lit("matched")).drop("found")
    if again.is_empty():
        return listings
    new = read_listings(replace(bundle, listings=again), library)

    def joined(old: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
        kept = old.join(again.select("log_id"), on="log_id", how="anti", maintain_order="left")
        return pl.concat([kept, read]).sort("log_id", maintain_order=True)

    tables = {
        field.name: joined(*(getattr(each.listed, field.name) for each in (listings, new))) for field in fields(Listed)
    }
    stats = joined(pl.concat(listings.stats), pl.concat(new.stats))
    return Listings(Listed(**tables), joined(listings.files, new.files), [stats], listings.unreadable)


def settings_of(listed: Listed) -> Iterator[tuple[str, int]]:
    """Yield the SLP parameters of a target in seconds; those of a host that only lists what a source lists are left out."""
    sides = listed.facts.group_by("host").agg(pl.col("side").drop_nulls().unique())
    sources = sides.filter(pl.col("side") == ["source"])["host"].to_list()
    for host, name, amount, unit in listed.parameters.select("host", "name", "amount", "unit").iter_rows():
        value = seconds(amount, unit)
        if host not in sources and value is not None:
            yield name, value


def originators_of(listed: Listed) -> dict[int, str]:
    """Return the originators that nblog.conf names otherwise than the shipped table, where all copies of it agree.

    Names are spelled as nbtrace spells them.
    """
    table = listed.originators.group_by("originator").agg(pl.col("name").unique())
    found = {number: names[0] for number, names in table.iter_rows() if len(names) == 1}
    known = {number: daemon.name if (daemon := knowledge.daemon(name)) else name for number, name in found.items()}
    shipped = {number: knowledge.originator_name(number) for number in known}
    return {number: name for number, name in known.items() if name.casefold() != shipped[number].casefold()}
