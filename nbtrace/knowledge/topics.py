"""What can be explained by its number or name: status codes, findings, steps, daemons and originators."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from nbtrace.flows import load
from nbtrace.knowledge import codes, daemons, findings, sources
from nbtrace.knowledge.collecting import whereabouts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from nbtrace.flows import Flow, Step
    from nbtrace.knowledge.codes import StatusCode
    from nbtrace.knowledge.daemons import Daemon
    from nbtrace.knowledge.findings import FindingText

__all__ = ["KINDS", "Topic", "find", "names", "near"]

KINDS: Final = ("step", "status code", "finding", "daemon", "originator")
# Words that may stand before a number or name, to say which of its meanings is wanted.
WORDS: Final = {"status": "status code", "code": "status code", "step": "step", "finding": "finding",
                "daemon": "daemon", "log": "daemon", "originator": "originator", "oid": "originator"}  # fmt: skip
UNCONFIRMED: Final = "from published lists of status codes; cause and remedy are not confirmed"
NEAREST: Final = 4


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing that can be explained: its kind, the name that one types, a title, and facts as (label, text)."""

    kind: str  # one of KINDS
    name: str
    title: str
    facts: tuple[tuple[str, str], ...]
    pages: tuple[str, ...] = field(default=())  # addresses of public pages


def find(text: str) -> list[Topic]:
    """Return all that a number or name may stand for, in the order of ``KINDS``; empty where nothing is known of it.

    A word such as ``status`` or ``step`` before it asks for that kind alone.
    """
    kind, wanted = _asked(text)
    found = [topic for topic in _topics(wanted) if topic.kind in kind]
    return sorted(found, key=lambda topic: KINDS.index(topic.kind))


def near(text: str) -> list[str]:
    """Return known names that are spelled much like the text."""
    kinds, wanted = _asked(text)
    known = {name.casefold(): name for kind in kinds for name in names(kind)}
    return [known[name] for name in difflib.get_close_matches(wanted.casefold(), known, n=NEAREST, cutoff=0.7)]


def names(kind: str) -> list[str]:
    """Return the names of all topics of a kind, in order."""
    match kind:
        case "step":
            return [text for step in load().step for text in (str(step.number), step.name)]
        case "status code":
            return [str(code) for code in codes.statuses()]
        case "finding":
            return list(findings.findings())
        case "daemon":
            return sorted(daemons.daemons())
    return [str(number) for number in daemons.originators()]


def _asked(text: str) -> tuple[tuple[str, ...], str]:
    """Return the kinds that are asked for and the number or name."""
    plain = " ".join(text.split())
    first, _, rest = plain.partition(" ")
    if rest and (kind := WORDS.get(first.casefold())):
        again, name = rest.split(" ", maxsplit=1) if rest.casefold().startswith("code ") else ("", rest)
        return ((kind,), name) if not again or kind == "status code" else ((kind,), rest)
    return KINDS, plain


def _topics(name: str) -> Iterator[Topic]:
    """Yield every topic of this name."""
    flow, lowered = load(), name.casefold()
    number = int(name) if re.fullmatch(r"[0-9]{1,9}", name) else None
    yield from (_step(flow, step) for step in flow.step if number == step.number or lowered == step.name)
    if number is not None and (status := codes.status(number)):
        yield _status(flow, status)
    code = lowered.upper() if lowered.startswith("nbt") else f"NBT{name}"
    if finding := findings.findings().get(code):
        yield _finding(flow, finding)
    if log := daemons.daemon(name):
        yield _daemon(flow, log)
    elif (oid := daemons.originator_of(name)) is not None:
        yield from _originator(flow, oid)
    if number is not None:
        yield from _originator(flow, number)


