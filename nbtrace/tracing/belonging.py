"""Which records belong to which imported image: by name, by process run, by job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import polars.selectors as cs

from nbtrace.bounds import MANY
from nbtrace.tracing.foreign import touched, typed
from nbtrace.tracing.likeness import LEARNT, outline, shape
from nbtrace.tracing.words import says, unquoted

if TYPE_CHECKING:
    from nbtrace.flows import Flow
    from nbtrace.tracing.windows import Windows

__all__ = ["adopt", "bind", "import_jobs"]

_SKEW: Final = pl.duration(minutes=2)  # I: clocks of two hosts may differ by so much
_AFTER: Final = pl.duration(minutes=1)  # I: what is said so soon after a job's end is still said about that job
_ROUNDED: Final = pl.duration(seconds=1)  # listings and legacy lines may give whole seconds
_HARDLY: Final = 0.1  # I: so few of many may be told by a clock that is wrong
_TELLING: Final = cs.by_name(
    "images", "job", "time", "line", "host", "speaker", "function", "message", "status_code"
) | cs.starts_with("says_")
_ALONE: Final = ("entry", "time", "host", "speaker", "function", "message", "outcome", cs.starts_with("says_"))
_SPENT: Final = ("images", "function", "shared", "crowded")  # what nothing asks for once it is known whose a record is
_NEAR: Final = "6h"  # I: a run follows the batch of its image by hours at the most


def import_jobs(rows: pl.DataFrame, flow: Flow, windows: Windows) -> pl.DataFrame:
    """Return the jobs of the flow with the images that they carry: ``image_id``, ``job_id``, ``first``, ``last``.

    A row without a job stands for an image whose job is not known (``job_id`` null). An image is one of the flow when a
    speaker that anchors names it, when a submitting speaker speaks of importing it, or when a job of the flow carries
    it. Ordinary work of the same daemons is left out by its words and by its jobs.
    """
    # Before a record is repeated for each image that it names, since texts are made anew and may be long. In those that
    # name very many images no quotation is looked for: to search a long text for each name takes the square of its length.
    few = pl.col("images").list.len() <= MANY
    rows = rows.select(_TELLING, said=pl.when(few).then(unquoted(pl.col("message"))))
    named = rows.filter(pl.col("images").list.len() > 0).explode("images").rename({"images": "image_id"})
    by_anchor = pl.col("speaker").is_in(flow.marked("anchors")) & (~says("other_work") | says("importing"))
    spoken = says("importing") & ~says("manual") & ~says("other_work")  # a policy may be called import, too
    by_words = pl.col("speaker").is_in(flow.marked("submits")) & spoken & _said()
    anchored = named.filter(by_anchor | by_words).select("image_id").unique()
    pairs = named.filter(pl.col("job").is_not_null()).join(_kinds(rows, flow), on="job", how="inner")
    ours = pairs.filter((pl.col("work") == "import") & ~pl.col("manual") & _said())
    speaks = flow.marked("anchors") + flow.marked("submits")
    spoken_of = named.filter(pl.col("speaker").is_in(speaks) & ~says("other_work")).select("image_id").unique()
    # Nobody who anchors or submits names an image whose import somebody typed.
    anchored = pl.concat([anchored, ours.join(spoken_of, on="image_id", how="semi").select("image_id")]).unique()
    anchored = pl.concat([anchored, _alike(named, anchored, flow)]).unique()
    # Most records are of images of the flow: of them no more is kept than what is asked for.
    certain = pairs.lazy().join(anchored.lazy(), on="image_id", how="semi")
    told = ours.join(anchored, on="image_id", how="anti")
    del ours
    for foreign in (
        typed(told, rows, named, anchored, flow=flow, windows=windows),
        touched(told, certain, flow),
    ):
        told = told.join(foreign, on=["image_id", "job"], how="anti")
    sure = certain.filter(pl.col("work") != "other").select("image_id", "job").unique().collect()
    carried = pl.concat([sure, told.select("image_id", "job")]).rename({"job": "job_id"}).unique()
    times = (
        rows.filter(pl.col("job").is_not_null())
        .group_by(job_id="job")
        .agg(first=pl.col("time").min(), last=pl.col("time").max())
    )
    images = pl.concat([anchored, carried.select("image_id")]).unique()
    return images.join(carried.join(times, on="job_id", how="left"), on="image_id", how="left").sort(
        "image_id", "first", "job_id"
    )


def _said() -> pl.Expr:
    """Tell whether the record itself names the image (``image_id``), not somebody whom it quotes."""
    return pl.col("said").str.contains(pl.col("image_id"), literal=True).fill_null(value=True)


def _kinds(rows: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return each job (``job``) with its ``work``: import, other or unknown, by the words of its records.

    ``manual`` tells whether any of them speaks of an import that somebody typed, ``begun`` when it is heard of first.
    """
    runs_it = pl.any_horizontal(
        (pl.col("speaker") == speaker.name)
        & (pl.col("function").fill_null("") + " " + pl.col("said")).str.contains(speaker.program, literal=True)
        for speaker in flow.speaker
        if speaker.program
    )
    votes = (
        rows.filter(pl.col("job").is_not_null())
        .group_by("job")
        .agg(
            ours=(says("importing") & ~says("other_work")).sum() + runs_it.sum(),
            others=(says("other_work") & ~says("importing")).sum(),
            manual=says("manual").any(),
            typed=says("manual").any() & ~pl.col("speaker").is_in(flow.marked("submits")).any(),
            begun=pl.col("time").min(),
        )
    )
    ours = (pl.col("ours") > 0) & (pl.col("ours") >= pl.col("others")) & ~pl.col("typed")
    none = (pl.col("ours") == 0) & (pl.col("others") == 0)
    return votes.select(
        "job",
        "begun",
        "manual",
        work=pl.when(ours).then(pl.lit("import")).when(none).then(pl.lit("unknown")).otherwise(pl.lit("other")),
    )


