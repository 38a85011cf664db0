"""Records of an image → evidence: which step each shows, how it went, how strongly it proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.knowledge.codes import status, statuses
from nbtrace.tables import EVIDENCE, SEVERITY
from nbtrace.tracing.likeness import closes_alike, shape
from nbtrace.tracing.notice import naming
from nbtrace.tracing.skew import SKEW
from nbtrace.tracing.words import says

if TYPE_CHECKING:
    from nbtrace.flows import Evidence, Flow, Step

__all__ = ["OPENING", "match", "name_of", "slimmed", "with_outcome"]

OPENING: Final = "+ opening"  # ends the name of a rule for the first record of a run
_KIND: Final = ("speaker", "function")
_SURE_CODE: Final = 25  # I: below it a number is as often a state or a count as a status; words must support it


def with_outcome(rows: pl.DataFrame) -> pl.DataFrame:
    """Add ``outcome`` (progress | done | failed | retry) and ``ending``: the record closes its run or its job.

    A status other than 0 is a failure where words, severity or an end support it, or where it is a code that imports
    end with and what records like it state are codes, too. Words alone are a failure only where none of them speaks of
    trying again or of harmless things, and where the record is more than debugging or names its image or job. A record
    closes where its words say so, or where records that look like it close run after run. Of a failure without a
    status, a bare number counts as one by the same test.
    """
    rows = rows.with_columns(alike=closes_alike(rows))
    stated = pl.when("alike").then(pl.coalesce("status_code", "closing_code")).otherwise("status_code")
    rows = rows.with_columns(status_code=stated)
    code = pl.col("status_code")
    meant = pl.Series(
        [number for number in statuses() if number >= _SURE_CODE and (known := status(number)) and known.steps],
        dtype=pl.Int32,
    )
    loud = (pl.col("severity") >= SEVERITY["error"]) & ~says("harmless")
    ending = code.is_not_null() & (pl.col("alike") | ((pl.col("is_end") | says("ended")) & ~says("resources")))
    rows = rows.with_columns(meant=_meant(rows, meant), bare=_meant(rows, meant, "bare_code"))
    # What a process looks up in vain at the level of debugging is its daily work, unless it says for whom it was.
    debugging = (pl.col("severity") <= SEVERITY["debug"]).fill_null(value=False)
    aside = pl.col("session").is_not_null() & debugging & ~naming()
    bad_code = (code > 1) & (loud | (says("failed") & ~aside) | ending | pl.col("meant"))
    denied = says("failed") | says("died") | (says("negated") & pl.col("bare"))
    well = says("succeeded") & ~says("intended")
    bad_words = code.is_null() & ~aside & denied & ~says("harmless") & ~well & ~pl.col("is_start")
    outcome = (
        pl.when((bad_code | loud | bad_words) & says("retry") & ~ending)
        .then(pl.lit("retry"))
        .when(bad_code | loud | bad_words)
        .then(pl.lit("failed"))
        .when((code == 0) | well)
        .then(pl.lit("done"))
        .otherwise(pl.lit("progress"))
    )
    rows = rows.with_columns(outcome=outcome, ending=ending)
    bare = code.is_null() & pl.col("outcome").is_in(["failed", "retry"]) & pl.col("bare")
    stated = pl.when(bare).then(pl.col("bare_code").cast(pl.Int32, strict=False)).otherwise(code)
    return rows.with_columns(status_code=stated).drop("meant", "bare")


def _meant(rows: pl.DataFrame, codes: pl.Series, column: str = "status_code") -> pl.Series:
    """Tell which records state one of these codes in the column, and no number that is one by chance (Boolean).

    What is a size, a count or a job in records of the same shape is no code where it happens to look like one.
    """
    code = pl.col(column)
    stated = rows.filter(code.is_in(codes.cast(rows.schema[column]).implode()))
    others = [(code != pl.col(name)).fill_null(value=True) for name in ("job_id", "pid")]
    numbers = stated.filter(others).select("entry", *_KIND, shape=shape(pl.col("message")))
    if numbers.is_empty():
        return pl.repeat(False, rows.height, eager=True)
    alike = rows.filter(code.is_not_null()).join(numbers.select(_KIND).unique(), on=_KIND, how="semi", nulls_equal=True)
    known = pl.Series(list(statuses()), dtype=rows.schema[column]).implode()
    strange = alike.filter(~code.is_in(known)).select(*_KIND, shape=shape(pl.col("message"))).unique()
    sure = numbers.join(strange, on=[*_KIND, "shape"], how="anti", nulls_equal=True)
    return rows["entry"].is_in(sure["entry"].implode())


def slimmed(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows with texts as categories where many records share few: each stands there once for each image."""
    return rows.cast(dict.fromkeys(_REPEATED, pl.Categorical))


