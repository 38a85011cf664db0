"""Which log would have told what is not seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from nbtrace.findings.common import Case
    from nbtrace.flows import Speaker, Step

__all__ = ["Deciding", "Listening", "absent", "lacking", "with_witnesses", "witnesses"]

_KIND: Final = ("step", "primary", "media_server")  # very many images hang on few logs


@dataclass(frozen=True, slots=True)
class Deciding:
    """The logs that would tell of a step: ``speakers`` on ``host`` (``None`` where it is not known which).

    ``missing`` says that they are not in the bundle; else they are, and do not tell of the time.
    """

    step: Step
    speakers: tuple[str, ...]
    host: str | None
    missing: bool

    def __str__(self) -> str:
        """Name the logs and their host."""
        return " or ".join(self.speakers) + (f" on {self.host}" if self.host else "")


def witnesses(case: Case) -> Iterator[tuple[dict[str, Any], Deciding]]:
    """Yield each undetermined image with the logs that would tell of the first step that nobody can see."""
    last = pl.col("last_step")
    unseen = pl.col("step_states").str.slice(last).str.find("U", literal=True) + last + 1
    images = case.images.filter(pl.col("verdict") == "undetermined")
    images = images.with_columns(step=pl.coalesce(unseen, pl.min_horizontal(last + 1, len(case.flow.step))))
    deciding = _deciding(case, images)
    for row in images.iter_rows(named=True):
        yield row, deciding[row["step"], row["primary"], row["media_server"]]


class Listening:
    """When the logs of each host and speaker listened, as coverage tells it."""

    def __init__(self, case: Case) -> None:
        self._end: datetime | None = case.coverage["last_time"].max()  # type: ignore[assignment]
        self._spans: dict[tuple[str, str], list[tuple[datetime, datetime]]] = {}
        speakers = case.flow.speaker_of
        for host, log, windows in case.coverage.select("host", "log", "windows").iter_rows():
            if log in speakers:
                spans = self._spans.setdefault((host, speakers[log]), [])
                spans.extend((each["from"], each["to"]) for each in windows or ())

    def covers(self, logs: Deciding, speaker: str, image: dict[str, Any]) -> bool:
        """Tell whether the log of one of those that would tell is there and listened until the step was due.

        Then it is not the log that lacks, and another copy of it would say the same: what it says is not understood. Of
        a retry after a failure nothing is due.
        """
        since, end = image["last_time"], self._end
        if logs.missing or logs.host is None or since is None or end is None or image["failed_step"] is not None:
            return False
        until = min(since + timedelta(seconds=logs.step.deadline_s), end)
        return any(start <= since and until <= stop for start, stop in self._spans.get((logs.host, speaker), ()))


def with_witnesses(case: Case) -> pl.DataFrame:
    """Return the table ``steps`` in which each step that is not seen has host and daemon of the log that would tell."""
    unseen = pl.col("state") == "unseen"
    hosts = case.images.select("image_id", *_KIND[1:])
    steps = case.steps.join(hosts, on="image_id", how="left", maintain_order="left")
    deciding = _deciding(case, steps.filter(unseen))
    told = [(*kind, logs.host, " or ".join(logs.speakers)) for kind, logs in deciding.items()]
    names = {"primary": pl.String, "media_server": pl.String, "where": pl.String, "who": pl.String}
    kinds = pl.DataFrame(told, {"step": pl.Int8, **names}, orient="row")
    steps = steps.join(kinds, on=_KIND, how="left", nulls_equal=True, maintain_order="left")
    return steps.with_columns(
        host=pl.when(unseen).then("where").otherwise("host"), daemon=pl.when(unseen).then("who").otherwise("daemon")
    ).select(case.steps.columns)


def absent(case: Case) -> Iterator[tuple[str, str | None]]:
    """Yield each log of a witness that is not in the bundle: speaker and host, ``None`` where no host of its role is."""
    for speaker in (each for each in case.flow.speaker if each.name in case.flow.witnesses and not each.listing):
        if speaker.inside and (case.evidence.is_empty() or _heard(case, speaker.name)):
            continue
        if not (case.coverage["role"] == speaker.role).any():
            yield speaker.name, None
        for host in lacking(case, speaker):
            yield speaker.name, host


def lacking(case: Case, speaker: Speaker) -> list[str]:
    """Return the hosts of the speaker's role that have none of its logs, in order."""
    of_role = case.coverage.filter(pl.col("role") == speaker.role)["host"]
    there = case.coverage.filter(pl.col("log").is_in(list(speaker.log_names)))["host"]
    return sorted({*of_role} - {*there})


def _deciding(case: Case, images: pl.DataFrame) -> dict[tuple[Any, ...], Deciding]:
    """Return for every step, primary and media server of the images the logs that would tell of the step."""
    kinds = images.select(_KIND).unique(maintain_order=True)
    return {(step, *hosts): _of_step(case, step, *hosts) for step, *hosts in kinds.iter_rows()}


def _of_step(case: Case, number: int, primary: str | None, media_server: str | None) -> Deciding:
    """Return the logs that would tell whether a step happened: those that are absent, where any is."""
    step = case.step(number)
    host = media_server if step.host == "media" else primary or _only_primary(case)
    missing = tuple(name for name in step.witnesses if not _collected(case, name, host))
    return Deciding(step, missing or step.witnesses, host, bool(missing))


def _collected(case: Case, speaker: str, host: str | None) -> bool:
    """Tell whether a speaker's log of this host is in the bundle; of any host where it is not known which.

    One that may have no files of its own, such as the import manager, is there where it is heard inside others'.
    """
    declared = case.flow.named(speaker)
    logs = case.coverage.filter(pl.col("log").is_in(list(declared.log_names)))
    own = not logs.is_empty() if host is None else host in set(logs["host"])
    return own or bool(declared.inside and _heard(case, speaker))


def _heard(case: Case, speaker: str) -> bool:
    return bool((case.evidence["daemon"] == speaker).any())


def _only_primary(case: Case) -> str | None:
    """Return the primary server of the bundle, where there is one only."""
    hosts = case.coverage.filter(pl.col("role") == "primary")["host"].unique()
    return str(hosts[0]) if len(hosts) == 1 else None
