"""The tables of what listings say: the output of NetBackup's commands, as ``nbtrace.tables`` describes those of logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from nbtrace.tables import STRINGS, TIME, Table

__all__ = [
    "LISTED",
    "LISTING",
    "LISTINGS",
    "NOTHING_LISTED",
    "ORIGINATORS",
    "PARAMETERS",
    "POLICIES",
    "STOPS",
    "Listed",
]

LISTING: Final = "listing"  # the format of a file of commands' output, in the tables of logs and of coverage

STOPS: Final = Table(
    "stops",
    "an image whose verdict is decided by what a listing says, or provably does not say",
    {
        "image_id": pl.String,
        "why": pl.String,  # pending | long | queued | waiting | running | absent | partly (nbtrace/tracing/overruled.py)
        "since": TIME,  # since when it waits, or when its job ended
        "until": TIME,  # up to when the listings tell
        "step": pl.Int8,  # the step that is overdue or awaited
        "job_id": pl.Int64,
        "host": pl.String,
        "evidence": STRINGS,  # path:line
    },
)

LISTINGS: Final = Table(
    "listings",
    "what one command printed, somewhere in a file",
    {
        "log_id": pl.UInt32,
        "path": pl.String,
        "host": pl.String,
        "listing": pl.UInt32,  # from 1 in each file
        "kind": pl.String,  # bpdbjobs | pendimplist | repllist | stlilist | bpimagelist | nbstl | bperror | job details
        "line": pl.UInt32,  # its first line
        "command": pl.String,  # as it was typed, where that stands in front
        "taken": TIME,  # not before this it was printed: the time printed with it, else the latest time in it
    },
)

LISTED: Final = Table(
    "listed",
    "one thing that a listing says of one image or one job",
    {
        "log_id": pl.UInt32,
        "path": pl.String,
        "host": pl.String,  # of the file
        "host_source": pl.String,  # as in the table of logs
        "line": pl.UInt32,
        "listing": pl.UInt32,
        "kind": pl.String,  # as in the table of listings
        "fact": pl.String,  # job | try | detail | pending | catalog | lifecycle | replica | problem
        "primary": pl.String,  # the primary server that the row itself names
        "image_id": pl.String,
        "job_id": pl.Int64,
        "job_type": pl.Int32,
        "state": pl.String,  # of a job: queued | active | done; of an image: as it is listed
        "status_code": pl.Int32,
        "time": TIME,  # a job's start, since when an image is pending, when a line was written
        "until": TIME,  # a job's end
        "severity": pl.Int8,
        "program": pl.String,  # who wrote a line of a job's details
        "pid": pl.Int64,
        "slp": pl.String,
        "media_server": pl.String,
        "source_primary": pl.String,
        "side": pl.String,  # source | target: of which domain such a row can only be; empty where it can be of both
        "complete": pl.Boolean,  # a job: the list of its images is there; a copy in the catalog: it is whole
        "message": pl.String,
    },
)

POLICIES: Final = Table(
    "policies",
    "one operation of a storage lifecycle policy, as `nbstl -l` lists it",
    {
        "log_id": pl.UInt32,
        "path": pl.String,
        "host": pl.String,
        "line": pl.UInt32,  # of the policy
        "slp": pl.String,
        "classification": pl.String,  # empty for none
        "version": pl.Int32,
        "operation": pl.Int32,  # from 1, in the order of the listing
        "use_for": pl.Int32,  # 0 backup, 1 duplication, 2 snapshot, 3 replication, 4 import
        "retention_type": pl.Int32,
        "target_primary": pl.String,
        "target_slp": pl.String,
    },
)

ORIGINATORS: Final = Table(
    "originators",
    "one name of the table of originators in nblog.conf",
    {
        "log_id": pl.UInt32,
        "path": pl.String,
        "host": pl.String,
        "line": pl.UInt32,
        "originator": pl.Int32,
        "name": pl.String,
    },
)

PARAMETERS: Final = Table(
    "parameters",
    "one parameter of nbcl.conf",
    {
        "log_id": pl.UInt32,
        "path": pl.String,
        "host": pl.String,
        "line": pl.UInt32,
        "name": pl.String,
        "amount": pl.Int64,
        "unit": pl.String,
    },
)


@dataclass(frozen=True, slots=True)
class Listed:
    """All that the listings of a bundle say, as the tables of these names."""

    facts: pl.DataFrame
    listings: pl.DataFrame
    policies: pl.DataFrame
    parameters: pl.DataFrame
    originators: pl.DataFrame


NOTHING_LISTED: Final = Listed(
    LISTED.empty(), LISTINGS.empty(), POLICIES.empty(), PARAMETERS.empty(), ORIGINATORS.empty()
)
