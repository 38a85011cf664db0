"""What is no list of jobs or images: problems, policies, parameters, names of originators (see ``job_facts``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.records.times import epoch_ms
from nbtrace.tables import TIME

if TYPE_CHECKING:
    from nbtrace.records.listings.scan import Rules

__all__ = ["originators", "parameters", "policies", "problems"]

_NOTHING: Final = r"(?i)^(?:\(none.*|\*NULL\*|\*ANY\*|null|none|-+)$"


def problems(lines: pl.DataFrame, rules: Rules, zone: str) -> pl.DataFrame:
    """Read ``bperror``: fact ``problem`` for each line."""
    del zone
    read = rules.read(lines, "bperror")
    time = epoch_ms(pl.col("epoch_s") + "000").cast(TIME)
    job = pl.col("job_id").cast(pl.Int64, strict=False)
    return read.select(
        "line",
        "listing",
        "program",
        fact=pl.lit("problem"),
        primary="server",
        job_id=pl.when(job > 0).then(job),
        severity=pl.col("severity").cast(pl.Int8, strict=False),
        time=time,
        seen=time,
        message=pl.col("said").fill_null(""),
    )


def policies(lines: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Read ``nbstl -l``: one row an operation, of the policy that stands above it; of several versions the last."""
    heads = rules.read(lines.filter(pl.col("rule") == "policy"), "nbstl", "policy")
    each = rules.read(lines.filter(pl.col("rule") == "mark"), "nbstl")
    if heads.is_empty() or each.is_empty():
        return pl.DataFrame(schema={"line": pl.UInt32})
    heads = heads.select("line", "listing", "slp", "classification", "version", policy=pl.col("line")).sort("line")
    joined = (
        each.drop("text", "rule", "kind", "listing", strict=False)
        .sort("line")
        .join_asof(heads, on="line", check_sortedness=False)
    )
    joined = joined.filter(pl.col("policy").is_not_null()).with_columns(
        pl.col("version", "use_for", "retention_type").cast(pl.Int32, strict=False)
    )

    def some(name: str) -> pl.Expr:
        return pl.when(~pl.col(name).str.contains(_NOTHING)).then(pl.col(name)).alias(name)

    newest = pl.col("version") == pl.col("version").max().over("listing", "slp")
    return joined.filter(newest).select(
        some("target_primary"),
        some("target_slp"),
        "slp",
        "version",
        "use_for",
        "retention_type",
        line="policy",
        classification=some("classification").fill_null(""),
        operation=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("policy"),
    )


def parameters(lines: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Read nbcl.conf: one row a parameter."""
    read = rules.read(lines, "nbcl_conf")
    return read.select("line", "unit", name="parameter", amount=pl.col("amount").cast(pl.Int64, strict=False))


def originators(lines: pl.DataFrame, rules: Rules) -> pl.DataFrame:
    """Read the table of originators in nblog.conf: one row a name."""
    read = rules.read(lines, "nblog_conf")
    number = pl.coalesce("oid", "oid_behind").cast(pl.Int32, strict=False)
    return read.select("line", originator=number, name="originator_name").filter(pl.col("originator").is_not_null())
