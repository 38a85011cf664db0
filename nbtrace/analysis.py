"""The whole pipeline on one page: from what was handed in to what is known of every image.

    bundle → logs → entries → identified → evidence → traces → findings → result

This is the public API, and the only place where the stages meet; what passes between them are the tables of
``nbtrace.tables``.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from nbtrace.bundle import Bundle, read_bundle, renamed
from nbtrace.engines.cache import Cache
from nbtrace.engines.listings import originators_of, read_listings, settings_of
from nbtrace.engines.local import Engine
from nbtrace.engines.parts import Parts
from nbtrace.errors import NothingReadableError
from nbtrace.findings import Case, find, with_causes
from nbtrace.flows import load
from nbtrace.flows.tuning import renumbered, tuned
from nbtrace.grammar.library import Library
from nbtrace.tables import FINDINGS, IGNORED, IMAGES, LOGS, Result
from nbtrace.tracing import select, trace
from nbtrace.tracing.coverage import coverage
from nbtrace.tracing.notice import nothing
from nbtrace.tracing.select import KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from nbtrace.engines.local import Reading

__all__ = ["Options", "analyze"]


@dataclass(frozen=True, slots=True)
class Options:
    """What an analysis may be told.

    ``hosts`` are ``PATH=NAME``, ``host_tz`` are ``HOST=ZONE``, ``tz`` is the zone of all other hosts, ``grammars`` a
    site's folder of grammars; ``thorough`` reads every record in full, for comparison; ``since`` and ``until`` (UTC) leave
    out images that nothing is known of in between; ``cache`` is a folder of this user alone, in which what was read of
    large logs is kept for the next time.
    """

    hosts: Sequence[str] = ()
    tz: str | None = None
    host_tz: Sequence[str] = ()
    grammars: Path | None = None
    thorough: bool = False
    since: datetime | None = None
    until: datetime | None = None
    cache: Path | None = None


def analyze(
    inputs: Sequence[Path], options: Options | None = None, progress: Callable[[int, int], None] | None = None
) -> Result:
    """Analyse a bundle: folders or single files.

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
    clock = _Clock()
    with clock.phase("open"):
        library = Library(options.grammars)
        bundle = read_bundle(inputs, library=library, hosts=options.hosts, tz=options.tz, host_tz=options.host_tz)
    if bundle.logs.is_empty() and bundle.listings.is_empty():
        raise NothingReadableError(_nothing(bundle))
    listings = read_listings(bundle, library)
    names = originators_of(listings.listed)
    bundle, flow = renamed(bundle, names), renumbered(tuned(load("import"), settings_of(listings.listed)), names)
    cache = Cache(options.cache) if options.cache is not None else None
    engine = Engine(bundle, library, flow, cache)
    with Parts(nothing().identified) as parts:
        with clock.phase("read"):
            reading = engine.read(parts, _progress(bundle, progress), thorough=options.thorough)
        with clock.phase("select"):
            selected = select(parts.lazy(), flow, library.evidence(flow.name))
        with clock.phase("runs"):
            rows = pl.concat([selected.rows, engine.read_runs(selected.runs)]).unique(KEY, keep="first")
    if cache is not None:
        cache.trim()
    with clock.phase("trace"):
        words = library.evidence(flow.name)
        traced = trace(rows, reading.heard, flow, library.identifiers(), words, listed=listings.listed)
        logs = pl.concat([bundle.logs, listings.files])
        covered = coverage(logs, pl.concat([reading.stats, *listings.stats]), flow, traced.windows)
    with clock.phase("explain"):
        noticed = tuple(_noticed(bundle, reading, listings.unreadable))
        case = Case(
            flow, logs, covered, traced.images, traced.jobs, traced.steps, traced.evidence, noticed,
            traced.facts, traced.stops, listings.listed.policies,
        )  # fmt: skip
        findings = find(case)
        images = _between(with_causes(traced.images, findings), options)
        steps, evidence = (_of(images, table) for table in (traced.steps, traced.evidence))
        mine = pl.col("job_id").is_in(steps["job_id"].unique().drop_nulls().implode()) | (
            pl.col("images").list.len() == 0
        )
        jobs = traced.jobs.filter(mine)
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
        since=covered.select(pl.col("first_time").min()).item(),
        until=covered.select(pl.col("last_time").max()).item(),
        unreadable=bundle.unreadable + len(reading.unreadable) + len(listings.unreadable),
        phases=clock.phases,
        volumes=engine.volumes,
    )


class _Clock:
    """Counts the seconds of each phase."""

    def __init__(self) -> None:
        self.phases: dict[str, float] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.phases[name] = time.perf_counter() - start


def _nothing(bundle: Bundle) -> str:
    """Say what was in an input without logs."""
    if bundle.ignored.is_empty():
        return f"There is no file in '{bundle.name}'."
    path, reason, *_ = bundle.ignored.row(0)
    return f"None of the {bundle.ignored.height} files in '{bundle.name}' is a NetBackup log that nbtrace knows; the first is '{path}': {reason}."


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


def _noticed(bundle: Bundle, reading: Reading, unreadable: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield what was noticed while logs were opened and read: (finding code, path, host, detail)."""
    for path, reason in bundle.ignored.filter("lost").select("path", "reason").iter_rows():
        yield "NBT503", path, "", f"'{path}' was not read: {reason}."
    for path, reason in {**reading.unreadable, **unreadable}.items():
        yield "NBT503", path, "", f"'{path}' could not be read: {reason}."
    told = reading.stats.join(bundle.logs.select("log_id", "path", "host"), on="log_id", how="left")
    for row in told.filter(pl.col("repaired") > 0).iter_rows(named=True):
        yield (
            "NBT304",
            row["path"],
            row["host"],
            f"In {row['repaired']} records of '{row['path']}' the lengths of the fields do not fit; they were kept as plain text.",
        )
    for row in told.filter(pl.col("date_assumed")).iter_rows(named=True):
        yield (
            "NBT403",
            row["path"],
            row["host"],
            f"The dates of '{row['path']}' can be read month first or day first; month first was taken.",
        )
