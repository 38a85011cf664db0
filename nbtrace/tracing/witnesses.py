"""Whose silence means something: which logs would have shown a step of an attempt, and when they listened."""

from __future__ import annotations

from datetime import timedelta
from functools import cache, reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.tables import TIME
from nbtrace.tracing.closing import job_ends
from nbtrace.tracing.habits import told_as_usual
from nbtrace.tracing.windows import shared

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from nbtrace.flows import Flow, Step
    from nbtrace.tracing.attempts import Attempts
    from nbtrace.tracing.windows import Windows

__all__ = ["Witnesses"]

_SHOWN: Final = 0.8  # I: a log that shows a step for fewer of those that passed it is no witness of its absence
_OFTEN: Final = 0.5  # I: a log that shows it for fewer may well not show it for the next one either
_CYCLE: Final = timedelta(minutes=5)  # D: between two looks for images to batch (import-flow.md §4)
_APART: Final = pl.duration(minutes=10)  # I: the logs of several hosts are collected within minutes
_BOTH: Final = timedelta(minutes=1)  # I: what two daemons say of one thing they say within this time
_AND: Final = "\0"  # between host names: no name of a file or a host holds it


class Witnesses:
    """What the logs of the bundle could have shown of each attempt.

    Every question takes a frame of attempts with ``trial``, and its answer is a Boolean series in the order of that frame.
    """

    def __init__(self, attempts: Attempts, flow: Flow, windows: Windows, closers: Collection[str]) -> None:
        """Learn from all attempts of the bundle which log shows which step, and who names images.

        ``closers`` are the speakers whose way of closing a run or a job is understood in this bundle.
        """
        self._windows, self._closers, self._flow = windows, closers, flow
        speakers = sorted(flow.witnesses | flow.closers)
        self._where = _where(attempts, flow, windows, speakers)
        self._naming = _naming(attempts)
        self._ends = job_ends(attempts.evidence, flow, closers)
        self._reaches = {speaker: self._ends_of(speaker) for speaker in speakers}
        self._evidence = attempts.evidence
        self._passes = {number: self._asked(passed) for number, passed in _passes(attempts, flow).items()}
        self._deaf: dict[tuple[int, str], list[str]] = {}
        self._counts: dict[tuple[int, str], tuple[int, int]] = {}
        self._of_step: dict[int, list[str]] = {step.number: [] for step in flow.step}
        self._next: dict[int, list[str]] = {step.number: [] for step in flow.step}
        trials = _trials(attempts.seen)
        for step in flow.step:
            for name in step.witnesses:
                self._learn(step, name, trials)

    def _learn(self, step: Step, speaker: str, trials: Mapping[tuple[int, str], pl.Series]) -> None:
        """Learn whether the speaker's silence about the step means something, and on which hosts it does not.

        Args:
            step: the step.
            speaker: one of its witnesses.
            trials: the attempts that show a step, by its number and who shows it, or by its number alone and ``""``.
        """
        key, passed = (step.number, speaker), self._passes[step.number]
        none = pl.Series(dtype=pl.UInt32)
        shown = passed["trial"].is_in(trials.get(key, none).implode())
        asked = self._covered(passed, speaker)
        self._deaf[key] = self._mute(passed[speaker], shown, asked, speaker)
        if not (asked | shown).any():  # clocks too far apart for any window: then all count where the log is there
            asked = self._is_there(passed[speaker], speaker)
        asked &= self._may_show(passed, step, speaker)
        self._counts[key] = counts = int((asked | shown).sum()), int(shown.sum())
        for rule in step.evidence:  # then only those count that show what the speaker's rules want to be shown before
            if rule.speaker == speaker and rule.after:
                asked &= passed["trial"].is_in(trials.get((rule.after, ""), none).implode())
        led = int((asked | shown).sum()), counts[1]
        for names, count in ((self._of_step, counts), (self._next, led)):
            names[step.number] += [speaker] if self._shows(step, speaker, *count) else []

    def _mute(self, where: pl.Series, shown: pl.Series, covered: pl.Series, speaker: str) -> list[str]:
        """Return the hosts (``where``) on which the speaker's log does not show a step, although it does on others.

        There it shows it for none of those that passed it, or is another of his logs than that which shows it.
        """
        rows = pl.DataFrame({"where": where, "shown": shown}).filter((covered | shown) & (where != ""))
        counts = rows.group_by("where").agg(pl.col("shown").any())
        showing = {host for where in counts.filter("shown")["where"] for host in where.split(_AND)}
        if not showing:
            return []
        logs = self._windows.logs
        needed = frozenset.intersection(*(logs.get((host, speaker), frozenset()) for host in showing))
        mute = set(counts.filter(~pl.col("shown"))["where"])
        lacking = {host for host in self._windows.hosts(speaker) if not needed <= logs.get((host, speaker), needed)}
        every = self._where[speaker].unique()
        return [where for where in every if where in mute or not lacking.isdisjoint(where.split(_AND))]

    def absent(self, tries: pl.DataFrame, step: Step, since: pl.Expr, until: pl.Expr) -> pl.Series:
        """Tell whether a log that would have shown the step covers the whole time from ``since`` to ``until``."""
        asked = self._asked(tries.select("trial", since=since, until=until))
        names = self._of_step[step.number]
        return _any((self._covered(asked, name) & self._may_show(asked, step, name) for name in names), asked)

    def _may_show(self, asked: pl.DataFrame, step: Step, speaker: str) -> pl.Series:
        """Tell whether the speaker's log is none that does not show this step on its host."""
        return ~asked[speaker].is_in(self._deaf[step.number, speaker])

    def silent(self, tries: pl.DataFrame, step: Step, since: pl.Expr, due: pl.Expr) -> pl.Series:
        """Tell whether a log that would show the step covers the time until it was due, and nothing came later either.

        That log goes on, or one that would show a later step does, or would at least name the image then. Without a job
        (``job_id``) only the silence of those who name the images themselves means something.
        """
        asked = self._asked(tries.select("trial", since=since, until=due, known=pl.col("job_id").is_not_null()))
        later = {
            name
            for each in self._flow.step
            if each.number > step.number
            for name in each.witnesses
            if name in {*self._next[each.number], *self._naming}
        }

        # What comes before the job takes a cycle of batches until other logs name the image.
        seam = _CYCLE if step.number <= self._flow.first_job_step else timedelta(0)
        heard = cache(lambda *names: self._heard_to(asked, *names))

        def told(names: Iterable[str], *, would_name: bool) -> pl.Series:
            mine, others = (
                sorted(name for name in each if not would_name or name in self._naming) for each in (names, later)
            )
            heard_to = heard(*mine)
            after = self._to_the_end(asked.with_columns(since=heard_to + seam), *others)
            goes_on = _any((heard(each).is_not_null() & self._goes_on(asked, each) for each in mine), asked)
            mute = _any((~self._may_show(asked, step, each) for each in mine), asked)
            return (goes_on | (heard_to.is_not_null() & after)) & ~mute

        shown = self._next[step.number]
        found = (asked["known"] & told(shown, would_name=False)) | told(shown, would_name=True)
        for name in (each for each in step.witnesses if each not in shown and asked["known"].any()):
            if (said := self._always(step, name)) is not None:
                found |= asked["known"] & told([name], would_name=False) & ~asked["trial"].is_in(said.implode())
        return found

    def _always(self, step: Step, speaker: str) -> pl.Series | None:
        """Return the attempts of which the speaker says all that he says of each that passes the step, in unknown words."""
        passed = self._passes[step.number]
        passed = passed.filter(self._covered(passed, speaker) & self._may_show(passed, step, speaker))
        if passed.is_empty() or not self._begins_loud(speaker):
            return None
        return told_as_usual(self._evidence, passed, step.number, speaker)

    def _to_the_end(self, asked: pl.DataFrame, *speakers: str) -> pl.Series:
        """Tell whether the speakers' logs together cover all the time from ``since`` to the end of the logs of their hosts."""
        asked = asked.with_columns(until=pl.max_horizontal(pl.lit(None, TIME), *map(self._reach, speakers)))
        return self._covered(asked, *speakers) & (asked["until"] >= asked["since"]).fill_null(value=False)

    def ends(self, tries: pl.DataFrame, since: pl.Expr, due: pl.Expr) -> pl.Series:
        """Tell whether somebody would have told of the end of the job, whatever became of its processes.

        A process that died leaves no word of its own; only who started it knows.
        """
        asked = self._asked(tries.select("trial", since=since, until=due))
        over = asked["trial"].is_in(self._ends.perhaps.implode())
        return self._covered(asked, *self._ends.understood) | (self._covered(asked, *self._ends.watching) & ~over)

    def batches(self, tries: pl.DataFrame, since: pl.Expr) -> pl.Series:
        """Tell whether who puts images into batches listened all the time from ``since`` to the end."""
        asked = self._asked(tries.select("trial", since=since))
        names = self._flow.step[self._flow.first_job_step - 1].witnesses
        return _any((self._to_the_end(asked, speaker) for speaker in names), asked)

    def listening(self, tries: pl.DataFrame, step: Step, since: pl.Expr) -> pl.Series:
        """Tell whether a log that would show the step, or at least may, was still being written at the end."""
        asked = self._asked(tries.select("trial", since=since))
        counts = {speaker: self._counts[step.number, speaker] for speaker in step.witnesses}
        return _any(
            (
                self._may_show(asked, step, speaker)
                & asked.select((self._reach(speaker) + _APART >= pl.col("since")).fill_null(value=False)).to_series()
                for speaker, (heard, shown) in counts.items()
                if shown >= _OFTEN * heard and self._begins_loud(speaker)
            ),
            asked,
        )

    def _asked(self, tries: pl.DataFrame) -> pl.DataFrame:
        """Return the attempts with a column for each speaker: the hosts on which he would have spoken of them, or `""`."""
        return tries.join(self._where, on="trial", how="left", maintain_order="left").with_columns(
            pl.col(list(self._reaches)).fill_null("")
        )

    def _covered(self, asked: pl.DataFrame, *speakers: str) -> pl.Series:
        """Tell whether the speakers' logs together cover the whole span of time from ``since`` to ``until``."""
        return self._heard_to(asked, *speakers).is_not_null()

    def _heard_to(self, asked: pl.DataFrame, *speakers: str) -> pl.Series:
        """Return the end of the window that covers the whole span from ``since`` to ``until``, if one does.

        Windows of several speakers of the same thing, who say it at about the same time, are one where they overlap.
        """
        if asked.is_empty() or not speakers:
            return pl.repeat(None, asked.height, dtype=TIME, eager=True)
        spans = [
            (*hosts, start, end)
            for hosts in asked.select(speakers).unique().iter_rows()
            for start, end in self._listened(dict(zip(speakers, hosts, strict=True)))
        ]
        schema: dict[str, Any] = {**dict.fromkeys(speakers, pl.String), "start": TIME, "end": TIME}
        frame = pl.LazyFrame(spans, schema, orient="row").sort("start")
        rows = asked.lazy().select("since", "until", *speakers).with_row_index("row")
        timed = rows.drop_nulls(["since", "until"]).sort("since")
        found = timed.join_asof(frame, left_on="since", right_on="start", by=list(speakers), check_sortedness=False)
        covered = found.filter(pl.col("until") <= pl.col("end")).select("row", "end")
        answers = rows.select("row").join(covered, on="row", how="left", maintain_order="left")
        return answers.collect()["end"]

    def _listened(self, where: Mapping[str, str]) -> list[tuple[datetime, datetime]]:
        """Return when any of the speakers listened, each on all of his hosts, as spans that do not overlap."""
        spans = [
            span
            for speaker, hosts in where.items()
            if hosts
            for span in shared([self._windows.spans.get((host, speaker), []) for host in hosts.split(_AND)])
        ]
        joined: list[tuple[datetime, datetime]] = []
        for start, end in sorted(spans):
            if joined and start + _BOTH <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(joined[-1][1], end))
            elif not joined or end > joined[-1][1]:
                joined.append((start, end))
        return joined

    def _ends_of(self, speaker: str) -> dict[str, datetime]:
        """Return for hosts on which he may speak the first end of their logs, where his own log reaches to it on all of them."""
        reach = {}
        for where in self._where[speaker].unique():
            hosts = where.split(_AND)
            if all(self._windows.goes_on(host, speaker) for host in hosts):
                reach[where] = min(self._windows.ends[host] for host in hosts)
        return reach

    def _reach(self, speaker: str) -> pl.Expr:
        """Return the first end of the hosts' logs, where the speaker's own log reaches to it on all of them."""
        return pl.col(speaker).replace_strict(self._reaches[speaker], default=None, return_dtype=TIME)

    def _goes_on(self, asked: pl.DataFrame, speaker: str) -> pl.Series:
        """Tell whether the speaker's log reaches to the first end of the hosts' logs."""
        return asked[speaker].is_in(list(self._reaches[speaker]))

    def _shows(self, step: Step, speaker: str, heard: int, shown: int) -> bool:
        """Tell whether the silence of the speaker about this step means something in this bundle.

        A log that shows the step for hardly any image that passed it does not show it at all, whatever the reason (level,
        words nobody knows). Where no image passed it, only rules that do not hang on words count, and only of logs that
        say more than errors; those on the end of a job need a speaker of whom some end was understood.
        """
        if heard:
            return shown >= _SHOWN * heard and self._begins_loud(speaker)
        return self._debugging(speaker) and any(
            rule.structural and (not rule.ending or speaker in self._closers)
            for rule in step.evidence
            if rule.speaker == speaker
        )

    def _debugging(self, speaker: str) -> bool:
        """Tell whether the speaker's logs say more than errors, on all hosts."""
        return all((host, speaker) in self._windows.debugging for host in self._windows.hosts(speaker))

    def _begins_loud(self, speaker: str) -> bool:
        """Tell whether the speaker's runs are heard from their beginning on.

        At a low level a process is first heard when it is through, or fails: until then it may be at work in silence.
        """
        return self._debugging(speaker) or not self._flow.named(speaker).runs

    def _is_there(self, where: pl.Series, speaker: str) -> pl.Series:
        """Tell whether the speaker's log is in the bundle, on all hosts on which he would have spoken of the attempt."""
        spans = self._windows.spans
        return where.is_in([
            hosts for hosts in where.unique() if all((host, speaker) in spans for host in hosts.split(_AND))
        ])  # fmt: skip


