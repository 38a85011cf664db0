"""A small case: one image a verdict, and the logs of two hosts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from nbtrace.findings import Case, ClockTables
from nbtrace.flows import load
from nbtrace.tables import COVERAGE, EVIDENCE, IMAGES, JOBS, LOGS, STATE_LETTERS, STEPS

NIGHT = datetime(2026, 11, 20, 18, tzinfo=UTC)
LETTERS = {letter: state for state, letter in STATE_LETTERS.items()}
LOGS_OF = {
    "primary": ("import manager", "nbstserv", "nbpem", "nbjm", "nbrb", "nbemm", "admin", "bpdbm"),
    "media": ("nbrmms", "bpdm"),
}


def frame(table, rows):
    """Return a table from rows that give some of its columns."""
    return table.shape(pl.DataFrame(rows, infer_schema_length=None)) if rows else table.empty()


def steps_of(image):
    """Return the step rows of an image, by its step states."""
    for number, letter in enumerate(image["step_states"], 1):
        done = LETTERS[letter] in {"done", "failed"}
        yield {
            "image_id": image["image_id"],
            "attempt": image.get("attempts", 1),
            "job_id": (image.get("job_ids") or [None])[-1],
            "step": number,
            "name": load().step[number - 1].name,
            "state": LETTERS[letter],
            "start_time": NIGHT + timedelta(minutes=number) if done else None,
            "end_time": NIGHT + timedelta(minutes=number) if done else None,
            "host": "media1" if done else None,
            "daemon": "bpdm" if done else None,
            "source": "media1/bpdm.log" if done else None,
            "line": number if done else None,
        }


@pytest.fixture
def make_case():
    """Return a maker of cases: images, logs that are not in the bundle, and more rows for the tables of the case."""

    def make(*images, absent=(), coverage=(), evidence=(), logs=(), noticed=(), clocks=None):
        images = [{"attempts": 1, "job_ids": [], "last_step": row["step_states"].count("D")} | row for row in images]
        present = [
            {"host": host, "role": role, "log": log, "entries": 100, "unparsed": 0, "samples": []}
            | {"last_time": NIGHT + timedelta(hours=9), "windows": []}
            for role, host in (("primary", "primary1"), ("media", "media1"))
            for log in LOGS_OF[role]
            if log not in absent
        ]
        return Case(
            load(),
            frame(LOGS, list(logs)),
            frame(COVERAGE, [*present, *coverage]),
            frame(IMAGES, images),
            JOBS.empty(),
            frame(STEPS, [row for image in images for row in steps_of(image)]),
            frame(EVIDENCE, list(evidence)),
            tuple(noticed),
            clocks or ClockTables(),
        )

    return make


@pytest.fixture
def night():
    """Return the time at which the case begins."""
    return NIGHT
