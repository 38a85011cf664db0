"""Attempts → verdicts: where each image stands, and the state of each step.

The order of the questions is the order of certainty: did its job end well, did something fail, is the next step
overdue although its log was listening, is it still in its time, or can nobody tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from nbtrace.knowledge.codes import is_summary, status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from nbtrace.flows import Flow, Step
    from nbtrace.tracing.attempts import Attempt, Failure, Seen
    from nbtrace.tracing.windows import Windows

__all__ = ["Judge", "Judgement"]

_PARTIAL: Final = 1  # status of a job of which some images failed (V: status-codes, import-flow.md §3.2)
_SHOWN: Final = 0.8  # I: a log that shows a step for fewer of those that passed it is no witness of its absence
_APART: Final = timedelta(minutes=10)  # I: the logs of several hosts are collected within minutes
_SLACK: Final = timedelta(seconds=2)  # records of the same moment are in no certain order


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one attempt: ``states`` and ``shown`` hold one entry a step, the latter what proves it."""

    attempt: Attempt
    verdict: str
    passed: int
    failed_step: int | None
    status_code: int | None
    states: tuple[str, ...]
    shown: tuple[Seen | None, ...]
    failure: Failure | None = None


class Judge:
    """Judges attempts by what the bundle's logs could have shown."""

    def __init__(self, flow: Flow, windows: Windows, known: Sequence[Attempt], closers: Collection[str]) -> None:
        """Learn from all attempts of the bundle which log shows which step, and which jobs had failing images.

        ``closers`` are the speakers whose way of closing a run or a job is understood in this bundle.
        """
        self.flow, self.windows, self.closers = flow, windows, closers
        self.last = len(flow.step)
        self.now = windows.until()
        self.validated = {
            attempt.job_id
            for attempt in known
            if attempt.job_id is not None and (attempt.like_imported or self._validated(attempt))
        }
        self.roles = {speaker.name: speaker.role for speaker in flow.speaker}
        self.naming = self._naming(known)
        self.witnesses = {step.number: self._witnesses(step, known) for step in flow.step}

    def judge(self, attempt: Attempt) -> Judgement:
        """Return the verdict on one attempt."""
        end, failure = attempt.end, self._failure(attempt)
        own = failure is not None and failure.closeness == 0
        if end is not None and end.status == 0:
            return self._imported(attempt)
        if end is not None and end.status == _PARTIAL and not own:
            if self._validated(attempt) or attempt.like_imported:
                return self._imported(attempt)
            if attempt.job_id not in self.validated:
                return self._open(attempt)
        if end is not None:
            return self._failed(attempt, failure, end.status)
        if failure is not None and not self._overcome(attempt, failure):
            return self._failed(attempt, failure, failure.code)
        if self._validated(attempt):
            return self._imported(attempt)
        return self._open(attempt)

    def _validated(self, attempt: Attempt) -> bool:
        """Tell whether the last step itself is shown as done for this image."""
        return self.last in attempt.seen

    def _failure(self, attempt: Attempt) -> Failure | None:
        """Return the failure that explains most: a code that is no mere sum, close to the image, early."""
        codes = [failure.code for failure in attempt.failures if failure.code]

        def rank(failure: Failure) -> tuple[int, int, datetime]:
            vague = 2 if failure.code is None else int(is_summary(failure.code, beside=codes))
            return vague, failure.closeness, failure.time or datetime.max  # noqa: DTZ901 — only compared with itself

        timed = [failure for failure in attempt.failures if failure.time is not None]
        return min(timed or attempt.failures, key=rank, default=None)

    def _overcome(self, attempt: Attempt, failure: Failure) -> bool:
        """Tell whether the attempt went on to a later step after this failure."""
        step = failure.step or 0
        return any(
            number > step and seen.last is not None and failure.time is not None and seen.last > failure.time + _SLACK
            for number, seen in attempt.seen.items()
        )

    def _imported(self, attempt: Attempt) -> Judgement:
        states, shown = self._passed(attempt, self.last)
        if states[-1] != "done":  # the end of the job proves the last step where its own log is not there
            states[-1] = "done"
        return Judgement(attempt, "imported", self.last, None, None, tuple(states), tuple(shown))

    def _failed(self, attempt: Attempt, failure: Failure | None, code: int | None) -> Judgement:
        cause = failure.code if failure is not None and failure.code and not is_summary(failure.code) else None
        code = cause or (failure.code if failure is not None and failure.code else None) or code
        step = self._failed_step(attempt, failure, code)
        states, shown = self._passed(attempt, step - 1)
        states += ["failed"] + ["unreached"] * (self.last - step)
        shown += [None] * (self.last - len(shown))
        return Judgement(attempt, "failed", step - 1, step, code, tuple(states), tuple(shown), failure)

    def _failed_step(self, attempt: Attempt, failure: Failure | None, code: int | None) -> int:
        """Return the step that failed: where the record stands, as far as the code's knowledge agrees."""
        time = None if failure is None else failure.time
        before = [
            number
            for number, seen in attempt.seen.items()
            if time is None or (seen.first is not None and seen.first <= time + _SLACK)
        ]
        passed = max(before, default=0)
        own = failure.step if failure is not None and not failure.ending else None
        known = status(code) if code else None
        steps = known.steps if known is not None and not is_summary(known.code) else ()
        if own == passed == self.last - 1 and steps == (own, self.last):
            return self.last  # the image information was sent: this is what the last step's daemon answered its sender
        if own is not None and (own in steps or not steps) and (own >= passed or own == self.last):
            return own
        speaks = [
            step for step in steps if failure is not None and failure.daemon in self.flow.step[step - 1].witnesses
        ]
        return next(
            (step for step in (*speaks, *steps) if step > passed), max(steps, default=min(passed + 1, self.last))
        )

    def _open(self, attempt: Attempt) -> Judgement:
        """Judge an attempt without an end: overdue, waiting, or not to be told."""
        passed = max((number for number in attempt.seen if number < self.last), default=0)
        states, shown = self._passed(attempt, passed)
        since = self._since(attempt, passed)
        state = self._next(attempt, self.flow.step[passed], since)
        verdict = {"waiting": "in_progress", "overdue": "stalled", "unseen": "undetermined"}[state]
        # After an unseen step nothing is claimed of later ones: the image may have failed where no log listened.
        states += [state] + ["unseen" if state == "unseen" else "unreached"] * (self.last - passed - 1)
        shown += [None] * (self.last - len(shown))
        failed = passed + 1 if verdict == "stalled" else None
        return Judgement(attempt, verdict, passed, failed, None, tuple(states), tuple(shown))

    def _next(self, attempt: Attempt, step: Step, since: datetime | None) -> str:
        """Return the state of the step that comes next."""
        if since is None or self.now is None or attempt.end is not None:
            return "unseen"
        due = since + timedelta(seconds=step.deadline_s)
        if self.now < due:
            return "waiting" if self._listening(attempt, step, since) else "unseen"
        return "overdue" if self._silent(attempt, step, since, due) else "unseen"

    def _listening(self, attempt: Attempt, step: Step, since: datetime) -> bool:
        """Tell whether a log that would show the step was still being written at the end."""
        return any(
            all(self.windows.goes_on(host, speaker) and self.windows.ends[host] + _APART >= since for host in hosts)
            for speaker in step.witnesses
            if (hosts := self._hosts(attempt, speaker))
        )

    def _silent(self, attempt: Attempt, step: Step, since: datetime, due: datetime) -> bool:
        """Tell whether a log that would show the step covers the time until it was due, and goes on."""
        return any(
            self.windows.covers(hosts, speaker, since, due)
            and all(self.windows.goes_on(host, speaker) for host in hosts)
            for speaker in self.witnesses[step.number]
            if (hosts := self._hosts(attempt, speaker)) and (attempt.job_id is not None or speaker in self.naming)
        )

    def _since(self, attempt: Attempt, passed: int) -> datetime | None:
        """Return since when the next step is awaited: from the first sign of the last one, or its job's last activity."""
        times = [seen.first for number, seen in attempt.seen.items() if number <= passed and seen.first is not None]
        since = max(times, default=attempt.times[0])
        working = passed >= next(
            step.number for step in self.flow.step if step.host == "media" and "job" in step.carries
        )
        return max(since, attempt.activity) if working and attempt.activity is not None and since is not None else since

    def _passed(self, attempt: Attempt, passed: int) -> tuple[list[str], list[Seen | None]]:
        """Return the states of the steps up to the last one that is known to be passed, and what shows them."""
        states, shown = [], []
        for step in self.flow.step[:passed]:
            seen = attempt.seen.get(step.number)
            maybe = next((attempt.vague[speaker] for speaker in step.also if speaker in attempt.vague), None)
            if seen is not None:
                state = "done"
            elif maybe is not None and step.number != self.last:
                state, seen = "done", maybe
            else:
                state = "missing" if self._absent(attempt, step) else "unseen"
            states.append(state)
            shown.append(seen)
        return states, shown

    def _absent(self, attempt: Attempt, step: Step) -> bool:
        """Tell whether a log that would have shown the step covers the whole time in which it must have happened."""
        earlier = [seen.last for number, seen in attempt.seen.items() if number < step.number and seen.last]
        later = [seen.first for number, seen in attempt.seen.items() if number > step.number and seen.first]
        if not later:
            return False
        until = min(later)
        # With nothing seen before, it may have happened as long ago as all steps up to the first one seen may take.
        seen = min(number for number in attempt.seen if number > step.number)
        reach = sum(other.deadline_s for other in self.flow.step[:seen])
        since = min(max(earlier, default=until - timedelta(seconds=reach)), until)
        return any(
            self.windows.covers(hosts, speaker, since, until)
            for speaker in self.witnesses[step.number]
            if (hosts := self._hosts(attempt, speaker))
        )

    def _hosts(self, attempt: Attempt, speaker: str) -> list[str]:
        """Return the hosts on which this speaker would have spoken of this attempt."""
        if speaker in attempt.hosts:
            return [attempt.hosts[speaker]]
        role = self.roles[speaker]
        same = {host for name, host in attempt.hosts.items() if self.roles.get(name) == role}
        if same and role == "primary":
            return sorted(same)
        if role == "media" and attempt.named_media:
            return [self._known_host(attempt.named_media)]
        return self.windows.hosts(speaker)

    def _known_host(self, name: str) -> str:
        """Return the bundle's name of a host that a message names, by its short name; else the name itself."""
        short = name.split(".", maxsplit=1)[0].lower()
        return next((host for host, _ in self.windows.spans if host.split(".")[0].lower() == short), name)

    def _naming(self, known: Iterable[Attempt]) -> set[str]:
        """Return the speakers that name the images themselves: without a job id only their silence means something."""
        heard: dict[str, list[bool]] = {}
        for attempt in known:
            for speaker in attempt.hosts:
                heard.setdefault(speaker, []).append(speaker in attempt.naming)
        return {speaker for speaker, named in heard.items() if sum(named) >= _SHOWN * len(named)}

    def _witnesses(self, step: Step, known: Iterable[Attempt]) -> list[str]:
        """Return the speakers whose silence about this step means something in this bundle.

        A log that shows the step for hardly any image that passed it does not show it at all, whatever the reason (level,
        words nobody knows). Where no image passed it, only rules that do not hang on words count, and only of logs that
        say more than errors; those on the end of a job need a speaker of whom some end was understood.
        """
        valid = []
        for speaker in step.witnesses:
            heard = [
                attempt
                for attempt in known
                if max(attempt.seen, default=0) >= min(step.number + 1, self.last)
                and all((host, speaker) in self.windows.spans for host in self._hosts(attempt, speaker))
            ]
            shown = sum(
                speaker in attempt.seen[step.number].speakers for attempt in heard if step.number in attempt.seen
            )
            hosts = self.windows.hosts(speaker)
            structural = all((host, speaker) in self.windows.debugging for host in hosts) and any(
                rule.structural and (not rule.ending or speaker in self.closers)
                for rule in step.evidence
                if rule.speaker == speaker
            )
            if (heard and shown >= _SHOWN * len(heard)) or (not heard and structural):
                valid.append(speaker)
        return valid
