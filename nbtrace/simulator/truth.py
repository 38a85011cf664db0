"""What really happened to each image, and what an honest reader of the bundle can know of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from .hosts import Host
    from .night import Line
    from .world import Volume

__all__ = ["JOB_END", "STEPS", "Image", "ImageTruth", "Note", "Truth", "settle"]

STEPS: Final = range(1, 9)
JOB_END: Final = 9  # no step: the end of a job, as only those tell who know of all jobs
_JOB: Final = 3  # the step in which an attempt begins; those before are done once
_SPEAKERS: Final = {4: "admin", 5: "bpdm"}  # a process that says anything at all has been started
_SERVES_ALL: Final = "bpdbm"
_TELLING: Final = {"imported": "D", "failed": "F", "stalled": "O", "in_progress": "W"}

# Seconds after which the next step is overdue: import-flow.md §4 proposes them (I); an hour in the queue is ours.
DUE_S: Final = {2: 300, 3: 2400, 4: 3600, 5: 300, 6: 300, 7: 900, 8: 900}


class Note(NamedTuple):
    """What one line shows: a step by the image's name or by its job's only, a tie of the two, a failure.

    ``ties`` are the lines of the same process that name the job, if the line itself shows an image; ``code`` is the
    status that it tells, if it tells a failure.
    """

    line: Line
    job: int
    step: int | None = None
    named: bool = True
    ties: Sequence[Line] = ()
    fails: bool = False
    code: int | None = None


@dataclass(slots=True, eq=False)
class Image:
    """One image while its story is played: what happened, when (ms, UTC), and the notes on what its lines show."""

    image_id: str
    scenario: str
    slp: str
    volume: Volume
    media: Host
    policy: str
    verdict: str = "imported"
    failed_step: int | None = None
    status_code: int | None = None
    job_status: int | None = None
    cause: str | None = None
    jobs: list[int] = field(default_factory=list)
    done: dict[int, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    latest: int = 0  # the first note of the last attempt
    job: int = 0  # the job of the last attempt, if it has one
    before: Image | None = None  # what it was when this attempt began

    def again(self) -> None:
        """Begin another attempt: what an earlier one showed of its steps does not count for this one."""
        self.before = replace(self, jobs=[*self.jobs], notes=[*self.notes])
        self.end("imported")
        self.latest, self.job = len(self.notes), 0
        self.done = {step: ms for step, ms in self.done.items() if step < _JOB}

    def end(self, verdict: str, step: int | None = None, status: int | None = None, cause: str | None = None) -> None:
        """Say how the story really ends: the step is the one that failed, or that is overdue."""
        self.verdict, self.failed_step, self.status_code, self.cause = verdict, step, status, cause

    def versions(self) -> Iterator[Image]:
        """Yield the image as it is, and as it was before each of its later attempts."""
        yield self
        if self.before is not None:
            yield from self.before.versions()

    def tied(self, job: int) -> bool:
        """Tell whether a line of the bundle ties the image to the job."""
        return any(note.job == job and note.line.kept and any(tie.kept for tie in note.ties) for note in self.notes)

    def of_step(self, step: int) -> Iterator[Note]:
        """Yield the notes on a step of the last attempt; of a step that starts a process, all that this says."""
        notes, log = self.notes if step < _JOB else self.notes[self.latest :], _SPEAKERS.get(step, "-")
        return (note for note in notes if note.step == step or note.line.place.endswith(f"/{log}"))


@dataclass(frozen=True, slots=True)
class ImageTruth:
    """What can be known of one image from the logs that are in the bundle; ``happened`` is what really came of it.

    ``step_states`` are eight letters: D done, F failed, M missing, U unseen, W waiting, O overdue, - unreached.
    ``job_ids`` are those of ``jobs_happened`` to which a line of the bundle ties the image, ``logs`` the ``host/log``
    names that show each step.
    """

    image_id: str
    scenario: str
    verdict: str
    happened: str
    failed_step: int | None
    status_code: int | None
    job_status: int | None
    cause: str | None
    job_ids: list[int]
    media_server: str
    slp: str
    step_states: str
    logs: dict[str, list[str]]
    jobs_happened: list[int] = field(default_factory=list)
    primary: str = ""


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth on a whole bundle; ``invisible_ids`` are images that no log of the bundle names.

    ``hosts`` says of each host its zone, its clock's error in seconds and how many ``pairs`` of lines tell the zone;
    ``logs`` of each log its first and last time as its host's clock shows them (UTC), and ``losses`` which spans of
    time are cut out of a log.
    """

    seed: int
    options: Mapping[str, Any]
    since: str
    until: str
    hosts: list[dict[str, Any]]
    origin_primary: str
    removed_logs: list[str]
    scenarios: dict[str, int]
    verdicts: dict[str, int]
    images: list[ImageTruth]
    invisible_ids: list[str]
    noise_ids: list[str]
    logs: list[dict[str, Any]] = field(default_factory=list)
    losses: list[dict[str, Any]] = field(default_factory=list)

    @property
    def until_ms(self) -> int:
        """The end of the night, in milliseconds since the epoch (UTC)."""
        return round(datetime.fromisoformat(self.until).timestamp() * 1000)

    def write(self, path: Path) -> None:
        """Write the truth as JSON, one image a line."""
        lines = [f"  {json.dumps(each.name)}: {_value(getattr(self, each.name))}" for each in fields(self)]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def settle(
    image: Image,
    watched: Callable[[Host, int, int, int], bool],
    until_ms: int,
    *,
    primary: str = "",
    listed: Collection[int] = (),
) -> ImageTruth:
    """Return what the bundle tells of an image until the end of the night.

    ``watched`` says whether a log that would show a step was listening all through a span of time (ms, UTC); ``listed``
    are the steps of which a listing tells, for every image, whether it was done when the night ended.
    """
    ties = {job for job in image.jobs if image.tied(job)}
    happened, jobs = image.verdict, image.jobs
    while image.before is not None and not _attempt_shows(image, ties):
        image = image.before  # nobody can know that there was another attempt

    def ended(media: Host, step: int, begin: int, end: int) -> bool:
        return step in listed or watched(media, step, begin, end)

    letters = _letters(
        image, ties, watched, lambda step, seen: _last_letter(image, step, ties, ended, (seen, until_ms))
    )
    telling = _TELLING[image.verdict]
    known = letters[7] == telling if image.verdict == "imported" else telling in letters
    known = known and _is_replicated(image, ties)  # else nobody knows that there is this image
    logs = {
        str(step): sorted({note.line.place for note in image.of_step(step) if _shows(note, ties)})
        for step in STEPS
        if _is_replicated(image, ties)
    }
    return ImageTruth(
        image_id=image.image_id,
        scenario=image.scenario,
        verdict=image.verdict if known else "undetermined",
        happened=happened,
        failed_step=image.failed_step if known else None,
        status_code=_status(image, ties) if known else None,
        job_status=image.job_status if known else None,
        cause=image.cause if known else None,
        job_ids=[job for job in image.jobs if job in ties],
        media_server=image.media.name,
        slp=image.slp,
        step_states=letters,
        logs={step: names for step, names in logs.items() if names},
        jobs_happened=jobs,
        primary=primary,
    )


