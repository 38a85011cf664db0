"""Of all identified entries, those that can matter: of images and jobs of the flow, and of the runs that serve them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tracing.belonging import names_of
from nbtrace.tracing.likeness import LEARNT, shape
from nbtrace.tracing.words import says, with_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["KEY", "RUN", "Selection", "select"]

KEY: Final = ("log_id", "line")  # what tells one entry from another
RUN: Final = ("host", "log", "pid")  # what tells one process run from another, but for its time
_ALIKE: Final = ("speaker", "function", "shape")
_SOME: Final = 20  # jobs of each speaker, whatever their work, from which is learnt how jobs and runs close


@dataclass(frozen=True, slots=True)
class Selection:
    """The identified ``rows`` that can matter, and the ``runs`` (host, log, pid) of which every entry is wanted."""

    rows: pl.DataFrame
    runs: pl.DataFrame


def select(identified: pl.LazyFrame, flow: Flow, words: Sequence[Grammar]) -> Selection:
    """Select what can matter for the flow's images; everything else is work of other kinds.

    Args:
        identified: the table ``identified`` of all logs, with ``says_importing``; it may be larger than memory.
        flow: the process flow.
        words: the evidence grammars.

    An image can matter when a speaker that anchors names it, when words of importing stand beside it, or when it is
    spoken of like such images; a job when such an image or such words stand beside it, in one entry or one run; a run
    when it names any of them.
    """
    images = _images(identified, flow, words)
    runs_there = identified.filter(pl.col("speaker").is_in(names_of(flow, "runs")) & pl.col("pid").is_not_null())
    jobs = _some_jobs(identified)
    runs = pl.LazyFrame(schema={"host": pl.String, "log": pl.String, "pid": pl.Int64})
    for _ in range(2):  # a run leads to its job, the job to its other runs
        runs = _collected(_touching(runs_there, images, jobs).select(RUN))
        of_runs = runs_there.join(runs, on=RUN, how="semi")
        jobs = _collected(pl.concat([_touching(identified, images, jobs), of_runs]).select("job_id").drop_nulls())
    rows = pl.concat([_touching(identified, images, jobs), runs_there.join(runs, on=RUN, how="semi")])
    return Selection(rows.unique(KEY).sort(KEY).collect(engine="streaming"), runs.collect())


def _some_jobs(identified: pl.LazyFrame) -> pl.LazyFrame:
    """Return a few jobs (``job_id``) of each speaker, so that its way of closing them is known without any import."""
    known = identified.select("speaker", "job_id").drop_nulls().unique().group_by("speaker")
    return _collected(known.agg(pl.col("job_id").bottom_k(_SOME)).select("job_id").explode("job_id"))


def _touching(identified: pl.LazyFrame, images: pl.LazyFrame, jobs: pl.LazyFrame) -> pl.LazyFrame:
    """Return the entries that name one of the images or jobs, or speak of importing with a job."""
    by_image = identified.select(*KEY, "images").explode("images").join(images, on="images", how="semi").select(KEY)
    by_words = identified.filter(says("importing") & pl.col("job_id").is_not_null())
    by_job = identified.join(jobs, on="job_id", how="semi")
    return pl.concat([identified.join(by_image.unique(), on=KEY, how="semi"), by_job, by_words])


def _images(identified: pl.LazyFrame, flow: Flow, words: Sequence[Grammar]) -> pl.LazyFrame:
    """Return the images (``images``) that can be of the flow."""
    named = identified.filter(pl.col("images").list.len() > 0)
    anchors = pl.col("speaker").is_in(names_of(flow, "anchors"))
    sure = _collected(named.filter(anchors | says("importing")).select("images").explode("images"))
    first = (
        with_words(
            named.filter(pl.col("speaker").is_in(names_of(flow, "submits")) & pl.col("job_id").is_null()),
            words,
            ("other_work",),
        )
        .filter(~says("other_work"))
        .select("images", "time", "line", "speaker", "function", shape=shape(pl.col("message")))
        .explode("images")
    )
    known = (
        first.join(sure, on="images", how="semi").sort("time", "line").group_by("images", maintain_order=True).first()
    )
    learnt = known.group_by(_ALIKE).len().filter(pl.col("len") >= LEARNT)
    alike = first.join(_collected(learnt.select(_ALIKE)), on=_ALIKE, how="semi", nulls_equal=True).select("images")
    return _collected(pl.concat([sure, alike]))


def _collected(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Compute what is small once and for all, without repeats."""
    return frame.unique().collect(engine="streaming").lazy()
