"""Images that a job of the flow names although they are none of the flow: imported by hand, or merely touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tables import TIME
from nbtrace.tracing.identify import backup_time
from nbtrace.tracing.likeness import LEARNT, outline
from nbtrace.tracing.words import says

if TYPE_CHECKING:
    from nbtrace.flows import Flow
    from nbtrace.tracing.windows import Windows

__all__ = ["touched", "typed"]

_MOST: Final = 0.5  # I: who names fewer of the images of a primary may well not name the next one
_KIND: Final = ("speaker", "function", "shape")


def typed(
    told: pl.DataFrame, rows: pl.DataFrame, named: pl.DataFrame, anchored: pl.DataFrame, *, flow: Flow, windows: Windows
) -> pl.DataFrame:
    """Return those images (``image_id``) of a ``job`` that somebody imported by hand, and no daemon of the flow.

    Only a log on the job's primary tells it, which names most images of the flow there, listened when it should have named
    this one, and did not: who submits jobs from the time of the batch on, who takes the events since the backup. Events on
    media servers tell nothing: nobody knows on which of them this one was. Where nothing tells it, the job's own words do.
    A job that who makes batches, or who passes them on, calls an import was not typed.
    """
    batch = flow.step[flow.first_job_step - 1].evidence
    batching = {rule.speaker for rule in batch if rule.names == "job" and rule.strength == "strong"}
    passed = pl.col("speaker").is_in(list(batching)) & says("importing") & ~says("other_work")
    told = told.join(rows.filter(passed & pl.col("job").is_not_null()).select("job"), on="job", how="anti")
    speakers = {speaker.name: speaker for speaker in flow.speaker if speaker.role == "primary"}
    here = named.filter(pl.col("speaker").is_in(list(speakers))).join(anchored, on="image_id", how="semi")
    each = here.group_by("host", "speaker").agg(images=pl.col("image_id").n_unique())
    most = here.group_by("host").agg(most=pl.col("image_id").n_unique() * _MOST)
    naming = each.join(most, on="host").filter(pl.col("images") >= pl.col("most"))
    spans = [
        (host, start, end, speakers[name].submits)
        for host, name in naming.select("host", "speaker").iter_rows()
        if speakers[name].submits or speakers[name].anchors
        for start, end in windows.spans.get((host, name), [])
    ]
    listened = pl.DataFrame(spans, {"host": pl.String, "start": TIME, "end": TIME, "submits": pl.Boolean}, orient="row")
    batched = pl.col("begun") - pl.duration(seconds=flow.step[flow.first_job_step - 1].deadline_s)
    hosts = rows.filter(pl.col("speaker").is_in(list(speakers)) & pl.col("job").is_not_null()).select("job", "host")
    asked = told.select("image_id", "job", "begun").unique().join(hosts.unique(), on="job").join(listened, on="host")
    since = pl.when("submits").then(batched).otherwise(backup_time())
    silent = (pl.col("start") <= since) & (pl.col("begun") <= pl.col("end"))
    return asked.filter(silent).select("image_id", "job").unique()


def touched(told: pl.DataFrame, known: pl.LazyFrame, flow: Flow) -> pl.DataFrame:
    """Return those images (``image_id``) of a ``job`` that its processes merely touch, as they open a file of another image.

    They say of it nothing that they say of images of the flow, no words of the flow, and no failure.

    Args:
        told: the records that name such images.
        known: those of images of the flow, with their jobs.
        flow: the process flow.
    """
    runs = pl.col("speaker").is_in(flow.marked("runs"))
    shaped = pl.struct("speaker", "function", shape=outline(pl.col("message")))
    usual = known.filter(runs).select("image_id", kind=shaped).collect()
    if usual["image_id"].n_unique() < LEARNT:
        return told.select("image_id", "job").clear()
    words = sorted({rule.words for step in flow.step for rule in step.evidence if rule.words and rule.names == "image"})
    means = pl.any_horizontal(*map(says, words), says("importing"), says("failed"), pl.col("status_code") > 0)
    alike = shaped.is_in(usual["kind"].unique().implode())
    telling = told.select("image_id", "job", telling=~runs | means.fill_null(value=False) | alike)
    return telling.group_by("image_id", "job").agg(pl.col("telling").any()).filter(~pl.col("telling")).drop("telling")
