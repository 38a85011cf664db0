"""Attempts → verdicts: where each attempt to import an image stands.

The order of the questions is the order of certainty: did its job end well, did something fail, is the next step
overdue although its log was listening, is it still in its time, or can nobody tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.knowledge.codes import is_resource_detail, is_summary, status, statuses
from nbtrace.tracing.retried import with_unseen
from nbtrace.tracing.witnesses import Witnesses

if TYPE_CHECKING:
    from collections.abc import Collection

    from nbtrace.flows import Flow, Step
    from nbtrace.tracing.attempts import Attempts
    from nbtrace.tracing.windows import Windows

__all__ = ["Judged", "judge"]

_PARTIAL: Final = 1  # status of a job of which some images failed (V: status-codes, import-flow.md §3.2)
_SLACK: Final = pl.duration(seconds=2)  # records of the same moment are in no certain order
_SEVERAL: Final = 2  # I: one record that nobody understands is the arrival of the event
_VERDICTS: Final = {"waiting": "in_progress", "overdue": "stalled", "unseen": "undetermined"}


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdicts on all attempts.

    ``tries`` are those of ``Attempts`` with ``verdict``, ``passed`` (the last step that is known to be done; 0 for none),
    ``failed_step`` (the one that failed or is overdue), ``status_code``, and the columns of the record that tells the
    failure, each with ``failure_`` before its name, and ``perhaps``: nobody knows whether there is such an attempt, and
    step and status are those of the failure before it. ``states`` has ``trial``, ``step`` and ``state``, every step of
    every attempt in order.
    """

    tries: pl.DataFrame
    states: pl.DataFrame


def judge(attempts: Attempts, flow: Flow, windows: Windows, closers: Collection[str]) -> tuple[Judged, Attempts]:
    """Judge all attempts; return them with those that may have been begun unseen.

    Args:
        attempts: what is known of each.
        flow: the process flow.
        windows: when each speaker's log was listening.
        closers: the speakers whose way of closing a run or a job is understood in this bundle.
    """
    witnesses = Witnesses(attempts, flow, windows, closers)
    tries = _with_failures(_with_steps(attempts, flow), attempts, flow)
    tries = tries.with_columns(verdict=_decided(tries, flow))
    failed = _failed(tries.filter(pl.col("verdict") == "failed"), flow)
    imported = tries.filter(pl.col("verdict") == "imported").with_columns(passed=pl.lit(len(flow.step), pl.Int8))
    opened = _opened(tries.filter(pl.col("verdict").is_null()), flow, windows, witnesses)
    judged = pl.concat([imported, failed, opened], how="diagonal_relaxed").sort("trial")
    found = Judged(judged, _states(judged, attempts, flow, witnesses))
    return with_unseen(found, attempts, flow, windows, witnesses)


def _with_steps(attempts: Attempts, flow: Flow) -> pl.DataFrame:
    """Return the attempts with ``first_N`` and ``last_N``, the times of each step, and ``seen_N``: it is shown."""
    tries = attempts.tries
    for step in flow.step:
        name, shown = step.number, attempts.seen.filter(pl.col("step") == step.number)
        columns = shown.select(
            "trial", pl.col("first", "last").name.suffix(f"_{name}"), pl.lit(value=True).alias(f"seen_{name}")
        )
        tries = tries.join(columns, on="trial", how="left", maintain_order="left")
    return tries.with_columns(pl.col(f"seen_{step.number}").fill_null(value=False) for step in flow.step)


