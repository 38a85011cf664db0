"""What every finding is made from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import polars as pl

from nbtrace.knowledge.findings import finding
from nbtrace.listed import LISTED, POLICIES, STOPS
from nbtrace.tables import LOGS, SKEWS, WRONG_DATES, WRONG_ZONES

if TYPE_CHECKING:
    from datetime import datetime

    from nbtrace.flows import Flow, Step

__all__ = ["Case", "ClockTables", "Finding", "clock"]


def _no_facts() -> pl.DataFrame:
    return LISTED.empty().with_columns(who=pl.lit(None, pl.String))


@dataclass(frozen=True, slots=True)
class ClockTables:
    """What is known of the clocks: the tables ``SKEWS``, ``WRONG_ZONES`` and ``WRONG_DATES``.

    ``either`` are the rows of ``LOGS`` whose printed dates can be read month first or day first.
    """

    skews: pl.DataFrame = field(default_factory=SKEWS.empty)
    zones: pl.DataFrame = field(default_factory=WRONG_ZONES.empty)
    dates: pl.DataFrame = field(default_factory=WRONG_DATES.empty)
    either: pl.DataFrame = field(default_factory=LOGS.empty)


@dataclass(frozen=True, slots=True)
class Case:
    """All that the rules look at: the flow and the tables of ``nbtrace.tables``.

    ``noticed`` is what the readers noticed of single logs, as (code, path, host, detail). ``facts`` is the table
    ``listed`` with the domain of each row (``who``, ``side``), ``stops`` are the verdicts that listings decided.
    """

    flow: Flow
    logs: pl.DataFrame
    coverage: pl.DataFrame
    images: pl.DataFrame
    jobs: pl.DataFrame
    steps: pl.DataFrame
    evidence: pl.DataFrame
    noticed: tuple[tuple[str, str, str, str], ...] = ()
    clocks: ClockTables = field(default_factory=ClockTables)
    facts: pl.DataFrame = field(default_factory=_no_facts)
    stops: pl.DataFrame = field(default_factory=STOPS.empty)
    policies: pl.DataFrame = field(default_factory=POLICIES.empty)

    def step(self, number: int) -> Step:
        """Return a step of the flow by its number, from 1."""
        return self.flow.step[number - 1]

    def waiting(self) -> pl.DataFrame:
        """Return the facts that images wait for their import, as listings of the target show them."""
        return self.facts.filter((pl.col("fact") == "pending") & (pl.col("side") == "target"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding; what is not given comes from the words of its code."""

    code: str
    detail: str
    title: str = ""
    remedy: str = ""
    severity: str = ""
    image_id: str | None = None
    job_id: int | None = None
    step: int | None = None
    host: str | None = None
    time: datetime | None = None
    evidence: tuple[str, ...] = ()

    def row(self) -> dict[str, Any]:
        """Return the row of the table ``findings``."""
        words = finding(self.code)
        full = replace(
            self,
            title=self.title or words.title,
            remedy=self.remedy or words.remedy,
            severity=self.severity or words.severity,
        )
        return {name: getattr(full, name) for name in full.__slots__ if name != "evidence"} | {
            "evidence": list(full.evidence)
        }


def clock(time: datetime | None) -> str:
    """Write a time (UTC) for people."""
    return "an unknown time" if time is None else f"{time:%Y-%m-%d %H:%M:%S} UTC"
