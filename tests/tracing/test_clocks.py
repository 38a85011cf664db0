"""The zone of a clock is found from the facts that it shares with logs of known times, or not at all."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest

from nbtrace.flows import load
from nbtrace.tables import LOGS, STRINGS, TIME
from nbtrace.tracing.clocks import credible, match

NIGHT = datetime(2026, 11, 20, 18, tzinfo=UTC)
RAW = {"host": "p", "role": "primary", "format": "unified", "zone": "UTC", "zone_source": "epoch", "date": NIGHT.date()}
LOCAL = {
    "host": "m",
    "role": "media",
    "format": "legacy",
    "zone": "UTC",
    "zone_source": "assumed",
    "date": NIGHT.date(),
}


def seconds(count, every=1200.0, first=0):
    """Return the beginnings of so many jobs: job id and seconds since the night began."""
    return {815 + n: first + n * every for n in range(count)}


def told(logs, *facts):
    """Return what is found of clocks; facts are (log, seconds by job, hours ahead, seconds late)."""
    rows = [
        {"log_id": log, "time": NIGHT + timedelta(seconds=at + late, hours=ahead), "job_id": job}
        for log, jobs, ahead, *lates in facts
        for late in lates or [0]
        for job, at in jobs.items()
    ]
    frame = pl.DataFrame(rows, schema={"log_id": pl.UInt32, "time": TIME, "job_id": pl.Int64})
    quality = pl.when(pl.col("log_id").is_in([n for n, log in enumerate(logs) if log["zone_source"] == "epoch"]))
    frame = frame.with_columns(
        time_quality=quality.then(pl.lit("epoch")).otherwise(pl.lit("local")),
        images=pl.lit([], STRINGS),
        speaker=pl.lit("bpdm"),
        message=pl.lit(""),
        says_importing=pl.lit(value=False),
    )
    table = pl.DataFrame([log | {"log_id": n, "path": f"{n}.log"} for n, log in enumerate(logs)])
    return match(frame.lazy(), LOGS.shape(table), load())


def zones(found):
    """Return the zones by host and format."""
    return {(host, form): zone for host, form, zone in found.zones.select("host", "format", "zone").iter_rows()}


@pytest.mark.parametrize(
    ("ahead", "zone"), [(0, "UTC"), (1, "+01:00"), (-5, "-05:00"), (5.75, "+05:45"), (14, "+14:00"), (-12, "-12:00")]
)
@pytest.mark.parametrize("skew", [-120, 0, 120])
def test_a_zone_is_found(ahead, zone, skew):
    """The offset that most jobs agree on is the host's, whatever its clock's error of up to two minutes."""
    jobs = seconds(8)
    found = told([RAW, LOCAL], (0, jobs, 0, 0, 40), (1, jobs, ahead, skew + 2, skew + 35))
    assert zones(found) == {("m", "legacy"): zone}
    assert found.zones["facts"].to_list() == [8]


def test_few_facts_tell_nothing():
    """Of two jobs no zone is concluded, and of none neither."""
    jobs = seconds(2)
    assert zones(told([RAW, LOCAL], (0, jobs, 0), (1, jobs, 1))) == {}
    assert zones(told([RAW, LOCAL], (0, seconds(9), 0), (1, {1: 0.0, 2: 60.0}, 1))) == {}


def test_facts_that_disagree_tell_nothing():
    """Where jobs wait for times of all kinds between the two logs, no offset stands out."""
    jobs = seconds(12)
    late = {job: at + 1000 * n for n, (job, at) in enumerate(jobs.items())}
    assert zones(told([RAW, LOCAL], (0, jobs, 0), (1, late, 0))) == {}


def test_some_facts_may_be_wrong():
    """A third of the jobs may wait in a queue: the others decide."""
    jobs = seconds(12)
    late = {job: at + (1000 * n if n % 3 == 0 else 3) for n, (job, at) in enumerate(jobs.items())}
    assert zones(told([RAW, LOCAL], (0, jobs, 0), (1, late, 2))) == {("m", "legacy"): "+02:00"}


def test_what_is_said_at_once_decides():
    """Where nearly as many jobs wait for the same quarter of an hour, those decide of which both logs speak at once."""
    jobs = seconds(12)
    late = {job: at + (3 if n % 2 else 460 + 70 * n) for n, (job, at) in enumerate(jobs.items())}
    assert zones(told([RAW, LOCAL], (0, jobs, 0), (1, late, 2))) == {("m", "legacy"): "+02:00"}


def test_images_that_wait_together_are_one_fact():
    """Many images of one batch that wait for a quarter of an hour do not outvote images of several moments."""
    alone = {f"a_179518800{n}": (1200.0 * n, 0) for n in range(4)}
    batch = {f"b_17951880{n}": (9000.0, 1020) for n in range(10, 30)}
    rows = [
        {"log_id": log, "time": NIGHT + timedelta(seconds=at + log * (late + 3), hours=-5 * log), "images": [image]}
        for image, (at, late) in {**alone, **batch}.items()
        for log in (0, 1)
    ]
    frame = pl.DataFrame(rows, schema={"log_id": pl.UInt32, "time": TIME, "images": STRINGS}).with_columns(
        time_quality=pl.when(pl.col("log_id") == 0).then(pl.lit("epoch")).otherwise(pl.lit("local")),
        job_id=pl.lit(None, pl.Int64),
        speaker=pl.lit("bpdm"),
        message=pl.lit(""),
        says_importing=pl.lit(value=False),
    )
    table = pl.DataFrame([log | {"log_id": n, "path": f"{n}.log"} for n, log in enumerate([RAW, LOCAL])])

    assert zones(match(frame.lazy(), LOGS.shape(table), load())) == {("m", "legacy"): "-05:00"}


def test_long_jobs_agree_at_both_ends():
    """Jobs that all take an hour do not move the offset by one: it is there that beginning and end agree."""
    jobs = seconds(10)
    assert zones(told([RAW, LOCAL], (0, jobs, 0, 0, 3600), (1, jobs, -3, 5, 3590))) == {("m", "legacy"): "-03:00"}


def test_what_is_found_tells_of_the_next():
    """A clock that shares no job with a log of known times is found by one that does."""
    other = LOCAL | {"host": "m2"}
    first, second = seconds(6), seconds(6, first=300)
    shared = {job + 100: at for job, at in second.items()}
    found = told([RAW, LOCAL, other], (0, first, 0), (1, first | shared, 1), (2, shared, -5))
    assert zones(found) == {("m", "legacy"): "+01:00", ("m2", "legacy"): "-05:00"}


def test_without_known_times_the_primary_is_the_base():
    """Where all logs are local, the others are read as the primary's clock demands."""
    base = LOCAL | {"host": "p", "role": "primary", "zone": "+02:00", "zone_source": "option"}
    jobs = seconds(6)
    assert zones(told([base, LOCAL], (0, jobs, 2), (1, jobs, -5))) == {("m", "legacy"): "-05:00"}


