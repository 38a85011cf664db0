"""What an administrator adds to a bundle: the printouts of commands and two configuration files.

All tell the state at the end of the night. The shapes are those of import-flow.md §2 and log-formats.md §4 and §5, each
with its confidence below; what these leave open is our invention.
"""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final

from .hosts import LOGS
from .ledger import AIR_IMPORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from .ledger import Detail, Job
    from .telling import Stage
    from .truth import Image

__all__ = ["LISTINGS", "SPECIAL_SLPS", "Listings"]

# The SLPs of images that cannot be imported: they tell their story in `nbstl -l` too.
SPECIAL_SLPS: Final[Mapping[str, str]] = {
    "slp_missing": "slp_air_bronze",
    "classification_differs": "slp_air_platinum",
    "slp_no_import": "slp_dup_local",
}
_INSERTED, _IMPORTED = 2, 8  # steps
_TRY_FILES: Final = 40  # jobs whose details are handed in as files of their own
_IMAGE_FIELDS: Final = 60
_OF_SOURCE: Final = 4  # the retention of an import; which number says so is not known, but it is not 0, a fixed one
_ZEROS: Final = "00000000-0000-0000-0000-000000000000"


class Listings:
    """Writes the listings of one domain; ``origin`` is the host of the source domain, whose listings are its own."""

    def __init__(self, stage: Stage, images: Sequence[Image]) -> None:
        options = stage.world.options
        self.stage, self.images = stage, images
        self.end, self.primary = options.end_ms, stage.world.primary
        self.rng = Random(f"{stage.world.seed}/listings")
        self.date = self.rng.choice(_DATES)
        self.blank = self.rng.choice(("", " "))  # bptm(pid=N) and bptm (pid=N) both occur (import-flow.md §2.1, V)
        jobs = [job for job in stage.ledger.jobs.values() if job.job_type == AIR_IMPORT]
        self.detailed = self.rng.sample(jobs, min(_TRY_FILES, len(jobs))) if "details" in options.listings else []

    def files(self) -> Iterator[tuple[str, str]]:
        """Yield the wanted listings: path inside the bundle and text."""
        for name in self.stage.world.options.listings:
            for path, lines in LISTINGS[name](self):
                text = "".join(f"{line}\n" for line in lines)
                yield path, text

    def imported(self) -> list[Image]:
        """Return the images that are in the catalog, in the order of their import."""
        return sorted(
            (image for image in self.images if _IMPORTED in image.done), key=lambda image: image.done[_IMPORTED]
        )

    def pending(self) -> list[Image]:
        """Return the images that are inserted and not imported."""
        return [image for image in self.images if _INSERTED in image.done and _IMPORTED not in image.done]

    # The job database.

    def all_columns(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``bpdbjobs -report -all_columns`` (import-flow.md §2.3, V), the newest job first."""
        yield f"{self.primary.name}/bpdbjobs_all_columns.txt", self._jobs()

    def nbsu_jobs(self) -> Iterator[tuple[str, Iterator[str]]]:
        """The same as nbsu collects it: after a line naming the command (§2.3, V)."""

        def lines() -> Iterator[str]:
            yield "/usr/openv/netbackup/bin/admincmd/bpdbjobs -report -all_columns"
            yield from self._jobs()

        yield f"{self.primary.name}/nbsu/NBU_jobs.txt", lines()

    def _jobs(self) -> Iterator[str]:
        for job in sorted(self.stage.ledger.jobs.values(), key=lambda job: -job.job_id):
            yield ",".join(_escaped(each) for each in self._job(job))
            if not job.job_id % 40:  # a restarted job leaves a row with nothing but its id (§2.3, V)
                yield str(job.job_id + 900_000)

    def _job(self, job: Job) -> Iterator[str]:
        started, ended = _epoch(job.started), _epoch(job.ended)
        elapsed = f"{(job.ended - job.created) // 1000 if job.ended else 0:010d}"
        status = str(job.status) if job.ended else ""
        client = job.images[0].rpartition("_")[0] if job.images else ""
        policy = f"SLP_{job.policy}" if job.job_type == AIR_IMPORT else job.policy
        yield from (str(job.job_id), str(job.job_type), str(job.state), status, policy, "-", client, job.media.name)
        yield from (_epoch(job.created), elapsed, ended, job.volume.disk_pool, "1", "12" if job.state == 1 else "")
        yield from ("1024", str(len(job.images)), "", "100" if job.ended else "", str(job.pid), "root", "0", "0", "0")
        yield from ("0", "", self.primary.name, "3", "2", "0", "1024", str(len(job.images)), str(len(job.images)))
        yield from job.images
        if not job.started:
            yield "0"
        else:
            yield from ("1", str(job.pid), job.volume.disk_pool, job.media.name, started, elapsed, ended, status)
            yield from ("", str(len(job.details)), *(self._detail(detail) for detail in job.details), "1024", "1")
        tail = ["0"] * 22 + [job.images[0] if len(job.images) == 1 else "", "1", self.primary.name]
        tail[0] = str(job.job_id)
        yield from (*tail, "0", "0", "17" if not job.state else "", "", "0.0", "0", "")

    def details(self) -> Iterator[tuple[str, Iterator[str]]]:
        """The text of job details, a try file for each import job (log-formats.md §3, M; §2.1, V)."""
        for job in self.detailed:
            path = f"{self.primary.name}/usr/openv/netbackup/db/jobs/trylogs/{job.job_id}.t"
            yield path, (self._detail(detail) for detail in job.details)

    def _detail(self, detail: Detail) -> str:
        process = f"{detail.severity} {detail.process}{self.blank}(pid={detail.pid}) " if detail.process else ""
        return f"{self._local(detail.ms)} - {process}{detail.text}"

    def _local(self, ms: int) -> str:
        day, rest = self.primary.clock.local(ms)
        return self.date(datetime.combine(day, datetime.min.time()).replace(second=0), rest // 1000)

    # The state of lifecycles.

    def pendimplist(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``nbstlutil pendimplist -U`` (import-flow.md §2.5, V): while pending, most fields are still empty."""
        yield f"{self.primary.name}/pendimplist.txt", self._pending()

    def _pending(self) -> Iterator[str]:
        for image in self.pending():
            client, _, epoch = image.image_id.rpartition("_")
            fields = {
                "Master Server": self.primary.name,
                "Backup ID": image.image_id,
                "Client": client,
                "Backup Time": f"{epoch} ({_ctime(int(epoch))})",
                "Policy": "(none specified)",
                "Client Type": "0",
                "Schedule Type": "0",
                "Storage Lifecycle Policy": image.slp if self.rng.choice((True, False)) else "(none specified)",
                "Storage Lifecycle State": "1 (NOT_STARTED)",
                "Time In Process": "0 (none specified)",
                "Data Classification ID": "(none specified)",
                "Version Number": "0",
                "OriginMasterServer": self.stage.world.origin,
                "OriginMasterServerID": _ZEROS,
                "Import From Replica Time": "0 (none specified)",
                "Required Expiration Date": "0 (none specified)",
                "Created": f"{image.done[_INSERTED] // 1000} ({_ctime(image.done[_INSERTED] // 1000)})",
            }
            yield from (f"{name:<26}: {value}" for name, value in fields.items())
            yield ""

    def stlilist(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``nbstlutil stlilist -U`` on the target and on the source (import-flow.md §2.5, V)."""
        target = (f"Image {image.image_id} for Lifecycle {image.slp} is COMPLETE" for image in self.imported())
        yield f"{self.primary.name}/stlilist.txt", target
        yield f"{self.stage.world.origin}/stlilist.txt", self._replicas()

    def _replicas(self) -> Iterator[str]:
        for image in self.images:
            done = _IMPORTED in image.done
            yield f"Image {image.image_id} for Lifecycle {image.slp} is {'COMPLETE' if done else 'IN_PROCESS'}"
            if not done:
                yield "    Copy to Remote Master of type REPLICA is IMPORT_PENDING"

    def repllist(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``nbstlutil repllist -U`` on the source: that it lists replicas is known, the form is ours."""

        def lines() -> Iterator[str]:
            for image in self.images:
                yield f"{'Backup ID':<26}: {image.image_id}"
                yield f"{'Copy Number':<26}: 102"
                yield f"{'Storage Lifecycle Policy':<26}: {image.slp}"
                yield ""

        yield f"{self.stage.world.origin}/repllist.txt", lines()

    def nbstl(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``nbstl -l`` on both sides: a line an SLP, a line an operation; 4 is import, 3 replication (§2.5, V)."""
        slps = {image.slp for image in self.images}
        special = {slp: scenario for scenario, slp in SPECIAL_SLPS.items()}
        pool, world = self.stage.world.volumes[0].disk_pool, self.stage.world

        def target() -> Iterator[str]:
            for slp in sorted(slps):
                kind = special.get(slp)
                if kind != "slp_missing":
                    yield f"{slp} {'Silver' if kind == 'classification_differs' else 'Gold'} 0 0x0 0"
                    if kind == "slp_no_import":
                        yield _operation(0, pool)
                    else:
                        yield _operation(4, pool, retention=_OF_SOURCE)

        def source() -> Iterator[str]:
            for slp in sorted(slps):
                yield f"{slp} Gold 0 0x0 1"
                yield _operation(0, "stu_local")
                yield _operation(3, "*NULL*", index=2, target=f"{world.primary.name} {slp}")

        yield f"{self.primary.name}/nbstl.txt", target()
        yield f"{world.origin}/nbstl.txt", source()

    # The catalog and the error database.

    def bpimagelist(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``bpimagelist -l``: an IMAGE line (import-flow.md §2.5, V for the fields named there), HISTO and FRAG lines."""
        yield f"{self.primary.name}/bpimagelist.txt", self._catalog()

    def _catalog(self) -> Iterator[str]:
        for image in self.imported():
            client, _, epoch = image.image_id.rpartition("_")
            known = {
                2: client,
                6: image.image_id,
                7: image.policy,
                14: epoch,
                45: str(image.jobs[-1]),
                52: image.slp,
                53: "3",
                55: "1",
                57: self.stage.world.origin,
                58: _ZEROS,
            }
            yield " ".join(["IMAGE", *(known.get(number, "0") for number in range(2, _IMAGE_FIELDS + 1))])
            yield "HISTO -1 -1 -1 -1 -1 -1 -1 -1 -1 -1"
            pool, volume = image.volume.disk_pool, image.volume.disk_volume
            yield f"FRAG 1 1 1024 0 0 0 0 {image.volume.media_id} {image.media.name} 262144 0 0 -1 0 1;{pool};{volume}"

    def bperror(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``bperror -all``: epoch, version, type bits, severity, server, job, group, unused, client, process, text (M)."""

        def lines() -> Iterator[str]:
            for each in sorted(self.stage.ledger.problems):
                client = each.image.rpartition("_")[0] or "*NULL*"
                subject = f"image {each.image}: " if each.image else ""
                head = f"{each.ms // 1000} 1 4 16 {self.primary.name} {each.job_id} {each.job_id} 0 {client}"
                yield f"{head} {each.process} {subject}{each.text}, status {each.code}"

        yield f"{self.primary.name}/bperror.txt", lines()

    # Configuration.

    def nblog_conf(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``nblog.conf``: levels and names of originators (log-formats.md §5, M; the keys are ours)."""

        def lines() -> Iterator[str]:
            yield "51216.DebugLevel=6"
            for log in LOGS.values():
                if log.originator is not None:
                    yield f"51216.{log.originator}.OIDNames={log.name}"

        yield f"{self.primary.name}/usr/openv/netbackup/nblog.conf", lines()

    def nbcl_conf(self) -> Iterator[tuple[str, Iterator[str]]]:
        """``nbcl.conf``: parameters of lifecycles that are not as usual (import-flow.md §4: names V and D)."""
        lines = iter(("SLP.MAX_SIZE_PER_DUPLICATION_JOB = 150 GB", "SLP.IMAGE_PROCESSING_INTERVAL = 5 minutes"))
        yield f"{self.primary.name}/usr/openv/var/global/nbcl.conf", lines


LISTINGS: Final[Mapping[str, Callable[[Listings], Iterator[tuple[str, Iterator[str]]]]]] = {
    "bpdbjobs": Listings.all_columns,
    "nbsu": Listings.nbsu_jobs,
    "details": Listings.details,
    "pendimplist": Listings.pendimplist,
    "stlilist": Listings.stlilist,
    "repllist": Listings.repllist,
    "bpimagelist": Listings.bpimagelist,
    "nbstl": Listings.nbstl,
    "bperror": Listings.bperror,
    "nblog.conf": Listings.nblog_conf,
    "nbcl.conf": Listings.nbcl_conf,
}


def _operation(use: int, storage: str, *, index: int = 1, retention: int = 0, target: str = "*NULL* *NULL*") -> str:
    """Return an operation of an SLP with all fields of a present release (NBUCLI: their order, M)."""
    said = f"{use} {storage} *NULL* *NULL* {retention} 14 *NULL* 0 0x0 {index - 1} 0 *NULL* {index}"
    return f" {said} Default_24x7_Window {target}"


def _us(day: datetime, second: int) -> str:
    return f"{day:%m/%d/%Y} {_clock(second)}"


def _us_short(day: datetime, second: int) -> str:
    return f"{day:%m/%d/%y} {_clock(second)}"


def _dotted(day: datetime, second: int) -> str:
    return f"{day.day:02d}.{_MONTHS[day.month - 1].lower()}.{day.year} {_clock(second)}"


def _words(day: datetime, second: int) -> str:
    hour, rest = divmod(second, 3600)
    half = "AM" if hour < 12 else "PM"  # noqa: PLR2004 - noon
    return (
        f"{_MONTHS[day.month - 1]} {day.day}, {day.year} {(hour - 1) % 12 + 1}:{rest // 60:02d}:{rest % 60:02d} {half}"
    )


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATES: Final = (_us, _us_short, _dotted, _words)  # import-flow.md §2.1: by locale, all V


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"


def _ctime(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%a %b %d %H:%M:%S %Y")


def _epoch(ms: int) -> str:
    return f"{ms // 1000:010d}"


def _escaped(field: str) -> str:
    return field.replace("\\", "\\\\").replace(",", "\\,")
