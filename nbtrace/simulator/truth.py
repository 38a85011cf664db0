"""What really happened to each image, and what an honest reader of the bundle can know of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from .hosts import Host
    from .world import Volume

__all__ = ["STEPS", "Image", "ImageTruth", "Truth", "settle"]

STEPS: Final = range(1, 9)
_TELLING: Final = {"imported": "D", "failed": "F", "stalled": "O", "in_progress": "W"}


@dataclass(slots=True, eq=False)
class Image:
    """One image while its story is played: what happened, and which logs of the bundle show it.

    ``shown`` and ``by_job`` hold, for each step of the last attempt, the ``host/log`` names whose lines name the image
    or only its job; ``lost`` are steps that were written only to logs that are not in the bundle. ``told`` and
    ``told_by_job`` are the logs that tell the failure, ``links`` those that tie the image to its last job.
    """

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
    done: set[int] = field(default_factory=set)
    shown: dict[int, set[str]] = field(default_factory=dict)
    by_job: dict[int, set[str]] = field(default_factory=dict)
    lost: set[int] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    told_by_job: set[str] = field(default_factory=set)
    links: set[str] = field(default_factory=set)

    def attempt(self, job: int) -> None:
        """Begin a new attempt: what an earlier one showed of its steps does not count for this one."""
        self.jobs.append(job)
        self.done -= set(STEPS[3:])  # the batch (step 3) is where the attempt begins
        self.lost -= set(STEPS[3:])
        for step in STEPS[3:]:
            self.shown.pop(step, None)
        self.by_job.clear()
        self.told.clear()
        self.told_by_job.clear()
        self.links.clear()

    def note(self, log: str, step: int | None, *, kept: bool, named: bool, links: bool, fails: bool) -> None:
        """Note what a line shows: a step by the image's name or its job's, the failure, the tie of image and job."""
        if not kept:
            self.lost |= {step} if step else set()
            return
        if step:
            (self.shown if named else self.by_job).setdefault(step, set()).add(log)
        if fails:
            (self.told if named else self.told_by_job).add(log)
        if links:
            self.links.add(log)

    def end(self, verdict: str, step: int | None = None, status: int | None = None, cause: str | None = None) -> None:
        """Say how the story really ends: the step is the one that failed, or that is overdue."""
        self.verdict, self.failed_step, self.status_code, self.cause = verdict, step, status, cause


@dataclass(frozen=True, slots=True)
class ImageTruth:
    """What can be known of one image from the logs that are in the bundle; ``happened`` is what really came of it.

    ``step_states`` are eight letters: D done, F failed, M missing, U unseen, W waiting, O overdue, - unreached.
    ``logs`` are the ``host/log`` names that show each step.
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


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth on a whole bundle; ``invisible_ids`` are images that no log of the bundle names."""

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

    @property
    def until_ms(self) -> int:
        """The end of the night, in milliseconds since the epoch (UTC)."""
        return round(datetime.fromisoformat(self.until).timestamp() * 1000)

    def write(self, path: Path) -> None:
        """Write the truth as JSON, one image a line."""
        lines = [f"  {json.dumps(each.name)}: {_value(getattr(self, each.name))}" for each in fields(self)]
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def settle(image: Image, watched: Callable[[Host, int], bool]) -> ImageTruth:
    """Return what the bundle tells of an image; ``watched`` says whether a log of a step is in the bundle."""
    letters = _letters(image, watched)
    telling = _TELLING[image.verdict]
    known = letters[7] == telling if image.verdict == "imported" else telling in letters
    logs = {str(step): sorted(_seen(image, step)) for step in STEPS}
    return ImageTruth(
        image_id=image.image_id,
        scenario=image.scenario,
        verdict=image.verdict if known else "undetermined",
        happened=image.verdict,
        failed_step=image.failed_step if known else None,
        status_code=image.status_code if known else None,
        job_status=image.job_status if known else None,
        cause=image.cause if known else None,
        job_ids=image.jobs,
        media_server=image.media.name,
        slp=image.slp,
        step_states=letters,
        logs={step: names for step, names in logs.items() if names},
    )


def _letters(image: Image, watched: Callable[[Host, int], bool]) -> str:
    """Return the eight states; where the end of the story is unseen, all after it is unseen too."""
    edge = max(image.done, default=0) + 1
    letters = "".join(_letter(image, step, watched(image.media, step)) for step in STEPS if step <= edge)
    return letters.ljust(len(STEPS), "U" if letters.endswith("U") else "-")


def _letter(image: Image, step: int, watched: bool) -> str:  # noqa: FBT001 - a fact on the step, not a switch
    if step in image.done:
        hidden = step in image.lost or image.by_job.get(step)
        return "D" if _seen(image, step) else "U" if hidden else "M"
    if image.verdict == "failed":
        return "F" if image.told or (image.links and image.told_by_job) else "U"
    if not watched:
        return "U"
    return "O" if image.verdict == "stalled" else "W"


def _seen(image: Image, step: int) -> Iterable[str]:
    by_job = image.by_job.get(step, set()) if image.links else set()
    return image.shown.get(step, set()) | by_job


def _value(value: Any) -> str:
    """Return a value as JSON; a list of images or hosts has one line for each."""
    if isinstance(value, list) and value and not isinstance(value[0], str):
        rows = (json.dumps(asdict(each) if isinstance(each, ImageTruth) else each) for each in value)
        return "[\n" + ",\n".join(f"    {row}" for row in rows) + "\n  ]"
    return json.dumps(value)
