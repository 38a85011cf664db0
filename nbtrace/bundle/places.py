"""What a path inside a bundle says by itself: which log lies there, and whose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from nbtrace import knowledge
from nbtrace.knowledge.daemons import spellings

__all__ = ["Place", "parts", "place"]

# The folders of an installation (log-formats.md §1.2 and §3, H) and the drives of a Windows host.
TREE: Final = frozenset(
    ["usr", "openv", "opt", "var", "netbackup", "volmgr", "veritas", "vrtspbx", "logs", "log", "debug"]
    + ["program files", "program files (x86)"]
    + [drive + mark for drive in "cdef" for mark in ("", ":", "$", "_")]
)
# Folders of an installation beside its logs: lists, scripts and the output of commands lie there (M).
BESIDE_LOGS: Final = frozenset({"bin", "db", "kms", "pdde", "share", "tmp", "var"})
# What people call the folders into which they sort copied logs, and words that they add to file names.
FILLER: Final = frozenset({"all", "copy", "data", "file", "files", "legacy", "log", "logs", "my", "nblogs", "new", "old", "out", "output", "print", "raw", "stdin", "text", "txt", "unified", "view", "vxlogview", "vxul"})  # fmt: skip
BELOW_LOGS: Final = 2  # logs/<log>/<user>/file: log-formats.md §3, H
DATE: Final = re.compile(r"[\d._-]+")
ENDING: Final = re.compile(r"(?:\.(?:log|txt|out|text))+\Z")
# What archives and compressed files are called: the rest of their name may be that of a host or of a log.
PACKED: Final = re.compile(r"(?:\.(?:tar|tgz|tbz2?|txz|tzst|taz|zip|gz|gzip|bz2?|xz|zst|zstd))+\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """What a path says. Empty where it says nothing.

    ``log`` is the short name of the log, ``label`` the host in a file name like ``media1_bpdm.log``, and ``folders``
    are the folders above the log that can name a host. ``in_tree`` says that the last of them holds an installation's
    tree, and so is the folder of one host.
    """

    log: str
    label: str
    folders: tuple[str, ...]
    in_tree: bool


def parts(path: str) -> list[str]:
    """Return the folders of a path and the name of its file, the archives above it as folders.

    A backslash separates parts as well; what a name says of packing is left out: ``x.log.gz`` is the log ``x.log``.
    """
    return [PACKED.sub("", part) or part for part in re.split(r"[/\\!]+", path)]


def place(path: str) -> Place:
    """Return what the path of a file says."""
    *folders, name = parts(path)
    stem = ENDING.sub("", name.casefold())
    lowered = [folder.casefold() for folder in folders]
    logs = _logs_folder(lowered)
    tree = _beside_logs(lowered) if logs is None else logs
    top = len(folders) if tree is None else tree
    while tree is not None and top and _is_filler(lowered[top - 1]):
        top -= 1
    above = folders[:top] if tree is not None else folders[: _log_folder(lowered)]
    return Place(
        log=_log(lowered, logs, stem),
        in_tree=tree is not None and top > 0,
        label=_label(stem),
        folders=tuple(folder for folder in above if not _is_filler(folder.casefold())),
    )


def _logs_folder(folders: list[str]) -> int | None:
    """Return where the folder stands that holds the folder of the log, as in ``netbackup/logs/<log>``."""
    for at in range(len(folders) - 1, 0, -1):
        if folders[at] in {"logs", "debug"} and folders[at - 1] in {"netbackup", "openv", "volmgr"}:
            return at
    for at in range(len(folders) - 1, max(-1, len(folders) - 2 - BELOW_LOGS), -1):
        if folders[at] in TREE and all(map(_known, folders[at + 1 : at + 2])):
            return at
    return None


def _beside_logs(folders: list[str]) -> int | None:
    """Return where the folder stands that an installation has beside its logs, as in ``netbackup/db/jobs/trylogs``."""
    for at in range(len(folders) - 1, 0, -1):
        if folders[at] in BESIDE_LOGS and folders[at - 1] in {"netbackup", "openv", "volmgr"}:
            return at
    return None


def _log_folder(folders: list[str]) -> int:
    """Return where the innermost folder stands that is called like a log; the end where there is none."""
    return next((at for at in range(len(folders) - 1, -1, -1) if _known(folders[at])), len(folders))


def _log(folders: list[str], logs: int | None, stem: str) -> str:
    if logs is not None and logs + 1 < len(folders):
        return _known(folders[logs + 1]) or folders[logs + 1]
    is_user = len(folders) > 1 and stem.startswith(f"{folders[-1]}.")  # <log>/<user>/<user>.<date>_<rotation>.log
    known = [_known(folder) for folder in reversed(folders[:-1] if is_user else folders)]
    near, far = next(filter(None, known[:BELOW_LOGS]), ""), next(filter(None, known), "")
    return near or _named(stem) or _named(folders[-1] if folders else "") or far


def _known(name: str) -> str:
    daemon = knowledge.daemon(name)
    return daemon.name if daemon else ""


def _named(text: str) -> str:
    """Return the one log that the words of a name speak of; none where they speak of several."""
    if re.fullmatch(r"\d{2,3}", text) and (daemon := _known(knowledge.originator_name(int(text)))):
        return daemon
    named = {_known(match[0]) for match in _names().finditer(text)}
    return named.pop() if len(named) == 1 else ""


def _label(stem: str) -> str:
    """Return the host in a file name like ``media1_bpdm`` or ``media1-nbjm_20261120``."""
    match = _names().search(stem)
    before = stem[: match.start()].strip("-_. ") if match else ""
    return "" if all(map(_is_filler, re.split(r"[-_. ]+", before))) else before


def _is_filler(word: str) -> bool:
    return not word or word in TREE or word in FILLER or bool(DATE.fullmatch(word)) or bool(_known(word))


@cache
def _names() -> re.Pattern[str]:
    longest_first = sorted(spellings(), key=len, reverse=True)
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![a-z0-9])")
