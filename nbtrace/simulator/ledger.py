"""What the domain's own records would hold at the end of the night: its jobs and its import's failures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .hosts import Host
    from .world import Volume

__all__ = ["AIR_IMPORT", "Detail", "Job", "Ledger", "Problem"]

AIR_IMPORT: Final = 21  # job type (import-flow.md §2.4, V)

# What a job's details say of an event: severity, process and text. The shapes of import-flow.md §2.1 (V), texts ours.
_DETAILS: Final[Mapping[str, tuple[str, str, str]]] = {
    "request_made": ("", "", "requesting resource {media_id}"),
    "job_queued": ("", "", "waiting for resources..."),
    "import_begin": ("Info", "bpimport", "started, {count} images to import"),
    "mover_begin": ("Info", "bpdm", "started"),
    "mover_failed": ("Error", "bpimport", "cannot start bpdm on {media_server}, status {status}: {reason}"),
    "resource_granted": ("", "", "granted resource {resource}"),
    "resource_denied": ("Error", "nbjm", "resource request failed, status {status}, EMM status {detail}: {reason}"),
    "record_unreadable": ("Error", "bpdm", "cannot read image information of {image}, status {status}: {reason}"),
    "record_refused": ("Error", "bpdbm", "refused image {image}, status {status}: {reason}"),
    "image_failed": ("Error", "bpimport", "import failed for image {image}, status {status}"),
    "image_imported": ("Info", "bpimport", "imported image {image}"),
    "import_died": ("Error", "nbjm", "bpimport is gone, status {status}: {reason}"),
}
# The step that such a line shows to be done.
_SHOWS: Final[Mapping[str, int]] = {"import_begin": 4, "mover_begin": 5, "resource_granted": 6, "image_imported": 8}
_PROBLEMS: Final = ("insert_refused", "batch_refused", "record_refused", "image_failed", "resource_denied")


class Detail(NamedTuple):
    """A line of a job's details; ``ms`` is the true time (UTC), ``severity`` and ``process`` may be empty."""

    ms: int
    severity: str
    process: str
    pid: int
    text: str
    image: str = ""  # backup id that the line names
    code: int | None = None  # the status that it tells
    step: int | None = None  # the step that it shows


@dataclass(slots=True, eq=False)
class Job:
    """A job as the job database knows it; times are milliseconds (UTC), 0 where it has not come to that."""

    job_id: int
    job_type: int
    images: Sequence[str]
    created: int
    policy: str
    media: Host
    volume: Volume
    started: int = 0
    ended: int = 0
    status: int = 0
    pid: int = 0
    details: list[Detail] = field(default_factory=list)

    @property
    def state(self) -> int:
        """0 queued, 1 active, 3 done (import-flow.md §2.4, V)."""
        return 3 if self.ended else 1 if self.started else 0


class Problem(NamedTuple):
    """A failure that the error database knows."""

    ms: int
    job_id: int
    process: str
    image: str
    code: int
    text: str


@dataclass(slots=True)
class Ledger:
    """The jobs of a domain's night by id, and its problems."""

    jobs: dict[int, Job] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def open(self, job: Job) -> None:
        """Take a new job."""
        self.jobs[job.job_id] = job

    def hear(self, event: str, log: str, ms: int, job_id: int, pid: int, *, said: Mapping[str, object]) -> None:
        """Take what happens to a job: ``said`` are the fields of the event; an image counts where it is its own."""
        job = self.jobs.get(job_id)
        own = "{image}" in _DETAILS.get(event, ("", "", ""))[2]
        image = str(said["image"]) if own or not job_id else ""
        code = int(str(said["detail"])) or int(str(said["status"])) or None
        if event in _PROBLEMS and code is not None:
            self.problems.append(Problem(ms, job_id, log, image, code, str(said["reason"])))
        if job is None:
            return
        if event == "start_called":
            job.started = ms
        if event == "import_begin":
            job.pid = pid
        if event == "job_end":
            job.ended, job.status = ms, int(str(said["status"]))
        if event in _DETAILS:
            severity, process, text = _DETAILS[event]
            job.details.append(
                Detail(ms, severity, process, pid, text.format_map(said), image, code, _SHOWS.get(event))
            )
