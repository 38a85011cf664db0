"""The five CSV files that scripts read: stable names, columns and order."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.errors import OutputError
from nbtrace.report.text import clean
from nbtrace.tables import COVERAGE, FINDINGS, FORMULA, IMAGES, JOBS, SHAPES, STEPS, Result, Table

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

__all__ = ["write_csv", "write_shapes"]

# Text that nbtrace chose itself: never guarded against a spreadsheet, so that `--------` stays eight characters.
VOCABULARY: Final = frozenset({
    "cause", "code", "format", "name", "role", "severity", "state", "step_states", "strength", "type", "verdict", "zone",
    "zone_source",
})  # fmt: skip
NOT_WRITTEN: Final = frozenset({"samples", "silence_s", "windows"})  # of coverage: for the terminal only
TIMES: Final = "%Y-%m-%dT%H:%M:%S%.3fZ"


def write_csv(result: Result, directory: Path, *, only: Collection[str] = (), raw: bool = False) -> list[Path]:
    """Write images, steps, jobs, findings and coverage to the directory, or `only` some files, and return their paths.

    Times are ISO 8601 in UTC with milliseconds and ``Z``, seconds have three decimals, lists are separated by ``;``, and
    an empty cell means not known. Text from logs is cleaned as on the terminal, and gets a ``'`` in front where it
    begins with ``=``, ``+``, ``-``, ``@``, tab or carriage return, so that no spreadsheet runs it; ``raw`` leaves the
    ``'`` out, for programs that compare texts. All files are
    written under other names first and put in place together. Raise ``OutputError`` when that cannot be done.
    """
    files = {name: frame for name, frame in _tables(result, raw=raw).items() if not only or name in only}
    return _write(files, directory)


def write_shapes(shapes: pl.DataFrame, path: Path) -> None:
    """Write the table ``shapes`` as one CSV file, in the way of ``write_csv``."""
    _write({path.name: _flat(SHAPES, shapes, raw=False)}, path.parent)


def _write(files: Mapping[str, pl.DataFrame], directory: Path) -> list[Path]:
    """Write each frame under another name first, then put all in place; return the paths."""
    drafts = {directory / name: directory / f".{name}.{os.getpid()}.tmp" for name in files}
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for (path, draft), frame in zip(drafts.items(), files.values(), strict=True):
            _refuse_others(path)
            with draft.open("xb") as file:
                frame.write_csv(file, datetime_format=TIMES, float_precision=3, float_scientific=False)
        for path, draft in drafts.items():
            draft.replace(path)
    except OSError as error:
        why = error.strerror or str(error)
        raise OutputError(f"cannot write the CSV files to '{directory}': {why}; choose another directory") from error
    finally:
        _remove(drafts.values())
    return list(drafts)


def _tables(result: Result, *, raw: bool) -> dict[str, pl.DataFrame]:
    place = pl.format("{}:{}", "source", "line")
    steps = result.steps.with_columns(source=pl.when(pl.col("source") != "").then(place))
    return {
        "images.csv": _flat(IMAGES, result.images.sort("image_id"), raw=raw),
        "steps.csv": _flat(STEPS, steps.sort("image_id", "attempt", "step"), raw=raw),
        "jobs.csv": _flat(JOBS, result.jobs.sort("job_id"), raw=raw),
        "findings.csv": _flat(FINDINGS, result.findings, raw=raw),
        "coverage.csv": _flat(COVERAGE, result.coverage.sort("host", "log", nulls_last=True), raw=raw),
    }


def _flat(table: Table, frame: pl.DataFrame, *, raw: bool) -> pl.DataFrame:
    """Return the table's columns in order, lists joined and text made safe."""
    flat = frame.select(name for name in table.schema if name not in NOT_WRITTEN)
    flat = flat.with_columns(pl.selectors.list().cast(pl.List(pl.String)).list.join(";"))
    return flat.with_columns(_safe(column, raw=raw) for column in flat.select(pl.selectors.string()))


def _safe(column: pl.Series, *, raw: bool) -> pl.Series:
    guarded = column if raw or column.name in VOCABULARY else column.str.replace(FORMULA, "'$1")
    unclean = {text: safe for text in guarded.drop_nulls().unique() if (safe := clean(text)) != text}
    return guarded.replace(unclean) if unclean else guarded


def _refuse_others(path: Path) -> None:
    """Raise ``OSError`` where something stands that a file must not replace: whoever is root could lose ``/dev/null``."""
    if path.is_dir():
        raise IsADirectoryError(None, "a folder stands where a file should be written", str(path))
    of_system = path.is_symlink() and path.readlink().is_relative_to("/proc")  # such as /dev/stdout
    if of_system or (path.exists() and not path.is_file()):
        raise OSError(None, "a device or a pipe stands where a file should be written", str(path))


def _remove(drafts: Iterable[Path]) -> None:
    for draft in drafts:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
