"""In which of his logs a speaker tells of jobs: the silence of the others says nothing, and neither does their absence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from nbtrace.tracing.windows import Windows

__all__ = ["logs_without_jobs"]

_ENOUGH: Final = 5  # I: a log that names none of so many jobs while it listens is of other work


def logs_without_jobs(evidence: pl.DataFrame, windows: Windows) -> dict[str, set[str]]:
    """Return for speakers with several logs the names of those that tell of no import, although they listened to many.

    Args:
        evidence: that of ``Attempts``: host, daemon, log_id, job_id and time are used.
        windows: when each log was listening, and the names of the logs.
    """
    several = sorted({speaker for (_, speaker), logs in windows.of_log.items() if len(logs) > 1})
    rows = evidence.select("host", "daemon", "log_id", "job_id", "time").filter(pl.col("daemon").is_in(several))
    if rows.is_empty():
        return {}
    rows = rows.with_columns(log=pl.col("log_id").replace_strict(windows.names, default=None, return_dtype=pl.String))
    without: dict[str, set[str]] = {}
    for speaker in several:
        told = rows.filter(pl.col("daemon") == speaker)
        names = {log for (_, name), logs in windows.of_log.items() if name == speaker for log in logs}
        silent = {log for log in names - set(told["log"].drop_nulls()) if _jobs(told, speaker, log, windows) >= _ENOUGH}
        if silent:
            without[speaker] = silent
    return without


def _jobs(told: pl.DataFrame, speaker: str, log: str, windows: Windows) -> int:
    """Count the jobs of which the speaker tells elsewhere on a host while this log of his listens there."""
    listened = [
        (pl.col("host") == host) & pl.col("time").is_between(start, end)
        for (host, name), logs in windows.of_log.items()
        if name == speaker
        for start, end in logs.get(log, ())
    ]
    return told.filter(pl.any_horizontal(pl.lit(value=False), *listened))["job_id"].drop_nulls().n_unique()
