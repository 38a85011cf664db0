"""Every error that nbtrace raises on purpose.

    NbtraceError
    ├── InputError      what was handed in cannot be analysed (a path, an option's value)
    │   └── NothingReadableError   no log at all in the input
    ├── GrammarError    a grammar is broken or not regular (file, line, rule, why)
    ├── FlowError       a process model is broken (file, place, why)
    ├── RedactionError  a copy to give away could not be made safe
    └── OutputError     a report could not be written

Each message is a sentence for a person: what was wrong, where, and what to do.
"""

from __future__ import annotations

__all__ = [
    "FlowError",
    "GrammarError",
    "InputError",
    "NbtraceError",
    "NothingReadableError",
    "OutputError",
    "RedactionError",
]


class NbtraceError(Exception):
    """The root of all errors that nbtrace raises on purpose."""


class InputError(NbtraceError):
    """What was handed in cannot be analysed."""


class NothingReadableError(InputError):
    """The input holds no log that nbtrace can read."""


class GrammarError(NbtraceError):
    """A grammar is broken, or leaves the regular subset."""

    def __init__(self, why: str, *, file: str, line: int | None = None, rule: str | None = None) -> None:
        """Say why, and where: grammar file, line in it (from 1) and rule, as far as they are known."""
        self.why, self.file, self.line, self.rule = why, file, line, rule
        place = file if line is None else f"{file}:{line}"
        subject = "" if rule is None else f" rule '{rule}':"
        super().__init__(f"{place}:{subject} {why}")


class FlowError(NbtraceError):
    """A process model is broken."""

    def __init__(self, why: str, *, file: str, where: str = "") -> None:
        """Say why, and where: the file and the key in it."""
        self.why, self.file, self.where = why, file, where
        super().__init__(f"{file}: {where}: {why}" if where else f"{file}: {why}")


class OutputError(NbtraceError):
    """A report could not be written."""


class RedactionError(NbtraceError):
    """A copy of a bundle could not be made safe to give away; ``left`` are the places, as path:line, of names left in it."""

    def __init__(self, message: str, left: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.left = left
