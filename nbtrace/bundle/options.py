"""What the options about hosts and zones have in common: their form, and help where a name is mistyped."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from nbtrace.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["near", "pair"]


def pair(option: str, form: str) -> tuple[str, str]:
    """Return both sides of an option of a form such as ``HOST=ZONE``; ``InputError`` where it is not of that form."""
    left, equals, right = option.rpartition("=")
    if not (left and equals and right):
        raise InputError(f"The option '{option}' is not of the form {form}.")
    return left, right


def near(text: str, known: Iterable[str], *, otherwise: str) -> str:
    """Ask whether one of the known names nearest to a mistyped one was meant; ``otherwise`` where none is near."""
    lowered = {name.casefold(): name for name in sorted(known)}
    names = [lowered[name] for name in get_close_matches(text.casefold(), list(lowered))]
    return f"did you mean {' or '.join(names)}?" if names else otherwise
