"""Raw unified records that were torn apart by a line of their own text that looks like the start of a record.

Whether a text may hold line breaks at all is not known (log-formats.md §1.3, L); the counts tell where it ends.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.records.counted import attempt, replaced, rows_of

if TYPE_CHECKING:
    from nbtrace.records.counted import Cut

__all__ = ["mend"]

_JOINED: Final = 64  # pieces that one record may be joined of
_PATIENCE: Final = 1000  # joins that fail: then the counts of this log are not what they are taken for
_MISSING: Final = 1_000_000  # bytes that one record may miss: more is a damaged count


def mend(
    parts: pl.DataFrame, counted: pl.Series, place: pl.Series, texts: pl.Series, ends: pl.Series | None = None
) -> tuple[pl.DataFrame, list[int]]:
    """Join each record whose counts want more text than it has with what follows, if that makes its counts fit.

    Args:
        parts: what ``cut_column`` made of ``counted``.
        counted: the counted text of each record.
        place: the place of each record in ``texts``.
        texts: all pieces of the log in their order.
        ends: of records of several logs, the place behind the last piece of the log of each.

    Returns:
        The parts, mended, and the places of the pieces that turned out to be parts of others.
    """
    taken: list[int] = []
    mended: dict[int, Cut] = {}
    failed: Counter[int] = Counter()
    for at in parts["fit"].not_().arg_true():
        end = len(texts) if ends is None else ends[at]
        if failed[end] == _PATIENCE or (taken and place[at] <= taken[-1]):
            continue
        _, missing = attempt(counted[at])
        if 0 < missing <= _MISSING:
            following = texts.slice(place[at] + 1, min(_JOINED, end - place[at] - 1))
            whole, pieces = _joined(counted[at], missing, following)
            if whole is None:
                failed[end] += 1
                continue
            mended[at] = whole
            taken.extend(range(place[at] + 1, place[at] + 1 + pieces))
    if mended:
        parts = replaced(parts, pl.Series(list(mended), dtype=pl.UInt32), rows_of(mended.values()))
    return parts, taken


def _joined(text: str, missing: int, following: pl.Series) -> tuple[Cut | None, int]:
    """Join one record with what follows until its counts fit; return it and the number of pieces, or ``None``."""
    for pieces, piece in enumerate(following, 1):
        text = f"{text}\n{piece}"
        missing -= len(piece.encode()) + 2  # a line break is one or two bytes
        if missing > 0:
            continue
        whole, missing = attempt(text)
        if whole.fit and not whole.rest.strip():
            return whole, pieces
        if not 0 < missing <= _MISSING:
            break
    return None, 0
