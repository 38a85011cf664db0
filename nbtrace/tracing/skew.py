"""By how much the clocks of two hosts differ: an interval, from causes on one host and their effects on the other.

An effect is never earlier than its cause, so each pair of them bounds the difference of the clocks from one side: what
runs from the media server to the primary from below, what runs back from above. Words of a record may mislead, so the
tightest bounds of all do not count; the interval gets wider by that, and never narrower.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from math import ceil
from typing import TYPE_CHECKING, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["SKEW", "apart", "skews"]

_MANY: Final = 500  # hosts, of which not each is compared with each by a third one
SKEW: Final = timedelta(minutes=2)  # I: clocks of two hosts may differ by so much where nothing bounds it
_CAUSES: Final = (
    (1, 2),
    (4, 5),
    (7, 8),
)  # steps of which one brings about the next on another host (import-flow.md §0, D)
_ENOUGH: Final = 5  # pairs that bound the difference from one side
_DOUBTED: Final = 0.1  # the share of pairs that may be none
_SCHEMA: Final = {"host": pl.String, "other": pl.String, "low_s": pl.Float64, "high_s": pl.Float64, "pairs": pl.UInt32}


def skews(evidence: pl.DataFrame | pl.LazyFrame) -> pl.DataFrame:
    """Return by how much the clock of ``host`` is ahead of that of ``other``, in seconds, at least and at most.

    One row for each two hosts of which causes and effects are known; ``low_s`` or ``high_s`` is null where nothing
    bounds it, and there is no row where the bounds contradict each other. ``pairs`` counts what the bounds come from.

    Args:
        evidence: image_id, attempt, step, strength, outcome, time and host are used.
    """
    sure = pl.col("strength").is_in(["strong", "record"]) & (pl.col("outcome") != "failed")
    key = ["image_id", "attempt", "host"]
    found = []
    for cause, effect in _CAUSES:
        shown = (evidence.lazy().filter(sure & (pl.col("step") == step)) for step in (cause, effect))
        before, after = (each.group_by(key).agg(pl.col("time").min()).collect().drop_nulls() for each in shown)
        before = before.filter(pl.len().over("image_id", "attempt") == 1)  # which of several hosts it was is not known
        found.append(before.join(after, on=["image_id", "attempt"], suffix="_of_effect"))
    pairs = pl.concat(found).filter(pl.col("host") != pl.col("host_of_effect"))
    took = (pl.col("time_of_effect") - pl.col("time")).dt.total_milliseconds() / 1000
    pairs = pairs.select("host", "host_of_effect", "time", took_s=took).unique()
    bounds = {
        (str(host), str(other)): _bound(group["took_s"].sort())
        for (host, other), group in pairs.group_by("host", "host_of_effect")
        if group.height >= _ENOUGH
    }
    counts = pairs.group_by("host", "host_of_effect").len()
    count = {(host, other): number for host, other, number in counts.iter_rows()}
    hosts = sorted({tuple(sorted(two)) for two in bounds})
    rows = []
    for one, other in hosts:
        low, high = bounds.get((one, other)), bounds.get((other, one))
        if low is None or high is None or -low <= high:
            number = count.get((one, other), 0) + count.get((other, one), 0)
            rows.append((one, other, None if low is None else -low, high, number))
    return pl.DataFrame(rows, schema=_SCHEMA, orient="row")


def apart(skews: pl.DataFrame, hosts: Collection[str]) -> dict[str, tuple[timedelta, timedelta]]:
    """Return for each host by how much the clock of any other may be ahead of its own, and its own ahead of any other.

    What happens by another clock may be earlier by the first and later by the second of them on this one. Where nothing
    bounds it, clocks may be apart by ``SKEW``, or by as much as others are.
    """
    ahead = _ahead(skews)
    unknown = max([SKEW.total_seconds(), *(abs(bound) for bound in ahead.values())])
    forward: dict[str, list[float]] = {host: [] for host in hosts}
    behind: dict[str, list[float]] = {host: [] for host in hosts}
    for (one, other), bound in ahead.items():
        if one in forward and other in forward:
            forward[one].append(bound)
            behind[other].append(bound)

    def most(bounds: list[float]) -> timedelta:
        return timedelta(seconds=max([0.0, *bounds, *([unknown] if len(bounds) < len(hosts) - 1 else [])]))

    return {host: (most(behind[host]), most(forward[host])) for host in hosts}


def _ahead(skews: pl.DataFrame) -> dict[tuple[str, str], float]:
    """Return by how many seconds the first of two clocks may be ahead of the second, where that is known.

    Two clocks of which each is compared with a third one are compared by it.
    """
    ahead: dict[tuple[str, str], float] = {}
    for host, other, low, high in skews.select("host", "other", "low_s", "high_s").iter_rows():
        ahead |= {(host, other): high} if high is not None else {}
        ahead |= {(other, host): -low} if low is not None else {}
    others: dict[str, set[str]] = {}
    for host, other in list(ahead):
        others.setdefault(host, set()).add(other)
        others.setdefault(other, set()).add(host)
    for middle, compared in others.items() if len(others) <= _MANY else ():
        for one, other in permutations(sorted(compared), 2):
            if (one, middle) in ahead and (middle, other) in ahead:
                by_third = ahead[one, middle] + ahead[middle, other]
                ahead[one, other] = min(ahead.get((one, other), by_third), by_third)
    return ahead


def _bound(took: pl.Series) -> float:
    """Return the least time from cause to effect, but for those that are doubted."""
    return float(took[max(1, ceil(_DOUBTED * took.len()))])
