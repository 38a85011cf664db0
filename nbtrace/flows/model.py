"""A process flow as data: who speaks, the steps, what shows them and how long they may take."""

from __future__ import annotations

import tomllib
from dataclasses import MISSING, dataclass, fields
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from nbtrace.errors import FlowError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Evidence", "Flow", "Parameter", "Speaker", "Step", "load", "parse"]


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who writes records of the flow: a daemon with originators (unified) or log directories (legacy).

    ``inside`` names speakers in whose files this one may speak by file id; ``runs`` says that each process serves one
    job from its start to its end; ``program`` is the command of the flow among several that share the log; ``anchors``
    that images it names belong to the flow; ``submits`` that every job of the flow passes through it; ``listing`` that
    it is no daemon but the output of a command.
    """

    name: str
    role: str
    originators: tuple[int, ...] = ()
    logs: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    program: str = ""
    runs: bool = False
    anchors: bool = False
    submits: bool = False
    listing: bool = False

    @property
    def log_names(self) -> tuple[str, ...]:
        """Return the names that the speaker's log may have in a bundle."""
        return (self.name, *self.logs)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows a step: a record of this speaker that meets every named condition (see ``import.toml``)."""

    speaker: str
    strength: str
    rank: int
    names: str = ""
    words: str = ""
    opening: bool = False
    ending: bool = False
    failing: bool = False
    after: int = 0
    running: bool = False
    again: bool = False
    fine: bool = False
    program: tuple[str, ...] = ()
    structural: bool = False
    whole: tuple[str, ...] = ()
    done: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the flow. ``deadline_s`` counts seconds from the step before it; ``overdue`` says what to do then.

    ``pending`` says what to do as well where no listing tells that the image is pending. ``families`` are those of the status codes that fit a failure here; none for all.
    """

    number: int
    name: str
    host: str
    what: str
    carries: tuple[str, ...]
    many: str
    deadline_s: int
    reason: str
    overdue: str
    witnesses: tuple[str, ...]
    also: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    pending: str = ""
    families: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()

    def advice(self, *, is_pending: bool = False) -> str:
        """Return what to do where the step is overdue, of an image that a listing shows as pending or not."""
        return self.overdue if is_pending or not self.pending else f"{self.overdue} {self.pending}"

    def fails_with(self, family: str) -> bool:
        """Tell whether a status code of this family fits a failure of this step."""
        return not self.families or family in self.families


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting of the site that a deadline follows: that of ``step``, 0 for the whole flow; it counts so many ``times``."""

    name: str
    step: int
    times: int
    default_s: int
    source: str


@dataclass(frozen=True, slots=True)
class Flow:
    """A process flow: its speakers and its steps, in order; after ``retry_s`` seconds a failed job has been tried again."""

    name: str
    title: str
    job_type: int
    total_deadline_s: int
    speaker: tuple[Speaker, ...]
    step: tuple[Step, ...]
    parameter: tuple[Parameter, ...] = ()
    retry_s: int = 0

    @property
    def first_job_step(self) -> int:
        """Return the number of the step in which a job comes in; what lies before it is done once for all attempts."""
        return next((step.number for step in self.step if "job" in step.carries), 1)

    def named(self, name: str) -> Speaker:
        """Return the speaker of that name; ``StopIteration`` where none is declared."""
        return next(speaker for speaker in self.speaker if speaker.name == name)

    @property
    def speaker_of(self) -> dict[str, str]:
        """Return the name of the speaker of each log, by all names that the log may have."""
        return {log: speaker.name for speaker in self.speaker for log in speaker.log_names}

    def marked(self, mark: str) -> list[str]:
        """Return the names of the speakers that have this mark, such as ``anchors``, ``submits`` or ``runs``, in order."""
        return [speaker.name for speaker in self.speaker if getattr(speaker, mark)]

    @property
    def witnesses(self) -> set[str]:
        """Return the names of the speakers whose silence may tell that a step did not come."""
        return {name for step in self.step for name in step.witnesses}

    @property
    def closers(self) -> set[str]:
        """Return the names of the speakers who tell the end of a job."""
        return {rule.speaker for step in self.step for rule in step.evidence if rule.ending}

    def rules(self) -> list[tuple[Step, Evidence]]:
        """Return every evidence rule with its step, in the order in which they decide."""
        pairs = [(step, rule) for step in self.step for rule in step.evidence]
        return sorted(pairs, key=lambda pair: -pair[1].rank)

    def words(self) -> set[str]:
        """Return the names of all word rules that the flow refers to."""
        return {rule.words for _, rule in self.rules() if rule.words}

    def whole(self) -> dict[str, tuple[str, ...]]:
        """Return the words that are those of a whole message, with the names of the grammar rules for them."""
        return {rule.words: rule.whole for _, rule in self.rules() if rule.whole}


@cache
def load(name: str = "import") -> Flow:
    """Return the shipped flow of that name; ``FlowError`` where its file is broken."""
    file = f"{name}.toml"
    try:
        text = resources.files(__package__).joinpath(file).read_text("utf-8")
    except FileNotFoundError:
        raise FlowError("there is no such flow", file=file) from None
    return parse(text, file=file)


def parse(text: str, *, file: str) -> Flow:
    """Return the flow that this TOML text describes; ``FlowError`` with file and place where it is broken."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise FlowError(f"this is not TOML: {error}", file=file) from error
    flow: Flow = _build(Flow, data, file, "the flow")
    _check(flow, file)
    return flow


_TABLES: dict[str, Any] = {"speaker": Speaker, "step": Step, "evidence": Evidence, "parameter": Parameter}
_TYPES: dict[str, Any] = {"int": int, "str": str, "bool": bool}


def _build(kind: type[Any], data: dict[str, Any], file: str, where: str) -> Any:
    """Build one dataclass from a TOML table, checking names and types of its keys."""
    known = {item.name: item for item in fields(kind)}
    if unknown := sorted(set(data) - set(known)):
        raise FlowError(f"unknown key '{unknown[0]}'; known are: {', '.join(known)}", file=file, where=where)
    values: dict[str, Any] = {}
    for name, item in known.items():
        if name not in data:
            if item.default is MISSING:
                raise FlowError(f"the key '{name}' is missing", file=file, where=where)
            continue
        values[name] = _value(name, str(item.type), data[name], file, where)
    return kind(**values)


def _value(name: str, wanted: str, value: Any, file: str, where: str) -> Any:
    """Return one value, checked against the type that its dataclass wants."""
    if wanted.startswith("tuple["):
        if not isinstance(value, list):
            raise FlowError(f"'{name}' must be a list", file=file, where=where)
        if name in _TABLES:
            return tuple(
                _build(_TABLES[name], _table(name, item, file, where), file, _place(name, item, index))
                for index, item in enumerate(value)
            )
        inner = _TYPES[wanted[len("tuple[") :].split(",", maxsplit=1)[0]]
        return tuple(_value(name, inner.__name__, item, file, where) for item in value)
    if type(value) is not _TYPES[wanted]:
        raise FlowError(f"'{name}' must be of type {wanted}, not {type(value).__name__}", file=file, where=where)
    return value


def _table(name: str, item: Any, file: str, where: str) -> dict[str, Any]:
    """Return the item as a TOML table, or say that it is none."""
    if not isinstance(item, dict):
        raise FlowError(f"each '{name}' must be a table", file=file, where=where)
    return item


def _place(name: str, item: dict[str, Any], index: int) -> str:
    """Name one table of a list, for messages: by its number or name where it has one."""
    return f"{name} {item.get('number') or item.get('name') or index + 1}"


def _check(flow: Flow, file: str) -> None:
    """Check what holds between the parts of a flow."""
    if not flow.step or [step.number for step in flow.step] != list(range(1, len(flow.step) + 1)):
        raise FlowError("the steps must be numbered 1, 2, 3 … in order", file=file, where="step")
    if flow.total_deadline_s <= 0:
        raise FlowError("it must be more than 0 seconds", file=file, where="total_deadline_s")
    speakers = [speaker.name for speaker in flow.speaker]
    for speaker in flow.speaker:
        _check_speaker(speaker, speakers, file)
    for step in flow.step:
        _check_step(step, speakers, file)
    for parameter in flow.parameter:
        if not 0 <= parameter.step <= len(flow.step):
            raise FlowError("'step' must be the number of a step, or 0", file=file, where=f"parameter {parameter.name}")


def _check_speaker(speaker: Speaker, speakers: Sequence[str], file: str) -> None:
    where = f"speaker {speaker.name}"
    if not speaker.originators and not speaker.logs and not speaker.listing:
        raise FlowError("a speaker needs originators or logs", file=file, where=where)
    if speakers.count(speaker.name) > 1:
        raise FlowError("this speaker is declared twice", file=file, where=where)
    _check_declared(speaker.inside, speakers, file, where)


def _check_step(step: Step, speakers: Sequence[str], file: str) -> None:
    where = f"step {step.number}"
    _check_declared(
        (*step.witnesses, *step.also, *step.perhaps, *(rule.speaker for rule in step.evidence)), speakers, file, where
    )
    if not step.evidence or not step.witnesses:
        raise FlowError("a step needs evidence and witnesses", file=file, where=where)
    if step.deadline_s < 0 or not step.reason:
        raise FlowError("a deadline is not negative and needs a reason", file=file, where=where)
    for rule in step.evidence:
        if rule.names not in {"image", "job"} or rule.strength not in {"weak", "strong", "record"}:
            raise FlowError(
                "evidence needs names = image or job, and strength = weak, strong or record", file=file, where=where
            )
        if not 0 <= rule.after < step.number:
            raise FlowError("'after' must be the number of an earlier step", file=file, where=where)


def _check_declared(names: Iterable[str], speakers: Sequence[str], file: str, where: str) -> None:
    if strangers := sorted(set(names).difference(speakers)):
        raise FlowError(f"'{strangers[0]}' is not a declared speaker", file=file, where=where)
