"""What the lists of images say, on the target and on the source: rows of the table ``listed`` (see ``job_facts``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.records.listings.dates import moments
from nbtrace.records.listings.jobs import BACKUP_ID
from nbtrace.records.times import epoch_ms
from nbtrace.tables import TIME

if TYPE_CHECKING:
    from nbtrace.records.listings.scan import Rules

__all__ = ["blocks", "catalog", "lifecycles", "replicas"]

_NOTHING: Final = r"(?i)^(?:\(none.*|\*NULL\*|null|none|-+|0)$"  # how commands write that there is nothing (V)
_QUOTED: Final = 400  # characters of a line that are kept as its message
_GUID: Final = r"^\{?[0-9A-Fa-f]{8}-[0-9A-Fa-f-]{20,30}\}?$"
_HEADER_ONLY: Final = 1  # image type of a manual import of which only the header is read (V)
# Fields of an IMAGE line behind the backup id, and of a FRAG line behind the copy (IMGLIST, V).
_BEGUN, _ELAPSED, _TYPE, _SLP, _GUID_FROM, _ORIGIN = 7, 8, 22, 45, 46, 50
_FRAG_HOST, _COPIED = 7, 22
# Names of fields that stand for when an image became pending: the latest of them is taken (L: what each means is not known).
_SINCE: Final = ("timeinprocess", "importfromreplicatime", "created", "createdtime", "createddate")
_OF_A_REPLICA: Final = r"replica|target|destination|remote"
_PENDING: Final = frozenset({"14"})  # state of a copy on the source side: import pending (V: CHEAT)


def blocks(lines: pl.DataFrame, rules: Rules, zone: str) -> pl.DataFrame:
    """Read blocks of ``Key : value``: fact ``pending`` of ``pendimplist``, ``replica`` of ``repllist``.

    A block begins where the first key of its listing comes again, or a second backup id. Which command printed it is told
    by the command in front, else by its keys: only a target knows the primary from which an image came.
    """
    read = rules.read(lines.drop("rule"), "pendimplist", "field").filter(pl.col("key").is_not_null())
    name = pl.col("key").str.to_lowercase().str.replace_all("[^a-z]", "")
    value = pl.col("value").str.strip_chars()
    read = read.with_columns(name=name, value=pl.when(~value.str.contains(_NOTHING)).then(value))
    first = pl.col("name").first().over("listing")
    starts = (pl.col("name") == first).cum_sum()
    one_each = (pl.col("name") == "backupid").sum().over("listing") == (pl.col("name") == first).sum().over("listing")
    read = read.with_columns(block=pl.when(one_each).then(starts).otherwise((pl.col("name") == "backupid").cum_sum()))

    def of(*names: str) -> pl.Expr:
        return pl.coalesce(pl.col("value").filter(pl.col("name") == wanted).drop_nulls().first() for wanted in names)

    said = pl.format("{}: {}", "key", "value").filter(pl.col("value").is_not_null()).str.join(", ").str.head(_QUOTED)
    found = (
        read.group_by("listing", "block", maintain_order=True)
        .agg(
            pl.col("line").filter(pl.col("name") == "backupid").first(),
            image_id=of("backupid").str.extract(rf"^({BACKUP_ID})\b"),
            primary=of("masterserver", "primaryserver"),
            source_primary=of("originmasterserver", "originprimaryserver", "originatingmasterserver"),
            slp=of("storagelifecyclepolicy", "lifecycle", "slp"),
            state=of("storagelifecyclestate", "state"),
            media_server=of("mediaserver"),
            since=pl.col("value").filter(pl.col("name").is_in(_SINCE)),
            replica=pl.col("name").str.contains(_OF_A_REPLICA).any()
            & ~pl.col("name").str.contains("^(?:origin|import)").any(),
            message=said,
        )
        .filter(pl.col("image_id").is_not_null())
    )
    since, local = moments(found.select("since").explode("since")["since"], zone)
    latest = (
        found.select("line", "since")
        .explode("since")
        .with_columns(time=since)
        .group_by("line")
        .agg(pl.col("time").max())
    )
    found = found.drop("since").join(latest, on="line", how="left", maintain_order="left")
    fact = pl.when("replica").then(pl.lit("replica")).otherwise(pl.lit("pending"))
    return found.with_columns(fact=fact, seen="time", local=pl.lit(local)).drop("block", "replica")


def replicas(lines: pl.DataFrame, rules: Rules, zone: str) -> pl.DataFrame:
    """Read the lines below ``repllist`` that name an image: fact ``replica``."""
    del zone
    read = rules.read(lines.filter(pl.col("rule") == "replica"), "repllist", "replica")
    return read.select("line", "listing", "image_id", fact=pl.lit("replica"), message=pl.col("text").str.head(_QUOTED))


def lifecycles(lines: pl.DataFrame, rules: Rules, zone: str) -> pl.DataFrame:
    """Read ``stlilist``: fact ``lifecycle`` for each image, and for each of its copies.

    A copy that waits for its import can only be one of a source, an import only one of a target.
    """
    del zone
    images = rules.read(lines.filter(pl.col("rule") == "mark"), "stlilist").with_columns(state="image_state")
    copies = rules.read(lines.filter(pl.col("rule") == "copy_line"), "stlilist", "copy_line").with_columns(
        state="copy_state"
    )
    read = pl.concat([images, copies], how="diagonal_relaxed").sort("line")
    state = pl.col("state").str.strip_chars()
    kind = pl.col("copy_type").str.to_uppercase() if "copy_type" in read.columns else pl.lit(None, pl.String)
    waits = state.str.to_uppercase().str.contains(r"IMPORT.?PENDING") | state.str.extract("^([0-9]+)").is_in(_PENDING)
    side = (
        pl.when(waits | kind.str.contains("REPL"))
        .then(pl.lit("source"))
        .when(kind.str.contains("IMPORT"))
        .then(pl.lit("target"))
    )
    return read.select(
        "line",
        "listing",
        pl.col("image_id", "slp").forward_fill().over("listing"),
        fact=pl.lit("lifecycle"),
        state=pl.when(waits).then(pl.lit("import pending")).otherwise(state),
        side=side,
        message=pl.col("text").str.strip_chars().str.head(_QUOTED),
    ).filter(pl.col("image_id").is_not_null())


def catalog(lines: pl.DataFrame, rules: Rules, zone: str) -> pl.DataFrame:
    """Read ``bpimagelist -l``: fact ``catalog`` for each image.

    ``complete`` is false for the mere header of a manual import; ``until`` is when a copy was made, where fragments tell.
    """
    del zone
    images = rules.read(lines.filter(pl.col("rule") == "mark"), "bpimagelist")
    if images.is_empty():
        return images.select("line", "listing").clear()
    pieces = rules.read(lines.filter(pl.col("rule") == "fragment_line"), "bpimagelist", "fragment_line")
    made = _fragments(images, pieces)

    def at(place: int) -> pl.Expr:
        return pl.col("tail").list.get(place, null_on_oob=True)

    def some(text: pl.Expr) -> pl.Expr:
        return pl.when(~text.str.contains(_NOTHING)).then(text)

    tail = pl.col("tail").str.extract_all(r"[^ \t]+")
    guid = pl.col("tail").list.slice(_GUID_FROM).list.eval(pl.element().str.contains(_GUID)).list.arg_max()
    is_there = pl.col("tail").list.slice(_GUID_FROM).list.eval(pl.element().str.contains(_GUID)).list.any()
    origin = (
        pl.when(is_there).then(pl.col("tail").list.get(guid + _GUID_FROM - 1, null_on_oob=True)).otherwise(at(_ORIGIN))
    )
    begun = epoch_ms(at(_BEGUN) + "000").cast(TIME)
    elapsed = pl.duration(seconds=at(_ELAPSED).str.extract("^([0-9]{1,7})$").cast(pl.Int64))
    read = images.with_columns(tail=tail).join(made, on="line", how="left", maintain_order="left")
    return read.select(
        "line",
        "listing",
        "image_id",
        "until",
        "media_server",
        fact=pl.lit("catalog"),
        slp=some(at(_SLP)),
        source_primary=some(origin),
        complete=at(_TYPE).cast(pl.Int64, strict=False).ne_missing(_HEADER_ONLY),
        message=pl.col("text").str.head(_QUOTED),
        seen=pl.max_horizontal("until", begun + elapsed, begun),
    )


def _fragments(images: pl.DataFrame, pieces: pl.DataFrame) -> pl.DataFrame:
    """Return for the line of each image when its last fragment was copied, and the media server of its first."""
    if pieces.is_empty():
        return pl.DataFrame(schema={"line": pl.UInt32, "until": TIME, "media_server": pl.String})
    tail = pl.col("fragment_tail").str.extract_all(r"[^ \t]+")
    told = pieces.select(
        "line",
        copied=epoch_ms(tail.list.get(_COPIED, null_on_oob=True) + "000").cast(TIME),
        host=tail.list.get(_FRAG_HOST, null_on_oob=True).str.extract(r"^([A-Za-z][A-Za-z0-9._-]*)$"),
    )
    owner = images.select("line", image=pl.col("line")).sort("line")
    joined = told.sort("line").join_asof(owner, on="line", strategy="backward", check_sortedness=False)
    return joined.group_by(line="image").agg(
        until=pl.col("copied").max(), media_server=pl.col("host").drop_nulls().first()
    )
