"""Entries → traces: the stage from records to one verdict for every image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from nbtrace.grammar.columns import has
from nbtrace.listed import NOTHING_LISTED
from nbtrace.tables import EVIDENCE, IDENTIFIED
from nbtrace.tracing.attempts import attempts
from nbtrace.tracing.belonging import adopt, bind, import_jobs, names_of
from nbtrace.tracing.identify import describe
from nbtrace.tracing.job_records import jobs_of
from nbtrace.tracing.judging import Judge, Judgement
from nbtrace.tracing.listed import carried_by, evidence_of
from nbtrace.tracing.matching import match, with_outcome
from nbtrace.tracing.overruled import overruled
from nbtrace.tracing.result import images_table, jobs_table, steps_table
from nbtrace.tracing.sides import with_sides
from nbtrace.tracing.speakers import assign_runs
from nbtrace.tracing.told import named_in
from nbtrace.tracing.windows import Windows, listen
from nbtrace.tracing.words import rules_of, with_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar
    from nbtrace.listed import Listed

__all__ = ["Trace", "trace"]


@dataclass(frozen=True, slots=True)
class Trace:
    """The traces of all images: the tables of ``nbtrace.tables``, the judgements behind them, and the windows."""

    images: pl.DataFrame
    jobs: pl.DataFrame
    steps: pl.DataFrame
    evidence: pl.DataFrame
    judged: list[list[Judgement]]
    judge: Judge
    windows: Windows
    facts: pl.DataFrame  # the table `listed`, with `who` and `side`
    stops: pl.DataFrame  # the images whose verdict a listing decided: see `overruled`


def trace(
    rows: pl.DataFrame,
    heard: pl.DataFrame,
    flow: Flow,
    identifiers: Sequence[Grammar],
    words: Sequence[Grammar],
    *,
    listed: Listed | None = None,
) -> Trace:
    """Trace every image of the flow.

    Args:
        rows: the entries that can matter, as the table ``identified``.
        heard: who was heard in each log, for the windows: host, log_id, speaker, first, last, silence.
        flow: the process flow.
        identifiers: the grammars of what messages name.
        words: the evidence grammars.
        listed: what listings say; none where there are none.
    """
    windows = listen(heard)
    rows = describe(IDENTIFIED.shape(rows).sort("log_id", "line").with_row_index("entry"), identifiers)
    run_start, run_end = (_any(identifiers, rule) for rule in ("run_start", "run_end"))
    rows = assign_runs(rows, flow, run_start, run_end).with_columns(
        is_end=run_end, job=pl.coalesce("job_id", "session_job")
    )
    rows = rows.filter(
        (pl.col("images").list.len() > 0) | pl.col("job").is_not_null() | pl.col("session").is_not_null()
    )
    rows = adopt(with_words(rows, words, rules_of(flow)), flow)
    carried = import_jobs(rows, flow, windows)
    facts = with_sides((listed or NOTHING_LISTED).facts, _importing(rows, carried, flow))
    carried = carried_by(carried, facts, named_in(facts, identifiers, words), flow)
    rows = with_outcome(rows)
    tying = any(speaker in names_of(flow, "runs") for _, speaker in windows.spans)
    evidence = match(bind(rows, carried, flow, tying=tying), flow)
    evidence = evidence_of(evidence, carried, facts, flow, identifiers=identifiers, words=words)
    tried = list(attempts(evidence, flow))
    closers = set(rows.filter("ending")["speaker"])
    judge = Judge(flow, windows, [attempt for image in tried for attempt in image], closers)
    judged = [[judge.judge(attempt) for attempt in image] for image in tried]
    jobs = jobs_of(jobs_table(judged, evidence, flow), facts, flow)
    images, steps = images_table(judged, evidence, flow), steps_table(judged, flow)
    told = overruled(images, steps, jobs, facts, (listed or NOTHING_LISTED).listings, flow=flow, until=windows.until())
    return Trace(
        told.images,
        jobs,
        told.steps,
        EVIDENCE.shape(_ends_placed(evidence, judged, flow)),
        judged,
        judge,
        windows,
        facts,
        told.stops,
    )


def _importing(rows: pl.DataFrame, carried: pl.DataFrame, flow: Flow) -> list[str]:
    """Return the hosts whose logs show that they import: a primary's speaker names a job of the flow there."""
    primary = [speaker.name for speaker in flow.speaker if speaker.role == "primary"]
    jobs = carried.select(job="job_id").drop_nulls().unique()
    found = rows.filter(pl.col("speaker").is_in(primary)).join(jobs, on="job", how="semi")
    return found["host"].drop_nulls().unique().to_list()


def _ends_placed(evidence: pl.DataFrame, judged: Sequence[Sequence[Judgement]], flow: Flow) -> pl.DataFrame:
    """Return the evidence in which a job that ended badly ended at the step that failed, and not at the last one."""
    failed = [
        (judgement.attempt.image_id, judgement.attempt.number, judgement.failed_step)
        for image in judged
        for judgement in image
        if judgement.failed_step is not None
    ]
    schema = {name: EVIDENCE.schema[name] for name in ("image_id", "attempt")} | {"failed_step": pl.Int8}
    steps = pl.DataFrame(failed, schema=schema, orient="row")
    ended = pl.col("ending") & (pl.col("outcome") == "failed") & (pl.col("step") == len(flow.step))
    joined = evidence.join(steps, on=["image_id", "attempt"], how="left", maintain_order="left")
    placed = pl.when(ended).then(pl.coalesce("failed_step", "step")).otherwise(pl.col("step"))
    return joined.with_columns(step=placed)


def _any(grammars: Sequence[Grammar], rule: str) -> pl.Expr:
    """Return whether the message matches the rule of any of the grammars."""
    return pl.any_horizontal(
        pl.lit(False),
        *(has(pl.col("message"), grammar.lowered(rule)) for grammar in grammars if rule in grammar.starts),
    )
