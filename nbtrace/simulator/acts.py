"""What the stories have in common: a few steps at once, and how they end."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .flow import Flow

__all__ = [
    "arrive",
    "batch_soon",
    "fail_once",
    "failed",
    "get_resources",
    "refused_early",
    "spoil_storage",
    "stalled",
    "to_mover",
    "to_resources",
    "work",
]


def arrive(flow: Flow) -> None:
    """Play steps 1 and 2."""
    flow.event()
    flow.insert()


def to_resources(flow: Flow) -> None:
    """Play steps 4 to 6."""
    to_mover(flow)
    get_resources(flow)


def to_mover(flow: Flow) -> None:
    """Play steps 4 and 5."""
    flow.start()
    flow.mover()


def get_resources(flow: Flow) -> None:
    """Play step 6."""
    flow.ask()
    flow.grant()


def batch_soon(flow: Flow) -> None:
    """Play step 3 without waiting for a cycle, up to the job; the job then waits."""
    flow.collect(wait_s=(1, 10))
    flow.submit(linked=True)


def work(flow: Flow) -> None:
    """Play steps 4 to 8, and the end of the job, without a mishap."""
    to_resources(flow)
    for image in flow.images:
        flow.catalog(image)
        flow.validate(image)
    flow.finish(0)


def spoil_storage(flow: Flow, status: int) -> None:
    """Fail step 7 for every image, and end the job."""
    for image in flow.images:
        flow.unreadable(image, status)
        flow.fail(image, status)
    flow.finish(status)


def fail_once(flow: Flow) -> None:
    """Play a job that fails: with 85, or with 800 for want of resources."""
    flow.batch()
    to_mover(flow)
    flow.ask()
    if flow.rng.choice((True, False)):
        flow.deny(2074)
        flow.finish(800)
        failed(flow, 6, 2074, "NBT206")
    else:
        flow.grant()
        spoil_storage(flow, 85)
        failed(flow, 7, 85, "NBT207")


def refused_early(flow: Flow, status: int, cause: str) -> None:
    """Refuse at step 2 or 3: which one it is in the product is not known (import-flow.md §7, 8)."""
    flow.event()
    if flow.rng.choice((True, False)):
        flow.refuse_insert(status)
        failed(flow, 2, status, cause)
        return
    flow.insert()
    flow.refuse_batch(status)
    failed(flow, 3, status, cause)


def failed(flow: Flow, step: int, status: int, cause: str) -> None:
    """Say that the story of every image ends with a failure."""
    for image in flow.images:
        image.end("failed", step, status, cause)


def stalled(flow: Flow, step: int) -> None:
    """Say that the story of every image ends with an overdue step."""
    for image in flow.images:
        image.end("stalled", step, cause="NBT102")
