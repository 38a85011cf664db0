"""What the listings of a bundle show of its images, noted for the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from .ledger import AIR_IMPORT
from .night import Line
from .truth import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from .ledger import Job
    from .listings import Listings
    from .truth import Image

__all__ = ["note_listings"]

_NO_CODE: Final = (0, 1)  # these do not say which image failed


def note_listings(listings: Listings) -> None:
    """Note on every image what the wanted listings show of it."""
    for name in listings.stage.world.options.listings:
        if name in _NOTED:
            _NOTED[name](listings, Line(-1, f"{listings.primary.name}/listing:{name}", b"", epoch=True))


def _note_pending(listings: Listings, line: Line) -> None:
    for image in listings.pending():
        for version in image.versions():
            version.notes.append(Note(line, 0, 2))


def _note_imported(listings: Listings, line: Line) -> None:
    for image in listings.imported():
        image.notes.append(Note(line, image.jobs[-1], 8))


def _note_problems(listings: Listings, line: Line) -> None:
    for image in (version for each in listings.images for version in each.versions()):
        for each in listings.stage.ledger.problems:
            if each.job_id == image.job and each.image in {"", image.image_id}:
                note = Note(line, each.job_id, named=bool(each.image), fails=True, code=each.code)
                image.notes.append(note)


def _note_jobs(listings: Listings, line: Line) -> None:
    images = {image.image_id: image for image in listings.images}
    for job in listings.stage.ledger.jobs.values():
        if job.job_type == AIR_IMPORT:
            _note_job(job, images, line)


def _note_job(job: Job, images: Mapping[str, Image], line: Line) -> None:
    """Note a row of the job database: its list of files ties its images to it."""
    for image in (version for name in job.images for version in images[name].versions()):
        image.notes.append(Note(line, job.job_id, ties=(line,)))
        if job.job_id != image.job:  # an earlier attempt
            continue
        steps = [3, *([4] if job.started else []), *([8] if job.ended and job.status == 0 else [])]
        image.notes += [Note(line, job.job_id, step) for step in steps]
        if job.started:
            image.notes += _details(job, image, line)
        codes = {detail.code for detail in job.details if detail.code and detail.image in {"", image.image_id}}
        if job.ended and job.status not in _NO_CODE:
            codes.add(job.status)
        image.notes += [Note(line, job.job_id, fails=True, code=code) for code in sorted(codes)]


def _note_details(listings: Listings, line: Line) -> None:
    """Note the try files: their lines tie a job to the images that they name, and to no others."""
    images = {image.image_id: image for image in listings.images}
    for job in listings.detailed:
        for image in (version for name in job.images for version in images[name].versions()):
            own = [detail for detail in job.details if detail.image in {"", image.image_id}]
            if any(detail.image for detail in own):
                image.notes.append(Note(line, job.job_id, ties=(line,)))
            for detail in own if job.job_id == image.job else ():
                if detail.step or detail.code:
                    named, fails = bool(detail.image), detail.step is None
                    image.notes.append(Note(line, job.job_id, detail.step, named, fails=fails, code=detail.code))


def _details(job: Job, image: Image, line: Line) -> Iterator[Note]:
    """Yield what the lines of a job's details show of an image."""
    for detail in job.details:
        if detail.step and detail.image in {"", image.image_id}:
            yield Note(line, job.job_id, detail.step)


# The listings that show steps of images. A line of theirs has no time of its own and tells no zone.
_NOTED: Final[Mapping[str, Callable[[Listings, Line], None]]] = {
    "pendimplist": _note_pending,
    "bpimagelist": _note_imported,
    "stlilist": _note_imported,
    "bpdbjobs": _note_jobs,
    "nbsu": _note_jobs,
    "details": _note_details,
    "bperror": _note_problems,
}
