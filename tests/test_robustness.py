"""docs/robustness.md says what tests show, and nothing else."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "robustness.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (.+) \| (.+) \| `(tests/[\w/.]+)::(\w+)` \|$", TEXT, re.MULTILINE)


@pytest.mark.parametrize(("file", "test"), sorted({row[2:] for row in ROWS}))
def test_every_row_has_its_test(file, test):
    """The test that a row names exists."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_row_is_of_this_form():
    """Each row names an input once, what becomes of it, and a test."""
    tables = re.findall(r"(?<=\| input \| what nbtrace does \| shown by \|\n\|---\|---\|---\|\n)(?:\|.*\n)+", TEXT)
    rows = "".join(tables).splitlines()
    assert len(rows) == len(ROWS) == len({row[0] for row in ROWS})
    assert len(rows) >= 80
