"""Who takes part: commands that ask something of a bundle's logs, and what is needed to run them."""

from __future__ import annotations

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from importlib import metadata, util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from filler import ZONE
from forms import by_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "BACKUP_ID",
    "NAMES",
    "ROOT",
    "Contender",
    "Run",
    "contenders",
    "help_of_nbtrace",
    "launched",
    "nbtrace",
    "run",
    "warm",
]

ROOT: Final = Path(__file__).resolve().parents[1]
BACKUP_ID: Final = "[A-Za-z0-9._-]+_[0-9]{10}"
NAMES: Final = ("nbtrace", "first", "again", "rg", "wc", "lnav", "lnav-legacy", "duckdb", "re", "lark", "lark-earley")
_HERE: Final = Path(__file__).resolve().parent
_CHUNK: Final = 1 << 20
_SHOWN: Final = 200  # characters of an answer
_ENDED: Final = (0, 1, 4)  # nbtrace: all well, something failed, the answer is incomplete

# Parse, count by log, and touch the parsed fields; each form of log is a table in lnav.
_LNAV: Final = " UNION ALL ".join(
    f"SELECT log_path, count(*), max(log_time), max(pid) FROM netbackup_{form} GROUP BY log_path"  # noqa: S608 - made of the names below
    for form in ("legacy", "unified", "vxlogview")
)


@dataclass(frozen=True, slots=True)
class Contender:
    """One command: what it does, its version, and why it cannot run here (empty if it can).

    ``estimates``: it reads a slice and prints how long the whole would take. ``cache`` is a folder that is its cache;
    ``fresh`` empties it before each run.
    """

    name: str
    does: str
    command: tuple[str, ...]
    version: str = ""
    missing: str = ""
    statuses: tuple[int, ...] = (0,)
    env: dict[str, str] = field(default_factory=dict)
    estimates: bool = False
    fresh: Path | None = None


@dataclass(slots=True)
class Run:
    """What the runs of one contender took; ``wall_s`` is the estimate of those that read a slice."""

    contender: Contender
    taken: list[dict[str, Any]] = field(default_factory=list)
    trouble: str = ""

    @property
    def wall_s(self) -> float | None:
        """Return the median of the wall times, in seconds."""
        return statistics.median(one["wall_s"] for one in self.taken) if self.taken else None

    @property
    def cpu_s(self) -> float | None:
        """Return the median of the processor times, in seconds; nothing is known of what was estimated."""
        known = [one["cpu_s"] for one in self.taken if not self.contender.estimates]
        return statistics.median(known) if known else None

    @property
    def peak_mb(self) -> float | None:
        """Return the highest peak memory of all runs, in MB."""
        return max((one["peak_mb"] for one in self.taken), default=None)


def contenders(bundle: Path, scratch: Path) -> list[Contender]:
    """Return all contenders for a bundle; ``scratch`` is an empty folder for caches and settings."""
    files = [str(path) for paths in by_form(bundle).values() for path in paths]
    return [
        *_nbtrace(bundle, scratch),
        _tool("rg", "search for a backup id", ("rg", "--no-config", "--no-ignore", "-c", BACKUP_ID, str(bundle)), "--version"),
        _tool("wc", "count lines", ("wc", "-l", *files), "--version"),
        *_lnav(files, by_form(bundle), scratch),
        _parser("duckdb", "parse heads by regexp_extract, count by log", bundle, package="duckdb"),
        _parser("re", "parse heads with Python's re, count by log", bundle, version=platform.python_version()),
        _parser("lark", "parse heads with Lark, LALR (a slice, extrapolated)", bundle, package="lark", estimates=True),
        _parser(
            "lark-earley", "parse heads with Lark, shipped grammars (a slice, extrapolated)", bundle, package="lark", estimates=True
        ),
    ]  # fmt: skip


def nbtrace(bundle: Path, *options: str) -> tuple[str, ...]:
    """Return the command that analyses a bundle."""
    return (sys.executable, "-m", "nbtrace", "analyze", str(bundle), "--quiet", "--tz", ZONE, *options)


def help_of_nbtrace() -> Contender:
    """Return the command that shows nbtrace's help."""
    return Contender("help", "show the help", (sys.executable, "-m", "nbtrace", "--help"))


