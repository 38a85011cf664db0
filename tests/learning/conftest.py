"""Nights of several dialects, analysed, and rules learnt from them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import polars as pl
import pytest

from nbtrace.analysis import Options as Wanted
from nbtrace.analysis import analyze
from nbtrace.flows import load
from nbtrace.learning import TERMINALS, names_of, propose
from nbtrace.report.site_grammar import grammar_text
from nbtrace.simulator import Options, Truth, simulate

if TYPE_CHECKING:
    from pathlib import Path

    from nbtrace.tables import Result

QUIET = {"heartbeat_s": 150.0, "hours": 8.0, "images": 40}  # few lines beside those that matter, for speed


class Night(NamedTuple):
    """A bundle, its truth, its zones as options, and what an analysis says of it."""

    folder: Path
    truth: Truth
    zones: tuple[str, ...]
    result: Result

    def again(self, grammars: Path) -> Result:
        """Return what an analysis with these grammars says."""
        return analyze([self.folder], Wanted(host_tz=self.zones, grammars=grammars))

    @property
    def imported(self) -> list[str]:
        """Return the images that were imported."""
        return self.result.images.filter(pl.col("verdict") == "imported")["image_id"].to_list()


@pytest.fixture(scope="session")
def make_night(tmp_path_factory):
    """Return a maker of nights, which makes each of them once."""

    @cache
    def make(**options) -> Night:
        folder = tmp_path_factory.mktemp("night") / "bundle"
        truth = simulate(folder, Options(**QUIET | options))
        there = [host for host in truth.hosts if (folder / host["name"]).exists()]
        zones = tuple(f"{host['name']}={host['zone']}" for host in there)
        return Night(folder, truth, zones, analyze([folder], Wanted(host_tz=zones)))

    return make


@pytest.fixture(scope="session")
def proposals():
    """Return what proposes rules from an image of a night, its first imported one if none is named."""

    def make(result, image=None):
        image = image or result.images.filter(pl.col("verdict") == "imported")["image_id"][0]
        names = names_of(result.images, result.jobs, result.logs)
        return propose(result.evidence, result.steps, result.logs, load(), image_id=image, names=names)

    return make


@pytest.fixture
def learnt(tmp_path, proposals):
    """Return a maker of a site's folder with the grammar that a night teaches."""

    def make(night, image=None):
        text = grammar_text(proposals(night.result, image), TERMINALS, image_id="a_1795188184", bundle="b")
        folder = tmp_path / "site"
        folder.mkdir(exist_ok=True)
        (folder / "site.lark").write_text(text, encoding="utf-8")
        return folder

    return make