def _with_failures(tries: pl.DataFrame, attempts: Attempts, flow: Flow) -> pl.DataFrame:
    """Add the failure that explains most, as ``failure_…``: a code that is no mere sum, close to the image, early."""
    failed = attempts.failed.join(_echoes(tries, attempts.failed, flow), on=["trial", "path", "line"], how="anti")
    codes = [code for code in attempts.failed["code"].unique() if code is not None]
    code = pl.col("code")
    detailed = code.is_in([each for each in codes if is_resource_detail(each)]).any().over("trial")
    sums = code.is_in([each for each in codes if is_summary(each)])
    partly = code.is_in([each for each in codes if is_summary(each, beside=statuses())]) & detailed
    vague = pl.when(code.is_null()).then(2).when(sums | partly).then(1).otherwise(0)
    best = (
        failed.with_columns(untimed=pl.col("time").is_null(), vague=vague, unplaced=pl.col("step").is_null())
        .sort("trial", "untimed", "vague", "closeness", "unplaced", "time", maintain_order=True)
        .group_by("trial", maintain_order=True)
        .first()
        .drop("untimed", "vague", "unplaced")
    )
    return tries.join(
        best.select("trial", pl.exclude("trial").name.prefix("failure_"), has_failure=pl.lit(value=True)),
        on="trial",
        how="left",
        maintain_order="left",
    ).with_columns(pl.col("has_failure").fill_null(value=False))