def _nbtrace(bundle: Path, scratch: Path) -> list[Contender]:
    shown = subprocess.run(
        (sys.executable, "-m", "nbtrace", "analyze", "--help"), capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    cached = "--no-cache" in shown
    missing = "" if cached else "this nbtrace has no cache"
    home = {"XDG_CACHE_HOME": str(scratch / "cache")}
    own = partial(Contender, version=_own_version(), statuses=_ENDED)
    plain = nbtrace(bundle, *(("--no-cache",) if cached else ()))
    return [
        own("nbtrace", "analyse every import", plain),
        own(
            "first",
            "analyse, and fill an empty cache",
            nbtrace(bundle),
            env=home,
            missing=missing,
            fresh=scratch / "cache",
        ),
        own("again", "analyse again, from the cache", nbtrace(bundle), env=home, missing=missing),
    ]


def _own_version() -> str:
    sys.path.insert(0, str(ROOT))
    from nbtrace import __version__  # noqa: PLC0415 - after the path to it is known

    return __version__


def _tool(name: str, does: str, command: tuple[str, ...], ask: str) -> Contender:
    """Return a program of the system, with the first line that it says of its version."""
    if shutil.which(command[0]) is None:
        return Contender(name, does, command, missing=f"{command[0]} is not installed")
    said = subprocess.run((command[0], ask), capture_output=True, text=True, check=False).stdout
    return Contender(name, does, command, version=said.partition("\n")[0])


def _lnav(files: list[str], forms: dict[str, list[Path]], scratch: Path) -> list[Contender]:
    """Return lnav on everything and on legacy logs alone, with the formats of this folder as its only settings."""
    formats = scratch / "settings" / "lnav" / "formats" / "netbackup"
    shutil.copytree(_HERE / "lnav", formats, dirs_exist_ok=True)
    env = {"XDG_CONFIG_HOME": str(scratch / "settings"), "HOME": str(scratch), "TERM": "dumb"}
    legacy = [str(path) for path in forms["legacy"]]
    makes = (
        ("lnav", "parse, count by log", _LNAV, files),
        ("lnav-legacy", "parse, count by log: legacy logs only", _LNAV.partition(" UNION ")[0], legacy),
    )
    found = []
    for name, does, query, paths in makes:
        tool = _tool(name, does, ("lnav", "-n", "-c", f";{query}", *paths), "-V")
        found.append(Contender(name, does, tool.command, tool.version, tool.missing, env=env))
    return found


def _parser(
    name: str, does: str, bundle: Path, *, package: str = "", version: str = "", estimates: bool = False
) -> Contender:
    """Return one of the means of ``parsers.py``."""
    command = (sys.executable, str(_HERE / "parsers.py"), name, str(bundle))
    if package and util.find_spec(package) is None:
        return Contender(name, does, command, missing=f"the Python package {package} is not installed")
    version = version or f"{package} {metadata.version(package)}"
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    return Contender(name, does, command, version, env={"PYTHONPATH": os.pathsep.join(paths)}, estimates=estimates)


def launched(
    command: Sequence[str], output: Path, *, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> tuple[dict[str, Any], str]:
    """Run a command by ``measure.py``, its output to a file; return what it took, and what it said of problems."""
    launcher = (sys.executable, "-I", "-S", str(_HERE / "measure.py"), str(output))
    ended = subprocess.run((*launcher, *command), capture_output=True, text=True, check=False, cwd=cwd, env=env)
    return json.loads(ended.stdout) if ended.stdout else {"status": ended.returncode}, ended.stderr


def run(contender: Contender, scratch: Path) -> dict[str, Any]:
    """Run a contender once; return wall_s, cpu_s, peak_mb, status and the beginning of its answer.

    Raises ``RuntimeError`` with what it said, where it did not end well.
    """
    if contender.fresh is not None:
        shutil.rmtree(contender.fresh, ignore_errors=True)
    output = scratch / "answer.txt"
    taken, problem = launched(contender.command, output, env=os.environ | contender.env)
    if taken["status"] not in contender.statuses:
        raise RuntimeError(f"exit status {taken['status']}: {problem.strip()[-300:]}")
    said = output.read_text(encoding="utf-8", errors="replace")
    if contender.estimates:
        told = json.loads(said)
        taken |= {"slice_s": taken["wall_s"], "wall_s": told["estimate_s"], "each_us": told["each_us"]}
    said = said.strip()
    # Cut between words: half a path would not be known for one when places are taken out of the results.
    return taken | {"answer": said if len(said) <= _SHOWN else said[:_SHOWN].rpartition(" ")[0]}


def warm(bundle: Path) -> None:
    """Read every file once, so that no run pays for the disk."""
    for path in (path for path in bundle.rglob("*") if path.is_file()):
        with path.open("rb", buffering=0) as stream:
            while stream.read(_CHUNK):
                pass
