"""Ordinary records of a busy host, from the templates of ``filler.toml``: all of a record but its time."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nbtrace.simulator.envelopes import PRODUCT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

__all__ = ["Body", "Job", "Speaker", "jobs", "render"]

_CLIENTS: Final = ("fs{:04d}", "sql-{:03d}.corp.example", "esx{:04d}.lab.example", "HR_APP{}", "mail-{}.corp.example")
_POLICIES: Final = ("fs_daily", "sql_logs_15min", "VMware-Prod", "exch_dag", "home_dirs", "SAP-HANA", "nas_ndmp")
_PATHS: Final = (
    "/usr/openv/netbackup/db/images",
    "/usr/openv/netbackup/db/jobs",
    "/export/data/vol17",
    "/mnt/msdp/dp3",
    "/dev/nst4",
)
# Far above those of the simulator, so that no ordinary record can be taken for one of an import's job or process.
_FIRST_JOB: Final = 5_000_000
_PIDS: Final = (100_000, 4_000_000)
_LIBRARIES: Final = 137  # shared code speaks in every unified log (log-formats.md §5, M)
_REUSE: Final = 3  # how often a rendered record is used, at other times of the same slice of the night

Job = dict[str, Any]  # what templates may name


class Speaker(NamedTuple):
    """Who writes a log: its form (legacy, raw or printed), its name, and a unified one's originator and pid."""

    form: str
    log: str
    originator: int = 0
    pid: int = 0


class Body(NamedTuple):
    """A record without its time: what stands before it, and what after it. A raw record's number goes between, too."""

    head: str
    tail: str


def jobs(rng: Random, hosts: Sequence[str], *, count: int, first: int, second: int, seconds: int) -> list[Job]:
    """Return ordinary jobs that begin in one slice of the night.

    Args:
        rng: where chance comes from.
        hosts: the primary, then its media servers.
        count: how many jobs.
        first: how many jobs there were before them.
        second: the epoch second (UTC) at which the slice begins.
        seconds: how long it is.
    """
    return [_job(rng, _FIRST_JOB + first + number, second + rng.randrange(seconds), hosts) for number in range(count)]


def _job(rng: Random, number: int, epoch: int, hosts: Sequence[str]) -> Job:
    client = rng.choice(_CLIENTS).format(rng.randrange(1, 900))
    shelf = rng.randrange(1, 9)
    return {
        "job": number,
        "parent": number - rng.randrange(3),
        "epoch": epoch,
        "client": client,
        "image": f"{client}_{epoch}",
        "policy": rng.choice(_POLICIES),
        "primary": hosts[0],
        "media": rng.choice(hosts[1:]),
        "domain": "corp.example",
        "server": f"msdp{shelf}.corp.example",
        "pool": f"dp_local{shelf}",
        "volume": f"PureDiskVolume{shelf}",
        "pid": rng.randrange(*_PIDS),
        "path": rng.choice(_PATHS),
        "ip": f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}",
        "port": rng.randrange(1024, 65_536),
        "hex": f"{rng.getrandbits(32):08x}",
        "kb": rng.randrange(1_000, 90_000_000),
        "bytes": rng.randrange(10_000, 2_000_000_000),
        "n": rng.randrange(10, 100),
        "m": rng.randrange(10, 100),
        "a": rng.randrange(1, 10),
        "c": rng.randrange(1, 4),
    }


def render(speaker: Speaker, told: Sequence[Job], rng: Random, count: int) -> list[Body]:
    """Return ``count`` bodies of ordinary records that speak of the jobs, in a random order."""
    templates = _templates(speaker.log)
    write = {"legacy": _legacy, "raw": _raw, "printed": _printed}[speaker.form]
    choice = rng.choice
    made = [write(speaker, choice(templates), choice(told), rng.randrange(1, 97)) for _ in range(count // _REUSE + 1)]
    return rng.choices(made, k=count)


class _Template(NamedTuple):
    mark: str  # severity of a legacy record, context of a unified one
    function: str
    text: str


@cache
def _templates(log: str) -> tuple[_Template, ...]:
    data = tomllib.loads(Path(__file__).with_name("filler.toml").read_text(encoding="utf-8"))
    return tuple(_template(line) for line in (data["legacy"] | data["unified"])[log])


def _template(line: str) -> _Template:
    mark = ""
    if line.startswith(("<", "[")):
        mark, _, line = line.partition(" ")
    function, _, text = line.partition(": ")
    return _Template(mark, function, text)


def _legacy(_: Speaker, template: _Template, job: Job, tid: int) -> Body:
    """Return a legacy record of one of the job's processes."""
    text = template.text.format_map(job)
    return Body("", f" [{job['pid'] + tid // 16}] {template.mark or '<2>'} {template.function}: {text}\n")


def _raw(speaker: Speaker, template: _Template, job: Job, tid: int) -> Body:
    """Return a raw unified record; the templates are ASCII, so that characters are bytes."""
    text, context = template.text.format_map(job), _context(template, job)
    context = f"[{context}]" if context else ""
    function = f"{len(template.function) + 2}:[{template.function}]"
    return Body(
        f"0,{PRODUCT},{_file_id(speaker, tid)},{speaker.originator},",
        f"{speaker.pid},{tid},{len(context)}:{context},{len(text)}:{text},{function},{tid % 6 + 1}\n",
    )


def _printed(speaker: Speaker, template: _Template, job: Job, tid: int) -> Body:
    """Return a record as ``vxlogview -d all`` prints it."""
    owner = f"NB {PRODUCT} {speaker.log} {speaker.originator} PID:{speaker.pid} TID:{tid}"
    context = _context(template, job) or "No context"
    said = f"{tid % 6 + 1} [{template.function}()] {template.text.format_map(job)}"
    return Body("", f" [Debug] {owner} File ID:{_file_id(speaker, tid)} [{context}] {said}\n")


def _context(template: _Template, job: Job) -> str:
    if template.mark == "[job]":
        return f"jobid={job['job']} parentid={job['parent']}"
    return f"reqid=-{job['epoch']}" if template.mark == "[req]" else ""


def _file_id(speaker: Speaker, tid: int) -> int:
    return speaker.originator if tid % 4 else _LIBRARIES