def match(bound: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the table ``evidence``, with the working columns ``ending``, ``order``, ``log_id`` and what records tell of jobs.

    Some of its texts are categories.

    Of the flow's rules the first that fits a record decides; records that no rule fits keep ``step`` null: they are
    known to be about the image, and nothing more.
    """
    rules = flow.rules()
    if "program" not in bound.columns:  # only listings tell it
        bound = bound.with_columns(program=pl.lit(None, pl.String))
    if "again" not in bound.columns:  # only records of logs tell it
        bound = bound.with_columns(again=pl.lit(value=False))
    bound = bound.with_columns(running=_running(flow))
    needed = sorted({rule.after for _, rule in rules if rule.after})
    for number in needed:
        early = [(step, rule) for step, rule in rules if step.number == number and not rule.after]
        # What comes before the job is done once for all attempts.
        same = ["image_id", "host"] if number < flow.first_job_step else ["image_id", "attempt", "host"]
        shown = pl.when(_chain(early)["step"] == number).then(pl.col("time")).min().over(same)
        bound = bound.with_columns(shown.alias(f"shown_{number}"))
    evidence = bound.with_columns(
        flow=pl.lit(flow.name),
        **_chain(rules),
        attempt=pl.col("attempt").cast(pl.Int32),
        daemon=pl.col("speaker"),
    ).with_row_index("order")
    types = {**EVIDENCE.schema, **dict.fromkeys(_FEW, pl.Categorical)}
    return evidence.select(*EVIDENCE.schema, "order", "ending", "log_id", *_CONTEXT).cast(types)  # type: ignore[arg-type]


def _running(flow: Flow) -> pl.Expr:
    """Tell whether a process of the job had begun, or the job has ended; where no process is heard at all, any may have.

    Of images without a job none has, where those of others are known. Processes of several hosts, and several of a job, begin by clocks that differ.
    """
    runs = pl.col("speaker").is_in(flow.marked("runs"))
    working = runs & pl.col("tied")
    begun = pl.when(working).then(pl.col("time")).min().over("image_id", "attempt") - SKEW
    unheard = ~working.any() & (pl.col("job_id").is_not_null() | pl.col("job_id").is_null().all())
    return (pl.col("time") >= begun) | pl.col("ending").any().over("image_id", "attempt") | unheard


_CONTEXT: Final = ("slp", "storage_server", "disk_volume", "media_server", "source_primary")
_REPEATED: Final = ("path", *_CONTEXT)  # texts of records of which there are few
_FEW: Final = (*_REPEATED, "flow", "strength", "bound")


def _chain(rules: list[tuple[Step, Evidence]]) -> dict[str, pl.Expr]:
    """Return the columns step, strength, rule and outcome: those of the first rule that fits."""
    index = pl.lit(None, pl.Int32)
    for number, (_, rule) in reversed(list(enumerate(rules))):
        index = pl.when(_fits(rule)).then(pl.lit(number, pl.Int32)).otherwise(index)
    numbers = {number: step.number for number, (step, _) in enumerate(rules)}
    done = [number for number, (_, rule) in enumerate(rules) if rule.done]
    return {
        "step": index.replace_strict(numbers, default=None, return_dtype=pl.Int8),
        "strength": index.replace_strict(
            {n: rule.strength for n, (_, rule) in enumerate(rules)}, default=None, return_dtype=pl.String
        ),
        "rule": index.replace_strict(
            {n: name_of(rule) for n, (_, rule) in enumerate(rules)}, default=None, return_dtype=pl.String
        ),
        "outcome": pl.when(index.is_in(done) & (pl.col("outcome") == "progress"))
        .then(pl.lit("done"))
        .otherwise("outcome"),
    }


def _fits(rule: Evidence) -> pl.Expr:
    """Return the condition under which a record fits this rule."""
    conditions = [pl.col("speaker") == rule.speaker]
    if rule.names == "image":
        conditions.append(pl.col("bound") == "named")
    elif rule.names:
        conditions.append(pl.col("tied"))
    if rule.whole or rule.fine:
        conditions.append(~pl.col("outcome").is_in(["failed", "retry"]))
    if rule.words:
        conditions.append(says(rule.words))
    if rule.failing:
        conditions.append(pl.col("outcome") == "failed")
    conditions += [pl.col(mark) for mark in ("opening", "ending", "running", "again") if getattr(rule, mark)]
    if rule.program:
        conditions.append(pl.col("program").is_in(list(rule.program)))
    if rule.after:
        conditions.append(pl.col("time") >= pl.col(f"shown_{rule.after}"))
    return pl.all_horizontal(conditions).fill_null(value=False)


def name_of(rule: Evidence) -> str:
    """Name a rule for people: who speaks, of what, and what decided."""
    if rule.whole:
        return f"{rule.speaker} says {rule.words}"
    marks = [rule.words, *(mark for mark in ("opening", "ending", "failing", "again") if getattr(rule, mark))]
    return f"{rule.speaker} names {rule.names}" + "".join(f" + {mark}" for mark in marks if mark)
