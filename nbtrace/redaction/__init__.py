"""A copy of a bundle that can be given away: private names replaced, everything else as it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

import polars as pl

from nbtrace.errors import NothingReadableError, RedactionError
from nbtrace.redaction.copying import Places, draft, refuse, write_map
from nbtrace.redaction.names import Learner
from nbtrace.redaction.pseudonyms import Pseudonyms
from nbtrace.redaction.replacing import Replacer, in_case_of
from nbtrace.redaction.shapes import composed, folded
from nbtrace.redaction.text import Readable, chunks, first, is_text, whole_lines
from nbtrace.tables import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from io import RawIOBase
    from pathlib import Path

    from nbtrace.grammar.library import Library

__all__ = ["Copy", "Known", "Member", "Unread", "others_for", "redact"]

_TURNS: Final = 20  # tries to find other names
_SHOWN: Final = 20  # places of names that were left


class Member(Protocol):
    """A file of a bundle."""

    @property
    def path(self) -> str:
        """Return its path inside the bundle."""

    @property
    def size(self) -> int:
        """Return its size in bytes."""

    @property
    def refused(self) -> str:
        """Say why it is not read; empty where it is."""

    def open(self) -> RawIOBase:
        """Open the content; ``OSError`` where that is not possible."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before the first line is read.

    The ``hosts`` of the bundle, names that are ``also`` private, and the paths of the files that are ``listings``.
    """

    hosts: Sequence[str] = ()
    also: Sequence[str] = ()
    listings: Collection[str] = ()


class Unread(NamedTuple):
    """A member at ``path`` inside the bundle of which something could not be read, and what is ``said`` of it."""

    path: str
    said: str


@dataclass(frozen=True, slots=True)
class Copy:
    """What was done: the table ``names``, counts, and what was not.

    ``left_out`` are the files without text and what is never read, as (path inside the bundle, why); ``unread`` is what
    could not be read and so is not in the copy. ``kept`` are the names that stay because they are words
    of NetBackup's own.
    """

    names: pl.DataFrame
    files: int
    bytes: int
    replaced: int
    left_out: Sequence[tuple[str, str]] = ()
    unread: Sequence[Unread] = ()
    kept: Sequence[str] = field(default_factory=list)


def redact(
    members: Sequence[Member],
    out: Path,
    key_map: Path,
    *,
    library: Library,
    known: Known,
    key: str,
    inputs: Sequence[Path] = (),
    progress: Callable[[int], None] | None = None,
) -> Copy:
    """Write a copy of a bundle to the new folder ``out``, and which name became which to the new file ``key_map``.

    Args:
        members: the files of the bundle.
        out: the folder to make; it is there whole, or not at all.
        key_map: the map to write, with the columns of the table ``names``; readable for its owner alone.
        library: the grammars of names.
        known: what is known beforehand.
        key: the same key gives the same names in every copy of one bundle.
        inputs: what must not be written into.
        progress: called with the bytes of each file that was gone through, four times in all.

    Raises:
        NothingReadableError: No file is text.
        OutputError: Something cannot be written, or is there already.
        RedactionError: A name was left, or there are too many names, or not enough pseudonyms; nothing was written.
    """
    refuse(out, key_map, inputs)
    count = progress or (lambda _: None)
    learner = Learner(library)
    texts, left_out, broken = _texts(members)
    if not texts:
        path, why = (left_out + broken)[0]
        raise NothingReadableError(f"None of the {len(members)} files can be copied; the first is '{path}': {why}.")
    broken += _learn(learner, texts, known, count)
    also = [folded(composed(name.strip())) for name in known.also]
    others = others_for(learner, key, also)
    replacer, table = Replacer(others, also, learner.spellings), learner.table()
    spelt = [in_case_of(name.encode(), others[folded(name)].encode()).decode() for name in table["name"]]
    named = table.with_columns(replacement=pl.Series(spelt, dtype=pl.String))
    with draft(out) as folder:
        written, replaced = _write(folder, texts, replacer, count)
        _check(folder, written, replacer, count)
        write_map(key_map, NAMES.check(named))
    kept = [f"{name} ({kind})" for lowered, (name, kind, _) in learner.kept.items() if lowered not in learner.names]
    size = sum(member.size for member, _ in written)
    unread = [Unread(path, f"'{path}': {why}.") for path, why in broken]
    return Copy(named, len(written), size, replaced, left_out, unread, sorted(kept))


def others_for(learner: Learner, key: str, also: Sequence[str] = ()) -> dict[str, str]:
    """Return the names that were learnt, in lower case, with the pseudonym of each.

    Raises:
        RedactionError: There are not enough pseudonyms.
    """
    names = {name: kind for name, (_, kind, _) in sorted(learner.names.items())}
    is_named = Replacer(dict(zip(names, names, strict=True)), also, learner.spellings).holds
    for turn in range(_TURNS):
        pseudonyms = Pseudonyms(f"{key}/{turn}" if turn else key, names, learner.words, is_named)
        others = {name: pseudonyms.of(name, kind) for name, kind in names.items()}
        if not any(map(is_named, others.values())):  # parts that are no names may be one when they are put together
            return others
    raise RedactionError("No names were found that hold none of those of the bundle; try again, or with another --key.")


def _texts(members: Iterable[Member]) -> tuple[list[Member], list[tuple[str, str]], list[tuple[str, str]]]:
    """Tell the members in which names can be found from all others, and from those that cannot be read."""
    texts, others, broken = [], [], []
    for member in members:
        if member.refused:
            others.append((member.path, member.refused))
            continue
        try:
            with member.open() as stream:
                is_one = is_text(first(stream))
        except OSError as error:
            broken.append((member.path, f"cannot be read: {(error.strerror or type(error).__name__).lower()}"))
            continue
        if is_one:
            texts.append(member)
        else:
            others.append((member.path, "it is no text"))
    return texts, others, broken


def _learn(
    learner: Learner, texts: Sequence[Member], known: Known, count: Callable[[int], None]
) -> list[tuple[str, str]]:
    """Learn from every text; return those of which only the beginning could be read, and why."""
    broken: list[tuple[str, str]] = []
    for host in known.hosts:
        learner.add(host, "host", "")
    for member in texts:
        learner.read_path(member.path)
        with member.open() as opened:
            stream = Readable(opened)
            for text in whole_lines(chunks(stream)):
                learner.read(text, member.path, listing=member.path in known.listings)
        if stream.trouble:
            broken.append((member.path, f"only its beginning could be read: {stream.trouble}"))
        count(member.size)
    for name in known.also:
        learner.add(name.strip(), "also", "", wanted=True)
    learner.settle()
    for member in texts:
        learner.read_again(member.path.encode("utf-8", "replace"), member.path)
        with member.open() as opened:
            for text in whole_lines(chunks(Readable(opened))):
                learner.read_again(text, member.path)
        count(member.size)
    learner.finish()
    return broken


def _write(
    folder: Path,
    texts: Iterable[Member],
    replacer: Replacer,
    count: Callable[[int], None],
) -> tuple[list[tuple[Member, str]], int]:
    """Write every text below the folder; return the members with their paths there, and how many names were replaced."""
    places, written, replaced = Places(), [], [0]
    for member in texts:
        path = places.path(replacer.text(member.path))
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with member.open() as opened, target.open("xb") as file:
            for data in replacer.stream(chunks(Readable(opened)), replaced):
                file.write(data)
        written.append((member, path))
        count(member.size)
    return written, replaced[0]


def _check(
    folder: Path, written: Iterable[tuple[Member, str]], replacer: Replacer, count: Callable[[int], None]
) -> None:
    """Read the copy, and raise ``RedactionError`` where a name was left in it or in the names of its files."""
    left: list[str] = []
    for member, path in written:
        left += [f"{member.path} (its name)" for _ in replacer.lines([path.encode()])]
        with (folder / path).open("rb") as stream:
            left += [f"{member.path}:{line}" for line in replacer.lines(chunks(stream))]
        count(member.size)
    if left:
        places = tuple(dict.fromkeys(left))
        raise RedactionError(
            f"Private names are left in {len(places)} places, so nothing was written: {', '.join(places[:_SHOWN])}",
            places,
        )
