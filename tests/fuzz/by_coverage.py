"""Run one target of the fuzzer by coverage: inputs that reach new code are kept and changed further.

    python tests/fuzz/by_coverage.py TARGET FOLDER [OPTIONS OF LIBFUZZER]

The folder keeps the inputs for the next time; an input at which something failed is written there as `crash-…`.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import runpy
import sys
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import atheris

if TYPE_CHECKING:
    from collections.abc import Callable

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
    for number, line in enumerate([*known["SNIPPETS"], *_lines(name, known)][: _SEEDS if name != "bundles" else 20]):
        front = _KINDS[number % len(_KINDS)] if name == "records" else b""
        (corpus / f"seed-{number:03}").write_bytes(front + line)
    atheris.Setup([sys.argv[0], str(corpus), f"-artifact_prefix={corpus}/", *options], known["TARGETS"][name])
    atheris.Fuzz()


def _lines(name: str, known: dict[str, Any]) -> list[bytes]:
    """Return what the input of a target looks like: lines of logs, the examples of listings in their grammars, archives."""
    if name == "listings":
        texts = [grammar.text for grammar in known["LIBRARY"].listings()]
        return [line[7:].encode() for text in texts for line in text.splitlines() if line.startswith("//     ")]
    logs = [text for _, text in known["small_bundle"]()]
    if name == "archives":
        packers: tuple[Callable[[bytes], bytes], ...] = (gzip.compress, bz2.compress, lzma.compress, _tar)
        return [pack(inner(text[:300])) for text in logs[:4] for pack in packers for inner in (bytes, _tar)]
    return [line for text in logs for line in text.splitlines(keepends=True)[:8]]


def _tar(text: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo("a.log")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return buffer.getvalue()


if __name__ == "__main__":
    main()
