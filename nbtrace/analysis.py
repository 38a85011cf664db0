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

from nbtrace.bundle import Bundle, read_bundle
from nbtrace.engines.local import Reading, read_all
from nbtrace.errors import NothingReadableError
from nbtrace.findings import Case, find, with_causes
from nbtrace.flows import load
from nbtrace.grammar.library import Library
from nbtrace.tables import FINDINGS, IGNORED, IMAGES, LOGS, Result
from nbtrace.tracing import trace
from nbtrace.tracing.coverage import coverage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

__all__ = ["Options", "analyze"]


@dataclass(frozen=True, slots=True)
class Options:
    """What an analysis may be told.

    ``hosts`` are ``PATH=NAME``, ``host_tz`` are ``HOST=ZONE``, ``tz`` is the zone of all other hosts, ``grammars`` a
    site's folder of grammars; ``since`` and ``until`` (UTC) leave out images that nothing is known of in between.
    """

    hosts: Sequence[str] = ()
    tz: str | None = None
    host_tz: Sequence[str] = ()
    grammars: Path | None = None
    since: datetime | None = None
    until: datetime | None = None


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
    if bundle.logs.is_empty():
        raise NothingReadableError(_nothing(bundle))
    with clock.phase("read"):
        reading = read_all(bundle, library.records(), _progress(bundle, progress))
    with clock.phase("trace"):
        flow = load("import")
        traced = trace(reading.entries, bundle.logs, flow, library.identifiers(), library.evidence(flow.name))
        covered = coverage(bundle.logs, reading.stats, flow, traced.windows)
    with clock.phase("explain"):
        images = _between(traced.images, options)
        wanted = images.select("image_id")
        steps, evidence = (
            table.join(wanted, on="image_id", how="semi", maintain_order="left")
            for table in (traced.steps, traced.evidence)
        )
        jobs = traced.jobs.join(steps.select("job_id"), on="job_id", how="semi", maintain_order="left")
        case = Case(flow, bundle.logs, covered, images, jobs, steps, evidence, tuple(_noticed(bundle, reading)))
        findings = find(case)
    return Result(
        bundle=bundle.name,
        logs=LOGS.check(bundle.logs),
        ignored=IGNORED.check(bundle.ignored),
        coverage=covered,
        images=IMAGES.check(with_causes(images, findings)),
        jobs=jobs,
        steps=steps,
        evidence=evidence,
        findings=FINDINGS.check(findings),
        since=covered.select(pl.col("first_time").min()).item(),
        until=covered.select(pl.col("last_time").max()).item(),
        unreadable=bundle.unreadable + len(reading.unreadable),
        phases=clock.phases,
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
    path, reason = bundle.ignored.row(0)
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
    """Return the images that something is known of in the wanted span of time."""
    if options.since is not None:
        images = images.filter(pl.col("last_time") >= options.since)
    if options.until is not None:
        images = images.filter(pl.col("first_time") <= options.until)
    return images


def _noticed(bundle: Bundle, reading: Reading) -> Iterator[tuple[str, str, str, str]]:
    """Yield what was noticed while logs were opened and read: (finding code, path, host, detail)."""
    for path, reason in reading.unreadable.items():
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
