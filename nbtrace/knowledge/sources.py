"""How sure a fact is, and which public pages stand behind it."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from nbtrace.knowledge import loading

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["marks", "marks_of", "pages_of", "sections_of"]

# A source names sections of the notes that the facts were taken from, each with its marks: "import-flow.md §3.1, D".
MARK: Final = re.compile(r"(?<![\w§.])([HMLVDIU])(?=\s*(?:\(|,|;|:|$))")
FILE: Final = re.compile(r"^\s*(\S+\.md)")
SECTION: Final = re.compile(r"§(\d+(?:\.\d+)?)")


@cache
def marks() -> Mapping[str, str]:
    """Return what each mark of confidence means."""
    found: dict[str, str] = _data()["marks"]
    return found


def marks_of(source: str) -> list[str]:
    """Return the marks of confidence in a source, each once."""
    return list(dict.fromkeys(MARK.findall(source)))


def sections_of(source: str) -> list[str]:
    """Return the sections that a source names, such as ``import-flow.md §3.1``; a file's name counts until the next."""
    file, found = "", []
    for part in source.split(";"):
        named = FILE.match(part)
        file = named[1] if named else file
        found += [f"{file} §{number}" for number in SECTION.findall(part)]
    return found


def pages_of(source: str) -> list[str]:
    """Return the addresses of the public pages behind a source, each once; an address is its own page."""
    if source.startswith(("http://", "https://")):
        return [source]
    pages = (page for section in sections_of(source) for page in _data()["sections"][section])
    return list(dict.fromkeys(pages))


@cache
def _data() -> dict[str, Any]:
    return loading.toml("sources.toml")
