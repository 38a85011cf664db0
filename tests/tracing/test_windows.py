"""When a log was listening."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from nbtrace.tables import TIME
from nbtrace.tracing.windows import Windows, heard, listen


@pytest.fixture
def windows_of(clock):
    """Return a maker of windows from (host, speaker, file, times)."""

    def make(*files):
        rows = [
            {"host": host, "speaker": speaker, "log_id": file, "time": None if time == "-" else clock(time)}
            for host, speaker, file, times in files
            for time in times.split()
        ]
        schema = {"host": pl.String, "speaker": pl.String, "log_id": pl.UInt32, "time": TIME}
        levels = {"level": pl.lit(None, pl.Int8), "severity": pl.lit(2, pl.Int8), "time_quality": pl.lit("zone")}
        return listen(heard(pl.DataFrame(rows, schema=schema).with_columns(**levels)))

    return make


def test_a_file_covers_its_time(windows_of, clock):
    """A log covers the time from its first to its last record, silence inside included."""
    windows = windows_of(("p", "nbjm", 1, "18:00 19:00 23:00"))

    assert windows.covers(["p"], "nbjm", clock("19:10"), clock("22:00"))
    assert not windows.covers(["p"], "nbjm", clock("17:00"), clock("22:00"))


def test_nothing_covers_without_a_log(windows_of, clock):
    """A host without this log, and no host at all, cover nothing."""
    windows = windows_of(("p", "nbjm", 1, "18:00 23:00"))

    assert not windows.covers(["m"], "nbjm", clock("18:10"), clock("18:20"))
    assert not windows.covers([], "nbjm", clock("18:10"), clock("18:20"))
    assert windows.hosts("nbjm") == ["p"]
    assert windows.hosts("bpdm") == []


def test_rotations_are_one_window(windows_of, clock):
    """Files whose gap is no longer than the log's usual silence are one window, overlapping files too."""
    windows = windows_of(
        ("p", "nbjm", 1, "18:00 18:30 19:00"), ("p", "nbjm", 2, "19:20 20:00"), ("p", "nbjm", 3, "19:50 19:55")
    )

    assert windows.spans["p", "nbjm"] == [(clock("18:00"), clock("20:00"))]


def test_a_lost_rotation_is_a_hole(windows_of, clock):
    """Between files whose gap is longer than any silence before nothing is covered."""
    windows = windows_of(("p", "nbjm", 1, "18:00 18:05"), ("p", "nbjm", 2, "21:00 21:05"))

    assert len(windows.spans["p", "nbjm"]) == 2
    assert not windows.covers(["p"], "nbjm", clock("18:02"), clock("21:02"))


def test_a_quiet_log_reaches_to_the_end_of_its_host(windows_of, clock):
    """A log that was silent for an hour before may be silent for an hour at its end without having been cut off."""
    windows = windows_of(("p", "nbjm", 1, "18:00 19:00 20:00"), ("p", "admin", 2, "17:30 20:55"))

    assert windows.spans["p", "nbjm"] == [(clock("17:30"), clock("20:55"))]
    assert windows.goes_on("p", "nbjm")


def test_a_quiet_log_that_is_silent_for_longer_may_have_been_cut_off(windows_of, clock):
    """A log that was silent for an hour before and is silent for three at its end says nothing of that time."""
    windows = windows_of(("p", "nbjm", 1, "18:00 19:00 20:00"), ("p", "admin", 2, "17:30 22:30"))

    assert windows.spans["p", "nbjm"] == [(clock("17:30"), clock("20:00"))]
    assert not windows.goes_on("p", "nbjm")


def test_a_log_that_stops_early_was_cut_off(windows_of, clock):
    """A busy log that stops long before its host's others covers nothing more, and does not go on."""
    windows = windows_of(
        ("p", "nbjm", 1, "18:00 18:01 18:02"), ("p", "admin", 2, "18:00 22:30"), ("m", "bpdm", 3, "18:00 23:00")
    )

    assert windows.spans["p", "nbjm"] == [(clock("18:00"), clock("18:02"))]
    assert not windows.goes_on("p", "nbjm")
    assert not windows.goes_on("m", "nbjm")
    assert windows.until() == clock("23:00")


def test_records_without_time_or_speaker(windows_of):
    """What has no time or belongs to no speaker opens no window; an empty bundle has none."""
    assert windows_of(("p", "nbjm", 1, "-"), ("p", None, 2, "18:00")).spans == {}
    assert Windows().until() is None


