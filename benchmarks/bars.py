"""The bars that the speed is held against: fixed, and never moved to fit a result."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from contenders import Run

__all__ = ["BARS", "Bar", "exponent", "figures"]


class Bar(NamedTuple):
    """One bar: what is measured, and the least or the most that it may be."""

    name: str
    least: float | None = None
    most: float | None = None

    def reached(self, value: float) -> bool:
        """Tell whether the value is on the right side."""
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        return f"≤ {self.most:g}" if self.least is None else f"≥ {self.least:g}"


BARS: Final = (
    Bar("nbtrace / rg, time", most=4),
    Bar("lnav / nbtrace, time", least=3),
    Bar("Lark / nbtrace, time", least=100),  # the faster of the two ways to use Lark
    Bar("again / first, time", most=0.1),
    Bar("peak memory at 1 GB, MB", most=700),
    Bar("peak memory, large / 1 GB", most=1.15),
    Bar("time, large / (factor * 1 GB)", most=1.1),
    Bar("nbtrace --help, s", most=0.3),
)


def figures(runs: Mapping[str, Run], large: Mapping[str, Run], factor: float) -> dict[str, float]:
    """Return what was measured, by the names of the bars; what was not measured is left out.

    Args:
        runs: the runs by contender.
        large: those on the large bundle, if there is one.
        factor: how much larger that is.
    """
    pairs = {
        "nbtrace / rg, time": (_wall(runs, "nbtrace"), _wall(runs, "rg")),
        "lnav / nbtrace, time": (_wall(runs, "lnav"), _wall(runs, "nbtrace")),
        "Lark / nbtrace, time": (_least(_wall(runs, "lark"), _wall(runs, "lark-earley")), _wall(runs, "nbtrace")),
        "again / first, time": (_wall(runs, "again"), _wall(runs, "first")),
        "peak memory at 1 GB, MB": (_peak(runs, "nbtrace"), 1.0),
        "peak memory, large / 1 GB": (_peak(large, "nbtrace"), _peak(runs, "nbtrace")),
        "time, large / (factor * 1 GB)": (_wall(large, "nbtrace"), _times(_wall(runs, "nbtrace"), factor)),
        "nbtrace --help, s": (_wall(runs, "help"), 1.0),
    }
    return {name: value / by for name, (value, by) in pairs.items() if value is not None and by}


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Return by which power the values grow with the sizes: the slope between the first and the last, in logarithms."""
    return log(values[-1] / values[0]) / log(sizes[-1] / sizes[0])


def _wall(runs: Mapping[str, Run], name: str) -> float | None:
    return runs[name].wall_s if name in runs else None


def _peak(runs: Mapping[str, Run], name: str) -> float | None:
    return runs[name].peak_mb if name in runs else None


def _least(*values: float | None) -> float | None:
    return min((value for value in values if value is not None), default=None)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor
