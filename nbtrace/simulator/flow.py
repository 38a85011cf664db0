"""The import flow, step by step, as the daemons tell of it (import-flow.md §0: the steps and who does them are D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .telling import Teller

if TYPE_CHECKING:
    from .truth import Image

__all__ = ["Flow"]


class Flow(Teller):
    """The eight steps, and the failures in them.

    Every method plays one step (or the failure in it) for all images, or for the one given, and lets time pass.
    """

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
            image.done[1] = self.now
        self.rest(0.2, 10)

    def insert(self, *, logged: bool = True) -> None:
        """Step 2: the import manager inserts the image records, or does so in silence."""
        for image in self.images:
            if logged:
                self.say("insert_begin", image)
                self.rest(0.02, 1)
                self.say("insert_done", image)
            image.done[2] = self.now
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
            if image.jobs:
                image.again()
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
        self.new_job()
        self.happened(3)
        self.say("job_created")
        self.rest(0.05, 1)
        self.say("job_accepted")
        if self.rng.choice((True, False)) if linked is None else linked:
            for image in self.images:
                self.say("batch_job", image, links=True)
        self.rest(0.05, 1)
        self.say("request_made", request=True)
        self.rest(0.01, 0.2)
        self.say("request_checked", request=True)
        self.rest(0.01, 0.2)
        self.say("request_weighed", request=True)

    def batch(self, *, busy: bool = False) -> None:
        """Step 3 as a whole, up to the resources being there; ``busy``: the job waits a quarter of an hour for them."""
        self.collect()
        self.submit()
        if busy:
            self.queue(self.now + 900_000, every_s=240)
        self.rest(0.01, 0.3)
        self.say("request_ready", request=True)

    def queue(self, until: int, every_s: float = 600) -> None:
        """After step 3: the job waits for resources, and nbrb says so now and then."""
        self.say("job_queued")
        while self.now + every_s * 1000 < until:
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
        self.happened(4)

    def mover(self) -> None:
        """Step 5: bpimport has bpdm started on the media server."""
        self.rest(0.1, 5)
        self.say("mover_called")
        self.rest(0.3, 15)
        self.say("mover_begin")
        self.happened(5)

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
        self.happened(6)

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
        image.done[7] = self.now

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
        image.done[8] = self.now

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
