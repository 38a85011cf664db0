"""Findings about the order and the pace of steps, and about logs that show a step for nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.findings.common import Case, Finding, clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.flows import Step

__all__ = ["mute_steps", "out_of_order", "silent_logs", "slow"]

_DISORDER: Final = 5  # seconds: I, processes of one host write their records that much late at the most
_PEERS: Final = 20  # fewer are no measure
_FAR: Final = 8.0  # I: times the usual distance from the median (MAD) that is far out
_LONG: Final = 60.0  # seconds: I, nobody needs to know of a shorter delay
_PASSED: Final = 3  # images that a silent log must have let pass: fewer may be chance


def out_of_order(case: Case) -> Iterator[Finding]:
    """Name steps that began before the one before them did, by the clock of one host."""
    sure = case.steps.filter(pl.col("strength").is_in(["strong", "record"]) & (pl.col("state") == "done"))
    key = ["image_id", "attempt"]
    before = sure.select(*key, "host", step=pl.col("step") + 1, earlier="start_time", first="source", at="line")
    pairs = sure.join(before, on=[*key, "host", "step"], how="inner")
    reversed_ = (pl.col("earlier") - pl.col("start_time")).dt.total_seconds() > _DISORDER
    for row in pairs.filter(reversed_).sort("image_id", "attempt", "step").iter_rows(named=True):
        step, previous = case.step(row["step"]), case.step(row["step"] - 1)
        yield Finding(
            "NBT103",
            f"On {row['host']} step {step.number} ({step.name}) is stamped {clock(row['start_time'])}, before "
            f"step {previous.number} ({previous.name}) at {clock(row['earlier'])}.",
            title=f"step {step.number} ({step.name}) is stamped before step {previous.number} ({previous.name})",
            image_id=row["image_id"],
            job_id=row["job_id"],
            step=step.number,
            host=row["host"],
            time=row["start_time"],
            evidence=(f"{row['source']}:{row['line']}", f"{row['first']}:{row['at']}"),
        )


def slow(case: Case) -> Iterator[Finding]:
    """Name steps that took far longer, waiting included, than the same step of at least twenty others.

    The usual time is the median of all, its spread the median distance from it (MAD): single outliers change neither.
    """
    took = pl.col("wait_s").fill_null(0.0).clip(lower_bound=0.0) + pl.col("duration_s")
    done = _comparable(case).with_columns(took=took).filter(pl.col("took").is_not_null())
    usual = pl.col("took").median().over("step")
    spread = (pl.col("took") - pl.col("usual")).abs().median().over("step")
    done = done.with_columns(usual=usual, peers=pl.len().over("step") - 1).with_columns(spread=spread)
    done = done.with_columns(bound=pl.col("usual") + pl.max_horizontal(pl.col("spread") * _FAR, pl.lit(_LONG)))
    for row in done.filter((pl.col("peers") >= _PEERS) & (pl.col("took") > pl.col("bound"))).iter_rows(named=True):
        step = case.step(row["step"])
        yield Finding(
            "NBT104",
            f"Step {step.number} ({step.name}) took {row['took']:.0f} s with its waiting; "
            f"the median of {row['peers']} others is {row['usual']:.0f} s, and up to {row['bound']:.0f} s is usual.",
            title=f"step {step.number} ({step.name}) took far longer than for other images",
            image_id=row["image_id"],
            job_id=row["job_id"],
            step=step.number,
            host=row["host"],
            time=row["start_time"],
            evidence=(f"{row['source']}:{row['line']}",),
        )


def _comparable(case: Case) -> pl.DataFrame:
    """Return the done steps whose times one clock tells, from the end of the step before on.

    Epochs and local times in a zone that is known are one clock. Local times of a host whose zone was assumed are
    another: against it no length of time is sure.
    """
    key = ["image_id", "attempt"]
    local = pl.when(pl.col("zone_source") == "assumed").then(pl.col("host")).otherwise(pl.lit(""))
    clock = case.logs.lazy().select("path", clock=local.rank("dense"))
    proofs = case.evidence.lazy().filter(pl.col("step").is_not_null()).join(clock, on="path")
    clocks = proofs.select(*key, "step", "clock").unique().group_by(*key, "step").agg("clock").collect()
    timed = case.steps.filter(pl.col("start_time").is_not_null()).sort(*key, "step")
    timed = timed.join(clocks, on=[*key, "step"], how="left", maintain_order="left")
    told = pl.col("clock").fill_null([])
    clocks_of_both = pl.concat_list(told, told.shift(1).over(key).fill_null([])).list.n_unique()
    # What lies before the job is done once for all attempts, and the wait for a later job holds those before it.
    own = (pl.col("attempt") == 1) | (pl.col("step") > case.flow.first_job_step)
    return timed.filter((pl.col("state") == "done") & (clocks_of_both <= 1)).filter(own).drop("clock")


def silent_logs(case: Case) -> Iterator[Finding]:
    """Name the logs that are there and show a step for none of the images that passed it."""
    for step, logs, passed in mute_steps(case):
        yield Finding(
            "NBT302",
            f"The log of {' or '.join(logs)} is there, but for none of {passed} images that passed "
            f"step {step.number} ({step.name}) it says anything of it: its silence proves nothing there.",
            title=f"the log of {' or '.join(logs)} never shows step {step.number} ({step.name})",
            step=step.number,
        )


def mute_steps(case: Case) -> Iterator[tuple[Step, list[str], int]]:
    """Yield each step that no image shows, with the speakers whose logs are there and how many images passed it."""
    present = set(case.coverage["log"])
    proven = pl.col("step").filter(pl.col("state") == "done").max().over("image_id", "attempt")
    passed = case.steps.filter(pl.col("step") < proven)
    counts = passed.group_by("step").agg(passed=pl.len(), shown=(pl.col("state") == "done").sum())
    for row in counts.filter((pl.col("passed") >= _PASSED) & (pl.col("shown") == 0)).sort("step").iter_rows(named=True):
        step = case.step(row["step"])
        logs = [name for name in step.witnesses if present & set(case.flow.named(name).log_names)]
        if logs:
            yield step, logs, row["passed"]
