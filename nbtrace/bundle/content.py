"""What the beginning of a file says by itself: which record format it has, and which originators speak in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.bundle.archives import BINARY
from nbtrace.bundle.copies import start_of
from nbtrace.bundle.kinds import HEAD, is_binary
from nbtrace.bundle.members import why
from nbtrace.grammar import columns
from nbtrace.knowledge.daemons import originators

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbtrace.bundle.members import Member
    from nbtrace.grammar.library import Grammar

__all__ = ["Content", "format_of", "look"]

LINES: Final = 500  # of the head, and enough of them to tell formats apart
BATCH: Final = 128  # files looked at together: at most 8 MB of text


@dataclass(frozen=True, slots=True)
class Content:
    """What the beginning of a file says.

    ``trouble`` says why the file is no text, and ``lost`` that it may still hold logs. ``format`` is the file name of
    the record grammar that takes most of its lines (empty for none), and ``share`` the part of the lines that begin
    such a record, ``begins`` whether the first one does. ``originators`` counts its records by the originator that wrote them: by what they state, or, where
    the format does not have that, by the known originators in their message ids.
    """

    trouble: str = ""
    lost: bool = False
    empty: bool = False
    format: str = ""
    share: float = 0.0
    begins: bool = False
    originators: Mapping[int, int] = field(default_factory=dict)
    stated: bool = False
    start: str = ""


def look(members: Sequence[Member], grammars: Sequence[Grammar]) -> dict[str, Content]:
    """Look at the beginning of every member and return what it says, by path."""
    return {path: content for batch in _batches(members) for path, content in _look(batch, grammars)}


def format_of(grammar: Grammar) -> str:
    """Return the name of the format that a record grammar describes."""
    return grammar.name.removeprefix("records/")


def _batches(members: Sequence[Member]) -> Iterator[Sequence[Member]]:
    return (members[first : first + BATCH] for first in range(0, len(members), BATCH))


def _look(members: Sequence[Member], grammars: Sequence[Grammar]) -> Iterator[tuple[str, Content]]:
    texts: dict[str, str] = {}
    starts: dict[str, str] = {}
    for member in members:
        content, text = _open(member)
        if text:
            texts[member.path], starts[member.path] = text, content.start
        else:
            yield member.path, content
    found = _formats(_lines(texts), grammars)
    yield from ((path, replace(found.get(path, Content()), start=starts[path])) for path in texts)


def _open(member: Member) -> tuple[Content, str]:
    """Return the text at the beginning of a member, or what is the matter with it."""
    if member.refused:
        return Content(trouble=member.refused, lost=member.lost), ""
    try:
        head = member.head(HEAD)
    except OSError as error:
        return Content(trouble=f"cannot be read: {why(error)}", lost=True), ""
    if is_binary(head):
        return Content(trouble=BINARY), ""
    data = head.strip(b"\0")  # a crash leaves zeros at the end of a log, or in front of what was written later
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    whole = text if len(head) < HEAD else text.rpartition("\n")[0] or text
    return Content(empty=True, start=start_of(head)), whole.strip()


def _lines(texts: Mapping[str, str]) -> pl.DataFrame:
    """Return the first lines of the texts, one a row; blank ones and ends of line are left out."""
    line = pl.col("line").str.split("\n").list.head(LINES)
    frame = pl.DataFrame(
        {"path": list(texts), "line": list(texts.values())}, schema=dict.fromkeys(("path", "line"), pl.String)
    )
    lines = frame.with_columns(line).explode("line").with_columns(pl.col("line").str.strip_chars_end("\r"))
    return lines.filter(pl.col("line").str.strip_chars() != "")


def _formats(lines: pl.DataFrame, grammars: Sequence[Grammar]) -> dict[str, Content]:
    """Choose for each file the grammar that takes most of its lines; of equals the one that says most of a record."""
    begins = {str(at): columns.starts(pl.col("line"), grammar.lowered()) for at, grammar in enumerate(grammars)}
    marked = lines.with_columns(**begins)
    first = pl.concat_list(pl.col(name).first() for name in begins)
    counts = marked.group_by("path").agg(pl.len().alias("lines"), first.alias("first"), pl.col(*begins).sum())
    best: dict[int, dict[str, tuple[float, bool]]] = {}
    for path, total, leading, *hits in counts.iter_rows():
        score = [(hit, len(grammar.lowered().fields)) for hit, grammar in zip(hits, grammars, strict=True)]
        at = score.index(max(score))
        if hits[at]:
            best.setdefault(at, {})[path] = hits[at] / total, leading[at]
    found = {}
    for at, shares in best.items():
        speakers = _originators(marked.filter(pl.col("path").is_in(list(shares)), pl.col(str(at))), grammars[at])
        name, stated = format_of(grammars[at]), "originator" in grammars[at].lowered().fields
        for path, (share, leads) in shares.items():
            found[path] = Content(format=name, share=share, begins=leads, originators=speakers[path], stated=stated)
    return found


def _originators(records: pl.DataFrame, grammar: Grammar) -> Mapping[str, dict[int, int]]:
    """Count the records of each file by the originator that they state, or that their message id begins with."""
    lowered = grammar.lowered()
    fields = columns.fields(pl.col("line"), lowered).struct
    found: defaultdict[str, dict[int, int]] = defaultdict(dict)
    if "originator" in lowered.fields:
        oid = fields.field("originator").cast(pl.Int32, strict=False)
    elif "message_id" in lowered.fields:
        oid = fields.field("message_id").str.extract(r"^V-(\d+)-").cast(pl.Int32, strict=False)
        oid = pl.when(oid.is_in(list(originators()))).then(oid)  # V-454 and others are no originators
    else:
        return found
    for path, number, count in records.select("path", oid=oid).drop_nulls().group_by("path", "oid").len().iter_rows():
        found[path][number] = count
    return found