def _alike(named: pl.DataFrame, anchored: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return images of which a submitting speaker says first what it says first of anchored images, whatever the words.

    What is said first of several anchored images is what the flow says.
    """
    first = (
        named.filter(pl.col("speaker").is_in(flow.marked("submits")) & pl.col("job").is_null() & ~says("other_work"))
        .sort("time", "line", maintain_order=True)
        .group_by("image_id", maintain_order=True)
        .first()
        .select("image_id", "speaker", "function", shape=shape(pl.col("message")))
    )
    alike = ["speaker", "function", "shape"]
    learnt = first.join(anchored, on="image_id", how="semi").group_by(alike).len().filter(pl.col("len") >= LEARNT)
    return first.join(learnt, on=alike, how="semi", nulls_equal=True).select("image_id")


def bind(
    rows: pl.DataFrame, carried: pl.DataFrame, flow: Flow, *, tying: bool, ended: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Return the records that belong to an image, once for each image, with the attempt that they are part of.

    Adds ``image_id``, ``attempt`` (from 1, one a job in the order of time), ``job_id``, ``tied`` (the record or its run
    names the job itself), ``again`` (it puts the image into a batch again, after a job that failed) and ``bound``: named |
    session | job. A record that names images belongs to those only; one that is ``shared`` (``sharing.with_shared``)
    belongs to all images of its job.

    ``ended`` are the ends of jobs that listings know: job_id, over, ended_with.
    """
    jobs = carried.filter(pl.col("job_id").is_not_null()).with_columns(
        attempt=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over("image_id", order_by=["first", "job_id"])
    )
    rows = rows.with_columns(tied=pl.col("job").is_not_null()).drop("job_id").rename({"job": "job_id"})
    # A record stands here once for each of its images: while it is found out which, only what that needs is repeated.
    named = (
        rows.select("entry", "images", "job_id")
        .explode("images")
        .rename({"images": "image_id"})
        .join(carried.select("image_id").unique(), on="image_id", how="semi")
    )
    pairs = jobs.select("image_id", "job_id", "attempt")
    with_job = named.join(pairs, on=["image_id", "job_id"], how="inner")
    free = pl.col("job_id").is_null() & pl.col("session").is_null() & (~says("other_work") | says("importing"))
    alone = named.drop("job_id").join(rows.filter(free).select(_ALONE), on="entry", how="inner")
    alone = _retried(_by_time(alone, jobs, flow, tying=tying), rows, jobs, flow, ended)
    shared = rows.filter("shared").select("entry", "job_id").join(pairs, on="job_id", how="inner")
    shared = shared.join(with_job.select("entry", "image_id"), on=["entry", "image_id"], how="anti")
    never = pl.lit(value=False)
    parts = [
        with_job.with_columns(again=never, by_name=pl.lit(value=True)),
        alone.with_columns(by_name=pl.lit(value=True)),
        shared.with_columns(again=never, by_name=never),
    ]
    # Numbers are sorted faster than names; theirs is the same order, and that of entries the one of files and lines.
    numbers = carried.select(pl.col("image_id").unique().sort()).with_row_index("image")
    found = (
        pl.concat([part.select("entry", "image_id", "attempt", "job_id", "again", "by_name") for part in parts])
        .join(numbers, on="image_id", how="left", maintain_order="left")
        .join(rows.select("entry", "time"), on="entry", how="left", maintain_order="left")
        .sort("image", "attempt", "time", "entry", maintain_order=True)
        .drop("image")
    )
    bound = (
        pl.when("by_name")
        .then(pl.lit("named"))
        .when(pl.col("session").is_not_null())
        .then(pl.lit("session"))
        .otherwise(pl.lit("job"))
    )
    whole = found.join(rows.drop("job_id", "time", *_SPENT), on="entry", how="left", maintain_order="left")
    return whole.with_columns(bound=bound).drop("entry", "by_name", "session")


def _late(flow: Flow) -> list[str]:
    """Return the speakers that speak of an image only while a job works on it."""
    first = min(step.number for step in flow.step if "job" in step.carries)
    early = {rule.speaker for step in flow.step for rule in step.evidence if step.number <= first}
    return [speaker.name for speaker in flow.speaker if speaker.name not in early]


def _arrived(flow: Flow) -> pl.Expr:
    """Tell whether a record says of its image what only the last step says, and no failure."""
    words = {rule.words for rule in flow.step[-1].evidence if rule.words}
    return pl.any_horizontal(pl.lit(value=False), *map(says, sorted(words))) & (pl.col("outcome") != "failed")


def _by_time(alone: pl.DataFrame, jobs: pl.DataFrame, flow: Flow, *, tying: bool) -> pl.DataFrame:
    """Give records that name an image but no job to the attempt that ran at their time; the first where none did.

    Speakers that come in only while a job works must speak in its time: the same daemon answers queries about the
    image before and after. Of an image without a job, and after a job, counts what is said of its arrival, since the
    records that name its job may be lost, and all that they say where no log is there that would tie an image to its job
    (not ``tying``). Adds ``after``: it tells of the arrival after all jobs that are known.
    """
    late = _late(flow)
    starts = jobs.filter(pl.col("first").is_not_null()).select(
        "image_id", began=pl.col("first") - _SKEW, ended=pl.col("last") + _SKEW, attempt="attempt", running="job_id"
    )
    timed = alone.filter(pl.col("time").is_not_null()).sort("time")
    found = timed.join_asof(
        starts.sort("began"), left_on="time", right_on="began", by="image_id", check_sortedness=False
    )
    found = pl.concat([found, alone.filter(pl.col("time").is_null())], how="diagonal")
    known = pl.col("image_id").is_in(starts["image_id"].unique().to_list())
    in_time = (pl.col("time") <= pl.col("ended")).fill_null(value=False)
    after = (pl.col("time") > pl.col("ended")).fill_null(value=False) & pl.col("speaker").is_in(late) & _arrived(flow)
    found = found.with_columns(after=after)
    free = ~known & (pl.lit(not tying) | _arrived(flow))
    found = found.filter(~pl.col("speaker").is_in(late) | in_time | free | pl.col("after"))
    return found.with_columns(attempt=pl.col("attempt").fill_null(1).cast(pl.Int32), job_id=pl.col("running")).drop(
        "running", "began", "ended"
    )


def _retried(
    alone: pl.DataFrame, rows: pl.DataFrame, jobs: pl.DataFrame, flow: Flow, listed: pl.DataFrame | None
) -> pl.DataFrame:
    """Open a new attempt where an image is put into a batch again, or arrives, after its job has failed.

    Such a record names no job. That of a batch is known by its words, or because it looks like what is said of images
    just before their jobs, and never while they run; after a job that did not fail an arrival is no news.
    """
    closers = flow.closers
    ending = pl.col("ending") & (pl.col("images").list.len() == 0)
    closing = ending & pl.col("speaker").is_in(list(closers))
    # Where nobody tells of the job's end, that of another of its processes must do.
    left = ending & pl.col("speaker").is_in(flow.marked("runs"))
    timed = rows.filter(pl.col("job_id").is_not_null() & pl.col("time").is_not_null())
    ended = timed.sort("time", maintain_order=True).group_by("job_id")
    ends = ended.agg(
        over=pl.coalesce(pl.col("time").filter(closing).last(), pl.col("time").filter(left).last()),
        ended_with=pl.coalesce(pl.col("status_code").filter(closing).last(), pl.col("status_code").filter(left).last()),
    )
    if listed is not None:
        ends = pl.concat([ends, listed.join(ends.drop_nulls("over"), on="job_id", how="anti")], how="vertical_relaxed")
        ends = ends.sort("over", nulls_last=True).unique("job_id", keep="first")
    # What comes first is told by one clock: others may differ from that of who submits.
    here = timed.group_by("job_id", "host").agg(
        began_here=pl.col("time").min(), over_here=pl.col("time").filter(closing).max()
    )
    kind = ["speaker", "function", "shape"]
    facts = jobs.select("image_id", "attempt", began="first").join(
        jobs.select("image_id", attempt=pl.col("attempt") - 1, next_job="job_id"),
        on=["image_id", "attempt"],
        how="left",
    )
    told = (
        alone.filter(pl.col("speaker").is_in(flow.marked("submits")) & (pl.col("outcome") == "progress"))
        .select(
            "entry",
            "image_id",
            "attempt",
            "job_id",
            "time",
            "host",
            "speaker",
            "function",
            "message",
            says("batch"),
            says("ended"),
        )
        .with_columns(shape=outline(pl.col("message")))
        .join(facts, on=["image_id", "attempt"], how="inner")
        .join(ends, on="job_id", how="left")
        .join(here, on=["job_id", "host"], how="left")
        .with_columns(began=pl.coalesce("began_here", "began") + _ROUNDED, over=pl.coalesce("over_here", "over"))
    )
    before = told.filter(pl.col("time") <= pl.col("began")).sort("time", maintain_order=True)
    first = before.group_by("image_id", "attempt").last().group_by(kind).len().filter(pl.col("len") >= LEARNT)
    during = told.filter((pl.col("time") > pl.col("began")) & (pl.col("time") <= pl.col("over")))
    counted = first.join(during.group_by(kind).agg(during=pl.len()), on=kind, how="left", nulls_equal=True)
    learnt = counted.filter(pl.col("during").fill_null(0) <= _HARDLY * pl.col("len")).select(
        *kind, learnt=pl.lit(value=True)
    )
    told = told.join(learnt, on=kind, how="left", nulls_equal=True)
    again = (pl.col("time") > pl.col("over") + _AFTER) & (pl.col("ended_with") != 0)
    batched = (says("batch") & ~says("ended")) | pl.col("learnt").fill_null(value=False)
    opened = told.filter(again & batched).select("entry", "image_id", "next_job", again=pl.lit(value=True))
    failed = ends.filter((pl.col("ended_with") != 0).fill_null(value=False)).select("job_id", failed=pl.lit(value=True))
    arrived = alone.filter("after").join(failed, on="job_id").join(facts, on=["image_id", "attempt"])
    opened = pl.concat([opened, arrived.select("entry", "image_id", "next_job", again=pl.lit(value=True))])
    marked = alone.join(opened, on=["entry", "image_id"], how="left", maintain_order="left")
    marked = marked.filter(~pl.col("after") | pl.col("again").fill_null(value=False))
    new = pl.col("again").fill_null(value=False)
    return marked.with_columns(
        attempt=pl.col("attempt") + new.cast(pl.Int32),
        job_id=pl.when(new).then("next_job").otherwise("job_id"),
        again=new,
    ).drop("next_job", "after")


def adopt(rows: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Give runs that name images but no job to the job of their image that was named before.

    Runs whose words speak of other work are left alone.
    """
    shared = flow.marked("program")  # logs in which commands of all kinds write: there the words must say import
    loose = rows.lazy().filter(pl.col("session").is_not_null() & pl.col("session_job").is_null())
    fits = (
        loose.group_by("session")
        .agg(
            pl.col("images").list.explode().drop_nulls().first().alias("image_id"),
            first=pl.col("time").min() + _SKEW,  # its clock may be behind that of the host that named the job
            other=(says("other_work") & ~says("importing")).any(),
            ours=says("importing").any(),
            many=pl.col("speaker").is_in(shared).any(),
        )
        .filter(
            pl.col("image_id").is_not_null()
            & pl.col("first").is_not_null()
            & (pl.col("ours") | ~(pl.col("other") | pl.col("many")))
        )
        .collect()
    )
    before = flow.marked("submits") + shared
    # A command that speaks of importing may be heard of first by what it has started.
    parts = [(fits.filter("many"), before + flow.marked("runs")), (fits.filter(~pl.col("many")), before)]
    found = pl.concat(_nearest(runs, rows.lazy().filter(pl.col("speaker").is_in(names))) for runs, names in parts)
    of_rows = rows.select("session").join(found, on="session", how="left", maintain_order="left")
    return rows.with_columns(job=pl.coalesce("job", of_rows["adopted"]))


def _nearest(runs: pl.DataFrame, rows: pl.LazyFrame) -> pl.DataFrame:
    """Return the runs with the job (``adopted``) that was named last with their image before."""
    named = (
        rows.select("time", image_id="images", adopted="job").drop_nulls().explode("image_id").drop_nulls().collect()
    )
    return runs.sort("first").join_asof(
        named.sort("time"), left_on="first", right_on="time", by="image_id", tolerance=_NEAR, check_sortedness=False
    )