def _letters(
    image: Image,
    ties: set[int],
    watched: Callable[[Host, int, int, int], bool],
    last: Callable[[int, int], str],
) -> str:
    """Return the eight states; where the end of the story is unseen, all after it is unseen too."""
    letters, seen_ms = "", min(image.done.values(), default=0)
    edge = max(image.done, default=0) + 1
    for step in range(1, min(edge, STEPS[-1]) + 1):
        notes = list(image.of_step(step))
        if step == edge:
            letter = last(step, seen_ms)
            # After a step that nobody saw, that one may be what is overdue, or have failed.
            letters += "U" if letter == "O" and letters.endswith("U") else letter
        elif any(_shows(note, ties) for note in notes):
            letters += "D"
            seen_ms = image.done[step]
        else:
            after = min((ms for later, ms in image.done.items() if later > step), default=image.done[step])
            letters += "U" if notes or not watched(image.media, step, seen_ms, after) else "M"
    return letters.ljust(len(STEPS), "U" if letters.endswith("U") else "-")


def _last_letter(
    image: Image,
    step: int,
    ties: set[int],
    watched: Callable[[Host, int, int, int], bool],
    span: tuple[int, int],
) -> str:
    """Return the state of the step that is not done: it failed, or is overdue or waited for since the last one seen."""
    seen_ms, until_ms = span
    if image.verdict == "failed":
        return "F" if any(_tells(image, ties)) else "U"
    if image.verdict == "stalled":
        until_ms = min(until_ms, image.done[step - 1] + DUE_S[step] * 1000)
    if not watched(image.media, step, seen_ms, until_ms):
        return "U"
    # A job may end while it is queued, cancelled or failed: where nobody would tell, the lines of both stories are the same.
    if image.verdict == "stalled" and step > _JOB and not watched(image.media, JOB_END, seen_ms, until_ms):
        return "U"
    return "O" if image.verdict == "stalled" else "W"


def _attempt_shows(image: Image, ties: set[int]) -> bool:
    """Tell whether a line of the bundle shows that the last attempt was begun."""
    latest = image.notes[image.latest :]
    return any(_shows(note, ties) for note in latest if note.fails or (note.step or 0) >= _JOB)


def _shows(note: Note, ties: set[int]) -> bool:
    """Tell whether the bundle has the line, and it names the image or a job that is tied to it."""
    return note.line.kept and (note.named or note.job in ties)


def _is_replicated(image: Image, ties: set[int]) -> bool:
    """Tell whether a line of the bundle shows that the image is one of these imports.

    What bpdbm says of an image without a job it says of images that somebody imports by hand, too: where nothing else
    is left of an image, the lines of both stories are the same.
    """
    return any(_shows(note, ties) and not note.line.place.endswith(f"/{_SERVES_ALL}") for note in image.notes)


def _tells(image: Image, ties: set[int]) -> Iterator[Note]:
    """Yield the lines of the bundle that tell the last attempt's failure."""
    return (note for note in image.notes[image.latest :] if note.fails and _shows(note, ties))


def _status(image: Image, ties: set[int]) -> int | None:
    """Return the status that explains the end, as far as a line of the bundle tells it; else that of the job."""
    codes = {note.code for note in _tells(image, ties)}
    return image.status_code if image.status_code in codes or image.verdict != "failed" else image.job_status


def _value(value: Any) -> str:
    """Return a value as JSON; a list of images or hosts has one line for each."""
    if isinstance(value, list) and value and not isinstance(value[0], str):
        rows = (json.dumps(asdict(each) if isinstance(each, ImageTruth) else each) for each in value)
        return "[\n" + ",\n".join(f"    {row}" for row in rows) + "\n  ]"
    return json.dumps(value)
