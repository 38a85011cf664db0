"""Entries → traces: the stage from records to one verdict for every image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.flows.sayings import with_sayings
from nbtrace.grammar.columns import has
from nbtrace.listed import NOTHING_LISTED
from nbtrace.tables import EVIDENCE, IDENTIFIED
from nbtrace.tracing.attempts import attempts, numbered
from nbtrace.tracing.belonging import adopt, bind, import_jobs
from nbtrace.tracing.harmless import with_harmless
from nbtrace.tracing.identify import describe
from nbtrace.tracing.job_records import jobs_of
from nbtrace.tracing.judging import judge
from nbtrace.tracing.listed import carried_by, evidence_of
from nbtrace.tracing.matching import match, slimmed, with_outcome
from nbtrace.tracing.numbering import job_ids, keyed, with_keys
from nbtrace.tracing.overruled import overruled
from nbtrace.tracing.result import images_table, jobs_table, steps_table
from nbtrace.tracing.sharing import newest, with_shared
from nbtrace.tracing.sides import with_sides
from nbtrace.tracing.skew import apart, skews
from nbtrace.tracing.slices import in_slices
from nbtrace.tracing.speakers import assign_runs
from nbtrace.tracing.telling import logs_without_jobs
from nbtrace.tracing.told import named_in
from nbtrace.tracing.words import rules_of, with_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar
    from nbtrace.listed import Listed
    from nbtrace.tracing.judging import Judged
    from nbtrace.tracing.windows import Windows

__all__ = ["Trace", "trace"]


_LONG: Final = 4_000  # characters of a message that are shown
# Columns that nothing asks for once images, runs and words are known: records of a job are repeated for each image.
_SPENT: Final = (
    *("originator", "file_id", "tid", "kind", "level", "time_quality", "context", "message_id", "daemon"),
    *(
        "log",
        "parent_job_id",
        "request_id",
        "media_id",
        "closing_code",
        "bare_code",
        "session_job",
        "is_start",
        "is_end",
        "alike",
    ),
)


@dataclass(frozen=True, slots=True)
class Trace:
    """The traces of all images: the tables of ``nbtrace.tables``, the windows, and the skews."""

    images: pl.DataFrame
    jobs: pl.DataFrame
    steps: pl.DataFrame
    evidence: pl.DataFrame
    windows: Windows
    skews: pl.DataFrame
    facts: pl.DataFrame  # the table `listed`, with `who` and `side`
    stops: pl.DataFrame  # the images whose verdict a listing decided: see `overruled`
    named: int  # images of the flow, traced or not
    crowded: pl.DataFrame  # jobs of which records were left out: job_id, path of the first, records


def trace(
    rows: pl.DataFrame,
    windows: Windows,
    flow: Flow,
    identifiers: Sequence[Grammar],
    words: Sequence[Grammar],
    *,
    listed: Listed | None = None,
    most: int | None = None,
) -> Trace:
    """Trace every image of the flow.

    Args:
        rows: the entries that can matter, as the table ``identified``, in the order of logs and lines.
        windows: when each speaker's log was listening.
        flow: the process flow.
        identifiers: the grammars of what messages name.
        words: the evidence grammars.
        listed: what listings say; none where there are none.
        most: how many images are traced, all where it is not given.
    """
    rows = IDENTIFIED.shape(rows).with_row_index("entry")
    rows = in_slices(rows, lambda part: describe(part, identifiers))
    run_start, run_end = (_any(identifiers, rule) for rule in ("run_start", "run_end"))
    rows = assign_runs(rows, flow, run_start, run_end).with_columns(
        is_start=run_start, is_end=run_end, job=pl.coalesce("job_id", "session_job")
    )
    rows = rows.filter(
        (pl.col("images").list.len() > 0) | pl.col("job").is_not_null() | pl.col("session").is_not_null()
    )
    sayings = with_sayings(flow, (rule for grammar in words for rule in grammar.starts))
    rows = in_slices(with_keys(rows, flow), lambda part: with_words(part, words, rules_of(sayings), sayings.whole()))
    rows = adopt(rows, flow)
    carried = import_jobs(rows, flow, windows)
    facts = with_sides((listed or NOTHING_LISTED).facts, _importing(rows, carried, flow))
    of_keys = keyed(facts, carried)
    carried = carried_by(carried, of_keys, named_in(of_keys, identifiers, words), flow)
    named = carried["image_id"].n_unique()
    carried = newest(carried, most)
    rows = rows.with_columns(pl.col("message").str.head(_LONG))  # from here on it is only shown, once for each image
    rows = with_shared(with_harmless(with_outcome(rows), carried), carried).drop(_SPENT)
    rows = slimmed(rows)
    crowded = rows.select("crowded", "path", job_id="job").filter("crowded")
    crowded = crowded.group_by("job_id", maintain_order=True).agg(pl.col("path").first(), records=pl.len())
    closing = set(rows.select("ending", "speaker").filter("ending")["speaker"])
    tying = any(speaker in flow.marked("runs") for _, speaker in windows.spans)
    bound = bind(rows, carried, flow, tying=tying, ended=_ended(of_keys))
    del rows  # the same once for each image is larger, and is all that counts from here on
    evidence = match(bound, sayings)
    del bound
    evidence = numbered(evidence_of(evidence, carried, of_keys, flow, identifiers=identifiers, words=words))
    tried = attempts(evidence, flow)
    lists = flow.marked("listing")
    clocked = evidence.lazy().filter(~pl.col("daemon").is_in(lists))  # who prints a list has no clock of a host
    skewed = skews(clocked)
    telling = windows.without(logs_without_jobs(tried.evidence, windows))
    certain = telling.within(apart(skewed, windows.ends))
    judged, tried = judge(tried, flow, certain, closing)
    jobs = jobs_of(jobs_table(tried, evidence, flow), facts, flow)
    images, steps = images_table(judged, tried, evidence, flow), steps_table(judged, tried, flow)
    told = overruled(images, steps, jobs, facts, (listed or NOTHING_LISTED).listings, flow=flow, until=windows.until())
    return Trace(
        told.images,
        jobs,
        told.steps,
        EVIDENCE.shape(_ends_placed(evidence, judged, flow).with_columns(job_ids(pl.col("job_id")))),
        windows,
        skewed,
        facts,
        told.stops,
        named,
        crowded,
    )


def _importing(rows: pl.DataFrame, carried: pl.DataFrame, flow: Flow) -> list[str]:
    """Return the hosts whose logs show that they import: a primary's speaker names a job of the flow there."""
    primary = [speaker.name for speaker in flow.speaker if speaker.role == "primary"]
    jobs = carried.select(job="job_id").drop_nulls().unique()
    found = rows.filter(pl.col("speaker").is_in(primary)).join(jobs, on="job", how="semi")
    return found["host"].drop_nulls().unique().to_list()


