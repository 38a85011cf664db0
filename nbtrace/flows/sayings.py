"""What a site says that its daemons say: grammar rules that are named after a speaker and a step of a flow."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from nbtrace.flows.model import Evidence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nbtrace.flows.model import Flow

__all__ = ["rule_name", "with_sayings"]

_RANK: Final = 35  # before all words of the lexicon and how a run opens; behind ends and failures


def rule_name(speaker: str, step: str, more: str = "", *, done: bool = False) -> str:
    """Return the name of the grammar rule that says what this speaker says of this step."""
    parts = [_spelt(speaker), _spelt(step), "done" if done else "", more]
    return "_".join(part for part in parts if part)


def with_sayings(flow: Flow, names: Iterable[str]) -> Flow:
    """Return the flow with more rules of evidence, for the names that are made of a speaker and a step.

    ``bpdm_catalog`` is what bpdm says of an image that has come as far as the step catalog, ``bpdbm_validate_done``
    what bpdbm says when that step is complete; more words may follow, so that there can be many of them
    (``bpdm_catalog_2``). A blank in a speaker's name is written as an underscore. Other names are left alone.
    """
    names = sorted(set(names))
    steps = [replace(step, evidence=(*step.evidence, *_rules(flow, step.name, names))) for step in flow.step]
    return replace(flow, step=tuple(steps))


def _rules(flow: Flow, step: str, names: Sequence[str]) -> Iterator[Evidence]:
    """Yield the rules of one step: for each speaker one with all that it says, and one with all that completes it."""
    for speaker in flow.speaker:
        done = _of(rule_name(speaker.name, step, done=True), names)
        begun = tuple(name for name in _of(rule_name(speaker.name, step), names) if name not in done)
        for told, complete in ((begun, False), (done, True)):
            if told:
                words = rule_name(speaker.name, step, done=complete)
                yield Evidence(speaker.name, "strong", _RANK, words=words, whole=told, done=complete)


def _of(start: str, names: Sequence[str]) -> tuple[str, ...]:
    """Return the name itself and those that go on with more words."""
    return tuple(name for name in names if f"{name}_".startswith(f"{start}_"))


def _spelt(name: str) -> str:
    """Return a name as it is spelt within the name of a rule."""
    return re.sub("[^a-z0-9]", "_", name.lower())
