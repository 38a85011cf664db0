"""A cheap look at a log: the wanted records are read as ever, and of all others enough to know when it was silent."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrace.records import look as looking

NIGHT = datetime(2026, 10, 24, 12)  # noqa: DTZ001 - the local time of a host, on the day before its clocks go back
FLOOR = timedelta(minutes=10)  # shorter silences mean nothing
NAMING = {True: "jobid=815", False: "idle"}
STEPS = st.lists(
    st.tuples(st.sampled_from([-90, -1, 0, 1, 30, 200, 700, 3000, 9000, 40000]), st.booleans(), st.booleans()),
    max_size=60,
)


@pytest.fixture
def look(read):
    """Return a function that reads a log cheaply, with as little as can be, and the same log in full."""

    def look_at(*args, **options):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(looking, "_SOME", 1)
            patch.setattr(looking, "_ENDS", 1)
            cheap = read(*args, **options, wanted=lambda text: text.str.contains("job", literal=True))
        return cheap, read(*args, **options)

    return look_at


def line(form, moment, message, number, *, guest=False):
    """Return a record of a format."""
    stamp = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03}"
    file_id = 369 if guest else 226
    if form == "legacy":
        return f"{stamp} [{number}] <2> f: {message}"
    if form == "windows":
        return f"{moment:%I:%M:%S}.000 {moment:%p}: [{number}.7] <2> f: {message}".removeprefix("0")
    if form == "vxlogview_default":
        return f"{moment:%m/%d/%y} {stamp} [f] {message}"
    if form == "vxlogview":
        level = 5 if number == 7 else 1
        owner = f"NB 51216 nbstserv 226 PID:1 TID:2 File ID:{file_id}"
        return f"{moment.month}/{moment.day}/2026 {stamp} [Debug] {owner} [x] {level} [f] {message}"
    epoch = int((moment - datetime(1970, 1, 1)).total_seconds() * 1000)  # noqa: DTZ001 - no zone is needed
    return f"0,51216,{file_id},226,{number},{epoch},1,2,0:,{len(message)}:{message},1:f,{5 if number == 7 else 1}"


FORMS = ["legacy", "windows", "vxlogview", "vxlogview_default", "unified"]
SLOW = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=50)


def silences(entries, by=()):
    """Return first and last time, and the longest silence that means something, by some columns."""
    timed = entries.filter(pl.col("time").is_not_null()).sort("time")
    silence = pl.max_horizontal(pl.col("time").diff().max(), pl.lit(FLOOR))
    found = (pl.col("time").min().alias("first"), pl.col("time").max().alias("last"), silence.alias("silence"))
    return timed.group_by(by).agg(found).sort(by).rows() if by else timed.select(found).rows()


@SLOW
@given(st.sampled_from(FORMS), STEPS)
def test_a_cheap_look_tells_the_same(look, form, steps):
    """Wanted records come out with all their fields and the same times, and the figures of the log are the same."""
    moment, lines = NIGHT, []
    for number, (step, naming, _) in enumerate(steps):
        moment += timedelta(seconds=step)
        lines.append(line(form, moment, NAMING[naming], number))
    kind = {"windows": "legacy"}.get(form, form)
    cheap, full = look("\n".join(lines), kind, date=NIGHT.date(), zone="Europe/Berlin", originator=226)
    named = pl.col("message").str.contains("job")
    assert cheap.entries.filter(named).equals(full.entries.filter(named))
    for figure in ("records", "lines", "unparsed", "samples", "date_assumed"):
        assert getattr(cheap, figure) == getattr(full, figure)
    level = max(cheap.highest_level or 0, cheap.entries["level"].max() or 0)
    assert level == (full.entries["level"].max() or 0)


@SLOW
@given(st.sampled_from(FORMS), st.lists(st.integers(0, 5000), min_size=1, max_size=60))
def test_silences_are_known(look, form, steps):
    """First and last time of a log in order, and every silence long enough to mean something, are the same."""
    moments = [NIGHT + timedelta(seconds=sum(steps[: number + 1])) for number in range(len(steps))]
    text = "\n".join(line(form, moment, "idle", number) for number, moment in enumerate(moments))
    cheap, full = look(text, {"windows": "legacy"}.get(form, form), date=NIGHT.date(), originator=226)
    assert silences(cheap.entries) == silences(full.entries)


@SLOW
@given(STEPS)
def test_a_guest_has_silences_of_its_own(look, steps):
    """In a raw log the silences of each writer are known, however seldom one of them speaks."""
    moment, lines = NIGHT, []
    for number, (step, _, guest) in enumerate(steps):
        moment += timedelta(seconds=abs(step))
        lines.append(line("unified", moment, "idle", number, guest=guest))
    cheap, full = look("\n".join(lines), "unified", originator=226)
    assert silences(cheap.entries, ["file_id"]) == silences(full.entries, ["file_id"])


def test_a_cheap_look_is_cheap(look):
    """Of a busy log only a small part is read in full."""
    for form in FORMS:
        moments = [NIGHT + timedelta(seconds=number) for number in range(7000)]
        text = "\n".join(line(form, moment, "idle", number + 10) for number, moment in enumerate(moments))
        cheap, full = look(text, {"windows": "legacy"}.get(form, form), date=NIGHT.date(), originator=226)
        assert (full.entries.height, full.records, cheap.records) == (7000, 7000, 7000)
        assert 0 < cheap.entries.height < 300


def test_midnight_is_not_missed(look):
    """A log that was quiet from one afternoon to the next noon goes on a day later, for records read at a cheap look, too."""
    text = "\n".join(
        f"{clock} [1] <2> f: {message}"
        for clock, message in [
            ("13:00:01", "idle"),
            ("13:59:59", "idle"),
            ("01:30:00", "idle"),
            ("01:31:00", "jobid=1"),
        ]
    )
    cheap, full = look(text)
    assert cheap.entries["time"].max() == full.entries["time"].max() == datetime.fromisoformat("2026-11-21T01:31Z")


def test_every_date_counts(look):
    """The order of day and month is told by all dates, also by those of records that are not wanted."""
    text = "\n".join(f"{date} 09:22:00.123 [taolog] {word}" for date, word in [
        ("05/06/2026", "jobid=1"), ("13/06/2026", "idle"), ("07/06/2026", "idle"), ("08/06/2026", "jobid=2"),
    ])  # fmt: skip
    cheap, full = look(text, "vxlogview_default", date=None)
    assert cheap.entries["time"].dt.day().to_list() == full.entries["time"].dt.day().to_list() == [5, 13, 7, 8]


HEAD = "0,51216,117,117,1,1795204803581,2514,90,"


@pytest.mark.parametrize("first", ["first", "first,1"])
def test_a_forged_record_stays_text(look, first):
    """A line inside a message that looks like a record with a job is text, although its record names nothing itself."""
    text = f"{first}\n{HEAD}0:,9:jobid=815,0:,1\nlast"
    quiet = [f"{HEAD}0:,4:idle,0:,1"] * 3
    data = "\n".join([*quiet, f"{HEAD}0:,{len(text)}:{text},0:,1", *quiet])
    cheap, full = look(data, "unified")
    named = pl.col("message").str.contains("job")
    assert cheap.entries.filter(named)["message"].to_list() == [text]
    assert full.entries.filter(named)["message"].to_list() == [text]


def test_levels_of_records_that_are_not_read(look):
    """The highest level counts, wherever its one record stands."""
    for form in ("unified", "vxlogview"):
        text = "\n".join(line(form, NIGHT, "idle", number) for number in range(20))
        cheap, _ = look(text, form, originator=226)
        assert cheap.highest_level == 5
