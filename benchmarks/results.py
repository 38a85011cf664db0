"""The raw results of a benchmark as a JSON file that tells nothing about where it ran but the kind of machine."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bars import BARS
from contenders import ROOT

if TYPE_CHECKING:
    from contenders import Run
    from filler import Filled

__all__ = ["Measured", "save"]

_LONGEST: Final = 12  # words of a command that are written down; the rest are names of files


@dataclass(slots=True)
class Measured:
    """All that one call of the benchmark measured."""

    filled: Filled | None = None
    runs: dict[str, Run] = field(default_factory=dict)
    large: dict[str, Run] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    grown: list[dict[str, Any]] = field(default_factory=list)


def save(folder: Path, name: str, measured: Measured, work: Path) -> Path:
    """Write the raw results into the folder and return the file's path; ``work`` is where the bundles were."""
    now = datetime.now(UTC)
    told = {
        "date": f"{now:%Y-%m-%dT%H:%MZ}",
        "machine": _machine(),
        "bundle": measured.filled.told() if measured.filled else None,
        "runs": [_told(each) for each in measured.runs.values()],
        "large": [_told(each) for each in measured.large.values()],
        "many_images": measured.grown,
        "bars": [
            {"bar": f"{bar.name} {bar}", "measured": round(value, 4), "reached": bar.reached(value)}
            for bar in BARS
            if (value := measured.figures.get(bar.name)) is not None
        ],
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"speed-{now:%Y%m%d-%H%M}-{name}.json"
    text = json.dumps(told, indent=2, ensure_ascii=False)
    for place, shown in ((work, "WORK"), (sys.executable, "python"), (ROOT, ".")):
        text = text.replace(str(place), shown)  # nothing of where it ran
    path.write_text(text + "\n", encoding="utf-8")
    return path


def _told(each: Run) -> dict[str, Any]:
    one = each.contender
    command = [*one.command[:_LONGEST], *(["…"] if len(one.command) > _LONGEST else [])]
    return {
        "contender": one.name,
        "does": one.does,
        "command": shlex.join(command),
        "version": one.version,
        "left_out": each.trouble,
        "median_s": each.wall_s,
        "runs": each.taken,
    }


def _machine() -> dict[str, Any]:
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": platform.python_version(),
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory": _first("/proc/meminfo", "MemTotal"),
    }


def _first(path: str, key: str) -> str:
    """Return the value of the first line of a file of the system that begins so; empty where there is none."""
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "")
