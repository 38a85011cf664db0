"""Which stories are told in a domain, when, and about whom."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

from .listings import SPECIAL_SLPS
from .noise import play_aftermath
from .scenarios import SCENARIOS, play
from .truth import Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .telling import Stage

__all__ = ["play_imports"]

_HOUR: Final = 3_600_000
_MINUTE: Final = 60_000
_CURIOUS: Final = 0.2  # share of the stories after which somebody still deals with an image


def play_imports(stage: Stage, kinds: Sequence[str], count: int) -> Iterator[Image]:
    """Play every story of a domain's night, the earlier ones first; yield their images, so many in all."""
    options, world = stage.world.options, stage.world
    rng = Random(f"{world.seed}/plan")
    plan = []
    for number, (name, size) in enumerate(_plan(kinds, count, rng)):
        latest = options.end_ms - round(SCENARIOS[name].before_end_h * _HOUR)
        plan.append((rng.randrange(options.start_ms + _MINUTE, latest), number, name, size))
    for begin, number, name, size in sorted(plan):
        own = Random(f"{world.seed}/story/{number}")
        volume, media = own.choice(world.volumes), own.choice(world.media)
        slp, policy = own.choice(world.slps), world.policy(own)
        if options.listings:  # what they tell of SLPs must fit what happens
            slp = SPECIAL_SLPS.get(name, slp)
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
