"""What can become of replicated images: one small function for each ending, and the table of them all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from . import acts
from .flow import Flow

if TYPE_CHECKING:
    from random import Random

    from .telling import Stage
    from .truth import Image

__all__ = ["BUNDLE_SCENARIOS", "SCENARIOS", "Play", "Scenario", "play"]

Play = Callable[[Flow], None]
_MINUTE: Final = 60_000
_JOB: Final = 3  # the step in which an attempt begins


class Scenario(NamedTuple):
    """A kind of ending: how it is played, for how many images at once, how often, and how long before the end."""

    play: Play
    images: tuple[int, int] = (1, 1)
    weight: float = 1.0
    before_end_h: float = 1.25

    @property
    def about(self) -> str:
        """The scenario in one sentence."""
        return (self.play.__doc__ or "").strip()


def imported(flow: Flow) -> None:
    """Everything goes well."""
    acts.arrive(flow)
    flow.batch(busy=not flow.rng.randrange(10))
    acts.work(flow)


def second_attempt(flow: Flow) -> None:
    """The first job fails with 85 or for want of resources, a later one imports the image."""
    acts.arrive(flow)
    acts.fail_once(flow)
    flow.rest(15 * 60, 40 * 60)
    flow.batch()
    acts.work(flow)


def slp_missing(flow: Flow) -> None:
    """The image names an SLP that is not in this domain: 1532 at step 2 or 3, no job."""
    acts.refused_early(flow, 1532, "NBT202")


def classification_differs(flow: Flow) -> None:
    """Image and SLP have different data classifications: 1533 at step 2 or 3, no job."""
    acts.refused_early(flow, 1533, "NBT203")


def slp_no_import(flow: Flow) -> None:
    """The SLP has no import operation: 1534 at step 2 or 3, no job."""
    acts.refused_early(flow, 1534, "NBT204")


def already_in_catalog(flow: Flow) -> None:
    """The catalog has an image of this backup id: 1535 at step 2 or 3, no job."""
    acts.refused_early(flow, 1535, "NBT205")


def event_not_inserted(flow: Flow) -> None:
    """The event is polled and handed over, but no record is ever inserted: step 2 is overdue."""
    flow.event(accepted=flow.rng.choice((True, False)))
    acts.stalled(flow, 2)


def not_batched(flow: Flow) -> None:
    """The record is inserted, but no batch ever takes the image: step 3 is overdue."""
    acts.arrive(flow)
    acts.stalled(flow, 3)


def queued(flow: Flow) -> None:
    """The job waits for resources until the night ends: step 4 is overdue."""
    acts.arrive(flow)
    flow.collect()
    flow.submit(linked=True)
    flow.queue(flow.stage.world.options.end_ms)
    acts.stalled(flow, 4)


def bpimport_died(flow: Flow) -> None:
    """The bpimport process starts, but no bpdm: step 5 fails with 27, 50, 25 or 58."""
    acts.arrive(flow)
    flow.batch()
    flow.start()
    status = flow.rng.choice((27, 50, 25, 58))
    flow.rest(0.1, 5)
    flow.say("mover_called")
    if status in {25, 58}:  # no way to the media server: bpimport can still say so
        flow.rest(5, 120)
        flow.say("mover_failed", status=status, fails=True)
        flow.finish(status, mover=False)
    else:
        flow.died(status)
        flow.finish(status, mover=False, command=False)
    acts.failed(flow, 5, status, "NBT209" if status in {25, 58} else "NBT201")


def resources_denied(flow: Flow) -> None:
    """No resources are granted to bpdm: step 6 fails with 800 and a detail code."""
    acts.arrive(flow)
    flow.batch()
    acts.to_mover(flow)
    flow.ask()
    detail = flow.rng.choice((2074, 2106, 2107))
    flow.deny(detail)
    flow.finish(800)
    acts.failed(flow, 6, detail, "NBT206")


def storage_unreadable(flow: Flow) -> None:
    """The storage does not give the image's record: step 7 fails with 83, 85 or 87, sometimes twice."""
    acts.arrive(flow)
    status = flow.rng.choice((83, 85, 87))
    for attempt in range(flow.rng.choice((1, 2))):
        flow.rest(*((0, 1) if attempt == 0 else (15 * 60, 40 * 60)))
        flow.batch()
        acts.to_resources(flow)
        acts.spoil_storage(flow, status)
        acts.failed(flow, 7, status, "NBT207")


def catalog_refused(flow: Flow) -> None:
    """The catalog refuses the record: step 8 fails with 220, 227 or 228."""
    acts.arrive(flow)
    flow.batch()
    acts.to_resources(flow)
    status = flow.rng.choice((220, 227, 228))
    for image in flow.images:
        flow.catalog(image)
        flow.refuse(image, status)
        flow.fail(image, status)
    flow.finish(status)
    acts.failed(flow, 8, status, "NBT208")


