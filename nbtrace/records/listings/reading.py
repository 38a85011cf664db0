"""One file of listings → the tables of ``Listed``, and its figures as the engines count logs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.listed import LISTED, LISTINGS, ORIGINATORS, PARAMETERS, POLICIES, Listed
from nbtrace.records.listings import image_facts, job_facts, other_facts
from nbtrace.records.listings.dates import moments
from nbtrace.records.listings.scan import scan
from nbtrace.tables import STATS, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrace.records.chunks import Source
    from nbtrace.records.listings.scan import Rules

__all__ = ["ListingRead", "read_listing"]

_READERS: Final = {
    "bpdbjobs": job_facts.jobs,
    "job_details": job_facts.details,
    "pendimplist": image_facts.blocks,
    "stlilist": image_facts.lifecycles,
    "repllist": image_facts.replicas,
    "bpimagelist": image_facts.catalog,
    "bperror": other_facts.problems,
}
_FACTS: Final = {"pendimplist": "pending", "repllist": "replica", "stlilist": "lifecycle"}
_SIDES: Final = {"pending": "target", "replica": "source"}  # whose such a list can only be (D: import-flow.md §2.5)
_COMMANDS: Final = r"(pendimplist|repllist|stlilist)"
_JOB_FILE: Final = re.compile(r"(?:^|[/\\])(?:.*job\D{0,12})?(\d{1,10})(?:_\w+)?\.(?:t|txt|log)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ListingRead:
    """What one file says; ``stats`` has one row for each kind of listing in it, ``local`` whether it holds local times."""

    listed: Listed
    stats: pl.DataFrame
    local: bool


def read_listing(stream: Source, log: Mapping[str, Any], rules: Rules) -> ListingRead:
    """Read one file that holds listings, whatever else it holds.

    Args:
        stream: the bytes of the file.
        log: its row of the table ``logs``: log_id, path, host, zone.
        rules: the rules of the listing grammars.

    Raises:
        OSError: the file cannot be read.
    """
    name = re.split(r"[/\\]", log["path"])[-1]
    zone = str(log["zone"] or "UTC")
    lines = scan(stream, rules, loose="repllist" in name.casefold())
    heads = _heads(lines, rules, zone)
    facts = [LISTED.empty().with_columns(seen=pl.lit(None, TIME), local=pl.lit(None, pl.Boolean))]
    for kind, reader in _READERS.items():
        mine = lines.filter(pl.col("kind") == kind)
        if mine.is_empty():
            continue
        found = reader(mine.drop("kind"), rules, zone)
        facts.append(_completed(found, heads, kind, name, log))
    said = pl.concat(facts, how="diagonal_relaxed").sort("line", maintain_order=True)
    of_file = [pl.lit(log[column], dtype).alias(column) for column, dtype in _OF_FILE.items()]
    policies, parameters, originators = (
        table.shape(reader(lines.filter(pl.col("kind") == kind), rules).with_columns(of_file))
        for kind, table, reader in (
            ("nbstl", POLICIES, other_facts.policies),
            ("nbcl_conf", PARAMETERS, other_facts.parameters),
            ("nblog_conf", ORIGINATORS, other_facts.originators),
        )
    )
    listings = LISTINGS.shape(_listings(lines, said, heads).with_columns(of_file))
    listed = Listed(LISTED.shape(said), listings, policies, parameters, originators)
    return ListingRead(
        listed, _stats(lines, said, listings, log), local=bool((said["local"].fill_null(value=False)).any())
    )


_OF_FILE: Final[dict[str, Any]] = {"log_id": pl.UInt32, "path": pl.String, "host": pl.String}


def _heads(lines: pl.DataFrame, rules: Rules, zone: str) -> pl.DataFrame:
    """Return for each ``listing`` the ``command`` above it, the ``prompt_host`` in its prompt, and the time ``printed``."""
    around = lines.filter(pl.col("kind") == "commands")
    prompt = rules.parts["prompt"].pattern
    commands = around.filter(pl.col("rule") == "command").group_by("listing", maintain_order=True).last()
    told = commands.select(
        "listing", command="text", prompt_host=pl.col("text").str.extract_groups(prompt).struct.field("prompt_host")
    )
    own = lines.filter((pl.col("kind") == "repllist") & (pl.col("rule") == "mark"))
    own = own.select(
        "listing", command="text", prompt_host=pl.col("text").str.extract_groups(prompt).struct.field("prompt_host")
    )
    told = pl.concat([told, own]).unique("listing", keep="last", maintain_order=True)
    dates = around.filter(pl.col("rule") == "printed")
    times, _ = moments(dates["text"], zone)
    stamps = dates.select("line", printed=times)
    first = lines.group_by("listing", maintain_order=True).agg(pl.col("line").min())
    near = first.sort("line").join_asof(stamps, on="line", strategy="backward", check_sortedness=False)
    return near.join(told, on="listing", how="left").drop("line")


def _completed(found: pl.DataFrame, heads: pl.DataFrame, kind: str, name: str, log: Mapping[str, Any]) -> pl.DataFrame:
    """Add to facts what the file and the command around them say: which command it was, which host, which job."""
    found = found.join(heads, on="listing", how="left", maintain_order="left")
    known = [column for column in ("primary", "side", "fact", "job_id") if column in found.columns]
    found = found.with_columns(
        pl.lit(None).alias(column) for column in ("primary", "side", "job_id") if column not in known
    )
    command = pl.col("command").str.to_lowercase().str.extract(_COMMANDS)
    named = pl.lit(next((word for word in _FACTS if word in name.casefold()), None), pl.String)
    which = pl.coalesce(command, named) if kind == "pendimplist" else pl.lit(None, pl.String)
    fact = pl.coalesce(which.replace_strict(_FACTS, default=None, return_dtype=pl.String), "fact")
    in_name = _JOB_FILE.search(log["path"]) if kind == "job_details" else None
    job = pl.lit(int(in_name[1]) if in_name else None, pl.Int64)
    kinds = {fact: kind for kind, fact in _FACTS.items()}
    return found.with_columns(
        fact=fact,
        kind=pl.lit(kind) if kind not in _FACTS else fact.replace_strict(kinds, default=kind, return_dtype=pl.String),
        primary=pl.coalesce(pl.col("primary").cast(pl.String), "prompt_host"),
        side=pl.coalesce(
            pl.col("side").cast(pl.String), fact.replace_strict(_SIDES, default=None, return_dtype=pl.String)
        ),
        job_id=pl.coalesce(pl.col("job_id").cast(pl.Int64), job),
        host_source=pl.lit(log.get("host_source"), pl.String),
        **{column: pl.lit(log[column], dtype) for column, dtype in _OF_FILE.items()},
    ).drop("command", "prompt_host")


def _listings(lines: pl.DataFrame, said: pl.DataFrame, heads: pl.DataFrame) -> pl.DataFrame:
    """Return the table ``listings`` without the file's own columns."""
    kinds = said.group_by("listing").agg(named=pl.col("kind").first(), seen=pl.col("seen").max())
    of_lines = lines.filter(pl.col("kind") != "commands").group_by("listing", maintain_order=True)
    found = of_lines.agg(pl.col("kind").first(), pl.col("line").min())
    found = found.join(kinds, on="listing", how="left").join(heads, on="listing", how="left").sort("line")
    return found.with_columns(kind=pl.coalesce("named", "kind"), taken=pl.max_horizontal("printed", "seen"))


def _stats(lines: pl.DataFrame, said: pl.DataFrame, listings: pl.DataFrame, log: Mapping[str, Any]) -> pl.DataFrame:
    """Return the figures of the file: one row for each kind of listing in it."""
    at = pl.concat_list("time", "until", "seen")
    told = said.group_by("kind").agg(
        entries=pl.col("line").n_unique(),
        first_time=at.list.min().min(),
        last_time=at.list.max().max(),
    )
    marked = lines.filter((pl.col("rule") == "mark") & ~pl.col("kind").is_in(list(_READERS)))
    settings = marked.group_by("kind").agg(entries=pl.len())
    printed = listings.group_by("kind").agg(pl.col("taken").max())
    found = pl.concat([told, settings], how="diagonal_relaxed").join(printed, on="kind", how="left")
    found = found.with_columns(last_time=pl.coalesce("taken", "last_time")).sort("kind").rename({"kind": "log"})
    fixed = {"log_id": log["log_id"], "unparsed": 0, "repaired": 0, "date_assumed": False}
    return STATS.shape(found.with_columns(pl.lit(value).alias(name) for name, value in fixed.items()))
