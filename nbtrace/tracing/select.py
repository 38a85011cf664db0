"""Of all records that name something, those that can matter: of images and jobs of the flow, and of their runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.bounds import MOST, at_ends
from nbtrace.tables import KEY, RUN
from nbtrace.tracing.likeness import LEARNT, shape
from nbtrace.tracing.words import says, with_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["Selection", "select"]

_PLACE: Final = (*KEY, "from_line", "begin", "end")
_ALIKE: Final = ("speaker", "function", "shape")
_SOME: Final = 20  # jobs of each speaker, whatever their work, from which is learnt how jobs and runs close


@dataclass(frozen=True, slots=True)
class Selection:
    """The ``places`` of records that can matter, and the names that made them matter.

    ``places`` has log_id, line, from_line, begin and end, as in the table ``mentions``.

    ``runs`` (host, log, pid) are processes of which every entry is wanted, ``images`` (``images``) and ``jobs``
    (``job_id``) what can be of the flow.
    """

    places: pl.DataFrame
    runs: pl.DataFrame
    images: pl.DataFrame
    jobs: pl.DataFrame

    def of(self, identified: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
        """Return those entries that can matter, by all that they turned out to name: each once, in the order of files."""
        rows = identified.lazy()
        order = self._order(rows)
        # One column after the other, so that never all of them are there twice, nor those that are left out at all.
        columns = (rows.select(name).collect().to_series() for name in rows.collect_schema().names())
        return pl.DataFrame([column.gather(order) for column in columns])

    def _order(self, identified: pl.LazyFrame) -> pl.Series:
        """Return which rows can matter, in the order of files."""
        decide = identified.select(*KEY, *RUN, "images", "job_id", says("importing"))
        slim = decide.collect().with_row_index("row").filter(pl.struct(KEY).is_first_distinct())
        named = [
            slim.select("row", "images").explode("images").join(self.images, on="images", how="semi"),
            slim.join(self.jobs, on="job_id", how="semi"),
            slim.filter(says("importing") & pl.col("job_id").is_not_null()),
            slim.join(self.runs, on=RUN, how="semi"),
        ]
        wanted = pl.concat([table.select("row") for table in named]).unique()
        return slim.select(*KEY, "row").join(wanted, on="row", how="semi").sort(KEY)["row"]


def select(
    mentions: pl.LazyFrame, identified: pl.LazyFrame, logs: pl.DataFrame, flow: Flow, words: Sequence[Grammar]
) -> Selection:
    """Select what can matter for the flow's images; everything else is work of other kinds.

    Args:
        mentions: the table ``mentions`` of all logs; it may be larger than memory.
        identified: the table ``identified``, with ``says_importing``, of those records that were read in full.
        logs: ``log_id``, ``host`` and ``log`` of every log.
        flow: the process flow.
        words: the evidence grammars.

    An image can matter when a speaker that anchors names it, when words of importing stand beside it, or when it is
    spoken of like such images; a job when such an image or such words stand beside it, in one record or one run; a run
    when it names any of them.
    """
    runs_there = mentions.filter(pl.col("speaker").is_in(flow.marked("runs")) & pl.col("pid").is_not_null())
    runs_there = runs_there.join(logs.lazy().select("log_id", "host", "log"), on="log_id", how="left")
    images = _images(mentions, identified, _carried(mentions, runs_there), flow, words)
    jobs = _some_jobs(mentions)
    runs = pl.LazyFrame(schema={"host": pl.String, "log": pl.String, "pid": pl.Int64})
    for _ in range(2):  # a run leads to its job, the job to its other runs
        runs = _collected(pl.concat(_touching(runs_there, images, jobs)).select(RUN))
        of_runs = _within(runs_there, runs)
        jobs = _collected(
            pl.concat([each.select("job_id") for each in (*_touching(mentions, images, jobs), of_runs)]).drop_nulls()
        )
    of_runs = _within(runs_there, runs)
    # One after the other: each goes through all mentions.
    wanted = [*_touching(mentions, images, jobs), of_runs]
    places = pl.concat([touching.select(_PLACE).collect(engine="streaming") for touching in wanted]).unique().sort(KEY)
    return Selection(places, runs.collect(), images.collect(), jobs.collect())


def _some_jobs(mentions: pl.LazyFrame) -> pl.LazyFrame:
    """Return a few jobs (``job_id``) of each speaker, so that its way of closing them is known without any import."""
    known = mentions.select("speaker", "job_id").drop_nulls().unique().group_by("speaker")
    return _collected(known.agg(pl.col("job_id").bottom_k(_SOME)).select("job_id").explode("job_id"))


def _within(runs_there: pl.LazyFrame, runs: pl.LazyFrame) -> pl.LazyFrame:
    """Return the records of some runs; of what has more records than any run, the first and the last."""
    return runs_there.join(runs, on=RUN, how="semi").filter(at_ends(MOST, *RUN))


def _touching(mentions: pl.LazyFrame, images: pl.LazyFrame, jobs: pl.LazyFrame) -> list[pl.LazyFrame]:
    """Return the records, some of them twice, that name one of the images or jobs, or speak of importing with a job."""
    named = mentions.filter(pl.col("images").list.len() > 0)
    by_image = named.select(*KEY, "images").explode("images").join(images, on="images", how="semi").select(KEY)
    by_words = mentions.filter(pl.col("importing") & pl.col("job_id").is_not_null())
    by_job = mentions.join(jobs, on="job_id", how="semi")
    return [named.join(by_image.unique(), on=KEY, how="semi"), by_job, by_words]


def _carried(mentions: pl.LazyFrame, runs_there: pl.LazyFrame) -> pl.LazyFrame:
    """Return the images (``images``) that a run of a job names which words call an import."""
    jobs = _collected(mentions.filter("importing").select("job_id").drop_nulls())
    runs = _collected(runs_there.join(jobs, on="job_id", how="semi").select(RUN))
    return _within(runs_there, runs).select("images").explode("images").drop_nulls()


def _images(
    mentions: pl.LazyFrame, identified: pl.LazyFrame, carried: pl.LazyFrame, flow: Flow, words: Sequence[Grammar]
) -> pl.LazyFrame:
    """Return the images (``images``) that can be of the flow."""
    anchors = pl.col("speaker").is_in(flow.marked("anchors"))
    named = mentions.filter(anchors | pl.col("importing")).select("images").explode("images").drop_nulls()
    sure = _collected(pl.concat([named, carried]))
    submitted = (
        pl.col("speaker").is_in(flow.marked("submits")) & pl.col("job_id").is_null() & (pl.col("images").list.len() > 0)
    )
    first = (
        with_words(identified.filter(submitted), words, ("other_work",))
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
