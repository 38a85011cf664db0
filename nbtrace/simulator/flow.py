"""The import flow, step by step, as the daemons tell of it (import-flow.md §0: the steps and who does them are D)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from sys import intern

from .dialect import EVENTS, Dialect
from .night import Night
from .truth import Image
from .world import World

__all__ = ["Flow", "Stage"]

SECOND = 1000


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a story is played: the world, its night and the language."""

    world: World
    night: Night
    dialect: Dialect


class Flow:
    """The images of one batch on their way; ``now`` is the story's clock (ms since the epoch, UTC).

    Every method plays one step (or the failure in it) for all images, or for those given, and lets time pass.
    """

    def __init__(self, stage: Stage, images: Sequence[Image], rng: Random, now: int) -> None:
        self.stage, self.images, self.rng, self.now = stage, list(images), rng, now
        self.media = images[0].media
        self.job = 0
        self._request = ""
        self._pids: dict[str, int] = {}
        self._opened: dict[str, int] = {}

    # Steps 1 and 2: before there is a job.

    def event(self, *, accepted: bool = True) -> None:
        """Step 1: the media server polls the events and hands them over; ``accepted``: nbstserv tells of it too."""
        for image in self.images:
            self.rest(0.05, 2)
            self.say("event_received", image)
            self.rest(0.01, 0.5)
            self.say("event_sent", image)
            if accepted:
                self.rest(0.01, 0.5)
                self.say("event_accepted", image)
            image.done.add(1)
        self.rest(0.2, 10)

    def insert(self, *, logged: bool = True) -> None:
        """Step 2: the import manager inserts the image records, or does so in silence."""
        for image in self.images:
            if logged:
                self.say("insert_begin", image)
                self.rest(0.02, 1)
                self.say("insert_done", image)
            image.done.add(2)
            self.rest(0.01, 1)

    def refuse_insert(self, status: int) -> None:
        """Step 2 fails for every image."""
        for image in self.images:
            self.say("insert_begin", image)
            self.rest(0.02, 1)
            self.say("insert_refused", image, status=status, fails=True)

    # Step 3: nbstserv makes a batch, nbpem and nbjm a job, nbrb and nbemm look at the resources.

    def collect(self, wait_s: tuple[float, float] = (5, 300)) -> None:
        """Step 3, first half: wait for nbstserv's next cycle (5 min, AG-batch D), then pick the images."""
        self.rest(*wait_s)
        for image in self.images:
            self.say("batch_image", image)
            self.rest(0.005, 0.05)

    def refuse_batch(self, status: int) -> None:
        """Step 3 fails for every image: no batch takes it."""
        self.rest(5, 300)
        for image in self.images:
            self.say("batch_refused", image, status=status, fails=True)
            self.rest(0.005, 0.05)

    def submit(self, *, linked: bool | None = None) -> None:
        """Step 3, second half: the job; ``linked``: nbstserv says which image goes with it (by chance if not given)."""
        self.say("batch_submitted")
        self.rest(0.1, 2)
        self.job = self.stage.world.job_id(self.now)
        self._request = self.stage.world.request_id(self.now)
        self._pids.clear()
        self._opened.clear()
        for image in self.images:
            image.attempt(self.job)
            image.done.add(3)
        self.say("job_created")
        self.rest(0.05, 1)
        self.say("job_accepted")
        if self.rng.random() < 0.5 if linked is None else linked:  # noqa: PLR2004 - a coin
            for image in self.images:
                self.say("batch_job", image, links=True)
        self.rest(0.05, 1)
        self.say("request_made", request=True)
        self.rest(0.01, 0.2)
        self.say("request_checked", request=True)
        self.rest(0.01, 0.2)
        self.say("request_weighed", request=True)

    def batch(self) -> None:
        """Step 3 as a whole, up to the resources being there."""
        self.collect()
        self.submit()
        self.rest(0.01, 0.3)
        self.say("request_ready", request=True)

    def queue(self, until: int, every_s: float = 600) -> None:
        """Between steps 3 and 4: the job waits for resources, and nbrb says so now and then."""
        self.say("job_queued")
        while self.now + every_s * SECOND < until:
            self.rest(0.9 * every_s, every_s)
            self.say("request_waiting", request=True)

    # Steps 4 and 5: the processes.

    def start(self) -> None:
        """Step 4: nbjm starts bpimport, which takes its list of images."""
        self.rest(0.5, 20)
        self.say("start_called")
        self.rest(0.1, 2)
        self.say("import_begin")
        for image in self.images:
            self.rest(0.001, 0.01)
            self.say("import_image", image, links=True)
        self._done(4)

    def mover(self) -> None:
        """Step 5: bpimport has bpdm started on the media server."""
        self.rest(0.1, 5)
        self.say("mover_called")
        self.rest(0.3, 15)
        self.say("mover_begin")
        self._done(5)

    # Step 6: bpdm asks nbjm for the resources.

    def ask(self) -> None:
        """Step 6, the question."""
        self.rest(0.1, 2)
        self.say("resource_asked")
        self.rest(0.05, 0.5)
        self.say("resource_request", request=True)

    def grant(self) -> None:
        """Step 6, the answer."""
        self.rest(0.05, 2)
        self.say("resource_found", request=True)
        self.rest(0.01, 0.2)
        self.say("resource_granted")
        self.rest(0.05, 0.5)
        self.say("resource_held")
        self._done(6)

    def deny(self, detail: int) -> None:
        """Step 6 fails for the job: 800 and a detail code."""
        self.rest(0.05, 2)
        self.say("resource_lacking", request=True, detail=detail, fails=True)
        self.rest(0.01, 0.2)
        self.say("resource_denied", status=800, detail=detail, fails=True)
        self.rest(0.05, 0.5)
        self.say("resource_refused", status=800, detail=detail, fails=True)

    # Steps 7 and 8, image by image.

    def catalog(self, image: Image) -> None:
        """Step 7: bpdm reads the image's record from the storage and sends it to bpdbm."""
        self.rest(0.3, 5)
        self.say("record_read", image, links=True)
        self.rest(0.02, 0.5)
        self.say("record_sent", image, links=True)
        self.rest(0.02, 0.5)
        self.say("record_received", image)
        image.done.add(7)

    def unreadable(self, image: Image, status: int) -> None:
        """Step 7 fails: the storage does not give the record."""
        self.rest(0.3, 20)
        self.say("record_unreadable", image, status=status, links=True, fails=True)

    def validate(self, image: Image) -> None:
        """Step 8: bpdbm checks and keeps the record, and bpimport says so."""
        self.rest(0.02, 0.5)
        self.say("record_checked", image)
        self.rest(0.05, 1)
        self.say("record_stored", image)
        self.rest(0.02, 0.5)
        self.say("image_imported", image, links=True)
        image.done.add(8)

    def refuse(self, image: Image, status: int) -> None:
        """Step 8 fails: bpdbm does not take the record."""
        self.rest(0.02, 0.5)
        self.say("record_checked", image)
        self.rest(0.05, 1)
        self.say("record_refused", image, status=status, fails=True)
        self.rest(0.02, 0.5)
        self.say("refusal_seen", image, status=status, links=True, fails=True)

    # The end of the job.

    def fail(self, image: Image, status: int) -> None:
        """Bpimport says that an image failed."""
        self.rest(0.02, 0.5)
        self.say("image_failed", image, status=status, links=True, fails=True)

    def finish(self, status: int, *, mover: bool = True, command: bool = True) -> None:
        """End the job: bpdm, bpimport, nbjm and nbpem give the status; a status of 1 does not say which image failed."""
        for event, spoken in (("mover_end", mover), ("import_end", command), ("job_end", True), ("job_closed", True)):
            if spoken:
                self.rest(0.05, 1.5)
                silent = status != 0 or event == "mover_end"  # only the others' zero proves the import
                self.say(event, status=status, fails=status not in {0, 1}, silent=silent)
        for image in self.images:
            image.job_status = status

    def died(self, status: int) -> None:
        """Bpimport is gone; nbjm notices."""
        self.rest(1, 30)
        self.say("import_died", status=status, fails=True, silent=True)

    # What all of them use.

    def rest(self, least_s: float, most_s: float) -> None:
        """Let some time pass; short waits are more frequent than long ones."""
        self.now += round(1000 * (least_s + (most_s - least_s) * self.rng.random() ** 2))

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
        image to its job; ``fails``: it tells the failure; ``silent``: it shows no step.
        """
        log, step, _, level = EVENTS[event]
        host = self.stage.world.host(log, self.media)
        phrase = self.stage.dialect.phrases[event]
        text = phrase.text.format_map(self._fields(image or self.images[0], status, detail))
        context = self._request if request else f"jobid={self.job} parentid={self.job}" if self.job else ""
        in_job = log in {"nbpem", "nbjm", "nbrb", "nbemm"} or event == "batch_job"
        kept = self.stage.night.say(
            self.now,
            host,
            log,
            text,
            function=phrase.function,
            pid=self._pid(log),
            level=level,
            context=self.stage.world.blank + context if in_job and context else "",
            opened=self._opened.get(log),
        )
        place = intern(f"{host.name}/{self.stage.night.log_of(log).name}")  # noted for every image and step
        for each in self.images if image is None else [image]:
            each.note(place, None if silent else step, kept=kept, named=image is not None, links=links, fails=fails)

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
            "request": self._request,
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

    def _done(self, step: int) -> None:
        for image in self.images:
            image.done.add(step)
