"""Findings that explain a verdict: failures, overdue steps, what nobody can tell, steps without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.findings.common import Case, Finding, clock
from nbtrace.findings.unseen import Listening, witnesses
from nbtrace.knowledge.codes import finding_of, in_import, summary_codes
from nbtrace.knowledge.findings import finding as text
from nbtrace.tables import FAILED_BEFORE, STATE_LETTERS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["failures", "gaps", "overdue", "undetermined"]

_QUOTE: Final = 400  # characters of a message that a detail quotes
_PROOFS: Final = 5  # lines that a failure names as its evidence
_ALONE: Final = ("NBT201", "NBT206")  # findings of so many codes that what is known of the code says it all
_BOTH: Final = ("NBT207", "NBT208", "NBT209")  # findings of a few codes: what is known of the code comes first
_SUMS: Final = sorted({*summary_codes(), 800})  # they say less than a code beside them
_HOURS: Final = 7200  # a longer time is told in hours
_LACKING: Final = {  # what is to be said of a log: is it missing, does it cover the time
    (True, False): "is not in the bundle",
    (False, False): "does not tell of the time after that",
    (False, True): "covers the time after that, but nothing in it that is understood tells of this",
}
_UNDERSTAND: Final = (
    "Another copy of the log would tell no more. It tells it in words that no rule knows, which `nbtrace grammars unknown "
    "BUNDLE` shows and `nbtrace grammars learn` proposes rules for, or its level is too low."
)


def failures(case: Case) -> Iterator[Finding]:
    """Explain every image that failed: the status and its meaning, the line that says so, the remedy.

    A failure after which a retry may be under way unseen is explained too: it is what is known of the image.
    """
    failed = case.images.filter((pl.col("verdict") == "failed") | FAILED_BEFORE).join(
        case.stops, on="image_id", how="anti"
    )
    last = pl.concat([_deciding(case, failed).filter(pl.col("state") == "failed"), _before_unseen(case)])
    rows = failed.join(last, on="image_id", how="left", suffix="_of_step")
    said, proofs = _messages(case), _proofs(case)
    for row in rows.iter_rows(named=True):
        code, place = row["status_code"], f"{row['source']}:{row['line']}"
        known = in_import(code) if code else None
        finding = finding_of(code) if code else "NBT201"
        quote = f'{row["daemon"]} on {row["host"]} said: "{said[place]}".' if place in said else ""
        cause = known.cause if known else "The code is not known here." if code else "No status code was found."
        yield Finding(
            finding,
            " ".join(filter(None, (quote, cause))),
            title=_title(code),
            remedy=_remedy(finding, code),
            image_id=row["image_id"],
            job_id=row["job_id"],
            step=row["failed_step"],
            host=row["host"],
            time=row["start_time"],
            evidence=tuple(dict.fromkeys([*_place(row), *proofs.get(row["image_id"], ())])),
        )


def _title(code: int | None) -> str:
    """Return the title that groups failures of one cause."""
    if not code:
        return "the import failed, and no status code is known"
    known = in_import(code)
    return known.name if known else "the import ended with a status code that is not known here"


def _remedy(finding: str, code: int | None) -> str:
    """Return what to do: what is known of the code where the finding says nothing special of it, and the finding's."""
    known = in_import(code) if code else None
    words = text(finding).remedy
    if known is None or not known.remedy or finding not in {*_ALONE, *_BOTH}:
        return words
    return known.remedy if finding in _ALONE else f"{known.remedy} {words}"


def _deciding(case: Case, images: pl.DataFrame) -> pl.DataFrame:
    """Return the steps of the attempt that decided the verdict of each of these images: the last one whose states are the image's."""
    steps = case.steps.join(images, on="image_id", how="semi", maintain_order="left")
    several = case.images.filter(pl.col("attempts") > 1).select("image_id", "step_states")
    letter = pl.col("state").sort_by("step").replace_strict(STATE_LETTERS, return_dtype=pl.String)
    tried = steps.join(several, on="image_id", how="inner").group_by("image_id", "attempt")
    same = tried.agg(pl.col("step_states").first() == letter.str.join("")).filter("step_states")
    chosen = same.group_by("image_id").agg(decides=pl.col("attempt").max())
    steps = steps.join(chosen, on="image_id", how="left", maintain_order="left")
    last = pl.col("attempt").max().over("image_id")
    return steps.filter(pl.col("attempt") == pl.coalesce("decides", last)).drop("decides")


def _failing(case: Case) -> pl.DataFrame:
    """Return the records that say a failure: image_id, place, message."""
    place = pl.format("{}:{}", "path", "line").alias("place")
    return case.evidence.filter(pl.col("outcome") == "failed").select("image_id", place, "message", "status_code")


def _messages(case: Case) -> dict[str, str]:
    """Return the beginning of each message that says a failure, by its place.

    The row of a job in a listing holds several: of these the one whose code says most.
    """
    line = pl.col("message").str.split("\n").list.first()
    cut = line.str.head(_QUOTE).str.replace(r"\s*\S*$", " …")  # at a word: half a number would be another status
    short = pl.when(line.str.len_chars() > _QUOTE).then(cut).otherwise(line)
    weak = pl.col("status_code").is_null() | pl.col("status_code").is_in(_SUMS)
    said = _failing(case).sort(~weak, "status_code", maintain_order=True)
    return dict(said.select("place", short).iter_rows())


