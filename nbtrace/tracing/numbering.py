"""Which job a number means: job ids are unique in one domain only, and for a time only.

A bundle may hold the logs of two primaries that both had a job 815, or logs from before and after a catalog was set up
anew and the numbers began again. So jobs go through the stage under keys: the job id itself, plus a large multiple for
each further domain and time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from nbtrace.flows import Flow

__all__ = ["job_ids", "keyed", "with_keys"]

_BEYOND: Final = 10**11  # greater than any job id: they have ten digits at the most (log-formats.md §8)
_AGAIN: Final = pl.duration(days=7)  # I: a job of which nobody speaks for so long is over, and its number another job's


def job_ids(keys: pl.Expr) -> pl.Expr:
    """Return the job ids that belong to these keys."""
    return keys % _BEYOND


def keyed(facts: pl.DataFrame, carried: pl.DataFrame) -> pl.DataFrame:
    """Return what listings say with the keys of the jobs that they mean, where logs know several jobs of one number.

    Args:
        facts: the table ``listed``, with ``who``.
        carried: the jobs of the flow as logs know them: image_id and job_id, which are keys.

    A job that carries an image in the logs is the same in the list; the other rows of a primary are of its domain.
    """
    known = carried.select("image_id", key="job_id").drop_nulls().with_columns(job_id=job_ids(pl.col("key")))
    if known.filter(pl.col("key") != pl.col("job_id")).is_empty() or facts.is_empty():
        return facts
    pairs = facts.select("who", "image_id", "job_id").drop_nulls().join(known, on=["image_id", "job_id"])
    sure = pairs.group_by("who", "job_id").agg(pl.col("key").min())
    beyond = pairs.select("who", times=pl.col("key") // _BEYOND).group_by("who").agg(pl.col("times").mode().min())
    found = facts.join(sure, on=["who", "job_id"], how="left", maintain_order="left")
    found = found.join(beyond, on="who", how="left", maintain_order="left")
    key = pl.coalesce("key", pl.col("job_id") + pl.col("times") * _BEYOND, "job_id")
    return found.with_columns(job_id=key).drop("key", "times")


def with_keys(rows: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the rows with keys instead of job ids in the column ``job``.

    Args:
        rows: records with ``host``, ``speaker``, ``time``, ``images``, ``media_server`` and ``job``.
        flow: the process flow.
    """
    known = rows.filter(pl.col("job").is_not_null()).select("entry", "host", "speaker", "time", "images", "job")
    domains = _domains(rows, known, flow)
    span = known.select(pl.col("time").max() - pl.col("time").min() > _AGAIN).item()
    if domains is None and not span:
        return rows  # the usual bundle: one domain, and nights that lie together
    placed = known.with_columns(domain=pl.lit(0)) if domains is None else _placed(known, domains)
    placed = placed.sort("domain", "job", "time", nulls_last=True)
    again = (pl.col("time").diff() > _AGAIN).fill_null(value=False).cum_sum().over("domain", "job")
    placed = placed.with_columns(again=again)
    times = placed.select(pl.struct("domain", "again").rank("dense").alias("times").cast(pl.Int64), "entry", "job")
    keys = times.select("entry", key=pl.col("job") + (pl.col("times") - 1) * _BEYOND)
    joined = rows.join(keys, on="entry", how="left", maintain_order="left")
    return joined.with_columns(job=pl.col("key")).drop("key")


def _domains(rows: pl.DataFrame, known: pl.DataFrame, flow: Flow) -> pl.DataFrame | None:
    """Return the domain (Int32) of each ``host``, null where nothing tells; ``None`` where there is only one.

    Each domain has one primary, and its jobs are numbered there. Two hosts that are primaries in the logs are two domains
    where they speak of the same job id and not of the same image with it, as the nodes of a cluster do.
    """
    primaries = [each.name for each in flow.speaker if each.role == "primary" and (each.submits or each.anchors)]
    spoken = known.filter(pl.col("speaker").is_in(primaries))
    jobs = spoken.select("speaker", "host", "job").unique()
    if jobs.filter(pl.col("host").n_unique().over("speaker", "job") > 1).is_empty():
        return None  # no job id is used twice by the same daemon
    several = jobs.group_by("speaker").agg(pl.col("host").unique()).filter(pl.col("host").list.len() > 1)
    centers = several.select(pl.col("host").explode().unique().sort()).with_row_index("domain")
    centers = centers.with_columns(pl.col("domain").cast(pl.Int32))
    carried = spoken.explode("images").select("host", "job", "images").drop_nulls().unique()
    pairs = carried.join(centers, on="host").with_columns(least=pl.col("domain").min().over("job", "images"))
    same = pairs.group_by("host").agg(pl.col("least").min())
    centers = centers.join(same, on="host", how="left").select("host", domain=pl.coalesce("least", "domain"))
    if centers["domain"].n_unique() == 1:
        return None
    return pl.concat([centers, _voted(rows, centers)])


def _voted(rows: pl.DataFrame, centers: pl.DataFrame) -> pl.DataFrame:
    """Return the domain of each other host: the one whose primary names the same images, or names the host."""
    named = rows.explode("images").select("host", "images").drop_nulls().unique()
    here = named.join(centers, on="host").select("images", "domain").unique()
    others = named.join(centers, on="host", how="anti").join(here, on="images")
    short = pl.col("name").str.to_lowercase().str.split(".").list.first()
    hosts = rows.select(name="host").unique().select(short=short, host="name")
    hosts = hosts.join(centers, on="host", how="anti")
    told = rows.join(centers, on="host").select("domain", name="media_server").drop_nulls()
    called = told.select("domain", short=short).join(hosts, on="short")
    votes = pl.concat([others.select("host", "domain"), called.select("host", "domain")])
    counts = votes.group_by("host", "domain").len().sort("host", "len", descending=[False, True])
    best = counts.group_by("host", maintain_order=True).agg(
        pl.col("domain").first(), sure=pl.col("len").first() > pl.col("len").slice(1).first().fill_null(0)
    )
    return best.filter("sure").select("host", "domain")


def _placed(known: pl.DataFrame, domains: pl.DataFrame) -> pl.DataFrame:
    """Return the records with their ``domain``; of hosts without one that of the record of the same job that is nearest."""
    rows = known.join(domains, on="host", how="left")
    sure = rows.filter(pl.col("domain").is_not_null())
    unsure = rows.filter(pl.col("domain").is_null()).drop("domain")
    timed = sure.filter(pl.col("time").is_not_null()).select("time", "job", "domain").sort("time")
    found = unsure.sort("time").join_asof(timed, on="time", by="job", strategy="nearest", check_sortedness=False)
    return pl.concat([sure, found.with_columns(pl.col("domain").fill_null(-1))])