def _echoes(tries: pl.DataFrame, failed: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the failures (trial, path, line) that are another image's: a process ends with the status of that one.

    They say nothing of an image for which the process has done before the end what it does for each.
    """
    each = [step.number for step in flow.step if step.number > flow.first_job_step and "job" not in step.carries]
    done = tries.filter(pl.any_horizontal(f"seen_{number}" for number in each)).select("trial")
    process = ["host", "daemon", "pid", "code"]
    own = failed.filter(pl.col("closeness") == 0).select(*process, "trial").drop_nulls().unique()
    ends = failed.filter(pl.col("ending") & (pl.col("closeness") > 0)).join(done, on="trial", how="semi")
    echoes = ends.join(own, on=process).filter(pl.col("trial") != pl.col("trial_right"))
    innocent = echoes.join(own, on=["trial", *process], how="anti")
    return innocent.select("trial", "path", "line").unique()


def _decided(tries: pl.DataFrame, flow: Flow) -> pl.Expr:
    """Return the verdict (String) where an end or a failure decides it; null where the attempt is open."""
    validated, status_, failing = pl.col(f"seen_{len(flow.step)}"), pl.col("end_status"), pl.col("has_failure")
    well = validated | pl.col("like_imported")
    jobs = tries.filter(well)["job_id"].drop_nulls().unique()  # of which at least one image was imported
    later = pl.any_horizontal(
        (pl.col("failure_step").fill_null(0) < step.number)
        & (pl.col(f"last_{step.number}") > pl.col("failure_time") + _SLACK).fill_null(value=False)
        for step in flow.step
    )
    own = failing & (pl.col("failure_closeness") == 0) & ~later
    partly = (status_ == _PARTIAL) & ~own
    return (
        pl.when(status_ == 0)
        .then(pl.lit("imported"))
        .when(partly & well)
        .then(pl.lit("imported"))
        .when(partly & ~pl.col("job_id").is_in(jobs.implode()).fill_null(value=False))
        .then(None)
        .when(status_.is_not_null() | (failing & ~later))
        .then(pl.lit("failed"))
        .when(validated)
        .then(pl.lit("imported"))
    )


def _failed(tries: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Add to failed attempts their status code and the step that failed."""
    tries = tries.with_columns(status_code=pl.coalesce("failure_code", "end_status").cast(pl.Int32))
    time = pl.col("failure_time")
    before = [
        pl.when(
            pl.col(f"seen_{step.number}")
            & (time.is_null() | (pl.col(f"first_{step.number}") <= time + _SLACK).fill_null(value=False))
        ).then(step.number)
        for step in flow.step
    ]
    told = tries.with_columns(
        reached=pl.max_horizontal(pl.lit(0), *before).cast(pl.Int8),
        # What names the image stands where it stands; the end of a job or a run stands behind all of its steps.
        own=pl.when(~pl.col("failure_ending") | (pl.col("failure_closeness") == 0)).then("failure_step"),
    )
    cases = ["reached", "own", "failure_daemon", "status_code"]
    known = told.select(cases).unique()
    steps = [_failed_step(flow, *row) for row in known.iter_rows()]
    known = known.with_columns(failed_step=pl.Series(steps, dtype=pl.Int8))
    told = told.join(known, on=cases, how="left", nulls_equal=True, maintain_order="left")
    return told.drop("reached", "own").with_columns(passed=pl.col("failed_step") - 1)


def _failed_step(flow: Flow, reached: int, own: int | None, daemon: str | None, code: int | None) -> int:
    """Return the step that failed: where the record stands (``own``), as far as the code's knowledge agrees.

    ``reached`` is the last step shown before the failure, ``daemon`` who tells of it. Where no record stands at a step,
    one whose ``families`` do not hold the code is taken only if no other is left.
    """
    last = len(flow.step)
    known = status(code) if code else None
    steps = known.steps if known is not None and not is_summary(known.code) else ()
    if own == reached == last - 1 and steps == (own, last):
        return last  # the image information was sent: this is what the last step's daemon answered its sender
    if own is not None and (own in steps or not steps) and (own >= reached or own == last):
        return own
    steps = tuple(sorted(steps, key=lambda step: not flow.step[step - 1].fails_with(known.family if known else "")))
    speaks = [step for step in steps if daemon in flow.step[step - 1].witnesses]
    return next((step for step in (*speaks, *steps) if step > reached), max(steps, default=min(reached + 1, last)))


def _opened(tries: pl.DataFrame, flow: Flow, windows: Windows, witnesses: Witnesses) -> pl.DataFrame:
    """Add to attempts without an end what became of the next step (``next``): overdue, waiting, or not to be told."""
    numbers = [pl.when(f"seen_{step.number}").then(step.number) for step in flow.step[:-1]]
    tries = tries.with_columns(passed=pl.max_horizontal(pl.lit(0), *numbers).cast(pl.Int8))
    parts = [
        _awaiting(tries.filter(pl.col("passed") == step.number - 1), step, flow, windows, witnesses)
        for step in flow.step
    ]
    opened = pl.concat(parts)
    stalled = pl.col("next") == "overdue"
    return opened.with_columns(
        verdict=pl.col("next").replace_strict(_VERDICTS, return_dtype=pl.String),
        failed_step=pl.when(stalled).then(pl.col("passed") + 1).cast(pl.Int8),
    )


def _awaiting(tries: pl.DataFrame, step: Step, flow: Flow, windows: Windows, witnesses: Witnesses) -> pl.DataFrame:
    """Add to attempts that await this step its state (``next``), and whether its time is not over yet (``in_time``)."""
    tries = tries.with_columns(since=_since(step, flow))
    due = pl.col("since") + pl.duration(seconds=step.deadline_s)
    rows = tries.with_columns(
        waits=witnesses.listening(tries, step, pl.col("since")),
        lacks=witnesses.silent(tries, step, pl.col("since"), due) & _alive(tries, step, flow, witnesses, due),
    )
    unknown = pl.col("since").is_null() | pl.col("end_status").is_not_null()
    now = pl.lit(windows.until())
    state = (
        pl.when(unknown | now.is_null())
        .then(pl.lit("unseen"))
        .when(now < due)
        .then(pl.when("waits").then(pl.lit("waiting")).otherwise(pl.lit("unseen")))
        .otherwise(pl.when("lacks").then(pl.lit("overdue")).otherwise(pl.lit("unseen")))
    )
    in_time = (now < due).fill_null(value=False) & ~unknown
    return rows.with_columns(next=state, in_time=in_time).drop("since", "waits", "lacks")


def _alive(tries: pl.DataFrame, step: Step, flow: Flow, witnesses: Witnesses, due: pl.Expr) -> pl.Series:
    """Tell whether the attempt, without an end and without this step, can be known to be still on its way there.

    Of a job somebody must have been listening who would tell that it ended: it may have failed. Of an image without a
    job several records that nobody understands may be steps beyond.
    """
    if step.number > flow.first_job_step:
        return witnesses.ends(tries, pl.col("since"), due)
    return pl.Series(tries["unclear"] < _SEVERAL)


def _since(step: Step, flow: Flow) -> pl.Expr:
    """Return since when a step is awaited: from the first sign of the last one, or its job's last activity."""
    times = [pl.col(f"first_{number}") for number in range(1, step.number)]
    since = pl.coalesce(pl.max_horizontal(times), "began") if times else pl.col("began")
    if step.number == flow.first_job_step + 1:
        since = pl.when(since.is_not_null()).then(pl.max_horizontal(since, "handed"))
    moving = next(each.number for each in flow.step if each.host == "media" and "job" in each.carries)
    return pl.when(since.is_not_null()).then(pl.max_horizontal(since, "activity")) if step.number > moving else since


def _states(judged: pl.DataFrame, attempts: Attempts, flow: Flow, witnesses: Witnesses) -> pl.DataFrame:
    """Return the state of every step of every attempt.

    Steps up to the last one that is known to be passed are shown, missing or unseen. After an unseen step nothing is
    claimed of later ones: the image may have failed where no log listened.
    """
    frames = []
    for step in flow.step:
        number, passed = step.number, pl.col("passed")
        rows = judged.filter(passed >= number)
        maybe = attempts.vague.filter(pl.col("speaker").is_in(step.also)).select("trial").unique()
        done = rows[f"seen_{number}"]
        if number == len(flow.step):  # the end of the job proves the last step where its own log is not there
            done = pl.repeat(True, rows.height, eager=True)
        else:
            done |= rows["trial"].is_in(maybe["trial"].implode())
        perhaps = attempts.vague.filter(pl.col("speaker").is_in(step.perhaps)).select("trial").unique()
        gone = _absent(rows, step, flow, witnesses) & ~rows["trial"].is_in(perhaps["trial"].implode())
        before = rows.select(
            "trial",
            state=pl.when(done).then(pl.lit("done")).when(gone).then(pl.lit("missing")).otherwise(pl.lit("unseen")),
        )
        is_next = passed == number - 1
        after = judged.filter(passed < number).select(
            "trial",
            state=pl.when(is_next & (pl.col("verdict") == "failed"))
            .then(pl.lit("failed"))
            .when((pl.col("next") == "unseen").fill_null(value=False))
            .then(pl.lit("unseen"))
            .otherwise(pl.when(is_next).then("next").otherwise(pl.lit("unreached"))),
        )
        frames.append(pl.concat([before, after]).with_columns(step=pl.lit(number, pl.Int8)))
    return pl.concat(frames).select("trial", "step", "state").sort("trial", "step")


def _absent(tries: pl.DataFrame, step: Step, flow: Flow, witnesses: Witnesses) -> pl.Series:
    """Tell whether a log that would have shown the step covers the whole time in which it must have happened.

    What only a job is named with is not known of an image whose job is not; a retry does not do again what comes before
    the first job.
    """
    number, last = step.number, len(flow.step)
    if number == last:
        return pl.repeat(False, tries.height, eager=True)
    known = pl.lit(value=True) if "image" in step.carries else pl.col("job_id").is_not_null()
    if number < flow.first_job_step:
        known &= pl.col("attempt") == 1
    until = pl.min_horizontal(pl.col(f"first_{later}") for later in range(number + 1, last + 1))
    # With nothing seen before, it may have happened as long ago as all steps up to the first one seen may take.
    reach = pl.coalesce(
        pl.when(f"seen_{later}").then(sum(each.deadline_s for each in flow.step[:later]))
        for later in range(number + 1, last + 1)
    )
    # Of a step before, the first record tells when it was under way: a later one may be of what comes after it.
    earlier = [pl.col(f"first_{before}") for before in range(1, number)]
    since = pl.coalesce(*([pl.max_horizontal(earlier)] if earlier else []), until - pl.duration(seconds=reach))
    return witnesses.absent(tries, step, pl.min_horizontal(since, until), until) & tries.select(known=known)["known"]
