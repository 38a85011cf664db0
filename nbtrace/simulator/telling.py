"""How the images' daemons get to speak: one event in the words of the dialect, noted for the truth."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .dialect import EVENTS, Dialect
from .ledger import AIR_IMPORT, Job, Ledger
from .truth import Note

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from .night import Line, Night
    from .truth import Image
    from .world import World

__all__ = ["Stage", "Teller"]


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a story is played: the world, its night and the language."""

    world: World
    night: Night
    dialect: Dialect
    ledger: Ledger = field(default_factory=Ledger)


class Teller:
    """Some images with one way through the flow; ``now`` is their story's clock (ms since the epoch, UTC)."""

    def __init__(self, stage: Stage, images: Sequence[Image], rng: Random, now: int) -> None:
        self.stage, self.images, self.rng, self.now = stage, list(images), rng, now
        self.media = images[0].media
        self.job = 0
        self.request = ""
        self._pids: dict[str, int] = {}
        self._opened: dict[str, int] = {}
        self._ties: dict[str, list[Line]] = {}  # by log: the lines of the job's own process that name the job

    def rest(self, least_s: float, most_s: float) -> None:
        """Let some time pass; short waits are more frequent than long ones."""
        self.now += round(1000 * (least_s + (most_s - least_s) * self.rng.random() ** 2))

    def happened(self, step: int) -> None:
        """Note that a step is done for all images."""
        for image in self.images:
            image.done[step] = self.now

    def new_job(self) -> None:
        """Begin a job: with an id and a resource request of its own, and new processes."""
        self.job = self.stage.world.job_id(self.now)
        self.request = self.stage.world.request_id(self.now)
        self._pids.clear()
        self._opened.clear()
        self._ties.clear()
        for image in self.images:
            image.jobs.append(self.job)
            image.job, image.job_status = self.job, None
        ids, first = [image.image_id for image in self.images], self.images[0]
        self.stage.ledger.open(Job(self.job, AIR_IMPORT, ids, self.now, first.slp, self.media, first.volume))

    def say(
        self,
        event: str,
        image: Image | None = None,
        *,
        status: int = 0,
        detail: int = 0,
        request: bool = False,
        links: bool = False,
        fails: bool = False,
        silent: bool = False,
    ) -> None:
        """Let a daemon tell an event, and note for the truth what its line shows.

        ``request``: it speaks in the context of the resource request, not of the job; ``links``: the line ties the
        image to its job, if its process or itself names that; ``fails``: it tells the failure; ``silent``: it shows no
        step.
        """
        log, step, _, level = EVENTS[event]
        host = self.stage.world.host(log, self.media)
        phrase = self.stage.dialect.phrases[event]
        fields = self._fields(image or self.images[0], status, detail)
        text = phrase.text.format_map(fields)
        context = self.request if request else f"jobid={self.job} parentid={self.job}" if self.job else ""
        in_job = log in {"nbpem", "nbjm", "nbrb", "nbemm"} or event == "batch_job"
        line = self.stage.night.say(
            self.now,
            host,
            log,
            text,
            function=phrase.function,
            pid=(pid := self._pid(log)),
            level=level,
            context=self.stage.world.blank + context if in_job and context else "",
            opened=self._opened.get(log),
        )
        self.stage.ledger.hear(event, log, self.now, self.job, pid or host.pids[log], said=fields)
        ties = [line] if event == "batch_job" else self._ties.setdefault(log, [])
        if "{job}" in phrase.text:
            ties.append(line)
        note = Note(
            line,
            self.job,
            None if silent else step,
            named=image is not None,
            ties=ties if links else (),
            fails=fails,
            code=(detail or status) if fails else None,
        )
        for each in self.images if image is None else [image]:
            each.notes.append(note)

    def _fields(self, image: Image, status: int, detail: int) -> dict[str, object]:
        volume, world = image.volume, self.stage.world
        resource = (
            f"MediaID={volume.media_id};DiskVolume={volume.disk_volume};DiskPool={volume.disk_pool};"
            f"Path={volume.disk_volume};StorageServer={volume.storage_server};MediaServer={self.media.name}"
        )
        return {
            "image": image.image_id,
            "client": image.image_id.rpartition("_")[0],
            "policy": image.policy,
            "slp": image.slp,
            "storage_server": volume.storage_server,
            "disk_volume": volume.disk_volume,
            "disk_pool": volume.disk_pool,
            "media_id": volume.media_id,
            "media_server": self.media.name,
            "primary": world.primary.name,
            "source_primary": world.origin,
            "job": self.job,
            "request": self.request,
            "resource": resource,
            "object": f"{image.image_id}_C1_IM",  # copy 1, image record (log-formats.md §8, H)
            "status": status,
            "detail": detail,
            "reason": self.stage.dialect.reason(detail or status),
            "count": len(self.images),
            "bytes": 4096 + len(image.image_id) * 731,
            "pid": self._pids.get("admin", 0),
        }

    def _pid(self, log: str) -> int:
        """Return the pid of the job's own process that writes this log; 0 where a daemon speaks for itself."""
        if log not in {"admin", "bpdm", "bpdbm"}:
            return 0
        if log not in self._pids:
            self._pids[log] = self.stage.world.pid()
            if log != "bpdbm":  # a daemon's child writes where the daemon writes
                self._opened[log] = self.now
        return self._pids[log]