def _ended(facts: pl.DataFrame) -> pl.DataFrame:
    """Return the ends of jobs that listings of the target know: job_id, over, ended_with."""
    jobs = facts.filter((pl.col("fact") == "job") & (pl.col("side") != "source") & pl.col("until").is_not_null())
    ended = jobs.select("job_id", over="until", ended_with="status_code").drop_nulls()
    return ended.unique("job_id", keep="first", maintain_order=True)


def _ends_placed(evidence: pl.DataFrame, judged: Judged, flow: Flow) -> pl.DataFrame:
    """Return the evidence in which a job that ended badly ended at the step that failed, and not at the last one."""
    steps = judged.tries.select("trial", "failed_step")
    ended = pl.col("ending") & (pl.col("outcome") == "failed") & (pl.col("step") == len(flow.step))
    joined = evidence.join(steps, on="trial", how="left", maintain_order="left")
    placed = pl.when(ended).then(pl.coalesce("failed_step", "step")).otherwise(pl.col("step"))
    return joined.with_columns(step=placed)


def _any(grammars: Sequence[Grammar], rule: str) -> pl.Expr:
    """Return whether the message matches the rule of any of the grammars."""
    return pl.any_horizontal(
        pl.lit(False),
        *(has(pl.col("message"), grammar.lowered(rule)) for grammar in grammars if rule in grammar.starts),
    )
