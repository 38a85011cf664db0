"""The logs of a bundle of the benchmark by their form: legacy, raw unified or printed by vxlogview."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["FORMS", "by_form", "form_of", "log_of"]

FORMS: Final = ("legacy", "raw", "printed")


def by_form(bundle: Path) -> dict[str, list[Path]]:
    """Return the logs of each form, sorted by path."""
    found: dict[str, list[Path]] = {form: [] for form in FORMS}
    for path in sorted(path for path in bundle.rglob("*") if path.is_file()):
        found[form_of(path)].append(path)
    return found


def form_of(path: Path) -> str:
    """Return the form of a log."""
    return "printed" if path.suffix == ".txt" else "raw" if path.name.startswith("51216-") else "legacy"


def log_of(path: Path) -> str:
    """Return the name of a log; a printout that rolled over carries a number behind it."""
    return path.stem.partition("_")[0] if path.suffix == ".txt" else path.parent.name
