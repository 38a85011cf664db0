"""A site's own settings beat the shipped ones: deadlines by SLP parameters, originators by their names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbtrace.flows.model import Flow

__all__ = ["renumbered", "seconds", "tuned"]

_UNITS: Final = {"s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600}
_UNITS_LONG: Final = {"d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800}


def seconds(amount: int, unit: str | None) -> int | None:
    """Return a span of time in seconds; ``None`` without a unit of time: what a bare number means is not known."""
    word = (unit or "").casefold()
    known = _UNITS | _UNITS_LONG
    size = known.get(word) or known.get(word.removesuffix("s"))
    return None if size is None else amount * size


def tuned(flow: Flow, settings: Iterable[tuple[str, int]]) -> Flow:
    """Return the flow with deadlines that follow these parameters, in seconds; of several values the longest counts.

    A parameter moves the deadline of its step by what it differs from its default, as often as the flow says it counts.
    """
    given: dict[str, int] = {}
    for name, value in settings:
        given[name] = max(value, given.get(name, 0))
    moved: dict[int, int] = {}
    for parameter in flow.parameter:
        if parameter.name in given:
            moved[parameter.step] = moved.get(parameter.step, 0) + parameter.times * (
                given[parameter.name] - parameter.default_s
            )
    steps = tuple(replace(step, deadline_s=max(0, step.deadline_s + moved.get(step.number, 0))) for step in flow.step)
    return replace(flow, step=steps, total_deadline_s=max(1, flow.total_deadline_s + moved.get(0, 0)))


def renumbered(flow: Flow, names: Mapping[int, str]) -> Flow:
    """Return the flow with the originators of this table (number → the flow's name of its speaker, or another name).

    A number that the table gives to another leaves its speaker, unless he would have none then.
    """
    speakers = []
    for speaker in flow.speaker:
        own = {number for number, name in names.items() if name.casefold() == speaker.name.casefold()}
        kept = {number for number in speaker.originators if number not in names} | own
        speakers.append(replace(speaker, originators=tuple(sorted(kept)) or speaker.originators))
    return replace(flow, speaker=tuple(speakers))
