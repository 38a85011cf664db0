"""One row of ``bpdbjobs -report -all_columns`` → a job, its images, its tries and their lines.

Lists in it begin with their length; what a hostile or a newer row says beyond its cells is not followed. Facts:
import-flow.md §2.3 (V), its codes §2.4 (V).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["BACKUP_ID", "IMPORT", "REPLICATION", "Job", "Try", "read_job"]

IMPORT: Final = 21  # A.I.R. import; a manual import is of type 5
REPLICATION: Final = 20
STATES: Final = {0: "queued", 1: "active", 2: "queued", 3: "done", 4: "suspended", 5: "incomplete"}

_CELL: Final = re.compile(r"((?:[^,\\]|\\.?)*)(,|$)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
# What a client's name is made of, in letters of any alphabet: as in identifiers.lark, rule backup_id.
_LETTERS: Final = r"A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u1fff\u3040-\ud7af._-"
BACKUP_ID: Final = rf"[{_LETTERS}]+_[0-9]{{10}}"
_IMAGE: Final = re.compile(rf"(?<![{_LETTERS}])({BACKUP_ID})(?![0-9])")
_FIRST_LIST: Final = 31  # cells before the number of files, in the releases that are known
_ELSEWHERE: Final = (30, 32, 29, 33, 34, 28, 35, 36)  # where another release may have it
_TRY: Final = 9  # cells of a try in front of its lines, the number of lines included
_BEHIND: Final = 2  # and behind them
_BACKUP_ID, _REASONS = 18, slice(21, 27)  # of the tail: the one image of some jobs, and what may be a reason
_LARGEST: Final = 10  # digits of a number that means anything


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a job: epochs are seconds, ``None`` for never."""

    server: str
    started: int | None
    ended: int | None
    status: int | None
    description: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Job:
    """One job: epochs are seconds, ``None`` for never. ``complete`` says that its list of images could be read."""

    job_id: int
    job_type: int | None
    state: str
    status: int | None
    policy: str
    server: str
    primary: str
    storage_unit: str
    started: int | None
    elapsed: int
    ended: int | None
    images: tuple[str, ...] = ()
    complete: bool = False
    reason: str = ""
    tries: tuple[Try, ...] = field(default=())

    @property
    def last(self) -> int:
        """Return the last moment that the row tells of (epoch seconds, 0 for none): it was printed then or later."""
        running = self.started + self.elapsed if self.started else 0
        told = [self.started, self.ended, running if self.state == "active" else 0]
        return max(
            moment or 0 for moment in (*told, *(time for one in self.tries for time in (one.started, one.ended)))
        )


def read_job(text: str) -> Job | None:
    """Return the job of one row, ``None`` where it has not even an id."""
    cells = [_ESCAPED.sub(r"\1", cell) for cell in _cells(text)]
    job_id = _number(_at(cells, 0))
    if job_id is None:
        return None
    job_type, state = _number(_at(cells, 1)), _number(_at(cells, 2))
    known: dict[str, Any] = {
        "job_id": job_id,
        "job_type": job_type,
        "state": STATES.get(state, "") if state is not None else "",
        "status": _number(_at(cells, 3)),
        "policy": _at(cells, 4),
        "server": _at(cells, 7),
        "started": _epoch(_at(cells, 8)),
        "elapsed": _number(_at(cells, 9)) or 0,
        "ended": _epoch(_at(cells, 10)),
        "storage_unit": _at(cells, 11),
        "primary": _at(cells, 25),
    }
    for at in (_FIRST_LIST, *_ELSEWHERE):
        if found := _lists(cells, at):
            images, tries, behind = found
            reasons = [cell for cell in cells[behind:][_REASONS] if " " in cell.strip()]
            listed = _images(images)
            complete = bool(listed) and len(listed) == len(images)
            named = listed or _images(cells[behind + _BACKUP_ID : behind + _BACKUP_ID + 1])
            return Job(**known, images=named, complete=complete, tries=tries, reason="; ".join(reasons))
    # No layout fits: a row that was cut off or has no lists, or of a release that nobody has described. Its images still
    # name themselves.
    return Job(**known, images=_images(cells[min(_ELSEWHERE) :]) if job_type == IMPORT else ())


def _cells(text: str) -> Iterator[str]:
    """Yield the cells of a row as they are written; in one pass, whatever the row."""
    for match in _CELL.finditer(text):
        yield match[1]
        if not match[2]:
            return


def _lists(cells: list[str], at: int) -> tuple[list[str], tuple[Try, ...], int] | None:
    """Return files, tries and where the tail begins, if the lists whose number of files stands here fit the row."""
    files = _number(_at(cells, at))
    if files is None or at + 1 + files >= len(cells):
        return None
    listed, at = cells[at + 1 : at + 1 + files], at + 1 + files
    count, at = _number(_at(cells, at)), at + 1
    if count is None or count * (_TRY + _BEHIND) > len(cells) - at:
        return None
    tries = []
    for _ in range(count):
        head, lines = cells[at : at + _TRY], _number(_at(cells, at + _TRY - 1))
        if lines is None or at + _TRY + lines > len(cells) or not _is_time(head[3]) or not _is_time(head[5]):
            return None
        said = tuple(cells[at + _TRY : at + _TRY + lines])
        tries.append(Try(head[2], _epoch(head[3]), _epoch(head[5]), _number(head[6]), head[7], said))
        at += _TRY + lines + _BEHIND
    return listed, tuple(tries), at


def _images(cells: list[str]) -> tuple[str, ...]:
    """Return the backup ids in these cells, each once and in their order."""
    return tuple(dict.fromkeys(name for cell in cells for name in _IMAGE.findall(cell)))


def _at(cells: list[str], at: int) -> str:
    return cells[at].strip() if at < len(cells) else ""


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text.lstrip("0")) <= _LARGEST else None


def _is_time(text: str) -> bool:
    return not text.strip() or _number(text) is not None


def _epoch(text: str) -> int | None:
    """Return epoch seconds; ten zeros stand for never (V)."""
    number = _number(text)
    return number if number and len(str(number)) == _LARGEST else None