def _trials(seen: pl.DataFrame) -> dict[tuple[int, str], pl.Series]:
    """Return the attempts that show a step, by its number and who shows it, or by its number alone and ``""``."""
    shown = seen.select("trial", "step", speaker="speakers").explode("speaker").drop_nulls("speaker")
    shown = pl.concat([shown, seen.select("trial", "step", speaker=pl.lit(""))])
    return {
        (step, who): rows["trial"] for (step, who), rows in shown.partition_by("step", "speaker", as_dict=True).items()
    }


def _passes(attempts: Attempts, flow: Flow) -> dict[int, pl.DataFrame]:
    """Return for each step the attempts that passed it (``trial``), and ``since`` when and ``until`` when they must have done so."""
    number, first, last = pl.col("step"), pl.col("first"), len(flow.step)
    reach = {each.number: sum(one.deadline_s for one in flow.step[: each.number]) for each in flow.step}
    shown = attempts.seen.lazy().select("trial", "step", "first").sort("trial", "step")
    trials = shown.group_by("trial", maintain_order=True)
    found = {}
    for step in flow.step:
        later = (number > step.number) if step.number < last else (number == last)
        spans = trials.agg(
            before=first.filter(number < step.number).max(),
            until=first.filter(later).min(),
            first_later=number.filter(later).min(),
        ).drop_nulls("first_later")
        far = pl.duration(seconds=pl.col("first_later").replace_strict(reach, return_dtype=pl.Int64))
        since = pl.min_horizontal(pl.coalesce("before", pl.col("until") - far), "until")
        found[step.number] = spans.select("trial", "until", since=since)
    return dict(zip(found, pl.collect_all(found.values()), strict=True))


