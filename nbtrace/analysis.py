"""The whole pipeline on one page: from what was handed in to what is known of every image.

    bundle → logs → entries → identified → evidence → traces → findings → result

This is the public API, and the only place where the stages meet; what passes between them are the tables of
``nbtrace.tables``.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

import polars as pl

from nbtrace.bounds import MANY
from nbtrace.bundle import Bundle, Limits, read_bundle, renamed
from nbtrace.bundle.watch import REFUSED
from nbtrace.bundle.zones import with_dates, with_matched
from nbtrace.engines.answers import Answers
from nbtrace.engines.cache import Cache
from nbtrace.engines.fingerprint import knowledge
from nbtrace.engines.listings import originators_of, read_listings, rezoned, settings_of
from nbtrace.engines.local import Engine
from nbtrace.errors import NothingReadableError
from nbtrace.findings import Case, ClockTables, find, requests, with_causes, with_witnesses
from nbtrace.flows import load
from nbtrace.flows.tuning import renumbered, tuned
from nbtrace.grammar.library import Library
from nbtrace.learning import understanding
from nbtrace.tables import FINDINGS, IGNORED, IMAGES, LOGS, Result
from nbtrace.tracing import select, trace
from nbtrace.tracing.clocks import credible, match
from nbtrace.tracing.coverage import coverage, with_roles
from nbtrace.tracing.dates import by_change
from nbtrace.tracing.rotations import followed, missing, repeating
from nbtrace.tracing.sharing import fewer_names
from nbtrace.tracing.windows import listen
from nbtrace.tracing.zoned import utc_times

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from nbtrace.engines.local import Reading
    from nbtrace.flows import Flow
    from nbtrace.tracing import Trace

__all__ = ["Limits", "Options", "analyze"]


@dataclass(frozen=True, slots=True)
class Options:
    """What an analysis may be told.

    ``hosts`` are ``PATH=NAME``, ``host_tz`` are ``HOST=ZONE``, ``tz`` is the zone of all other hosts, ``grammars`` a
    site's folder of grammars; ``thorough`` reads every record in full, for comparison; ``since`` and ``until`` (UTC) leave
    out images that nothing is known of in between; ``cache`` is a folder of this user alone, in which what was read of
    large logs is kept for the next time; ``limits`` say how far archives are unpacked.
    """

    hosts: Sequence[str] = ()
    tz: str | None = None
    host_tz: Sequence[str] = ()
    grammars: Path | None = None
    thorough: bool = False
    since: datetime | None = None
    until: datetime | None = None
    cache: Path | None = None
    limits: Limits = field(default_factory=Limits)


def analyze(
    inputs: Sequence[Path], options: Options | None = None, progress: Callable[[int, int], None] | None = None
) -> Result:
    """Analyse a bundle: folders, files, archives, or ``-`` for standard input.

    Args:
        inputs: what was handed in; several are taken as one bundle.
        options: see ``Options``.
        progress: called with the bytes read so far and in all.

    Raises:
        InputError: an input does not exist, or an option is wrong.
        NothingReadableError: there is no log in the input.
        GrammarError: a site's grammar is broken.
    """
    options = options or Options()
    clock, flow = _Clock(), load("import")
    with clock.phase("open"):
        library = Library(options.grammars)
        cache = Cache(options.cache) if options.cache is not None else None
        answers = Answers(cache, inputs, repr(options), knowledge(flow, library.all())) if cache else None
        known = answers.get() if answers else None
    if known:
        return replace(known, phases=clock.phases)
    result = _analyze(inputs, options, progress, library=library, flow=flow, cache=cache, clock=clock)
    if cache and answers:
        answers.put(result)
        cache.trim()
    return result


def _analyze(
    inputs: Sequence[Path],
    options: Options,
    progress: Callable[[int, int], None] | None,
    *,
    library: Library,
    flow: Flow,
    cache: Cache | None,
    clock: _Clock,
) -> Result:
    """Do what ``analyze`` says, without a look at earlier answers."""
    with clock.phase("find"):
        bundle = read_bundle(
            inputs,
            library=library,
            hosts=options.hosts,
            tz=options.tz,
            host_tz=options.host_tz,
            limits=options.limits,
        )
    if bundle.logs.is_empty() and bundle.listings.is_empty():
        raise NothingReadableError(bundle.without_logs())
    with clock.phase("listings"):
        listings = read_listings(bundle, library)
        names = originators_of(listings.listed)
        bundle, flow = renamed(bundle, names), renumbered(tuned(flow, settings_of(listings.listed)), names)
    engine = Engine(bundle, library, flow, cache)
    rows, reading = _read(
        engine, bundle, library, flow, clock=clock, progress=_progress(bundle, progress), thorough=options.thorough
    )
    volumes = engine.volumes
    del engine  # and with it all that was read: of that only a part is selected
    with clock.phase("clocks"):
        rows, crowded = fewer_names(rows)
        clocks = match(rows.lazy(), bundle.logs, flow, reading.heard)
        zoned = with_matched(bundle.logs, clocks.zones)
        dates = pl.concat([clocks.dates, by_change(reading.stats, zoned, bundle.changed(), clocks.dates)])
        logs = with_dates(zoned, dates)
        in_utc = partial(utc_times, logs=clocks.believed(logs), repeats=repeating(reading.stats, logs))
        listings = rezoned(listings, bundle, library, logs)
        timed = in_utc(rows.lazy().select("log_id", "time", "time_quality")).collect()
        selected = [rows.with_columns(timed["time"], timed["time_quality"])]  # the messages are not copied for that
        del rows
    with clock.phase("trace"):
        heard = in_utc(reading.heard.lazy(), times=("first", "last")).collect()
        windows = listen(credible(heard, logs).join(logs.select("log_id", "log"), on="log_id"), followed(logs))
        stats = in_utc(reading.stats.lazy(), times=("first_time", "last_time")).collect()
        words = library.evidence(flow.name)
        most = options.limits.images
        # Nobody else holds the records while they are traced: what tracing has done with can go.
        traced = trace(selected.pop(), windows, flow, library.identifiers(), words, listed=listings.listed, most=most)
        _refuse(bundle, traced, most, crowded)
        logs = with_roles(pl.concat([logs, listings.files]), traced.evidence, traced.facts, flow)
        covered = coverage(logs, pl.concat([stats, *listings.stats], how="diagonal"), flow, traced.windows, heard)
    with clock.phase("explain"):
        noticed = tuple(_noticed(bundle, reading, listings.unreadable))
        assumed = reading.stats.filter("date_assumed").select("log_id")
        either = assumed.join(logs, on="log_id", maintain_order="left")
        case = Case(
            flow,
            logs,
            covered,
            traced.images,
            traced.jobs,
            traced.steps,
            traced.evidence,
            noticed,
            clocks=ClockTables(traced.skews, clocks.wrong, dates, either),
            facts=traced.facts,
            stops=traced.stops,
            policies=listings.listed.policies,
        )
        findings = find(case)
        images = _between(with_causes(traced.images, findings), options)
        jobs, steps, evidence = traced.jobs, with_witnesses(case), traced.evidence
        if images.height < traced.images.height:
            steps, evidence = (_of(images, table) for table in (steps, evidence))
            told = steps["job_id"].unique().drop_nulls().implode()
            jobs = jobs.filter(pl.col("job_id").is_in(told) | (pl.col("images").list.len() == 0))
            findings = pl.concat([_of(images, findings), findings.filter(pl.col("image_id").is_null())])
    return Result(
        bundle=bundle.name,
        logs=LOGS.check(logs),
        ignored=IGNORED.check(bundle.ignored),
        coverage=covered,
        images=IMAGES.check(images),
        traced=traced.images.height,
        jobs=jobs,
        steps=steps,
        evidence=evidence,
        findings=FINDINGS.check(findings),
        understanding=understanding(evidence),
        requests=requests(case),
        skews=traced.skews,
        since=covered.select(pl.col("first_time").min()).item(),
        until=covered.select(pl.col("last_time").max()).item(),
        unreadable=_unreadable(bundle, reading, flow) + len(listings.unreadable),
        phases=clock.phases,
        volumes=volumes,
    )


def _read(
    engine: Engine,
    bundle: Bundle,
    library: Library,
    flow: Flow,
    *,
    clock: _Clock,
    progress: Callable[[int], None],
    thorough: bool,
) -> tuple[pl.DataFrame, Reading]:
    """Read all logs; return the records that can matter, and the figures."""
    with engine:
        with clock.phase("read"):
            reading = engine.read(progress, thorough=thorough)
        with clock.phase("select"):
            selected = select(reading.mentions, reading.identified, bundle.logs, flow, library.evidence(flow.name))
        with clock.phase("runs"):
            rows = selected.of(engine.read_selected(selected.places, selected.runs))
    return rows, reading.figures()


class _Clock:
    """Counts the seconds of each phase."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.phases[name] = time.perf_counter() - start


def _progress(bundle: Bundle, progress: Callable[[int, int], None] | None) -> Callable[[int], None]:
    """Add up the bytes of the logs that are done."""
    total, done = int(bundle.logs["bytes"].sum()), 0

    def count(size: int) -> None:
        nonlocal done
        done += size
        if progress is not None:
            progress(done, total)

    return count


def _between(images: pl.DataFrame, options: Options) -> pl.DataFrame:
    """Return the images of the wanted span of time; what is not finished is not over at its beginning."""
    if options.since is not None:
        finished = pl.col("verdict").is_in(["imported", "failed"])
        images = images.filter((pl.col("last_time") >= options.since) | ~finished)
    if options.until is not None:
        images = images.filter(pl.col("first_time") <= options.until)
    return images


def _of(images: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of a table that are about these images."""
    return table.join(images.select("image_id"), on="image_id", how="semi", maintain_order="left")


def _refuse(bundle: Bundle, traced: Trace, most: int, crowded: Sequence[str]) -> None:
    """Note what was left out so that the rest has room; ``crowded`` are logs in which single records name too many images."""
    for path in crowded:
        reason = f"its records that each name more than {MANY:,} images name too many in all; those between the first and the last were left out"
        bundle.watch.note(REFUSED, path, reason)
    if traced.named > most:
        reason = f"of the {traced.named:,} images that it names, the newest {most:,} were traced (--max-images)"
        bundle.watch.note(REFUSED, bundle.name, reason)
    for job, path, records in traced.crowded.iter_rows():
        reason = f"job {job} writes so much about so many images that {records:,} of its records were left out"
        bundle.watch.note(REFUSED, path, reason)


def _unreadable(bundle: Bundle, reading: Reading, flow: Flow) -> int:
    """Count the parts of the input that could not be read, logs of the flow with more strange lines than records too."""
    strange = reading.stats.filter(
        pl.col("log").is_in(list(flow.speaker_of)), pl.col("unparsed") > pl.col("entries")
    ).height
    return bundle.unreadable + len(reading.unreadable) + sum(note.lost for note in bundle.notes()) + strange


def _noticed(bundle: Bundle, reading: Reading, unreadable: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield what was noticed while logs were opened and read: (finding code, path, host, detail)."""
    for path, reason in bundle.ignored.filter("lost").select("path", "reason").iter_rows():
        yield "NBT503", path, "", f"'{path}' was not read: {reason}."
    for path, reason in {**reading.unreadable, **unreadable}.items():
        yield "NBT503", path, "", f"'{path}' could not be read: {reason}."
    for note in bundle.notes():
        yield note.code, note.path, "", note.detail
    for path, host, detail in missing(bundle.logs):
        yield "NBT303", path, host, detail
    told = reading.stats.join(bundle.logs.select("log_id", "path", "host"), on="log_id", how="left")
    for row in told.filter(pl.col("repaired") > 0).iter_rows(named=True):
        yield (
            "NBT304",
            row["path"],
            row["host"],
            f"In {row['repaired']} records of '{row['path']}' the lengths of the fields do not fit; they were kept as plain text.",
        )
