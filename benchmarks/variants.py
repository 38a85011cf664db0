"""What differs between the bundles that the accuracy is measured on, and the commands that make one of them again."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

from nbtrace.simulator import BUNDLE_SCENARIOS, LISTINGS, SCENARIOS, Options

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbtrace.simulator import Truth

__all__ = ["VARIANTS", "Case", "Variant", "zones_of"]

EVERYTHING: Final = tuple(SCENARIOS)
EVERY_LISTING: Final = tuple(LISTINGS)
LOGS: Final = ("nbstserv", "nbpem", "nbjm", "nbrb", "nbemm", "admin", "nbrmms", "bpdm", "bptm", "media2")

MUCH_LOST: Final[dict[str, Any]] = {"holes": 8, "short": 4, "log_kb": 16, "lost_files": 4}
TOGETHER: Final = (("bpdbm",), ("nbjm",), ("importmgr", "nbpem"), ("media2", "nbstserv"), ("bpdm", "nbemm"))

# Nights in which a zone changes its offset: Europe on 2026-10-25 and 2026-03-29 at 01:00 UTC, America/New_York on
# 2026-11-01 at 06:00 UTC and 2026-03-08 at 07:00 UTC.
NIGHTS: Final = {
    "europe_back": datetime(2026, 10, 24, 20, tzinfo=UTC),
    "europe_ahead": datetime(2026, 3, 28, 20, tzinfo=UTC),
    "america_back": datetime(2026, 11, 1, 0, tzinfo=UTC),
    "america_ahead": datetime(2026, 3, 8, 1, tzinfo=UTC),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """Options of the simulator; ``told``: the analysis is given the zones of the hosts by option."""

    options: dict[str, Any] = field(default_factory=dict)
    told: bool = True


def _told(**options: Any) -> Variant:
    return Variant(options)


def _untold(**options: Any) -> Variant:
    return Variant(options, told=False)


VARIANTS: Final[dict[str, Variant]] = {
    "full": _untold(),
    "full_told": _told(),
    "windows": _untold(windows=True),
    "raw_only": _untold(printed=(), zones=("Asia/Kolkata",)),
    "small_files": _untold(log_kb=64, skew_s=1.0),
    "quiet": _untold(heartbeat_s=900.0),
    "odd_names": _untold(odd_names=True),
    "two_domains": _untold(domains=2),
    "big_batches": _untold(scenarios=("imported_batch", "one_of_batch_failed", "second_attempt"), hours=8.0),
    # listings
    "listings": _untold(listings=EVERY_LISTING),
    "listings_alone": _untold(listings=EVERY_LISTING, without=("primary", "media")),
    "jobs_alone": _untold(listings=("bpdbjobs",), without=("primary", "media")),
    "no_outcome_but_jobs": _untold(listings=("nbsu", "bpimagelist"), without=("admin", "bpdbm", "nbjm", "nbpem")),
    "no_media_but_pending": _untold(listings=("pendimplist", "bpimagelist"), without=("media", "nbstserv")),
    # clocks
    "skew": _untold(skew_s=120.0),
    "skew_windows": _untold(skew_s=120.0, windows=True, log_kb=64),
    "zones": _untold(),
    "zones_far": _untold(zones=("Pacific/Auckland", "Asia/Kathmandu", "America/St_Johns")),
    "zones_skew": _untold(skew_s=120.0, windows=True),
    **{f"{name}_told": _told(start=start) for name, start in NIGHTS.items()},
    **{name: _untold(start=start, skew_s=30.0) for name, start in NIGHTS.items()},
    # what is lost inside logs
    "holes": _untold(holes=5),
    "short": _untold(short=4),
    "lost_files": _untold(log_kb=16, lost_files=6),
    "levels": _untold(levels=("nbstserv=1", "bpdbm=0", "nbemm=3")),
    "levels_2": _untold(levels=("nbjm=1", "admin=0", "nbrb=2")),
    "levels_3": _untold(levels=("importmgr=1", "nbrmms=1", "bpdm=0")),
    "bad_night": _untold(holes=3, short=2, log_kb=32, lost_files=3, skew_s=120.0, windows=True),
    # logs that are not there
    **{name: _untold(scenarios=(name, *EVERYTHING)) for name in BUNDLE_SCENARIOS},
    **{f"no_{part}_log": _untold(without=(part,)) for part in LOGS},
    # all of it at once
    "details": _untold(listings=("details",), without=("nbjm", "admin")),
    "much_lost": _untold(**MUCH_LOST),
    "much_lost_skew": _untold(**MUCH_LOST, without=("admin",), skew_s=120.0),
    **{f"much_lost_{'_'.join(parts)}": _untold(**MUCH_LOST, without=parts) for parts in TOGETHER},
}


@dataclass(frozen=True, slots=True)
class Case:
    """One simulated bundle: its dialect, its variant and its seed; ``without`` are logs that are left out besides."""

    dialect: str
    variant: str
    seed: int
    images: int = 100
    without: tuple[str, ...] = ()

    @property
    def told(self) -> bool:
        """Tell whether the analysis is given the zones."""
        return VARIANTS[self.variant].told

    @property
    def options(self) -> Options:
        """The options of the simulation."""
        own = VARIANTS[self.variant].options
        without = (*own.get("without", ()), *self.without)
        return Options(images=self.images, seed=self.seed, dialect=self.dialect, **{**own, "without": without})

    def commands(self, truth: Truth, image: str) -> str:
        """Return the commands that make the bundle again and show an image of it."""
        zones = " ".join(f"--host-tz {zone}" for zone in zones_of(truth)) if self.told else ""
        made = f"nbtrace simulate OUT {' '.join(_arguments(self.options))}"
        return f"{made} && nbtrace analyze OUT {zones} --image {quote(image)}".replace("  ", " ")


def zones_of(truth: Truth) -> list[str]:
    """Return the zones as options of an analysis, of hosts that have a log in the bundle."""
    there = {log["host"] for log in truth.logs}
    return [f"{host['name']}={host['zone']}" for host in truth.hosts if host["name"] in there]


_NAMES: Final = {
    "scenarios": "scenario",
    "zones": "zone",
    "skew_s": "skew",
    "heartbeat_s": "heartbeat",
    "levels": "level",
    "listings": "listing",
}


def _arguments(options: Options) -> Iterator[str]:
    """Yield the options of ``nbtrace simulate`` that are not as usual."""
    usual = Options()
    for each in fields(options):
        value, name = getattr(options, each.name), _NAMES.get(each.name, each.name).replace("_", "-")
        if value == getattr(usual, each.name):
            continue
        if each.name == "printed" and not value:
            value = ("none",)
        if each.name == "start":
            value = f"{value:%Y-%m-%dT%H:%M}"
        if value is True:
            yield f"--{name}"
            continue
        for one in value if isinstance(value, tuple) else (value,):
            yield f"--{name} {quote(str(one))}"
