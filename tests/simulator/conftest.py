"""Bundles that several tests of the simulator look at, written once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pytest

from nbtrace.simulator import Options, Truth, simulate

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Night:
    """A simulated bundle and its truth."""

    folder: Path
    truth: Truth

    @cached_property
    def files(self):
        """Every file of the bundle with its bytes, by its path inside."""
        paths = sorted(path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in paths}

    def text(self, part=""):
        """The text of all files whose path holds a part."""
        return "".join(content.decode() for path, content in self.files.items() if part in path)


@pytest.fixture(scope="session")
def night(tmp_path_factory):
    """Return a maker of nights: the options of a simulation in, the bundle and its truth out."""

    def make(**options) -> Night:
        folder = tmp_path_factory.mktemp("night") / "bundle"
        return Night(folder, simulate(folder, Options(**options)))

    return make


@pytest.fixture(scope="session")
def mixed(night):
    """Return a night with every scenario, a Windows media server and no printouts."""
    return night(images=60, seed=4, windows=True, printed=())