def _proofs(case: Case) -> dict[str, list[str]]:
    """Return the places that prove the failure of each image, some of them."""
    proofs = _failing(case).group_by("image_id", maintain_order=True).agg(pl.col("place").head(_PROOFS))
    return dict(proofs.iter_rows())


def overdue(case: Case) -> Iterator[Finding]:
    """Say for every stalled image which step did not come, since when, and which log was listening."""
    decided = set(case.stops["image_id"])  # by a listing, which says itself why
    pending = set(case.waiting()["image_id"])
    for row, before in _stopped(case, "stalled"):
        if row["image_id"] in decided:
            continue
        step = case.step(row["failed_step"])
        logs = " or ".join(step.witnesses)
        yield Finding(
            "NBT102",
            f"{_after(before)} Step {step.number} was due within {_span(step.deadline_s)}; the log of {logs} covers that time and has nothing of it.",
            title=f"step {step.number} ({step.name}) is overdue: {step.what}",
            remedy=step.advice(is_pending=row["image_id"] in pending),
            image_id=row["image_id"],
            job_id=(row["job_ids"] or [None])[-1],
            step=step.number,
            host=before.get("host"),
            time=before.get("end_time"),
            evidence=_place(before),
        )


def undetermined(case: Case) -> Iterator[Finding]:
    """Say for every image that cannot be judged which log would have told."""
    told = {row["image_id"]: deciding for row, deciding in witnesses(case)}
    failed = {step["image_id"]: step for step in _before_unseen(case).iter_rows(named=True)}
    proofs, said, listening = _proofs(case), _messages(case), Listening(case)
    for row, passed in _stopped(case, "undetermined"):
        logs = told[row["image_id"]]
        step = logs.step
        is_there = all(listening.covers(logs, speaker, row) for speaker in logs.speakers)
        why = f"The log of {logs} {_LACKING[logs.missing, is_there]}"
        before, again = failed.get(row["image_id"], passed), row["image_id"] in failed
        known = f"{_after(before)} {why}, so nobody can tell whether step {step.number} ({step.name}: {step.what}) happened."
        if again:
            known = f"{_failure(said, before)} {why}, so nobody can tell whether it is tried again."
        yield Finding(
            "NBT301" if logs.missing else "NBT303",
            known,
            title=f"the import failed, and whether it is tried again only the log of {logs} would tell"
            if again
            else f"what became of the image only the log of {logs} would tell",
            remedy=_UNDERSTAND
            if is_there
            else f"Fetch the log of {logs} for this time and run nbtrace again; `nbtrace inventory` says where it lies.",
            image_id=row["image_id"],
            job_id=(row["job_ids"] or [None])[-1],
            step=step.number,
            host=before.get("host"),
            time=before.get("end_time"),
            evidence=tuple(dict.fromkeys([*_place(before), *(proofs.get(row["image_id"], ()) if again else ())])),
        )


def _before_unseen(case: Case) -> pl.DataFrame:
    """Return the step that failed of each image whose failure is known, and whose retry might be unseen."""
    known = case.images.filter(FAILED_BEFORE).select("image_id", "attempts")
    steps = case.steps.join(known, on="image_id", how="inner", maintain_order="left")
    failed = (pl.col("attempt") == pl.col("attempts")) & (pl.col("state") == "failed")
    return steps.filter(failed).select(case.steps.columns)


def _failure(messages: dict[str, str], step: dict[str, Any]) -> str:
    """Say of the attempt before how it failed."""
    said = messages.get(f"{step['source']}:{step['line']}")
    quote = f' {step["daemon"]} on {step["host"]} said: "{said}".' if said else ""
    when = f" at {clock(step['end_time'])}" if step["end_time"] else ""
    return f"Job {step['job_id']} failed at step {step['step']} ({step['name']}){when}.{quote}"


def _stopped(case: Case, verdict: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the images of this verdict, each with the last step that it is known to have passed."""
    images = case.images.filter(pl.col("verdict") == verdict)
    done = _deciding(case, images).filter(pl.col("state") == "done").group_by("image_id", maintain_order=True).last()
    before = {step["image_id"]: step for step in done.iter_rows(named=True)}
    for row in images.iter_rows(named=True):
        yield row, before.get(row["image_id"], {})


def _after(before: dict[str, Any]) -> str:
    """Say what is known last."""
    if not before:
        return "No step is known to be done."
    return f"Step {before['step']} ({before['name']}) was last seen at {clock(before['end_time'])} on {before['host']}."


def _place(step: dict[str, Any]) -> tuple[str, ...]:
    return (f"{step['source']}:{step['line']}",) if step.get("source") else ()


def _span(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds < _HOURS else f"{seconds // 3600} hours"


def gaps(case: Case) -> Iterator[Finding]:
    """Name every step that left no trace although its log covers the time and a later step is proven."""
    missing = pl.col("state") == "missing"
    for row in _deciding(case, case.steps.filter(missing)).filter(missing).iter_rows(named=True):
        step = case.step(row["step"])
        yield Finding(
            "NBT101",
            f"Step {step.number} ({step.name}: {step.what}) is nowhere in the log of {' or '.join(step.witnesses)}, which covers the time; later steps are proven.",
            title=f"step {step.number} ({step.name}) left no trace although later steps are proven",
            image_id=row["image_id"],
            job_id=row["job_id"],
            step=step.number,
        )
