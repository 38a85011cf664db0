"""Status codes of NetBackup, and which finding a status means for an import."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from nbtrace.knowledge import loading

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = [
    "StatusCode",
    "finding_of",
    "in_import",
    "is_resource_detail",
    "is_summary",
    "status",
    "statuses",
    "summary_codes",
]

UNEXPLAINED: Final = "NBT201"  # ended with a status code that no other finding explains


@dataclass(frozen=True, slots=True)
class StatusCode:
    """One status code: what it means, at which steps of an import it occurs, and what to do."""

    code: int
    name: str
    family: str
    steps: tuple[int, ...]  # of the import flow; empty where it does not belong to an import
    cause: str  # empty where it is not known, as is the remedy
    remedy: str
    source: str  # an address, or "unconfirmed"


@cache
def statuses() -> Mapping[int, StatusCode]:
    """Return every known status code (about those of NetBackup 8.1; newer ones are missing)."""
    return {code.code: code for code in map(_status, loading.rows("status_codes.csv"))}


def status(code: int) -> StatusCode | None:
    """Return what is known of a status code, or ``None``."""
    return statuses().get(code)


def in_import(code: int) -> StatusCode | None:
    """Return a status code in the words that fit an import, where no client takes part; or ``None``."""
    known = status(code)
    words: dict[str, Any] = next((row for row in _failures()["wording"] if row["code"] == code), {})
    return replace(known, **words) if known else None


def finding_of(code: int) -> str:
    """Return the code of the finding that a status means for an import; empty for 0, which is no failure."""
    if code == 0:
        return ""
    listed = (
        row["code"] for row in _failures()["finding"] if _within(code, row.get("codes", ()), row.get("ranges", ()))
    )
    return next(listed, UNEXPLAINED)


def is_resource_detail(code: int) -> bool:
    """Tell whether the code says which resource was refused, as it stands beside status 800."""
    resources = _failures()["resources"]
    return _within(code, resources["detail_codes"], resources["detail_ranges"])


def summary_codes() -> frozenset[int]:
    """Return the codes that always only sum up: the cause is another code beside or before them."""
    return frozenset(_failures()["summary"]["codes"])


def is_summary(code: int, beside: Collection[int] = ()) -> bool:
    """Tell whether a code only sums up what the codes beside it say; 800 does so when a resource detail is there."""
    needs_detail = code in _failures()["resources"]["summary"]
    return code in summary_codes() or (needs_detail and any(map(is_resource_detail, beside)))


@cache
def _failures() -> dict[str, Any]:
    return loading.toml("failures.toml")


def _status(row: dict[str, str]) -> StatusCode:
    steps = tuple(int(step) for step in row["import_step"].split(";") if step)
    return StatusCode(int(row["code"]), row["name"], row["family"], steps, row["cause"], row["remedy"], row["source"])


def _within(code: int, codes: Collection[int], ranges: Collection[tuple[int, int]]) -> bool:
    return code in codes or any(first <= code <= last for first, last in ranges)
