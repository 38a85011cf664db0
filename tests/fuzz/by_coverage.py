"""Run one target of the fuzzer by coverage: inputs that reach new code are kept and changed further.

    python tests/fuzz/by_coverage.py TARGET FOLDER [OPTIONS OF LIBFUZZER]

The folder keeps the inputs for the next time; an input at which something failed is written there as `crash-…`.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import atheris

_SEEDS = 200  # lines of real logs to begin with
_KINDS = b"\0\0", b"\1\0", b"\2\1", b"\3\1"  # how the target of records takes them


def main() -> None:
    """Fuzz until the time given is over or something fails."""
    with atheris.instrument_imports(include=["nbtrace"]):
        known = runpy.run_path(str(Path(__file__).with_name("targets.py")))
    name, folder, *options = sys.argv[1:] or ("", "")
    if name not in known["TARGETS"]:
        sys.exit(f"Name one of the targets: {', '.join(known['TARGETS'])}, and a folder.")
    corpus = Path(folder) / name
    corpus.mkdir(parents=True, exist_ok=True)
    lines = [line for _, text in known["small_bundle"]() for line in text.splitlines(keepends=True)[:8]]
    for number, line in enumerate([*known["SNIPPETS"], *lines][: _SEEDS if name != "bundles" else 20]):
        front = _KINDS[number % len(_KINDS)] if name == "records" else b""
        (corpus / f"seed-{number:03}").write_bytes(front + line)
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={corpus}/", *options], known["TARGETS"][name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
