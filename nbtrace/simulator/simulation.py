"""Simulate a night: play the stories of every domain, lose what is to be lost, write the bundle and its truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from random import Random
from typing import TYPE_CHECKING

from nbtrace.errors import InputError, OutputError

from .dialect import load_dialect
from .hosts import LOGS
from .listed import note_listings
from .listings import LISTINGS, Listings
from .losses import Losses, parse_levels, plan_losses, remove
from .night import Night, lose_files
from .noise import play_ordinary_jobs, play_small_talk
from .plan import play_imports
from .scenarios import BUNDLE_SCENARIOS, SCENARIOS
from .telling import Stage
from .truth import Truth
from .watching import host_truth, iso, log_truth, settled
from .world import World

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .options import Options
    from .truth import Image

__all__ = ["simulate", "truth_path"]


@dataclass(slots=True)
class _Domain:
    """A target domain whose night was played: its images and the backup ids of its ordinary jobs."""

    stage: Stage
    images: list[Image]
    noise_ids: list[str]


def truth_path(out: Path) -> Path:
    """Return where the truth on a bundle lies: beside it, never inside."""
    return out.with_name(f"{out.name}.truth.json")


def simulate(out: Path, options: Options) -> Truth:
    """Write a bundle into the new folder ``out`` and its truth beside it; return the truth.

    The same options give the same bytes. Raises ``InputError`` for a scenario, dialect or log that is not there and
    ``OutputError`` where the bundle cannot be written.
    """
    kinds, missing = _kinds(options)
    _check_listings(options)
    may_share = not any(part.startswith("importmgr") for part in (*missing, *options.levels))
    worlds: list[World] = []
    for _ in range(options.domains):
        worlds.append(World(options, shared=may_share, beside=worlds))
    losses, removed = _losses(worlds, options, missing)
    nights = [Night(options, losses, printed=_printed(options), shared=world.shared) for world in worlds]
    dialect = load_dialect(options.dialect)
    stages = [Stage(world, night, dialect) for world, night in zip(worlds, nights, strict=True)]
    domains = [_play(stage, kinds, count) for stage, count in zip(stages, _shares(options), strict=True)]
    for night in nights:
        night.close()
    lose_files(nights, options)
    listings = [Listings(domain.stage, domain.images) for domain in domains]
    for each in listings:
        note_listings(each)
    truth = _truth(domains, losses, removed)
    try:
        _make_new(out)
        for night in nights:
            night.write(out)
        _write_listings(out, listings)
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


def _losses(worlds: Sequence[World], options: Options, missing: Sequence[str]) -> tuple[Losses, list[str]]:
    """Return what is lost of the night, and the ``host/log`` names that are not in the bundle at all."""
    every = {
        f"{host.name}/{log.name}": {host.role, host.name, host.name.partition("-")[2], log.name}
        for world in worlds
        for host in world.hosts
        for log in LOGS.values()
        if log.role == host.role and not (world.shared and log.name == "importmgr")
    }
    removed = remove(every, missing, all_may_go=bool(options.listings))
    losses = Losses(frozenset(every) - frozenset(removed), parse_levels(every, options.levels))
    plan_losses(options, losses)
    return losses, removed


def _printed(options: Options) -> frozenset[str]:
    """Return the unified logs that are handed in as text."""
    unified = [log.name for log in LOGS.values() if log.originator is not None]
    if options.printed is None:
        rng = Random(f"{options.seed}/printed")
        return frozenset(name for name in unified if not rng.randrange(5))
    if unknown := [name for name in options.printed if name not in unified]:
        raise InputError(f"'{unknown[0]}' is no unified log; there are: {', '.join(unified)}.")
    return frozenset(options.printed)


def _shares(options: Options) -> list[int]:
    """Return how many images each domain has."""
    whole, rest = divmod(options.images, options.domains)
    return [whole + (number < rest) for number in range(options.domains)]


def _play(stage: Stage, kinds: Sequence[str], count: int) -> _Domain:
    images = list(play_imports(stage, kinds, count))
    noise_ids = play_ordinary_jobs(stage, round(stage.world.options.noise * count))
    play_small_talk(stage)
    return _Domain(stage, images, noise_ids)


def _truth(domains: Sequence[_Domain], losses: Losses, removed: list[str]) -> Truth:
    options = domains[0].stage.world.options
    images = [image for domain in domains for image in settled(domain.stage, domain.images)]
    visible = [each for each in images if each.logs or each.verdict != "undetermined"]
    return Truth(
        seed=options.seed,
        options=asdict(options) | {"start": iso(options.start_ms)},
        since=iso(options.start_ms),
        until=iso(options.end_ms),
        hosts=[host_truth(host, domain.images) for domain in domains for host in domain.stage.world.hosts],
        origin_primary=domains[0].stage.world.origin,
        removed_logs=removed,
        scenarios=dict(sorted(Counter(each.scenario for each in images).items())),
        verdicts=dict(sorted(Counter(each.verdict for each in visible).items())),
        images=visible,
        invisible_ids=sorted({each.image_id for each in images} - {each.image_id for each in visible}),
        noise_ids=[each for domain in domains for each in domain.noise_ids],
        logs=[row for domain in domains for row in log_truth(domain.stage)],
        losses=[loss._asdict() | {"begin": iso(loss.begin), "end": iso(loss.end)} for loss in losses.spans],
    )


def _check_listings(options: Options) -> None:
    if unknown := [name for name in options.listings if name not in LISTINGS]:
        raise InputError(f"There is no listing '{unknown[0]}'; there are: {', '.join(LISTINGS)}.")


def _write_listings(out: Path, listings: Sequence[Listings]) -> None:
    for each in listings:
        for name, text in each.files():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")


def _make_new(out: Path) -> None:
    """Make the bundle's folder; never mix a bundle into what is there."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"{out} is not empty; give a new folder for the bundle.")
    out.mkdir(parents=True, exist_ok=True)
