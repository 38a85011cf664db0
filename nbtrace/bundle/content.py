"""What the beginning of a file says by itself: which record format it has, and which originators speak in it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.bundle.opening import why
from nbtrace.grammar import columns
from nbtrace.knowledge.daemons import originators

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbtrace.bundle.opening import Member
    from nbtrace.grammar.library import Grammar

__all__ = ["Content", "format_of", "look"]

HEAD: Final = 65536  # bytes: a few hundred records of any format
LINES: Final = 500  # of the head, and enough of them to tell formats apart
BATCH: Final = 128  # files looked at together: at most 8 MB of text

# First bytes of files that hold other files, with what people call them.
CONTAINERS: Final = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"\x1f\x9d": "compress",
}
TAR_MARK: Final = slice(257, 262)
UTF16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
# Bytes that no text holds; some of them may be in the message of a record, hence a share and not a single one.
NOT_TEXT: Final = bytes({*range(32), 127} - set(b"\t\n\v\f\r\x1b"))
BINARY_SHARE: Final = 0.1


@dataclass(frozen=True, slots=True)
class Content:
    """What the beginning of a file says.

    ``trouble`` says why the file is no text, and ``lost`` that it may still hold logs. ``format`` is the file name of
    the record grammar that takes most of its lines (empty for none), and ``share`` the part of the lines that begin
    such a record. ``originators`` counts its records by the originator that wrote them: by what they state, or, where
    the format does not have that, by the known originators in their message ids.
    """

    trouble: str = ""
    lost: bool = False
    empty: bool = False
    format: str = ""
    share: float = 0.0
    originators: Mapping[int, int] = field(default_factory=dict)
    stated: bool = False


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
    for member in members:
        content, text = _open(member)
        if text:
            texts[member.path] = text
        else:
            yield member.path, content
    found = _formats(_lines(texts), grammars)
    yield from ((path, found.get(path, Content())) for path in texts)


def _open(member: Member) -> tuple[Content, str]:
    """Return the text at the beginning of a member, or what is the matter with it."""
    if member.refused:
        return Content(trouble=member.refused, lost=member.lost), ""
    try:
        head = member.head(HEAD)
    except OSError as error:
        return Content(trouble=f"cannot be read: {why(error)}", lost=True), ""
    if trouble := _container(head):
        return Content(trouble=trouble, lost=True), ""
    data = head.strip(b"\0")  # a crash leaves zeros at the end of a log, or in front of what was written later
    if len(data) - len(data.translate(None, NOT_TEXT)) > BINARY_SHARE * len(data):
        return Content(trouble="a binary file"), ""
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    whole = text if len(head) < HEAD else text.rpartition("\n")[0] or text
    return Content(empty=True), whole.strip()


def _container(head: bytes) -> str:
    """Say what a file is that must be unpacked or converted before it can be read; empty for others."""
    if head.startswith(UTF16_MARKS):
        return "text in UTF-16: save it as UTF-8 first"
    if head[TAR_MARK] == b"ustar":
        return "a tar archive: unpack it first"
    return next((f"a {kind} file: unpack it first" for mark, kind in CONTAINERS.items() if head.startswith(mark)), "")


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
    counts = marked.group_by("path").agg(pl.len().alias("lines"), pl.col(*begins).sum())
    best: dict[int, dict[str, float]] = {}
    for path, total, *hits in counts.iter_rows():
        score = [(hit, len(grammar.lowered().fields)) for hit, grammar in zip(hits, grammars, strict=True)]
        at = score.index(max(score))
        if hits[at]:
            best.setdefault(at, {})[path] = hits[at] / total
    found = {}
    for at, shares in best.items():
        speakers = _originators(marked.filter(pl.col("path").is_in(list(shares)), pl.col(str(at))), grammars[at])
        name, stated = format_of(grammars[at]), "originator" in grammars[at].lowered().fields
        for path, share in shares.items():
            found[path] = Content(format=name, share=share, originators=speakers[path], stated=stated)
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