def _any(answers: Iterable[pl.Series], asked: pl.DataFrame) -> pl.Series:
    """Return whether any of the answers is yes, for each attempt."""
    return reduce(or_, answers, pl.repeat(False, asked.height, eager=True))


def _where(attempts: Attempts, flow: Flow, windows: Windows, speakers: Sequence[str]) -> pl.DataFrame:
    """Return for each attempt (``trial``), in the column of each speaker, the hosts on which he would have spoken of it, or `""`.

    His own host where he spoke; else, on the primary, those where others of the primary spoke; for a media server the one
    that is named; else every host that has his log, where no media server is known whose log is not there.
    """
    roles = {speaker.name: speaker.role for speaker in flow.speaker}
    heard = attempts.heard.with_columns(
        role=pl.col("speaker").replace_strict(roles, default=None, return_dtype=pl.String)
    )
    primary = (
        heard.filter(pl.col("role") == "primary")
        .group_by("trial")
        .agg(pl.col("host").unique().sort().str.join(_AND).alias("same"))
    )
    named = attempts.tries["named_media"].drop_nulls().unique()
    hosts = _known_hosts(named, windows)
    media = {host for host, name in windows.spans if roles.get(name) == "media"} | set(hosts.values())
    known = pl.col("named_media").replace_strict(hosts, default=None, return_dtype=pl.String)
    own = heard.select("trial", "speaker", own="host").pivot("speaker", index="trial", values="own")
    where = []
    for speaker in speakers:
        of_all = windows.hosts(speaker)
        complete = roles[speaker] == "primary" or media <= set(of_all)
        anywhere = _AND.join(of_all) if of_all and complete else ""
        near = pl.col("same") if roles[speaker] == "primary" else pl.col("named")
        where.append(pl.coalesce(*([speaker] if speaker in own.columns else []), near, pl.lit(anywhere)).alias(speaker))
    base = attempts.tries.lazy().select("trial", named=known).join(primary.lazy(), on="trial", how="left")
    return base.join(own.lazy(), on="trial", how="left", maintain_order="left").select("trial", *where).collect()


def _known_hosts(names: pl.Series, windows: Windows) -> dict[str, str]:
    """Return the bundle's names of hosts that messages name, by their short names; else the names themselves."""
    known: dict[str, str] = {}
    for host, _ in windows.spans:
        known.setdefault(_short(host), host)
    return {name: known.get(_short(name), name) for name in names}


def _short(host: str) -> str:
    return host.split(".", maxsplit=1)[0].lower()


def _naming(attempts: Attempts) -> set[str]:
    """Return the speakers that name the images themselves: without a job id only their silence means something."""
    share = attempts.heard.group_by("speaker").agg(share=pl.col("naming").mean())
    return set(share.filter(pl.col("share") >= _SHOWN)["speaker"])
