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
    key = ["image_id", "attempt"]
    numbered = case.steps.lazy().with_row_index("row")
    sure = numbered.filter(pl.col("strength").is_in(["strong", "record"]) & (pl.col("state") == "done"))
    sure = sure.select("row", *key, "host", "step", "start_time")
    before = sure.select(*key, "host", step=pl.col("step") + 1, earlier="start_time", before="row")
    reversed_ = (pl.col("earlier") - pl.col("start_time")).dt.total_seconds() > _DISORDER
    pairs = sure.join(before, on=[*key, "host", "step"]).filter(reversed_).select("row", "before", "earlier").collect()
    shown = case.steps[pairs["before"]].select(first="source", at="line")
    found = pl.concat([case.steps[pairs["row"]], pairs, shown], how="horizontal")
    for row in found.sort("image_id", "attempt", "step").iter_rows(named=True):
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
    far = done.filter((pl.col("peers") >= _PEERS) & (pl.col("took") > pl.col("bound")))
    told = far.select("took", "usual", "peers", "bound")
    for row in pl.concat([case.steps[far["row"]], told], how="horizontal").iter_rows(named=True):
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

    ``row`` is their place in the table ``steps``, of which ``step``, ``wait_s`` and ``duration_s`` stand beside it. Epochs
    and local times in a zone that is known are one clock. Local times of a host whose zone was assumed are another:
    against it no length of time is sure.
    """
    key = ["image_id", "attempt"]
    local = pl.when(pl.col("zone_source") == "assumed").then(pl.col("host")).otherwise(pl.lit(""))
    clock = case.logs.lazy().select("path", clock=local.rank("dense"))
    proofs = (
        case.evidence.lazy().filter(pl.col("step").is_not_null()).select(*key, "step", "path").join(clock, on="path")
    )
    clocks = proofs.group_by(*key, "step").agg(low=pl.col("clock").min(), high=pl.col("clock").max())
    timed = case.steps.lazy().with_row_index("row").filter(pl.col("start_time").is_not_null())
    timed = timed.select("row", *key, "step", "state", "wait_s", "duration_s").sort(*key, "step")
    timed = timed.join(clocks, on=[*key, "step"], how="left", maintain_order="left")
    low, high = pl.col("low"), pl.col("high")
    lowest, highest = pl.min_horizontal(low, low.shift(1).over(key)), pl.max_horizontal(high, high.shift(1).over(key))
    # What lies before the job is done once for all attempts, and the wait for a later job holds those before it.
    own = (pl.col("attempt") == 1) | (pl.col("step") > case.flow.first_job_step)
    same = (lowest == highest).fill_null(value=True)
    return timed.filter(same, own, pl.col("state") == "done").select("row", "step", "wait_s", "duration_s").collect()


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