def test_an_option_of_the_host_is_not_overruled_in_silence():
    """A zone of --host-tz stays, and what fits is told beside it; one that fits is not spoken of."""
    jobs = seconds(6)
    given = LOCAL | {"zone": "Asia/Tokyo", "zone_source": "host option"}
    found = told([RAW, given], (0, jobs, 0), (1, jobs, 1))
    assert zones(found) == {}
    assert found.wrong.rows() == [("m", "legacy", "Asia/Tokyo", "+01:00", 6, True)]
    right = told([RAW, given], (0, jobs, 0), (1, jobs, 9))
    assert (zones(right), right.wrong.rows()) == ({}, [])


def test_the_general_option_is_overruled():
    """A zone of --tz gives way to what the logs show, and that is told; one that fits is not spoken of."""
    jobs = seconds(6)
    given = LOCAL | {"zone": "Asia/Tokyo", "zone_source": "option"}
    found = told([RAW, given], (0, jobs, 0), (1, jobs, 1))
    assert zones(found) == {("m", "legacy"): "+01:00"}
    assert found.wrong.rows() == [("m", "legacy", "Asia/Tokyo", "+01:00", 6, False)]
    assert told([RAW, given], (0, jobs, 0), (1, jobs, 9)).wrong.rows() == []


def test_a_change_within_the_bundle():
    """Where an offset changes when zones of the world do, both are told with the moment of the change."""
    began = datetime(2026, 10, 24, 18, tzinfo=UTC)
    jobs = seconds(16, every=3000)
    turn = (datetime(2026, 10, 25, 1, tzinfo=UTC) - began).total_seconds()
    shift = (began - NIGHT).total_seconds()
    early, late = ({job: at + shift for job, at in jobs.items() if (at < turn) is side} for side in (True, False))
    found = told([RAW, LOCAL], (0, early | late, 0, 0, 20), (1, early, 2, 3, 25), (1, late, 1, 3, 25))
    assert zones(found) == {("m", "legacy"): "+02:00, +01:00 from 2026-10-25T01:00Z"}