def _facts(*facts: tuple[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((label, text) for label, text in facts if text)


def _sure(source: str) -> tuple[str, str]:
    told = "; ".join(f"{mark}: {sources.marks()[mark]}" for mark in sources.marks_of(source))
    return "sure", told


def _at(flow: Flow, numbers: Iterable[int]) -> str:
    return ", ".join(f"step {number} ({flow.step[number - 1].name})" for number in numbers)


def _listed(numbers: Sequence[int], known: Sequence[int]) -> str:
    """List numbers in words; a run of more than two neighbours among the known ones is given by its ends."""
    order, runs = {number: place for place, number in enumerate(known)}, list[list[int]]()
    for number in numbers:
        if runs and order[number] == order[runs[-1][-1]] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs]  # noqa: PLR2004
    return ", ".join(told)


def _status(flow: Flow, status: StatusCode) -> Topic:
    finding = findings.findings().get(codes.finding_of(status.code))
    elsewhere = "not known to end an import; it may stand in logs of other work"
    sums_up = (
        "It only sums up: the cause is another status beside or before it." if codes.is_summary(status.code) else ""
    )
    detail = "It stands beside status 800, as its detail." if codes.is_resource_detail(status.code) else ""
    confirmed = status.source != "unconfirmed"
    here = codes.in_import(status.code) or status
    own = [
        text
        for text, usual in (
            (f"{here.name}.", f"{status.name}."),
            (here.cause, status.cause),
            (here.remedy, status.remedy),
        )
        if text != usual
    ]
    return Topic(
        "status code",
        str(status.code),
        status.name,
        _facts(
            ("shows", " or ".join(_at(flow, [step]) for step in status.steps) or elsewhere),
            ("why", " ".join(filter(None, (status.cause or "Its usual cause is not known here.", sums_up, detail)))),
            ("do", status.remedy or "Read the lines before the one with the status: the first error says more."),
            ("import", " ".join(own) and f"In an import, where no client takes part: {' '.join(own)}"),
            ("finding", f"{finding.code}, {finding.title}" if finding else ""),
            ("sure", "told by the page below" if confirmed else UNCONFIRMED),
        ),
        tuple(sources.pages_of(status.source)),
    )


def _finding(flow: Flow, finding: FindingText) -> Topic:
    means = [status for status in codes.statuses().values() if codes.finding_of(status.code) == finding.code]
    steps = sorted({step for status in means for step in status.steps})
    listed = _listed([status.code for status in means], [*codes.statuses()])
    return Topic(
        "finding",
        finding.code,
        finding.title,
        _facts(
            ("what", finding.meaning),
            ("severity", finding.severity),
            ("shows", _at(flow, steps)),
            ("status", "every other status but 0" if finding.code == codes.UNEXPLAINED else listed),
            ("do", finding.remedy),
            _sure(finding.source),
        ),
        tuple(sources.pages_of(finding.source)),
    )


def _step(flow: Flow, step: Step) -> Topic:
    told = [status for status in codes.statuses().values() if step.number in status.steps and status.code]
    own = [status for status in told if len(status.steps) <= len(flow.step) // 2]  # not those that show anywhere
    listed = _listed([status.code for status in own], [*codes.statuses()])
    due = f"{step.deadline_s // 60} minutes after the step before ({step.reason})" if step.deadline_s else ""
    return Topic(
        "step",
        str(step.number),
        step.name,
        _facts(
            ("what", f"{step.what}."),
            ("host", "media server" if step.host == "media" else "primary server"),
            ("log", " or ".join(_log(flow, name) for name in step.witnesses)),
            ("due", due),
            ("why", f"Status codes with which it fails: {listed}." if listed else ""),
            ("do", f"If it does not come: {step.advice()}"),
            _sure("import-flow.md §0, D, I"),
        ),
        tuple(sources.pages_of("import-flow.md §0")),
    )


def _log(flow: Flow, speaker: str) -> str:
    """Name the logs in which a speaker of the flow writes."""
    logs = filter(None, map(daemons.daemon, flow.named(speaker).logs or (speaker,)))
    return " or ".join(f"{log.name} ({whereabouts(log).unix})" for log in logs)


def _daemon(flow: Flow, log: Daemon) -> Topic:
    where = whereabouts(log)
    speakers = [speaker.name for speaker in flow.speaker if log.name in speaker.log_names]
    told = [step for step in flow.step if {*step.witnesses, *(rule.speaker for rule in step.evidence)} & {*speakers}]
    witnessed = [step for step in flow.step if {*step.witnesses} & {*speakers}]
    also = [step for step in told if step not in witnessed]
    inside = f" It writes into the log of {log.inside}." if log.inside else ""
    own = f"; it may have files of its own, 51216-{log.originator}-*.log" if log.inside else ""
    return Topic(
        "daemon",
        log.name,
        f"{log.kind} log" if log.originator is None else f"originator {log.originator}",
        _facts(
            ("what", log.does + inside),
            ("host", {"primary": "primary server", "media": "media server"}.get(log.role, log.role + " host")),
            ("shows", _at(flow, (step.number for step in witnessed))),
            ("also", _at(flow, (step.number for step in also))),
            ("log", f"{where.unix}/{where.files} ({where.windows} on Windows)" + own),
            ("level", f"{where.level} (0 to {where.full})"),
            _sure(log.source),
        ),
        tuple(sources.pages_of(log.source)),
    )


def _originator(flow: Flow, oid: int) -> Iterator[Topic]:
    known = daemons.originator(oid)
    if known is None:
        return
    log = daemons.daemon(known.name)
    if log is not None and log.originator == oid:
        facts, pages = _daemon(flow, log).facts, _daemon(flow, log).pages
    else:
        facts = _facts(
            ("what", known.does or "Only its number and its name are known here."),
            ("log", f"51216-{oid}-*.log, a unified log"),
            ("sure", f"{known.confidence}: {sources.marks()[known.confidence]}"),
        )
        pages = tuple(sources.pages_of(known.source))
    yield Topic("originator", str(oid), known.name, facts, pages)
