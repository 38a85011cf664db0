"""What a night's logs could show: which steps were watched when, which zones can be told, when each log speaks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from .dialect import EVENTS
from .hosts import LOGS
from .losses import place_of
from .truth import JOB_END, settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from .hosts import Host
    from .night import Line
    from .telling import Stage
    from .truth import Image, ImageTruth

__all__ = ["host_truth", "iso", "log_truth", "settled"]

_NEAR_MS: Final = 300_000  # two lines on the same fact this near each other tell a zone to the quarter of an hour

# What is always said where a step goes well: its logs, at their levels, listen for it (import-flow.md §0).
_SHOWING: Final = {
    1: ("event_received", "event_accepted"),
    2: ("insert_done",),
    3: ("batch_image",),
    4: ("start_called", "import_begin"),
    5: ("mover_called", "mover_begin"),
    6: ("resource_held", "resource_granted"),
    7: ("record_read", "record_received"),
    8: ("record_stored", "image_imported", "job_end"),
    JOB_END: ("job_end", "job_closed"),
}
# Of which step a listing tells whether it was done when the night ended; all of a row's listings are needed.
_LISTED: Final = (
    (2, {"pendimplist", "bpimagelist"}),
    *(
        (step, {name}) for name in ("bpdbjobs", "nbsu") for step in range(3, JOB_END + 1)
    ),  # the job's state, and its details
    (8, {"bpimagelist"}),
)


def settled(stage: Stage, images: Iterable[Image]) -> Iterator[ImageTruth]:
    """Yield what can be known of each image of a domain."""
    world, night = stage.world, stage.night
    listed = {step for step, needed in _LISTED if needed <= set(world.options.listings)}

    def watched(media: Host, step: int, begin: int, end: int) -> bool:
        places = []
        for event in (EVENTS[name] for name in _SHOWING[step]):
            log = night.log_of(event.log)
            place = place_of(world.host(event.log, media), log)
            if night.losses.writes(place, log, event.level):
                places.append(place)
        return night.losses.watched(places, begin, end)

    until, primary = world.options.end_ms, world.primary.name
    return (settle(image, watched, until, primary=primary, listed=listed) for image in images)


def host_truth(host: Host, images: Iterable[Image]) -> dict[str, Any]:
    """Return what is true of a host; ``pairs`` counts the images that tell its zone."""
    clock = host.clock
    return {
        "name": host.name,
        "role": host.role,
        "zone": clock.zone,
        "skew_s": clock.skew_ms / 1000,
        "windows": host.windows,
        "host_id": host.host_id,
        "pairs": sum(_pairs(image, host.name) for image in images),
    }


def _pairs(image: Image, host: str) -> bool:
    """Tell whether a local line of the host and a line with an epoch name the image at about the same time."""
    lines = [note.line for note in image.notes if note.line.kept and note.named]
    local = [line.ms for line in lines if not line.epoch and line.place.startswith(f"{host}/")]
    epochs = [line.ms for line in lines if line.epoch]
    return any(abs(one - other) < _NEAR_MS for one in local for other in epochs)


def log_truth(stage: Stage) -> Iterator[dict[str, Any]]:
    """Yield what is true of each log in the bundle: its lines, and its first and last time as its host shows them."""
    skews = {host.name: host.clock.skew_ms for host in stage.world.hosts}
    lines: dict[str, list[Line]] = {}
    for line in stage.night.lines():
        lines.setdefault(line.place, []).append(line)
    for place, of_log in sorted(lines.items()):
        host, _, log = place.partition("/")
        yield {
            "host": host,
            "log": log,
            "originator": LOGS[log].originator,
            "epoch": of_log[0].epoch,
            "lines": len(of_log),
            "level": stage.night.losses.levels.get(place),
            "first": iso(min(line.ms for line in of_log) + skews[host]),
            "last": iso(max(line.ms for line in of_log) + skews[host]),
        }


def iso(ms: int) -> str:
    """Return milliseconds since the epoch (UTC) as ISO 8601."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