def test_a_change_that_no_zone_makes():
    """Where no zone of the world changes in that time, two offsets are no explanation, and nothing is claimed."""
    jobs = seconds(12)
    early, late = ({job: at for job, at in jobs.items() if (job < 821) is side} for side in (True, False))
    assert zones(told([RAW, LOCAL], (0, jobs, 0), (1, early, 2), (1, late, 1))) == {}


def test_a_file_without_a_date_is_dated():
    """A file whose name has no date gets that of the jobs in it; one whose name is wrong is told, one that is right not."""
    undated, wrong = LOCAL | {"date": None}, LOCAL | {"date": date(2026, 11, 23)}
    jobs, third = seconds(6), seconds(6, first=100)
    third = {job + 50: at for job, at in third.items()}
    days = (date(1970, 1, 1) - NIGHT.date()).days * 24
    logs = [RAW, LOCAL, undated, wrong]
    found = told(logs, (0, jobs | third, 0), (1, jobs, 1), (2, third, 1 + days), (3, third, 1 + 72))
    assert zones(found) == {("m", "legacy"): "+01:00"}
    assert set(found.dates.rows()) == {(2, NIGHT.date(), None, 6), (3, NIGHT.date(), date(2026, 11, 23), 6)}


def test_contradicted_logs_have_no_zone():
    """The times of logs that contradict others are not known, those of epochs are."""
    jobs = seconds(6)
    given = LOCAL | {"host": "p", "zone": "Asia/Tokyo", "zone_source": "host option"}
    logs = LOGS.shape(pl.DataFrame([RAW | {"log_id": 0, "path": "0"}, given | {"log_id": 1, "path": "1"}]))
    found = told([RAW, given], (0, jobs, 0), (1, jobs, 1))
    assert found.believed(logs)["zone"].to_list() == ["UTC", None]


@pytest.mark.parametrize(("late", "counts"), [(0, True), (20, True), (120, False), (-300, False)])
def test_an_assumed_zone_must_fit_the_end(late, counts):
    """A log in an assumed zone is a witness only where it ends when the logs with known times do."""
    ends = [NIGHT, NIGHT + timedelta(minutes=late)]
    heard = pl.DataFrame({"host": ["p", "m"], "log_id": [0, 1], "last": ends}, schema_overrides={"log_id": pl.UInt32})
    logs = LOGS.shape(pl.DataFrame([RAW | {"log_id": 0}, LOCAL | {"log_id": 1}]))
    assert credible(heard, logs)["log_id"].to_list() == ([0, 1] if counts else [0])


def made(ages, messages, speaker="bpdm"):
    """Return what is found of a local log that names images made so many minutes before, in a zone of +05:30."""
    rows = [
        {
            "log_id": 0,
            "time": NIGHT + timedelta(hours=n + 5.5, minutes=age),
            "images": [f"a_{int((NIGHT + timedelta(hours=n)).timestamp())}"],
            "message": message,
        }
        for n, (age, message) in enumerate(zip(ages, messages, strict=True))
    ]
    schema = {"log_id": pl.UInt32, "time": TIME, "images": STRINGS, "message": pl.String}
    frame = pl.DataFrame(rows, schema=schema).with_columns(
        job_id=pl.lit(None, pl.Int64),
        time_quality=pl.lit("local"),
        speaker=pl.lit(speaker),
        says_importing=pl.lit(value=False),
    )
    return match(frame.lazy(), LOGS.shape(pl.DataFrame([LOCAL | {"log_id": 0, "path": "0"}])), load())


WRITES = "INITIATING (VERBOSE = 5): -w -c a -jobid 815 -b a_1 -cl pol"


@pytest.mark.parametrize("message", [WRITES, "starting bpbrm on m, backupid=a", "backup of client a begins"])
def test_backups_tell_the_zone(message):
    """Where a log says of backups that they begin, the epochs in their ids tell its zone."""
    assert zones(made([0, 1, 0, 1], [message] * 4)) == {("m", "legacy"): "+05:30"}


@pytest.mark.parametrize("message", ["event for backup id a", "image a received", "import of backup_id a"])
def test_other_images_tell_no_zone(message):
    """What is said of images otherwise tells nothing: they may be made long before."""
    assert zones(made([0, 1, 0, 1], [message] * 4)) == {}


def test_replicated_images_tell_no_zone():
    """An image that an anchor of the flow names was made elsewhere, whatever the words."""
    assert zones(made([0, 1, 0, 1], [WRITES] * 4, speaker="nbrmms")) == {}


def test_late_words_tell_no_zone():
    """What is said minutes after the backup began is no moment of its beginning."""
    assert zones(made([5, 6, 7, 8], [WRITES] * 4)) == {}
