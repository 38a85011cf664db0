"""What each finding code means and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from nbtrace.knowledge import loading

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["FindingText", "finding", "findings"]


@dataclass(frozen=True, slots=True)
class FindingText:
    """The words of one finding code; a code never changes its meaning."""

    code: str
    title: str
    severity: str  # error | warning | info
    meaning: str
    remedy: str
    source: str


@cache
def findings() -> Mapping[str, FindingText]:
    """Return the words of every finding code."""
    return {code: FindingText(code, **row) for code, row in loading.toml("findings.toml").items()}


def finding(code: str) -> FindingText:
    """Return the words of a finding code; ``KeyError`` for one that does not exist."""
    return findings()[code]
