"""What each log of each host covers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.tables import COVERAGE
from nbtrace.tracing.speakers import owner

if TYPE_CHECKING:
    from nbtrace.flows import Flow
    from nbtrace.tracing.windows import Windows

__all__ = ["coverage", "with_roles"]

_SAMPLES: Final = 3


def with_roles(logs: pl.DataFrame, evidence: pl.DataFrame, facts: pl.DataFrame, flow: Flow) -> pl.DataFrame:
    """Return the table ``logs`` with the role of primary servers that no log proves by its name.

    One is where processes of the primary server work on an import job, or what `bpdbjobs` names as the master server of
    such a job. A folder such as admin alone proves nothing: every host may have it.

    Args:
        logs: the table ``logs``.
        evidence: the table of that name.
        facts: the table ``listed``.
        flow: the process flow.
    """
    runs = [speaker.name for speaker in flow.speaker if speaker.role == "primary" and speaker.runs]
    working = pl.col("daemon").is_in(runs) & pl.col("job_id").is_not_null() & pl.col("step").is_not_null()
    named = facts.filter((pl.col("fact") == "job") & (pl.col("side") == "target"))["primary"]
    primaries = pl.concat([evidence.filter(working)["host"], named]).drop_nulls().unique()
    found = (pl.col("role") == "") & pl.col("host").is_in(primaries.implode())
    return logs.with_columns(role=pl.when(found).then(pl.lit("primary")).otherwise("role"))


def coverage(
    logs: pl.DataFrame, stats: pl.DataFrame, flow: Flow, windows: Windows, heard: pl.DataFrame
) -> pl.DataFrame:
    """Return the table ``coverage``: one row a log of a host, over all its files.

    Args:
        logs: the table ``logs``.
        stats: figures of each log, by daemon where it holds several: log_id, log, originator, entries, unparsed,
            first_time, last_time, highest_level, samples.
        flow: the process flow; its speakers' logs have windows.
        windows: when each speaker's log was listening.
        heard: who was heard in each log; of it the longest silence between two stretches of talk in one file: host,
            log_id, speaker, first, last. Shorter silences are no news.
    """
    # A speaker with several logs is silent in each for itself; one who speaks in another's file has no log of his own.
    mine = pl.any_horizontal(
        (pl.col("speaker") == speaker.name) & pl.col("log").is_in(list(speaker.log_names)) for speaker in flow.speaker
    )
    stretches = heard.sort("first").join(logs.select("log_id", "log"), on="log_id", how="left", maintain_order="left")
    silence = (pl.col("first") - pl.col("last").shift().over("log_id", "speaker")).dt.total_milliseconds() / 1000
    longest = pl.col("silence").max()
    stretches = stretches.with_columns(silence=silence, log=pl.when(mine).then("log"))
    own = stretches.filter(mine).group_by("host", "speaker", "log").agg(silence_s=longest)
    guest = stretches.filter(~mine).group_by("host", "speaker").agg(as_guest=longest)
    table = (
        logs.drop("log", "originator")
        .join(stats, on="log_id", how="inner")
        .group_by("host", "role", "log", "originator", "format")
        .agg(
            files=pl.col("log_id").n_unique(),
            first_time=pl.col("first_time").min(),
            last_time=pl.col("last_time").max(),
            entries=pl.col("entries").sum(),
            unparsed=pl.col("unparsed").sum(),
            highest_level=pl.col("highest_level").max(),
            zone=pl.col("zone").first(),
            zone_source=pl.col("zone_source").first(),
            samples=pl.col("samples").list.explode().drop_nulls().head(_SAMPLES),
        )
        .with_columns(daemon="log")
        .with_columns(speaker=owner(flow))
        .join(own, on=["host", "speaker", "log"], how="left")
        .join(guest, on=["host", "speaker"], how="left")
        .with_columns(pl.coalesce("silence_s", "as_guest"))
        .sort("host", "log", "format")
    )
    spans = [
        [{"from": start, "to": end} for start, end in windows.spans.get((host, speaker), ())]
        for host, speaker in table.select("host", "speaker").iter_rows()
    ]
    windows_column = pl.Series("windows", spans, dtype=COVERAGE.schema["windows"])
    return COVERAGE.check(COVERAGE.shape(table.with_columns(windows_column)))