def one_of_batch_failed(flow: Flow) -> None:
    """One image of a batch fails at step 7, the job ends with 1, the others are imported."""
    acts.arrive(flow)
    flow.batch()
    acts.to_resources(flow)
    bad, status = flow.rng.choice(flow.images), flow.rng.choice((83, 85, 87))
    for image in flow.images:
        if image is bad:
            flow.unreadable(image, status)
            flow.fail(image, status)
            image.end("failed", 7, status, "NBT207")
        else:
            flow.catalog(image)
            flow.validate(image)
    flow.finish(1 if len(flow.images) > 1 else status)


def insert_unlogged(flow: Flow) -> None:
    """The import manager inserts the record without a word: step 2 is missing, yet the image is imported."""
    flow.event()
    flow.insert(logged=False)
    flow.batch()
    acts.work(flow)


def still_running(flow: Flow) -> None:
    """The night ends while the image is on its way, still within its time."""
    last = flow.rng.choice(tuple(_BEFORE_END))
    end = flow.stage.world.options.end_ms
    flow.now = end - round(flow.rng.uniform(*_BEFORE_END[last]) * _MINUTE)
    for step, act in _STEPS.items():
        if step <= last:
            act(flow)
    _running(flow)


def retry_open(flow: Flow) -> None:
    """The first job fails, the night ends while a second one is at work, still within its time."""
    last = flow.rng.choice((3, 5, 6))
    _first_attempt(flow, last)
    for step, act in _STEPS.items():
        if _JOB <= step <= last:
            act(flow)
    _running(flow)


def retry_begun(flow: Flow) -> None:
    """The first job fails, the night ends when nbstserv has just handed on the images a second time: no job yet."""
    _first_attempt(flow, _JOB)
    flow.collect(wait_s=(1, 10))
    flow.say("batch_submitted")
    flow.happened(_JOB)
    _running(flow)


def _first_attempt(flow: Flow, last: int) -> None:
    """Play an attempt that fails, shortly before the night ends, and wait until it is time for the second one."""
    end = flow.stage.world.options.end_ms
    flow.now = end - round(flow.rng.uniform(80, 100) * _MINUTE)
    acts.arrive(flow)
    acts.fail_once(flow)
    flow.now = max(flow.now, end - round(flow.rng.uniform(*_BEFORE_END[last]) * _MINUTE))


def _running(flow: Flow) -> None:
    for image in flow.images:
        image.end("in_progress")


# How far a running image comes, by the last step done. Bpimport and bpdm start together: 4 alone would be a matter of
# seconds.
_STEPS: Final[dict[int, Play]] = {
    1: Flow.event,
    2: Flow.insert,
    3: acts.batch_soon,
    5: acts.to_mover,
    6: acts.get_resources,
}

# Minutes from the event to the end of the night, by the last step done: long enough to play the steps, and within the
# time that import-flow.md §4 proposes for the next one.
_BEFORE_END: Final = {1: (1.0, 3.0), 2: (3.0, 25.0), 3: (3.0, 40.0), 5: (2.5, 4.5), 6: (2.5, 10.0)}

SCENARIOS: Final[dict[str, Scenario]] = {
    "imported_alone": Scenario(imported, weight=8),
    "imported_batch": Scenario(imported, (2, 250), weight=8),
    "second_attempt": Scenario(second_attempt, (1, 3), before_end_h=2.5),
    "slp_missing": Scenario(slp_missing, (1, 3)),
    "classification_differs": Scenario(classification_differs),
    "slp_no_import": Scenario(slp_no_import, (1, 2)),
    "already_in_catalog": Scenario(already_in_catalog),
    "event_not_inserted": Scenario(event_not_inserted, (1, 2), before_end_h=3),
    "not_batched": Scenario(not_batched, (1, 3), before_end_h=3.2),
    "queued": Scenario(queued, (1, 4), before_end_h=3.5),
    "bpimport_died": Scenario(bpimport_died, (1, 4)),
    "resources_denied": Scenario(resources_denied, (1, 4)),
    "storage_unreadable": Scenario(storage_unreadable, before_end_h=2.5),
    "catalog_refused": Scenario(catalog_refused, (1, 2)),
    "one_of_batch_failed": Scenario(one_of_batch_failed, (2, 12)),
    "insert_unlogged": Scenario(insert_unlogged, weight=0.5),
    "still_running": Scenario(still_running, (1, 3)),
    "retry_open": Scenario(retry_open, (1, 3)),
    "retry_begun": Scenario(retry_begun, (1, 2)),
}

# These are about the bundle, not about an image: the logs that were not collected.
BUNDLE_SCENARIOS: Final[dict[str, tuple[str, ...]]] = {
    "no_bpdbm_log": ("bpdbm",),
    "no_media_logs": ("media",),
    "no_import_manager_log": ("importmgr",),
    "no_outcome_logs": ("admin", "bpdbm", "nbjm", "nbpem"),
}


def play(name: str, stage: Stage, images: Sequence[Image], rng: Random, now: int) -> int:
    """Play a scenario for some images from a moment on; return when it ended."""
    flow = Flow(stage, images, rng, now)
    SCENARIOS[name].play(flow)
    return flow.now
