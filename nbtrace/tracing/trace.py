"""Entries → traces: the stage from records to one verdict for every image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from nbtrace.grammar.columns import has
from nbtrace.tables import EVIDENCE
from nbtrace.tracing.attempts import attempts
from nbtrace.tracing.belonging import adopt, bind, import_jobs
from nbtrace.tracing.identify import identify
from nbtrace.tracing.judging import Judge, Judgement
from nbtrace.tracing.matching import match, with_outcome
from nbtrace.tracing.result import images_table, jobs_table, steps_table
from nbtrace.tracing.speakers import assign_runs, assign_speakers
from nbtrace.tracing.windows import Windows, listen
from nbtrace.tracing.words import with_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

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


def trace(
    entries: pl.DataFrame, logs: pl.DataFrame, flow: Flow, identifiers: Sequence[Grammar], words: Sequence[Grammar]
) -> Trace:
    """Trace every image of the flow.

    Args:
        entries: the table ``entries`` of all logs.
        logs: the table ``logs``.
        flow: the process flow.
        identifiers: the grammars of what messages name.
        words: the evidence grammars.
    """
    entries = entries.join(logs.select("log_id", "host", "path", "log"), on="log_id", how="left", maintain_order="left")
    entries = assign_speakers(entries, flow)
    windows = listen(entries)
    rows = identify(entries.filter(pl.col("speaker").is_not_null()), identifiers)
    run_start, run_end = (_any(identifiers, rule) for rule in ("run_start", "run_end"))
    rows = assign_runs(rows, flow, run_start, run_end).with_columns(
        is_end=run_end, job=pl.coalesce("job_id", "session_job")
    )
    rows = rows.filter(
        (pl.col("images").list.len() > 0) | pl.col("job").is_not_null() | pl.col("session").is_not_null()
    )
    rows = adopt(with_words(rows, flow, words), flow)
    carried = import_jobs(rows, flow, windows)
    evidence = match(bind(with_outcome(rows), carried, flow), flow)
    tried = list(attempts(evidence, flow))
    judge = Judge(flow, windows, [attempt for image in tried for attempt in image])
    judged = [[judge.judge(attempt) for attempt in image] for image in tried]
    return Trace(
        images_table(judged, evidence, flow),
        jobs_table(judged, evidence, flow),
        steps_table(judged, flow),
        EVIDENCE.shape(evidence),
        judged,
        judge,
        windows,
    )


def _any(grammars: Sequence[Grammar], rule: str) -> pl.Expr:
    """Return whether the message matches the rule of any of the grammars."""
    return pl.any_horizontal(
        pl.lit(False),
        *(has(pl.col("message"), grammar.lowered(rule)) for grammar in grammars if rule in grammar.starts),
    )
