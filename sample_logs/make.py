"""Write the sample bundles and their truths anew: python sample_logs/make.py [FOLDER]."""

from __future__ import annotations

import shutil
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from nbtrace.simulator import SCENARIOS, Options, simulate, truth_path  # noqa: E402 - runs without an installed package

night = partial(
    Options, zones=("UTC",), start=datetime(2026, 11, 20, 20, tzinfo=UTC), hours=6, heartbeat_s=120, noise=0.6
)

MIXED = tuple(name for name in SCENARIOS if not name.startswith("retry_"))

SAMPLES = {
    "clean-night": night(images=24, seed=3, scenarios=("imported_alone", "imported_batch"), printed=()),
    "mixed-night": night(images=48, seed=8, scenarios=MIXED, windows=True, printed=("nbrb",)),
    "logs-missing": night(
        images=40, seed=5, scenarios=MIXED, dialect="other", without=("admin", "bpdbm", "media2"), printed=()
    ),
}


def main(folder: Path = HERE) -> None:
    """Remove the samples and their truths from the folder and write them again."""
    for name, options in SAMPLES.items():
        out = folder / name
        shutil.rmtree(out, ignore_errors=True)
        truth_path(out).unlink(missing_ok=True)
        simulate(out, options)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
