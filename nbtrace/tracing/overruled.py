"""Verdicts that listings decide where logs cannot: by what they say of an image, or provably do not say.

Absence from a listing proves something only within what it covers: it was printed late enough, it reaches back far
enough, nothing restricts it to other images, and no row of it could hide what is missed. Otherwise nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.listed import STOPS
from nbtrace.tables import STATE_LETTERS
from nbtrace.tracing.catalogs import covering
from nbtrace.tracing.sides import short

if TYPE_CHECKING:
    from datetime import datetime

    from nbtrace.flows import Flow

__all__ = ["Told", "overruled"]

# Why → the verdict, and the state of the step that is named.
_WHY: Final = {
    "pending": ("stalled", "overdue"),  # waits on the target, and no job carries it
    "long": ("stalled", "overdue"),  # waits for longer than the flow may take in all
    "queued": ("stalled", "overdue"),  # its job waits for too long
    "waiting": ("in_progress", "waiting"),
    "running": ("in_progress", "waiting"),
    "absent": ("stalled", "overdue"),  # its job ended well, and the catalog does not have it
    "partly": ("failed", "failed"),  # its job says that some of its images failed, and the catalog does not have it
}
_CHOOSING: Final = (
    r"(?i)\s-(?:jobid|parentid|vault|lvault|profile|client|user|file|t|s|w)\b"  # bpdbjobs: not all jobs (L)
)
_PARTIAL: Final = 1
_OPEN: Final = ("queued", "active")


@dataclass(frozen=True, slots=True)
class Told:
    """Images and steps with the verdicts that listings decide, and ``stops``: which those are, and why."""

    images: pl.DataFrame
    steps: pl.DataFrame
    stops: pl.DataFrame


def overruled(
    images: pl.DataFrame,
    steps: pl.DataFrame,
    jobs: pl.DataFrame,
    facts: pl.DataFrame,
    listings: pl.DataFrame,
    *,
    flow: Flow,
    until: datetime | None,
) -> Told:
    """Return images and steps with what listings tell of those that logs leave open.

    Args:
        images: the table of that name, without ``cause``.
        steps: the table of that name.
        jobs: the table of that name, with what listings know.
        facts: the table ``listed`` with ``who`` and ``side``.
        listings: the table of that name.
        flow: the process flow, for its deadlines.
        until: the end of what logs tell; later nobody knows more than a listing.
    """
    ours = facts.filter(pl.col("side") == "target").join(
        listings.select("log_id", "listing", "taken", "command"), on=["log_id", "listing"], how="left"
    )
    if ours.is_empty():
        return Told(images, steps, STOPS.empty())
    still = images.filter(pl.col("verdict") == "undetermined")
    found = [
        _pending(still, ours, flow, until),
        _unfinished(still, ours, flow, until),
        _gone(images, jobs, ours, facts, flow),
    ]
    stops = pl.concat([STOPS.shape(part) for part in found]).unique("image_id", keep="first", maintain_order=True)
    return _applied(images, steps, stops)


def _pending(images: pl.DataFrame, ours: pl.DataFrame, flow: Flow, until: datetime | None) -> pl.DataFrame:
    """Return images that wait on the target and are in no job: overdue, within their time, or waiting far too long."""
    batch = flow.step[flow.first_job_step - 1]
    waits = ours.filter(pl.col("fact") == "pending").sort("time", nulls_last=False).group_by("image_id").last()
    waits = waits.join(images.filter(pl.col("job_ids").list.len() == 0), on="image_id", how="semi")
    waits = waits.filter(pl.col("time").is_not_null()).select(
        "image_id", "who", "host", since="time", seen="taken", place=pl.format("{}:{}", "path", "line")
    )
    jobs = ours.filter(pl.col("fact") == "job")
    whole = ~pl.col("command").str.contains(_CHOOSING) | (
        pl.col("command").is_null() & (pl.col("job_id").n_unique().over("log_id", "listing") > 1)
    )
    spans = (
        jobs.filter(whole)
        .group_by("who", "log_id", "listing")
        .agg(reach=pl.col("time").min(), taken=pl.col("taken").first(), at=pl.format("{}:{}", "path", "line").first())
    )
    # A job without a list of its images may carry any.
    blind = jobs.filter((pl.col("job_type") == flow.job_type) & ~pl.col("complete").fill_null(value=False))
    hiding = waits.join(blind.select("who", began="time", ended="until"), on="who").filter(
        pl.col("ended").is_null() | (pl.col("ended") >= pl.col("since"))
    )
    given = pl.duration(seconds=batch.deadline_s)
    due = pl.col("since") + given
    # Jobs from before the oldest row are gone; those since then are all there, also failed ones, which go last.
    known = waits.join(spans, on="who", how="left").with_columns(
        covered=(pl.col("taken") >= pl.max_horizontal("since", "reach") + given).fill_null(value=False),
        last=pl.max_horizontal("seen", "taken"),
    )
    known = (
        known.sort("covered", "taken", descending=True, nulls_last=True)
        .group_by("image_id", maintain_order=True)
        .first()
    )
    known = known.join(hiding.select("image_id", hidden=pl.lit(value=True)).unique(), on="image_id", how="left")
    in_time = (
        (pl.col("last") > pl.col("since"))
        & (pl.col("last") < due)
        & (pl.lit(until, STOPS.schema["until"]).is_null() | (pl.lit(until, STOPS.schema["until"]) < due))
    )
    why = (
        pl.when(pl.col("covered") & pl.col("hidden").is_null())
        .then(pl.lit("pending"))
        .when(pl.col("seen") >= pl.col("since") + pl.duration(seconds=flow.total_deadline_s))
        .then(pl.lit("long"))
        .when(in_time)
        .then(pl.lit("waiting"))
    )
    step = pl.when(pl.col("why") == "long").then(len(flow.step)).otherwise(batch.number)
    evidence = pl.concat_list("place", pl.when(pl.col("why") == "pending").then("at")).list.drop_nulls()
    return (
        known.with_columns(why=why)
        .filter(pl.col("why").is_not_null())
        .with_columns(until="last", step=step, evidence=evidence)
    )


def _unfinished(images: pl.DataFrame, ours: pl.DataFrame, flow: Flow, until: datetime | None) -> pl.DataFrame:
    """Return images whose job was still queued or active when it was listed."""
    last = images.select("image_id", "last_step", job_id=pl.col("job_ids").list.last())
    jobs = ours.filter((pl.col("fact") == "job") & (pl.col("job_type") == flow.job_type) & pl.col("state").is_in(_OPEN))
    waits = ours.filter(pl.col("fact") == "pending").group_by("image_id").agg(pending=pl.col("time").max())
    jobs = jobs.join(last, on=["image_id", "job_id"], how="inner").join(waits, on="image_id", how="left")
    start = flow.first_job_step + 1
    queued = pl.col("state") == "queued"
    rest = sum(step.deadline_s for step in flow.step[start:])
    due = pl.col("since") + pl.duration(seconds=pl.when(queued).then(flow.step[start - 1].deadline_s).otherwise(rest))
    jobs = jobs.with_columns(since=pl.coalesce("time", "pending")).with_columns(due=due)
    ahead = pl.lit(until, STOPS.schema["until"]).is_null() | (pl.lit(until, STOPS.schema["until"]) < pl.col("due"))
    why = (
        pl.when(queued & (pl.col("taken") >= pl.col("due")))
        .then(pl.lit("queued"))
        .when((pl.col("taken") < pl.col("due")) & ahead)
        .then(pl.when(queued).then(pl.lit("waiting")).otherwise(pl.lit("running")))
    )
    step = pl.when(queued).then(start).otherwise(pl.max_horizontal(pl.col("last_step") + 1, pl.lit(start + 1)))
    return (
        jobs.with_columns(why=why)
        .filter(pl.col("why").is_not_null())
        .with_columns(
            until="taken",
            step=step.clip(upper_bound=len(flow.step)),
            evidence=pl.concat_list(pl.format("{}:{}", "path", "line")),
        )
    )


def _gone(
    images: pl.DataFrame, jobs: pl.DataFrame, ours: pl.DataFrame, facts: pl.DataFrame, flow: Flow
) -> pl.DataFrame:
    """Return images whose job ended, and that a list of the catalog which covers them does not hold."""
    ends = jobs.explode("images").select(image_id="images", job_id="job_id", status_code="status_code", end="end_time")
    last = images.filter(pl.col("verdict").is_in(["imported", "undetermined"])).select(
        "image_id",
        "client",
        "backup_time",
        "verdict",
        who=short(pl.col("primary")),
        job_id=pl.col("job_ids").list.last(),
    )
    listed = facts.filter(pl.col("fact") == "catalog").select("image_id")
    asked = last.join(ends, on=["image_id", "job_id"], how="inner").join(listed, on="image_id", how="anti")
    well = (pl.col("verdict") == "imported") & (pl.col("status_code") == 0)
    partly = (pl.col("verdict") == "undetermined") & (pl.col("status_code") == _PARTIAL)
    asked = asked.with_columns(why=pl.when(well).then(pl.lit("absent")).when(partly).then(pl.lit("partly")))
    found = covering(asked.filter(pl.col("why").is_not_null()), ours.filter(pl.col("fact") == "catalog"), jobs)
    records = (
        ours.filter(pl.col("fact") == "job")
        .select("image_id", "job_id", at=pl.format("{}:{}", "path", "line"))
        .unique(["image_id", "job_id"])
    )
    found = found.join(records, on=["image_id", "job_id"], how="left")
    return found.with_columns(
        since="end",
        until="taken",
        step=pl.lit(len(flow.step)),
        evidence=pl.concat_list("at", "place").list.drop_nulls(),
    )


def _applied(images: pl.DataFrame, steps: pl.DataFrame, stops: pl.DataFrame) -> Told:
    """Write the verdicts into the images, and the states into the steps of their last attempt."""
    verdicts, states = ({why: pair[at] for why, pair in _WHY.items()} for at in (0, 1))
    decided = stops.select(
        "image_id",
        at="step",
        new=pl.col("why").replace_strict(verdicts, return_dtype=pl.String),
        state_there=pl.col("why").replace_strict(states, return_dtype=pl.String),
        code=pl.when(pl.col("why") == "partly").then(pl.lit(_PARTIAL, pl.Int32)),
    )
    number, chosen = pl.col("step"), pl.col("attempt") == pl.col("attempt").max().over("image_id")
    state = (
        pl.when(~chosen | pl.col("at").is_null() | (number < pl.col("at")))
        .then("state")
        .when(number == pl.col("at"))
        .then("state_there")
        .otherwise(pl.lit("unreached"))
    )
    told = (
        steps.join(decided, on="image_id", how="left", maintain_order="left")
        .with_columns(state=state)
        .select(steps.columns)
    )
    letters = (
        told.filter(chosen)
        .sort("step")
        .group_by("image_id")
        .agg(letters=pl.col("state").replace_strict(STATE_LETTERS, return_dtype=pl.String).str.join(""))
    )
    known = images.join(decided, on="image_id", how="left", maintain_order="left").join(
        letters, on="image_id", how="left", maintain_order="left"
    )
    changed = pl.col("new").is_not_null()
    known = known.with_columns(
        verdict=pl.coalesce("new", "verdict"),
        step_states=pl.when(changed).then("letters").otherwise("step_states"),
        last_step=pl.when(changed).then(pl.min_horizontal("last_step", pl.col("at") - 1)).otherwise("last_step"),
        failed_step=pl.when(changed).then(pl.when(pl.col("new") != "in_progress").then("at")).otherwise("failed_step"),
        status_code=pl.when(changed).then("code").otherwise("status_code"),
    )
    return Told(known.select(images.columns), told, stops)
