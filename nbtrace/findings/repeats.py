"""Findings about images that needed several attempts: how each of them ended, and whether anything changed."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.findings.common import Case, Finding, clock
from nbtrace.knowledge.codes import is_summary

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["repeated"]

_CLOSENESS: Final = {"named": 0, "session": 1, "job": 2}  # how closely a record belongs to the image
_ALIKE: Final = (
    "Nothing changed between the attempts: another one will end the same way. Remove the cause first; the finding of "
    "the image names it. `bpdbjobs` on the target primary shows all the jobs."
)


def repeated(case: Case) -> Iterator[Finding]:
    """Point to images that needed, or used up, several attempts; each attempt with its own end."""
    images = case.images.filter(pl.col("attempts") > 1)
    steps = case.steps.join(images.select("image_id", "attempts"), on="image_id")
    steps = steps.filter(pl.col("attempt") <= pl.col("attempts")).sort("image_id", "attempt", "step")
    by_image = {image: rows.to_dicts() for (image,), rows in steps.group_by("image_id", maintain_order=True)}
    codes = _codes(case, images)
    for row in images.iter_rows(named=True):
        tried = groupby(by_image.get(row["image_id"], []), itemgetter("attempt"))
        ends = [_end(list(attempt), codes) for _, attempt in tried]
        failed = [(end["step"], end["code"]) for end in ends if end["state"] == "failed"]
        alike = len(failed) > 1 and len(set(failed)) == 1 and row["verdict"] != "imported"
        jobs = ", ".join(map(str, row["job_ids"]))
        how = "the last one imported it" if row["verdict"] == "imported" else "none of them imported it"
        told = " ".join(_told(case, end) for end in ends)
        yield Finding(
            "NBT105",
            f"{row['attempts']} attempts (jobs {jobs}); {how}. {told}".rstrip(),
            title=f"{len(failed)} attempts failed in the same way" if alike else "",
            remedy=_ALIKE if alike else "",
            severity="info" if row["verdict"] == "imported" else "",
            image_id=row["image_id"],
            job_id=(row["job_ids"] or [None])[-1],
            time=row["first_time"],
            evidence=tuple(dict.fromkeys(end["place"] for end in ends if end["place"])),
        )


def _end(steps: list[dict[str, Any]], codes: dict[tuple[str, int], int]) -> dict[str, Any]:
    """Return where one attempt stopped and with which status."""
    stop = next((step for step in steps if step["state"] in {"failed", "overdue", "waiting"}), None)
    at = stop or steps[-1]
    place = f"{stop['source']}:{stop['line']}" if stop and stop["source"] else ""
    state = at["state"] if stop or at["state"] == "unseen" else "done"
    code = codes.get((at["image_id"], at["attempt"])) if state == "failed" else None
    return {"attempt": at["attempt"], "job": at["job_id"], "state": state, "step": at["step"], "code": code,
            "time": at["start_time"], "place": place}  # fmt: skip


def _told(case: Case, end: dict[str, Any]) -> str:
    """Say how one attempt ended."""
    step = case.step(end["step"])
    at = f" at {clock(end['time'])}" if end["time"] else ""
    code = "" if end["code"] is None else f" with status {end['code']}"
    words = {
        "failed": f"failed at step {step.number} ({step.name}){code}{at}",
        "done": "imported the image",
        "unseen": "has an end that the logs do not tell",
    }
    how = words.get(end["state"], f"is {end['state']} at step {step.number} ({step.name})")
    return f"Attempt {end['attempt']} {how}."


def _codes(case: Case, images: pl.DataFrame) -> dict[tuple[str, int], int]:
    """Return the status that explains most of each failed attempt: no mere sum, close to the image, early."""
    failing = case.evidence.join(images.select("image_id"), on="image_id", how="semi")
    failing = failing.filter((pl.col("outcome") == "failed") & pl.col("status_code").is_not_null())
    failing = failing.with_columns(close=pl.col("bound").replace_strict(_CLOSENESS, default=3, return_dtype=pl.Int8))
    found: dict[tuple[str, int], int] = {}
    for (image, attempt), rows in failing.sort("close", "time").group_by("image_id", "attempt", maintain_order=True):
        codes = [code for code in rows["status_code"] if code]
        if codes:
            found[str(image), int(str(attempt))] = min(codes, key=lambda code: is_summary(code, beside=codes))
    return found
