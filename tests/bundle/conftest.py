"""Small bundles to read, made of lines in each format."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nbtrace.bundle import Bundle, read_bundle
from nbtrace.grammar.library import Library

# Two records of each format.
SAMPLES = {
    "legacy": "03:14:15.926 [4242] <2> bpdm: INITIATING\n03:14:16.001 [4242] <2> some_function: text\n",
    "unified": "0,51216,117,117,4711,1795219200123,5120,16,0:,7:waiting,9:[JobX::a],1\n" * 2,
    "vxlogview": "11/20/2026 09:22:00.123 [Debug] NB 51216 nbjm 117 PID:5120 TID:16 File ID:117 [No context] 1 [a] text\n"
    * 2,
    "vxlogview_default": "11/20/26 09:22:00.123 [Warning] V-116-998 text\n11/20/26 09:22:00.125 [taolog] text\n",
}

Make = Callable[[Mapping[str, str | bytes]], Path]
Read = Callable[..., Bundle]


@pytest.fixture(scope="session")
def library() -> Library:
    """The shipped grammars."""
    return Library()


@pytest.fixture(scope="session")
def samples() -> Mapping[str, str]:
    """Two records of each format, by its name."""
    return SAMPLES


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Write a bundle and return its folder; the name of a format stands for some records of it."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        for path, content in files.items():
            target = tmp_path / "case" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            data = SAMPLES.get(content, content) if isinstance(content, str) else content
            target.write_bytes(data.encode() if isinstance(data, str) else data)
        (tmp_path / "case").mkdir(exist_ok=True)
        return tmp_path / "case"

    return write


@pytest.fixture
def read(make: Make, library: Library) -> Read:
    """Write a bundle and read it."""

    def read(files: Mapping[str, str | bytes], **options: Any) -> Bundle:
        return read_bundle([make(files)], library=library, **options)

    return read
