"""Reads the data files that lie beside this module."""

from __future__ import annotations

import csv
import tomllib
from importlib.resources import files
from typing import Any

__all__ = ["rows", "toml"]


def toml(name: str) -> dict[str, Any]:
    """Return the content of a TOML data file."""
    return tomllib.loads(_text(name))


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a CSV data file, keyed by its header."""
    return list(csv.DictReader(_text(name).splitlines()))


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
