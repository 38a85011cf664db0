"""Simulate a night: plan the stories, play them, write the bundle and its truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Final

from nbtrace.errors import InputError, OutputError

from .dialect import load_dialect
from .hosts import LOGS, Host, Log
from .night import Night
from .noise import play_aftermath, play_ordinary_jobs, play_small_talk
from .scenarios import BUNDLE_SCENARIOS, SCENARIOS, play
from .telling import Stage
from .truth import Image, Truth, settle
from .world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from .options import Options

__all__ = ["simulate", "truth_path"]

_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_CURIOUS: Final = 0.2  # share of the stories after which somebody still deals with an image

# Which logs can show a step at all (import-flow.md §0): without any of them nothing can be said of it.
_STEP_LOGS: Final = {
    1: ("nbrmms", "nbstserv"),
    2: ("importmgr",),
    3: ("nbstserv",),
    4: ("nbjm", "admin"),
    5: ("admin", "bpdm"),
    6: ("bpdm", "nbjm"),
    7: ("bpdm", "bpdbm"),
    8: ("bpdbm", "admin", "nbjm"),
}


def truth_path(out: Path) -> Path:
    """Return where the truth on a bundle lies: beside it, never inside."""
    return out.with_name(f"{out.name}.truth.json")


def simulate(out: Path, options: Options) -> Truth:
    """Write a bundle into the new folder ``out`` and its truth beside it; return the truth.

    The same options give the same bytes. Raises ``InputError`` for a scenario, dialect or log that is not there and
    ``OutputError`` where the bundle cannot be written.
    """
    kinds, missing = _kinds(options)
    world = World(options, shared="importmgr" not in missing)
    kept, removed = _kept(world, missing)
    night = Night(options, kept=kept, printed=_printed(options), shared=world.shared)
    stage = Stage(world, night, load_dialect(options.dialect))
    images = list(_play_imports(stage, kinds))
    noise_ids = play_ordinary_jobs(stage, round(options.noise * options.images))
    play_small_talk(stage)
    truth = _truth(stage, images, noise_ids, kept, removed)
    try:
        _make_new(out)
        night.write(out)
        truth.write(truth_path(out))
    except OSError as error:
        raise OutputError(f"The bundle cannot be written to {out}: {error.strerror or error}.") from error
    return truth


def _kinds(options: Options) -> tuple[list[str], tuple[str, ...]]:
    """Return the scenarios of images to play and all that is not to be in the bundle."""
    named = options.scenarios or ()
    if unknown := [name for name in named if name not in SCENARIOS and name not in BUNDLE_SCENARIOS]:
        known = ", ".join([*SCENARIOS, *BUNDLE_SCENARIOS])
        raise InputError(f"There is no scenario '{unknown[0]}'; there are: {known}.")
    missing = [part for name in named for part in BUNDLE_SCENARIOS.get(name, ())]
    return [name for name in named if name in SCENARIOS] or list(SCENARIOS), (*options.without, *missing)


def _kept(world: World, missing: Sequence[str]) -> tuple[frozenset[str], list[str]]:
    """Return the ``host/log`` names that are in the bundle, and those that are not."""
    hosts = (world.primary, *world.media)
    every = {
        f"{host.name}/{log.name}": {host.role, host.name, host.name.partition("-")[2], log.name}
        for host in hosts
        for log in _logs(world, host)
    }
    removed = []
    for part in missing:
        gone = [name for name, parts in every.items() if part == name or part in parts]
        if not gone:
            raise InputError(
                f"There is no log '{part}' to leave out; name a log, a role (media), a host (media2) or HOST/LOG."
            )
        removed += gone
    if len(set(removed)) == len(every):
        raise InputError("Nothing is left in the bundle: leave out fewer logs.")
    return frozenset(every) - frozenset(removed), sorted(set(removed))


def _logs(world: World, host: Host) -> Iterator[Log]:
    return (log for log in LOGS.values() if log.role == host.role and not (world.shared and log.name == "importmgr"))


def _printed(options: Options) -> frozenset[str]:
    """Return the unified logs that are handed in as text."""
    unified = [log.name for log in LOGS.values() if log.originator is not None]
    if options.printed is None:
        rng = Random(f"{options.seed}/printed")
        return frozenset(name for name in unified if not rng.randrange(5))
    if unknown := [name for name in options.printed if name not in unified]:
        raise InputError(f"'{unknown[0]}' is no unified log; there are: {', '.join(unified)}.")
    return frozenset(options.printed)


def _play_imports(stage: Stage, kinds: Sequence[str]) -> Iterator[Image]:
    """Play every story of the night, the earlier ones first; yield their images."""
    options, world = stage.world.options, stage.world
    rng = Random(f"{options.seed}/plan")
    plan = []
    for number, (name, size) in enumerate(_plan(kinds, options.images, rng)):
        latest = options.end_ms - round(SCENARIOS[name].before_end_h * _HOUR)
        plan.append((rng.randrange(options.start_ms + _MINUTE, latest), number, name, size))
    for begin, number, name, size in sorted(plan):
        own = Random(f"{options.seed}/story/{number}")
        volume, media = own.choice(world.volumes), own.choice(world.media)
        slp, policy = own.choice(world.slps), world.policy(own)
        ages = [own.randrange(900, 8 * 3600) for _ in range(size)]  # seconds from backup to event
        ids = [world.backup_id(own, begin // 1000 - age) for age in ages]
        images = [Image(each, name, slp, volume, media, policy) for each in ids]
        ended = play(name, stage, images, own, begin)
        if options.noise and own.random() < _CURIOUS:
            play_aftermath(stage, own.choice(images), own, ended)
        yield from images


def _plan(kinds: Sequence[str], images: int, rng: Random) -> Iterator[tuple[str, int]]:
    """Yield scenarios and their numbers of images: each one once, then by weight, until there are enough."""
    left, first = images, list(kinds)
    weights = [SCENARIOS[name].weight for name in kinds]
    while left:
        name = first.pop(0) if first else rng.choices(kinds, weights)[0]
        least, most = SCENARIOS[name].images
        spare = left - sum(SCENARIOS[each].images[0] for each in first)  # so that every kind gets its turn
        share = images // (4 if name.startswith("imported") else 20)
        most = max(least, min(most, spare, share))
        size = min(left, rng.randint(least, most))
        left -= size
        yield name, size


def _truth(
    stage: Stage, images: Sequence[Image], noise_ids: list[str], kept: frozenset[str], removed: list[str]
) -> Truth:
    world, night = stage.world, stage.night

    def watched(media: Host, step: int) -> bool:
        return any(f"{world.host(name, media).name}/{night.log_of(name).name}" in kept for name in _STEP_LOGS[step])

    settled = [settle(image, watched) for image in images]
    visible = [each for each in settled if each.logs]
    options = world.options
    return Truth(
        seed=options.seed,
        options=asdict(options) | {"start": _iso(options.start_ms)},
        since=_iso(options.start_ms),
        until=_iso(options.end_ms),
        hosts=[_host(host) for host in (world.primary, *world.media)],
        origin_primary=world.origin,
        removed_logs=removed,
        scenarios=dict(sorted(Counter(image.scenario for image in images).items())),
        verdicts=dict(sorted(Counter(each.verdict for each in visible).items())),
        images=visible,
        invisible_ids=[each.image_id for each in settled if not each.logs],
        noise_ids=noise_ids,
    )


def _host(host: Host) -> dict[str, object]:
    clock = host.clock
    return {
        "name": host.name,
        "role": host.role,
        "zone": clock.zone,
        "skew_s": clock.skew_ms / 1000,
        "windows": host.windows,
        "host_id": host.host_id,
    }


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _make_new(out: Path) -> None:
    """Make the bundle's folder; never mix a bundle into what is there."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not empty; give a new folder for the bundle.")
    out.mkdir(parents=True, exist_ok=True)
