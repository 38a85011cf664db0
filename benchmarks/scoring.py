"""Compare what an analysis found with what is true: images, zones and clocks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.tables import TIME

if TYPE_CHECKING:
    from nbtrace.simulator import Truth
    from nbtrace.tables import Result

__all__ = ["COMPARED", "GAPS", "clocks", "figures", "images", "skews", "wrong", "zones"]

GAPS: Final = ("M", "O")
COMPARED: Final[dict[str, Any]] = {
    "verdict": pl.String,
    "failed_step": pl.Int8,
    "status_code": pl.Int32,
    "cause": pl.String,
    "job_ids": pl.List(pl.Int64),
    "step_states": pl.String,
}
_NEAR: Final = pl.duration(seconds=450)  # half of a quarter of an hour, to which zones are apart
_STEPS: Final = 8


def images(truth: Truth, result: Result) -> pl.DataFrame:
    """Return one row for each image of the truth or of the result.

    ``scenario`` is that of the truth; ``noise`` for an image id of ordinary work and ``unknown`` for one that the truth
    does not know. Boolean columns say what is right; they are null where the question does not arise (the status code
    of an image that did not fail, or any but the verdict where this is ``cautious``).
    """
    true = pl.DataFrame(
        [{name: getattr(image, name) for name in ("image_id", "scenario", *COMPARED)} for image in truth.images],
        schema={"image_id": pl.String, "scenario": pl.String} | COMPARED,
        orient="row",
    )
    noise = pl.col("image_id").is_in(truth.noise_ids)
    both = true.join(
        result.images.select("image_id", *COMPARED), on="image_id", how="full", coalesce=True, suffix="_found"
    ).filter(~pl.col("image_id").is_in(truth.invisible_ids))
    both = both.with_columns(
        known=pl.col("scenario").is_not_null(),
        found=pl.col("scenario").is_not_null() & pl.col("verdict_found").is_not_null(),
        scenario=pl.coalesce("scenario", pl.when(noise).then(pl.lit("noise")).otherwise(pl.lit("unknown"))),
        full=pl.lit(not truth.removed_logs and not truth.losses and not truth.options.get("levels")),
    )
    cautious = (pl.col("verdict_found") == "undetermined") & (pl.col("verdict") != "undetermined") & ~pl.col("full")
    both = both.with_columns(cautious=cautious.fill_null(value=False))
    asked = pl.col("known") & ~pl.col("cautious")
    # Of an undetermined image they tell the failure before a retry that may be unseen, which is no verdict on it.
    open_ones = (pl.col("verdict_found") == "undetermined").fill_null(value=False)
    both = both.with_columns(failed_step_found=pl.when(~open_ones).then("failed_step_found"))
    stopped = asked & (pl.col("failed_step").is_not_null() | pl.col("failed_step_found").is_not_null())
    questions = {
        "verdict": asked,
        "failed_step": stopped,
        "status_code": asked & (pl.col("verdict") == "failed"),
        "cause": asked & pl.col("cause").is_not_null(),
        "job_ids": pl.col("known"),
        "step_states": asked,
    }
    letters = [
        (pl.col("step_states").str.slice(n, 1), pl.col("step_states_found").str.slice(n, 1)) for n in range(_STEPS)
    ]
    return both.with_columns(
        *(
            pl.when(applies).then(pl.col(name).eq_missing(pl.col(f"{name}_found"))).alias(f"{name}_right")
            for name, applies in questions.items()
        ),
        gaps=pl.col("step_states").str.count_matches("[MO]").fill_null(0),
        false_gaps=pl.sum_horizontal(
            (found.is_in(GAPS) & ~true.is_in(GAPS)).fill_null(value=False) for true, found in letters
        ),
        missed_gaps=pl.sum_horizontal(
            (true.is_in(GAPS) & ~found.is_in(GAPS)).fill_null(value=False) for true, found in letters
        ),
    )


def figures() -> list[pl.Expr]:
    """Return the figures over measured images: counts, and shares in percent of those where the question arises."""
    share = [pl.col(f"{name}_right").mean().mul(100).alias(name) for name in COMPARED]
    return [
        pl.col("known").sum().alias("images"),
        pl.col("found").filter("known").mean().mul(100).alias("found"),
        pl.col("scenario").is_in(["noise", "unknown"]).sum().alias("spurious"),
        *share,
        pl.col("false_gaps", "missed_gaps", "gaps", "cautious").sum(),
    ]


def wrong() -> pl.Expr:
    """Tell whether something that a bar asks for is wrong in a measured image."""
    names = ("verdict", "failed_step", "cause", "step_states")
    strange = ~pl.col("known") | ~pl.col("found") | (pl.col("false_gaps") > 0)
    return (strange | pl.any_horizontal(~pl.col(f"{name}_right") for name in names)).fill_null(value=False)


def zones(truth: Truth, result: Result) -> pl.DataFrame:
    """Return one row for each log with local times: ``host, log, pairs, zone, zone_source, right``.

    A zone is right where the first and the last time of the log come out as they are, by the log's own clock; ``pairs``
    counts the images whose lines tell the zone of the host.
    """
    schema = {"host": pl.String, "log": pl.String, "originator": pl.Int32, "first": pl.String, "last": pl.String}
    pairs = {host["name"]: host.get("pairs", 0) for host in truth.hosts}
    local = [log for log in truth.logs if not log["epoch"]]
    true = pl.DataFrame([{name: log[name] for name in schema} for log in local], schema=schema, orient="row")
    true = true.with_columns(
        pl.col("first", "last").str.to_datetime(time_zone="UTC").cast(TIME),
        key=pl.coalesce(pl.col("originator").cast(pl.String), "log"),
        pairs=pl.col("host").replace_strict(pairs, default=0, return_dtype=pl.Int64),
    )
    found = result.coverage.select(
        "host",
        "first_time",
        "last_time",
        "zone",
        "zone_source",
        key=pl.coalesce(pl.col("originator").cast(pl.String), "log"),
    )
    both = true.join(found, on=["host", "key"], how="left")
    apart = [(pl.col(name) - pl.col(f"{name}_time")).abs() for name in ("first", "last")]
    right = pl.all_horizontal(each < _NEAR for each in apart).fill_null(value=False)
    return both.select("host", "log", "pairs", "zone", "zone_source", right=right)


def skews(truth: Truth, result: Result) -> pl.DataFrame:
    """Return one row for each two hosts of which a skew is stated: ``host, other, low_s, high_s, true_s, right``.

    The clock of the host is ahead of that of the other by an interval of seconds, open where it is null. It is taken
    from the result's table of skews, else from the sentences of NBT401; without any, nothing is offered.
    """
    schema = {"host": pl.String, "other": pl.String, "low_s": pl.Float64, "high_s": pl.Float64}
    stated = getattr(result, "skews", None)
    if stated is None:
        details = result.findings.filter(pl.col("code") == "NBT401")["detail"].to_list()
        stated = pl.DataFrame(
            [found.groupdict() for detail in details if (found := _STATED.search(detail))],
            schema=dict.fromkeys(schema, pl.String),
        )
    errors = {host["name"]: host["skew_s"] for host in truth.hosts}
    host, other = (
        pl.col(name).replace_strict(errors, default=None, return_dtype=pl.Float64) for name in ("host", "other")
    )
    frame = stated.select(*schema).cast(schema).with_columns(true_s=host - other)
    above = (pl.col("true_s") >= pl.col("low_s")).fill_null(value=True)
    below = (pl.col("true_s") <= pl.col("high_s")).fill_null(value=True)
    return frame.filter(pl.col("true_s").is_not_null()).with_columns(right=above & below)


_STATED: Final = re.compile(
    r"clock of (?P<host>\S+) is (?:at least )?(?P<low_s>[\d.]+)(?: s)?(?: to (?P<high_s>[\d.]+) s)? ahead of that of (?P<other>[\w.-]*\w)"
)


def clocks(zones: pl.DataFrame, skews: pl.DataFrame, *, told: bool) -> dict[str, int]:
    """Return the counts of one bundle: logs whose zone was to be found, those found, claims that are wrong, skews."""
    asked = zones.filter(pl.col("pairs") > 0) if not told else zones.clear()
    claimed = zones.filter(pl.col("zone_source") == "matched")
    return {
        "zones_asked": asked.height,
        "zones_right": asked.filter("right").height,
        "zones_claimed": claimed.height,
        "zones_false": claimed.filter(~pl.col("right")).height,
        "skews_stated": skews.height,
        "skews_right": skews.filter("right").height,
    }
