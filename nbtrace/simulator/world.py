"""The simulated domain: its hosts, storage, policies and clients, and the ids it gives out. All by seed."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Final

from .hosts import LOGS, Clock, Host

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .options import Options

__all__ = ["Volume", "World"]

_SITES: Final = ("atlas", "borealis", "cygnus", "drsite", "ember", "fjord", "gamma", "harbor")
# Client names hold dots, dashes, underscores and capitals (log-formats.md §8, M).
_CLIENTS: Final = (
    "vmhost{n}",
    "ora_prod-{n}",
    "SAP{n}.dc1.example",
    "file-srv{n}",
    "EXCH_{n}.example.org",
    "k8s-node{n}",
)
# Names that look like something else: a word of the flow, a log, a job; letters beyond ASCII. All are ours.
_ODD_CLIENTS: Final = (
    "import{n:02d}",
    "bpdm-test{n}",
    "job-{n}",
    "status{n}.example",
    "m\u00fcnchen-db{n}.example",
    "a.b-c_{n}",
    "nbjm{n}",
    "error-{n}.failed.example",
    "image_17{n:02d}000000_{n}",
)
# Display names of virtual machines hold blanks; whether NetBackup lets them into backup ids is not known.
_BLANK_CLIENTS: Final = ("win srv {n}", "import job {n}", "Büro - Server {n}")
_POLICIES: Final = ("vm_daily", "Oracle-Full", "fs_prod", "EXCHANGE_LOGS", "k8s")
_PID_MAX: Final = 32_767  # where the pids of most hosts come round again
_SLPS: Final = ("slp_air_gold", "slp_air_silver", "SLP-AIR-Import")


@dataclass(frozen=True, slots=True)
class Volume:
    """One disk volume of a storage server, as the resource string names it."""

    storage_server: str
    disk_volume: str
    disk_pool: str
    media_id: str


class World:
    """Who and what there is; ``job_id``, ``request_id`` and ``backup_id`` never give the same thing twice.

    ``shared``: the import manager may write into nbstserv's files; whether it does is up to the seed. ``beside`` are the
    other domains of the bundle: the site is another one, the job ids are the same.
    """

    def __init__(self, options: Options, *, shared: bool, beside: Sequence[World] = ()) -> None:
        number = len(beside)
        self.seed = f"{options.seed}.{number}" if number else f"{options.seed}"
        rng = Random(f"{self.seed}/world")
        site = rng.choice(_SITES)
        if number:
            site = _SITES[(_SITES.index(beside[0].site) + number) % len(_SITES)]
        self.site: str = site
        zones = options.zones * 3 if len(options.zones) == 1 else options.zones
        names = (f"{site}-primary1", f"{site}-media1", f"{site}-media2")
        self.options = options
        hosts = [
            _host(rng, name, zone, options.skew_s, windows=options.windows and name.endswith("media2"))
            for name, zone in zip(names, zones, strict=True)
        ]
        self.hosts = hosts
        self.primary, self.media = hosts[0], hosts[1:]
        targets = {(_SITES.index(site) + each - number) % len(_SITES) for each in range(options.domains)}
        origins = [each for place, each in enumerate(_SITES) if place not in targets]
        self.origin = f"{rng.choice(origins)}-primary.example.com"
        self.volumes = [
            Volume(f"{site}-msdp{n}.example.com", volume, f"dp_{site}{n}", f"@aaaa{letter}")
            for n, volume, letter in ((1, "PureDiskVolume", "b"), (2, "PureDiskVolume", "c"), (3, "lsu_import", "f"))
        ]
        self.slps = _SLPS
        self.blank = rng.choice(("", " "))  # a blank after the context's bracket occurs (log-formats.md §2.1, H)
        self.shared = rng.choice((True, False)) and shared
        self._base_job = rng.randrange(10_000, 90_000)
        self._elsewhere = beside[0] if beside else None
        self._job_ms = max(
            1, (options.end_ms - options.start_ms) // (20_000 + round(3 * options.images * (1 + options.noise)))
        )
        self._jobs: dict[int, int] = {}
        self._requests: dict[int, int] = {}
        self.backups: set[str] = beside[0].backups if beside else set()
        self._pid = rng.randrange(4_000, 30_000)

    def host(self, log: str, media: Host) -> Host:
        """Return the host on which a log is written, where this media server does the work."""
        return media if LOGS[log].role == "media" else self.primary

    def policy(self, rng: Random) -> str:
        """Return a backup policy."""
        return rng.choice(_POLICIES)

    def job_id(self, ms: int) -> int:
        """Return a new job id; later jobs have higher ones."""
        wanted = self._base_job + (ms - self.options.start_ms) // self._job_ms
        if self._elsewhere is not None:  # the next one that the first domain gave out, so that they are equal
            given = self._elsewhere.given_jobs
            wanted = given[min(bisect_left(given, wanted), len(given) - 1)] if given else wanted
        return self._free(wanted, self._jobs)

    @cached_property
    def given_jobs(self) -> list[int]:
        """The job ids of the night, once it is played, in order."""
        return sorted(self._jobs)

    def request_id(self, ms: int) -> str:
        """Return a new resource request's context: minus an epoch shortly before (log-formats.md §8, H)."""
        return f"reqid=-{self._free(ms // 1000 - 5, self._requests)}"

    def pid(self) -> int:
        """Return the pid of a new process; pids come round again, as on any host."""
        self._pid = self._pid + 1 if self._pid < _PID_MAX else 300
        return self._pid

    def backup_id(self, rng: Random, second: int, *, ordinary: bool = False) -> str:
        """Return a new backup id: client, underscore, epoch of the backup's start in UTC (log-formats.md §8, H).

        Only those of ``ordinary`` work may hold blanks.
        """
        odd = _ODD_CLIENTS + (_BLANK_CLIENTS if ordinary else ())
        names = _CLIENTS + odd if self.options.odd_names else _CLIENTS
        client = rng.choice(names).format(n=rng.randrange(1, 60))
        while (backup := f"{client}_{second}") in self.backups:
            second += 1
        self.backups.add(backup)
        return backup

    @staticmethod
    def _free(wanted: int, taken: dict[int, int]) -> int:
        """Return the first free number from the wanted one on; ``taken`` remembers where to look next."""
        number = wanted
        while number in taken:
            number = taken[number]
        taken[number] = taken[wanted] = number + 1
        return number


def _host(rng: Random, name: str, zone: str, skew_s: float, *, windows: bool) -> Host:
    role = "primary" if name.endswith("primary1") else "media"
    # A host id reads, as little-endian bytes, as a private address (log-formats.md §1.1, M).
    host_id = int.from_bytes(bytes((10, rng.randrange(256), rng.randrange(256), rng.randrange(1, 255))), "little")
    skew_ms = 0 if role == "primary" else round(rng.uniform(-skew_s, skew_s) * 1000)
    pids = {log.name: rng.randrange(1_200, 4_000) for log in LOGS.values()}
    return Host(name, role, Clock(zone, skew_ms), host_id, windows, pids)
