"""Messages → shapes: what is left of a message when its ids, numbers and names are taken out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["IMAGE", "JOB", "NAME", "NUMBER", "names_of", "with_shapes"]

# What stands in a shape for a backup id, a job id, another number, a name of the site.
IMAGE: Final = "<image>"
JOB: Final = "<job>"
NUMBER: Final = "<number>"
NAME: Final = "<name>"

_ID: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*_[0-9]{10}"  # identifiers.lark, rule backup_id
_WORD: Final = r"[A-Za-z0-9@](?:[A-Za-z0-9._@+-]*[A-Za-z0-9])?"
_PIECE: Final = rf"{_ID}|{_WORD}|[^A-Za-z0-9@]+"  # every character of a message is in one piece
_OBJECT: Final = r"^C[0-9]+_[A-Z]+[0-9]*$"  # identifiers.lark, rule object: the tail of a storage object's name
_LONGEST: Final = 1000  # characters of a message that is worth a rule
_SITE: Final = (
    r"[0-9]|^@aaaa|\..+\."  # with a digit, of a disk volume (identifiers.lark, rule media_id), of a host with domain
)
_NAMELIKE: Final = r"[^A-Za-z]|[a-z][A-Z]"  # a name that is a plain word could be any word of a sentence


def names_of(images: pl.DataFrame, jobs: pl.DataFrame, logs: pl.DataFrame) -> list[str]:
    """Return the names of this site that can stand in messages: hosts, SLPs, disk volumes, storage servers."""
    columns = [
        *(images[name] for name in ("slp", "source_primary", "primary", "media_server")),
        *(jobs[name] for name in ("slp", "storage_server", "disk_volume", "media_server")),
        logs["host"],
    ]
    whole = pl.concat([column.rename("name") for column in columns]).drop_nulls()
    short = whole.str.extract(r"^([^.]+)\.", 1).drop_nulls()
    names = pl.concat([whole, short]).unique()
    return names.filter(names.str.contains(_NAMELIKE)).sort().to_list()


def with_shapes(rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Add to records what their messages have in common with others.

    Args:
        rows: records with ``message`` and ``job_id``.
        names: what names of the site look like in messages; words with a digit in them count as such anyway.

    Adds ``pieces`` (the message, cut into words and what stands between them), ``kinds`` (the same with a placeholder
    for each id, number and name) and ``shape`` (the kinds as one text). A lone zero stays: it is how success is spelt.
    What is too long for a rule has no shape (null).
    """
    message = pl.col("message")
    rows = rows.with_row_index("row").with_columns(
        pieces=pl.when(message.str.len_chars() <= _LONGEST).then(message.str.extract_all(_PIECE))
    )
    kinds = (
        rows.select("row", "job_id", piece="pieces")
        .explode("piece")
        .drop_nulls("piece")
        .with_columns(kind=_kind(pl.col("piece"), names))
        .group_by("row", maintain_order=True)
        .agg(kinds=pl.col("kind"))
    )
    return (
        rows.join(kinds, on="row", how="left", maintain_order="left")
        .with_columns(shape=pl.col("kinds").list.join(""))
        .drop("row")
    )


def _kind(piece: pl.Expr, names: Sequence[str]) -> pl.Expr:
    """Return the placeholder of a piece, or the piece itself where it is a word or stands between words."""
    known = pl.Series(names, dtype=pl.String)
    return (
        pl.when(piece.str.contains(f"^{_ID}$"))
        .then(pl.lit(IMAGE))
        .when(piece == pl.col("job_id").cast(pl.String))
        .then(pl.lit(JOB))
        .when((piece == "0") | piece.str.contains(_OBJECT))
        .then(piece)
        .when(piece.str.contains("^[1-9][0-9]*$"))
        .then(pl.lit(NUMBER))
        .when(piece.is_in(known.implode()) | piece.str.contains(_SITE))
        .then(pl.lit(NAME))
        .otherwise(piece)
    )