@pytest.mark.parametrize(
    ("level", "severity", "debugging"), [(None, 2, True), (None, 8, False), (1, 2, False), (2, 2, True)]
)
def test_a_log_of_errors_only_is_known_as_such(clock, level, severity, debugging):
    """A legacy log without debug lines, or a unified one of level 1, says more than errors to nobody."""
    rows = {
        "host": ["p"],
        "speaker": ["nbjm"],
        "log_id": [1],
        "time": [clock("18:00")],
        "level": [level],
        "severity": [severity],
        "time_quality": ["zone"],
    }
    schema = {"time": TIME, "level": pl.Int8, "severity": pl.Int8}

    windows = listen(heard(pl.DataFrame(rows, schema_overrides=schema)))

    assert (("p", "nbjm") in windows.debugging) is debugging


def test_a_speaker_with_two_logs_is_heard_where_both_are(clock):
    """Where one log of a daemon lost hours, its other log does not stand in for it."""
    spoken = [
        ("bptm", 1, "18:00"),
        ("bptm", 1, "23:00"),
        ("bpdm", 2, "18:00"),
        ("bpdm", 2, "19:00"),
        ("bpdm", 3, "22:00"),
    ]
    rows = [
        {"host": "m", "speaker": "bpdm", "log": log, "log_id": file, "first": clock(time), "last": clock(time)}
        for log, file, time in (*spoken, ("bpdm", 3, "23:00"))
    ]
    schema = {"log_id": pl.UInt32, "first": TIME, "last": TIME}
    frame = pl.DataFrame(rows, schema_overrides=schema).with_columns(debugging=pl.lit(value=True))
    windows = listen(frame)

    assert windows.covers(["m"], "bpdm", clock("18:10"), clock("18:50"))
    assert not windows.covers(["m"], "bpdm", clock("19:10"), clock("21:00"))
    assert listen(frame.drop("log")).covers(["m"], "bpdm", clock("19:10"), clock("21:00"))
    assert windows.without({"bpdm": {"bpdm"}}).covers(["m"], "bpdm", clock("19:10"), clock("21:00"))
    assert not windows.without({"bpdm": {"bptm"}}).covers(["m"], "bpdm", clock("19:10"), clock("21:00"))
    assert windows.without({"bpdm": {"bpdm", "bptm"}}).hosts("bpdm") == []


def _minutes(first, last, step, without=()):
    """Return the times of a log that speaks every few minutes, but for spans in which it does not."""
    at = [minute for minute in range(first, last, step) if not any(start < minute < end for start, end in without)]
    return " ".join(f"{minute // 60:02}:{minute % 60:02}" for minute in at)


def test_a_silence_of_a_steady_log_is_a_hole(windows_of, clock):
    """A log that is hardly ever silent for ten minutes has a hole where it is silent for longer."""
    windows = windows_of(("p", "nbjm", 1, _minutes(600, 1200, 3, [(800, 825)])))

    assert len(windows.spans["p", "nbjm"]) == 2
    assert not windows.covers(["p"], "nbjm", clock("13:10"), clock("14:00"))


def test_silences_that_are_no_exceptions_are_no_holes(windows_of):
    """A log that is often silent for a quarter of an hour has no hole because of that."""
    pauses = [(start, start + 16) for start in range(620, 1180, 60)]

    assert len(windows_of(("p", "nbjm", 1, _minutes(600, 1200, 3, pauses))).spans["p", "nbjm"]) == 1


def test_windows_shrink_on_each_side_by_what_is_not_known_there(clock):
    """At its beginning a window loses what other clocks may be ahead of its own, at its end what its own may be ahead."""
    span = [(clock("18:00"), clock("23:00"))]
    windows = Windows({("p", "nbjm"): span, ("m", "bpdm"): span}, {"p": clock("23:00"), "m": clock("23:00")})
    two = timedelta(minutes=2)

    left = windows.within({"p": (timedelta(), two), "m": (two, timedelta())})
    assert left.spans == {
        ("p", "nbjm"): [(clock("18:00"), clock("22:58"))],
        ("m", "bpdm"): [(clock("18:02"), clock("23:00"))],
    }
    assert left.ends == {"p": clock("22:58"), "m": clock("23:00")}
