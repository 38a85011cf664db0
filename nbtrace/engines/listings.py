"""Read every file of a bundle that holds listings."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import polars as pl

from nbtrace.records.listings import Rules, read_listing
from nbtrace.listed import LISTED, LISTINGS, PARAMETERS, POLICIES, Listed

if TYPE_CHECKING:
    from nbtrace.bundle import Bundle
    from nbtrace.grammar.library import Library
    from nbtrace.records.listings import ListingRead

__all__ = ["Listings", "read_listings"]


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
    tables = (LISTED, LISTINGS, POLICIES, PARAMETERS)
    listed = Listed(*(
        pl.concat([table.empty(), *(getattr(one.listed, field.name) for one in read)])
        for table, field in zip(tables, fields(Listed), strict=True)
    ))
    epochs = pl.col("log_id").is_in(exact)
    files = bundle.listings.with_columns(
        zone=pl.when(epochs).then(pl.lit("UTC")).otherwise("zone"),
        zone_source=pl.when(epochs).then(pl.lit("epoch")).otherwise("zone_source"),
    )
    return Listings(listed, files, [one.stats for one in read], unreadable)
