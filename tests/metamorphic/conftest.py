"""Nights whose truth is known, in every dialect, and what an analysis says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from nbtrace.analysis import Options as Wanted
from nbtrace.analysis import analyze
from nbtrace.bundle import read_bundle
from nbtrace.grammar.library import Library
from nbtrace.records import read_log
from nbtrace.simulator import SCENARIOS, Options, Truth, dialect_names, simulate
from nbtrace.tracing.zoned import utc_times

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SEED = 11
IMAGES = 40
USUAL = tuple(SCENARIOS)
QUIET = {"heartbeat_s": 150.0, "hours": 8.0}  # few lines beside those that matter, for speed
LIBRARY = Library()


def outline(images: pl.DataFrame) -> dict[str, tuple[str, int | None, int | None]]:
    """Return verdict, failed step and status code of each image."""
    rows = images.select("image_id", "verdict", "failed_step", "status_code").iter_rows()
    return {image: (verdict, step, code) for image, verdict, step, code in rows}


@dataclass(frozen=True)
class Night:
    """A bundle on disk, its truth, and its entries as they are read."""

    folder: Path
    truth: Truth = field(repr=False)
    zones: tuple[str, ...]
    logs: pl.DataFrame = field(repr=False)
    entries: pl.DataFrame = field(repr=False)
    trace: Callable[..., Any] = field(repr=False)

    @property
    def files(self) -> list[Path]:
        """Every file of the bundle, by its path inside."""
        return sorted(path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())

    def analyzed(self, *inputs: Path, zones: tuple[str, ...] = (), hosts: tuple[str, ...] = ()):
        """Return the outline of an analysis of these inputs, or of the bundle itself."""
        options = Wanted(host_tz=zones or self.zones, hosts=hosts)
        return outline(analyze(list(inputs) or [self.folder], options).images)

    def traced(self, entries: pl.DataFrame, logs: pl.DataFrame | None = None) -> pl.DataFrame:
        """Return the table of images that these entries give."""
        logs = self.logs if logs is None else logs
        return self.trace(entries, logs).images

    def rewritten(self, folder: Path, name: Callable[[str], str] = str, content: Callable[[bytes], bytes] = bytes):
        """Write the bundle anew, with other names or contents of its files, and return the folder."""
        for path in self.files:
            copy = folder / name(path.as_posix())
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content((self.folder / path).read_bytes()))
        return folder


@pytest.fixture(scope="session")
def make_night(tmp_path_factory, trace_entries) -> Callable[..., Night]:
    """Return a maker of nights, which makes each of them once."""

    @cache
    def make(**options) -> Night:
        folder = tmp_path_factory.mktemp("night") / "bundle"
        truth = simulate(folder, Options(**{"images": IMAGES, "seed": SEED, "scenarios": USUAL} | QUIET | options))
        zones = tuple(f"{host['name']}={host['zone']}" for host in truth.hosts)
        bundle = read_bundle([folder], library=LIBRARY, host_tz=zones)
        entries = pl.concat(_entries(bundle, log) for log in bundle.logs.iter_rows(named=True))
        return Night(folder, truth, zones, bundle.logs, entries, trace_entries)

    return make


def _entries(bundle, log):
    """Return all entries of a log."""
    grammars = [grammar for grammar in LIBRARY.records() if grammar.name == f"records/{log['format']}"]
    with bundle.members[log["path"]].open() as stream:
        entries = read_log(stream, log, grammars).entries
    return utc_times(entries.lazy(), bundle.logs).collect()


@pytest.fixture(scope="session", params=dialect_names())
def night(request, make_night) -> Night:
    """Return the night in one of the dialects."""
    return make_night(dialect=request.param)
