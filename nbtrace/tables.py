"""Every table that passes between the stages: its columns, their types and what they mean.

Stages never import each other: what one hands to the next is a polars frame of one of the tables below, and
``Table.check`` is the contract. All times are UTC with millisecond precision; paths are those inside the bundle,
with ``/`` between their parts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "COVERAGE",
    "ENTRIES",
    "EVIDENCE",
    "FAILED_BEFORE",
    "FINDINGS",
    "FORMULA",
    "IDENTIFIED",
    "IGNORED",
    "IMAGES",
    "JOBS",
    "KEY",
    "LOGS",
    "MENTIONS",
    "NAMES",
    "NEEDS",
    "OUTCOMES",
    "PROPOSALS",
    "REQUESTS",
    "RUN",
    "SEVERITY",
    "SHAPES",
    "SKEWS",
    "STATES",
    "STATE_LETTERS",
    "STATS",
    "STEPS",
    "STRENGTHS",
    "STRINGS",
    "TIME",
    "UNDERSTANDING",
    "VERDICTS",
    "WRONG_DATES",
    "WRONG_ZONES",
    "Result",
    "Table",
    "Volume",
]

KEY: Final = ("log_id", "line")  # what tells one entry from another
RUN: Final = ("host", "log", "pid")  # what tells one process run from another, but for its time
TIME: Final = pl.Datetime("ms", "UTC")
STRINGS: Final = pl.List(pl.String)
FORMULA: Final = r"^([=+\-@\t\r])"  # what makes a spreadsheet run a cell of a table; a ' in front keeps it from that

# Legacy scale of severities (log-formats.md §4, confidence M: bperror uses the same scale); unified kinds are mapped to it.
SEVERITY: Final[Mapping[str, int]] = {"unknown": 1, "debug": 2, "info": 4, "warning": 8, "error": 16, "critical": 32}

OUTCOMES: Final = ("progress", "done", "failed", "retry")
STRENGTHS: Final = ("implied", "weak", "strong", "record")  # from the weakest on
STATE_LETTERS: Final[Mapping[str, str]] = {
    "done": "D",
    "failed": "F",
    "missing": "M",
    "unseen": "U",
    "waiting": "W",
    "overdue": "O",
    "unreached": "-",
}
STATES: Final = tuple(STATE_LETTERS)
VERDICTS: Final = ("failed", "stalled", "undetermined", "in_progress", "imported")  # the worst first


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the pipeline: a name, what one row is, and its columns with their polars types."""

    name: str
    row: str
    schema: Mapping[str, pl.DataType | type[pl.DataType]]

    def empty(self) -> pl.DataFrame:
        """Return the table without rows."""
        return pl.DataFrame(schema=dict(self.schema))

    def shape(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with exactly this table's columns, in order and type; absent columns become null."""
        return frame.select(
            (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name)
            for name, dtype in self.schema.items()
        )

    def check(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame unchanged, or raise ``TypeError`` where it does not keep to this table's schema."""
        if dict(frame.schema) != (want := dict(pl.Schema(self.schema))):
            diff = {name for name in {*want, *frame.columns} if want.get(name) != frame.schema.get(name)}
            raise TypeError(f"table '{self.name}' differs from its description in: {', '.join(sorted(diff))}")
        return frame


LOGS: Final = Table(
    "logs",
    "a log file in the bundle",
    {
        "log_id": pl.UInt32,
        "path": pl.String,  # inside the bundle
        "host": pl.String,
        "host_source": pl.String,  # option | path | name (unified host id) | folder
        "role": pl.String,  # primary | media | client | "" when nothing tells
        "format": pl.String,  # legacy | unified | vxlogview
        "log": pl.String,  # short name of the log: nbstserv, nbjm, admin, bpdm …
        "originator": pl.Int32,  # unified logs: the originator that owns the file
        "date": pl.Date,  # from the file name; local date of the host
        "rotation": pl.Int64,  # rotation counter of the file name
        "bytes": pl.UInt64,
        "zone": pl.String,  # IANA name or UTC offset in which its local times are read; two, where it changes
        "zone_source": pl.String,  # epoch (no zone needed) | host option | matched | option | assumed
    },
)

IGNORED: Final = Table(
    "ignored",
    "a file that is not a log, or none that can be read",
    {"path": pl.String, "reason": pl.String, "lost": pl.Boolean},  # lost: it may hold what is missed
)

ENTRIES: Final = Table(
    "entries",
    "a record of a log, with its continuation lines",
    {
        "log_id": pl.UInt32,
        "line": pl.UInt32,  # its first line in the file, from 1
        "time": TIME,  # null where the record's time is impossible
        "time_quality": pl.String,  # as read: epoch | local | again | undated | none; in UTC: epoch | zone | assumed | none
        "daemon": pl.String,  # who speaks: the log's short name, or the originator's name in a printout
        "originator": pl.Int32,  # unified only
        "file_id": pl.Int32,  # unified only: originator of the code that wrote it
        "pid": pl.Int64,
        "tid": pl.Int64,
        "kind": pl.String,  # debug | diagnostic | application; legacy records: debug
        "level": pl.Int8,  # unified debug or diagnostic level 0 to 6
        "severity": pl.Int8,  # SEVERITY scale; the larger of the number and the word in the text
        "function": pl.String,
        "message": pl.String,
        "context": pl.String,  # unified context without its brackets
        "message_id": pl.String,  # V-code
    },
)

IDENTIFIED: Final = Table(
    "identified",
    "an entry of a daemon of the flow that names an image or a job, or belongs to a run of interest",
    {
        **ENTRIES.schema,
        "host": pl.String,
        "path": pl.String,
        "log": pl.String,
        "speaker": pl.String,  # the flow's name for who wrote it
        "images": STRINGS,  # backup ids, in the order of the text
        "job_id": pl.Int64,
    },
)

MENTIONS: Final = Table(
    "mentions",
    "a record of a speaker of the flow that names an image or a job, and where it stands",
    {
        "log_id": pl.UInt32,
        "line": pl.UInt32,  # its first line in the file
        "from_line": pl.UInt32,  # where to begin to read it: a raw record may turn out to be a part of the one before
        "begin": pl.UInt64,  # bytes of the file before that line; null where the entry was kept
        "end": pl.UInt64,  # bytes of the file up to the end of the record
        "speaker": pl.String,
        "pid": pl.Int64,  # of speakers whose processes are runs
        "images": STRINGS,
        "job_id": pl.Int64,  # the first that is not said to be a parent's
        "importing": pl.Boolean,  # it speaks of importing
    },
)

EVIDENCE: Final = Table(
    "evidence",
    "an entry taken as proof of a step of one image",
    {
        "flow": pl.String,
        "image_id": pl.String,
        "attempt": pl.Int32,  # from 1
        "job_id": pl.Int64,
        "step": pl.Int8,  # 1 to 8
        "outcome": pl.String,  # OUTCOMES
        "strength": pl.String,  # STRENGTHS
        "rule": pl.String,  # what made it evidence, for `--image`
        "bound": pl.String,  # how it belongs to the image: named | session | job
        "time": TIME,
        "host": pl.String,
        "daemon": pl.String,
        "pid": pl.Int64,
        "severity": pl.Int8,
        "status_code": pl.Int32,
        "path": pl.String,
        "line": pl.UInt32,
        "message": pl.String,
    },
)

STEPS: Final = Table(
    "steps",
    "one step of one attempt of one image",
    {
        "image_id": pl.String,
        "attempt": pl.Int32,
        "job_id": pl.Int64,
        "step": pl.Int8,
        "name": pl.String,
        "state": pl.String,  # STATES
        "strength": pl.String,  # of the best evidence; empty without any
        "start_time": TIME,
        "end_time": TIME,
        "wait_s": pl.Float64,  # from the end of the step before to the start of this one
        "duration_s": pl.Float64,
        "host": pl.String,  # where it ran; of an unseen step: of the log that would tell, where it is known
        "daemon": pl.String,  # who shows it; of an unseen step: whose log would tell
        "pid": pl.Int64,
        "evidence_count": pl.UInt32,
        "source": pl.String,  # path of the first proving line
        "line": pl.UInt32,
    },
)

IMAGES: Final = Table(
    "images",
    "one traced image",
    {
        "image_id": pl.String,
        "client": pl.String,
        "backup_time": TIME,  # the epoch inside the image id
        "slp": pl.String,
        "source_primary": pl.String,
        "primary": pl.String,
        "media_server": pl.String,
        "job_ids": pl.List(pl.Int64),
        "attempts": pl.Int32,
        "verdict": pl.String,  # VERDICTS
        "last_step": pl.Int8,  # the last step that is known to be done; 0 for none
        "failed_step": pl.Int8,  # the step that failed or is overdue; where undetermined: at which its last known job failed
        "status_code": pl.Int32,  # of that failure
        "cause": pl.String,  # code of the finding that explains the verdict
        "first_time": TIME,
        "last_time": TIME,
        "elapsed_s": pl.Float64,
        "step_states": pl.String,  # eight letters, STATE_LETTERS
        "evidence_count": pl.UInt32,
    },
)

# Images whose last known job failed, while a retry may be under way that no log shows.
FAILED_BEFORE: Final = (pl.col("verdict") == "undetermined") & pl.col("failed_step").is_not_null()

JOBS: Final = Table(
    "jobs",
    "one import job",
    {
        "job_id": pl.Int64,
        "type": pl.String,  # import
        "attempt": pl.Int32,
        "state": pl.String,  # queued | active | done
        "status_code": pl.Int32,
        "images": pl.List(pl.String),
        "start_time": TIME,
        "end_time": TIME,
        "elapsed_s": pl.Float64,
        "media_server": pl.String,
        "storage_server": pl.String,
        "disk_volume": pl.String,
        "slp": pl.String,
    },
)

FINDINGS: Final = Table(
    "findings",
    "something that a person should know",
    {
        "code": pl.String,  # NBTnnn
        "severity": pl.String,  # error | warning | info
        "image_id": pl.String,
        "job_id": pl.Int64,
        "step": pl.Int8,
        "host": pl.String,
        "time": TIME,
        "title": pl.String,  # the same for all findings of one cause: they are grouped by it
        "detail": pl.String,
        "remedy": pl.String,
        "evidence": STRINGS,  # path:line
    },
)

SKEWS: Final = Table(
    "skews",
    "two hosts of which it is known by how much one clock is ahead of the other",
    {
        "host": pl.String,
        "other": pl.String,
        "low_s": pl.Float64,  # the clock of host is ahead by at least so many seconds; null where nothing tells
        "high_s": pl.Float64,  # and by so many at most
        "pairs": pl.UInt32,  # of cause and effect that tell it
    },
)

WRONG_ZONES: Final = Table(
    "wrong_zones",
    "a clock whose given zone is another one than that in which the same facts stand in other logs",
    {
        "host": pl.String,
        "format": pl.String,
        "given": pl.String,
        "zone": pl.String,  # the one that fits
        "facts": pl.UInt32,  # jobs or images that agree on it
        "obeyed": pl.Boolean,  # the given zone is used all the same
    },
)

WRONG_DATES: Final = Table(
    "wrong_dates",
    "a file whose name has no date, or another one than its records",
    {
        "log_id": pl.UInt32,
        "date": pl.Date,  # of its first record, as other logs or the time of its last change tell it; null for none
        "named": pl.Date,  # in its name
        "facts": pl.UInt32,  # jobs or images that agree on it; null where only the time of the last change tells
    },
)

STATS: Final = Table(
    "stats",
    "the figures of one log, of one daemon in a printout of several, for one quality of its times; or of one listing",
    {
        "log_id": pl.UInt32,
        "log": pl.String,
        "originator": pl.Int32,
        "entries": pl.UInt32,
        "unparsed": pl.UInt32,
        "time_quality": pl.String,  # as in the table of entries; null for a listing
        "first_time": TIME,
        "last_time": TIME,
        "highest_level": pl.Int8,
        "samples": STRINGS,  # of unparsed lines, as path:line: text
        "repaired": pl.UInt32,
        "date_assumed": pl.Boolean,
    },
)

COVERAGE: Final = Table(
    "coverage",
    "one log of one host, over all its files",
    {
        "host": pl.String,
        "role": pl.String,
        "log": pl.String,
        "originator": pl.Int32,
        "format": pl.String,
        "files": pl.UInt32,
        "first_time": TIME,
        "last_time": TIME,
        "entries": pl.UInt32,
        "unparsed": pl.UInt32,  # lines that no grammar takes
        "highest_level": pl.Int8,  # highest unified debug level seen
        "zone": pl.String,
        "zone_source": pl.String,
        "samples": STRINGS,  # the first few unparsed lines, as path:line: text
        "windows": pl.List(pl.Struct({"from": TIME, "to": TIME})),  # spans of time in which silence means something
        "silence_s": pl.Float64,  # the longest silence inside one file
    },
)

REQUESTS: Final = Table(
    "requests",
    "something to ask for, so that the next answer is complete",
    {
        "host": pl.String,  # null where the logs do not tell which
        "role": pl.String,
        "log": pl.String,  # short name of a daemon that nbtrace.knowledge knows
        "need": pl.String,  # host | log | time | files | level | helpful, see NEEDS
        "from_time": TIME,  # the span of time to ask for
        "to_time": TIME,
        "steps": pl.List(pl.Int8),  # that it would show
        "images": pl.UInt32,  # undetermined images that hang on it
        "detail": pl.String,
    },
)
# What is needed of a log: it whole, as nothing of its host is there; it whole; a span of time; single files; more of
# what it says; or it is of use and no verdict hangs on it. In the order of their weight.
NEEDS: Final = ("host", "log", "time", "files", "level", "helpful")


UNDERSTANDING: Final = Table(
    "understanding",
    "one daemon, and how much of what it says about images is understood",
    {
        "daemon": pl.String,
        "lines": pl.UInt32,  # lines about images or their jobs; strong, weak and unknown add up to them
        "strong": pl.UInt32,  # its words, a status or its place in a run tell what it means
        "weak": pl.UInt32,  # only who speaks, and of what, tells the step
        "unknown": pl.UInt32,  # it shows no step
    },
)

SHAPES: Final = Table(
    "shapes",
    "messages of one daemon that say the same, by words that no rule knows",
    {
        "daemon": pl.String,
        "step": pl.Int8,  # the step that it is taken for, weakly; null for none
        "shape": pl.String,  # the message without its ids, numbers and names
        "lines": pl.UInt32,
        "images": pl.UInt32,
        "path": pl.String,  # of the first such line
        "line": pl.UInt32,
        "message": pl.String,
    },
)

PROPOSALS: Final = Table(
    "proposals",
    "what a daemon says of an imported image, as a rule for a site's grammar",
    {
        "rule": pl.String,  # its name; without a choice of several steps: the one that is sure
        "choices": STRINGS,  # where it is not sure which step it shows: the names that the rule could have
        "reason": pl.String,  # why it is not sure; empty where it is
        "daemon": pl.String,
        "step": pl.Int8,
        "body": pl.String,  # in Lark's language
        "shape": pl.String,
        "lines": pl.UInt32,
        "images": pl.UInt32,
        "path": pl.String,  # the line of the image from which it was learnt
        "line": pl.UInt32,
        "message": pl.String,
    },
)

NAMES: Final = Table(
    "names",
    "a private name of a bundle, and what stands for it in the copy that is given away",
    {
        "kind": pl.String,  # client | host | lifecycle policy | policy | storage | user | domain | address | host id | also
        "name": pl.String,  # as it was first seen
        "replacement": pl.String,
        "source": pl.String,  # the file in which it was seen first, as path inside the bundle
    },
)


@dataclass(slots=True)
class Volume:
    """Bytes of the logs that a phase of the work read, and of those whose reading was ``kept`` from an earlier run."""

    read: int = 0
    kept: int = 0

    def add(self, size: int, *, kept: bool) -> None:
        """Count one log."""
        if kept:
            self.kept += size
        else:
            self.read += size


@dataclass(frozen=True, slots=True)
class Result:
    """All that an analysis found out: what the reports show and what the public API returns.

    ``since`` and ``until`` are the first and the last time of the bundle's entries (UTC), ``None`` when it holds none.
    ``phases`` are the seconds spent by each phase of the work, ``volumes`` the bytes of those that go through logs.
    """

    bundle: str
    logs: pl.DataFrame
    ignored: pl.DataFrame
    coverage: pl.DataFrame
    images: pl.DataFrame
    jobs: pl.DataFrame
    steps: pl.DataFrame
    evidence: pl.DataFrame
    findings: pl.DataFrame
    understanding: pl.DataFrame = field(default_factory=UNDERSTANDING.empty)
    requests: pl.DataFrame = field(default_factory=REQUESTS.empty)
    skews: pl.DataFrame = field(default_factory=SKEWS.empty)
    since: datetime | None = None
    until: datetime | None = None
    unreadable: int = 0  # parts of the input that could not be read
    traced: int = 0  # images in all, also those outside the wanted span of time
    phases: Mapping[str, float] = field(default_factory=dict)
    volumes: Mapping[str, Volume] = field(default_factory=dict)
