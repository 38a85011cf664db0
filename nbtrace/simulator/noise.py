"""Ordinary jobs and the daemons' small talk, played from ``noise.toml``."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from random import Random
from typing import TYPE_CHECKING, Any, Final

from .envelopes import Numbered
from .hosts import LOGS, Host
from .ledger import Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .telling import Stage
    from .truth import Image

__all__ = ["play_aftermath", "play_ordinary_jobs", "play_small_talk", "stories"]

_COMMANDS: Final = ("admin", "bpdm", "bptm", "bpbrm")  # each run is a process of its own
_PROCESSES: Final = (*_COMMANDS, "bpdbm")
_DAY_S: Final = 86_400
_ROOM_MS: Final = 1_800_000  # the longest story takes some 20 minutes


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("noise.toml").read_text(encoding="utf-8"))


def stories() -> dict[str, dict[str, Any]]:
    """Return the ordinary jobs by name."""
    return {story["name"]: story for story in _data()["stories"]}


def play_ordinary_jobs(stage: Stage, count: int) -> list[str]:
    """Let ``count`` ordinary jobs run through the same daemons; return their backup ids, which are no imports."""
    rng = Random(f"{stage.world.seed}/noise")
    told = list(stories().values())
    start, end = stage.world.options.start_ms, stage.world.options.end_ms
    picked = [*told[:count], *rng.choices(told, [story["weight"] for story in told], k=max(0, count - len(told)))]
    begins = sorted(rng.randrange(start, end - _ROOM_MS) for _ in picked)
    rng.shuffle(picked)
    return [_play(stage, story, rng, now) for story, now in zip(picked, begins, strict=True)]


def play_aftermath(stage: Stage, image: Image, rng: Random, now: int) -> None:
    """Let somebody deal with an image after its story: a look into the catalog, or the copy that its SLP wants next.

    Its id is then in the logs of the import flow again, without being another attempt.
    """
    begin = now + rng.randrange(60_000, 1_200_000)
    if begin + _ROOM_MS < stage.world.options.end_ms:
        name = "duplication" if image.verdict == "imported" and rng.choice((True, False)) else "commands"
        _play(stage, stories()[name], rng, begin, image.image_id)


def play_small_talk(stage: Stage) -> None:
    """Give every log a line without ids at a steady pace, from the beginning to the end of the night."""
    world = stage.world
    for host in (world.primary, *world.media):
        for log in LOGS.values():
            if log.role == host.role:
                _chat(stage, host, log.name, Random(f"{world.seed}/talk/{host.name}/{log.name}"))


def _play(stage: Stage, story: dict[str, Any], rng: Random, now: int, image: str = "") -> str:
    world = stage.world
    age = 0 if story.get("fresh") else rng.randrange(3600, 20 * _DAY_S)
    image = image or world.backup_id(rng, now // 1000 - age, ordinary=True)
    media = rng.choice(world.media)
    job, request = world.job_id(now), world.request_id(now)
    contexts = {"job": f"{world.blank}jobid={job} parentid={job}", "request": f"{world.blank}{request}", None: ""}
    fields = _fields(stage, media, rng) | {"image": image, "client": image.rpartition("_")[0], "job": job}
    pids: dict[str, int] = {}
    pace = rng.uniform(0.5, 3)
    if "job_type" in story:
        length = round(story["lines"][-1]["at"] * pace * 1000)
        ordinary = Job(job, story["job_type"], [image], now, str(fields["policy"]), media, world.volumes[0])
        ordinary.started, ordinary.ended, ordinary.status = now + 1000, now + length, story.get("status", 0)
        stage.ledger.open(ordinary)
    for line in story["lines"]:
        log = line["log"]
        ms = now + round(line["at"] * pace * 1000) + rng.randrange(50)
        stage.night.say(
            ms,
            world.host(log, media),
            log,
            line["text"].format_map(fields),
            function=line["function"],
            pid=pids.setdefault(log, world.pid()) if log in _PROCESSES else 0,
            level=line.get("level", 2),
            context=contexts[line.get("context")],
            opened=now if log in _COMMANDS else None,
        )
    return image


def _chat(stage: Stage, host: Host, name: str, rng: Random) -> None:
    media = stage.world.media[0] if host is stage.world.primary else host
    for ms in _beats(stage, rng):
        function, _, text = rng.choice(_data()["small_talk"][name]).partition(": ")
        number = rng.randrange(1, 100)
        numbered = None
        if name == "nbemm" and not number % 10:  # some of its messages are numbered ones
            numbered = Numbered(990 + number // 30, (str(host.pids[name]), media.name))
        stage.night.say(
            ms,
            host,
            name,
            text.format_map(_fields(stage, media, rng) | {"number": number}),
            function=function,
            pid=stage.world.pid() if name in _COMMANDS else 0,
            level=stage.night.losses.chat_level(host, stage.night.log_of(name)),
            numbered=numbered,
        )


def _beats(stage: Stage, rng: Random) -> Iterator[int]:
    """Yield the moments of a log's small talk: the first and the last lie close to the night's borders."""
    options = stage.world.options
    pace = options.heartbeat_s * 1000
    ms = options.start_ms + rng.randrange(5_000)
    last = options.end_ms - rng.randrange(5_000)
    while ms < last:
        yield ms
        ms += round(pace * rng.uniform(0.75, 1.25))
    yield last


def _fields(stage: Stage, media: Host, rng: Random) -> dict[str, object]:
    volume = rng.choice(stage.world.volumes)
    return {
        "policy": stage.world.policy(rng),
        "storage_server": volume.storage_server,
        "disk_volume": volume.disk_volume,
        "disk_pool": volume.disk_pool,
        "media_id": volume.media_id,
        "media_server": media.name,
        "primary": stage.world.primary.name,
        "bytes": rng.randrange(100_000, 90_000_000),
        "number": rng.randrange(10, 100),
    }
