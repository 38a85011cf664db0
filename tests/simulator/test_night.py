"""The collecting of a night's records."""

from __future__ import annotations

import pytest

from nbtrace.simulator import Options
from nbtrace.simulator.hosts import Clock, Host
from nbtrace.simulator.night import Night

OPTIONS = Options()
EVENING = OPTIONS.start_ms


@pytest.fixture
def host():
    """Return a media server in UTC."""
    return Host("m1", "media", Clock("UTC"), 10, pids={"bpdm": 1, "nbrmms": 2})


def made(*, kept="m1/bpdm m1/nbrmms", printed=""):
    """A night that keeps the named logs."""
    return Night(OPTIONS, kept=frozenset(kept.split()), printed=frozenset(printed.split()), shared=False)


def test_sorted_by_time(host, tmp_path):
    """A file's lines are in the order of their times; of one moment, in the order in which they were said."""
    night = made()
    for ms, text in ((2, "later"), (1, "first"), (1, "second")):
        night.say(EVENING + ms, host, "bpdm", text, function="f")
    night.write(tmp_path)

    (path,) = tmp_path.rglob("*.log")
    assert [line.rsplit(": ", 1)[1] for line in path.read_text().splitlines()] == ["first", "second", "later"]


def test_a_process_stays_in_its_file(host, tmp_path):
    """A process that opened its log before midnight goes on in that day's file."""
    night = made()
    opened = EVENING + 5 * 3_600_000
    night.say(opened, host, "bpdm", "before", function="f", opened=opened)
    night.say(opened + 2 * 3_600_000, host, "bpdm", "after", function="f", opened=opened)
    night.say(opened + 2 * 3_600_000, host, "bpdm", "another", function="f")
    night.write(tmp_path)

    assert {path.name: path.read_text().count("\n") for path in tmp_path.rglob("*.log")} == {
        "root.112026_00001.log": 2,
        "root.112126_00001.log": 1,
    }


def test_a_removed_log_is_not_written(host, tmp_path):
    """A record of a log that is not in the bundle is dropped, and the teller hears of it."""
    night = made(kept="m1/nbrmms")

    assert night.say(EVENING, host, "nbrmms", "x", function="f")
    assert not night.say(EVENING, host, "bpdm", "x", function="f")
    night.write(tmp_path)
    assert [path.parent.name for path in tmp_path.rglob("*.log")] == ["nbrmms"]


def test_nothing_after_the_end(host):
    """A story that speaks after the night's end is a mistake and is not written."""
    with pytest.raises(ValueError, match="after the night's end"):
        made().say(OPTIONS.end_ms + 1, host, "bpdm", "x", function="f")


def test_a_printout_is_one_file(host, tmp_path):
    """A printed log is one text for the whole night, in the host's folder."""
    night = made(printed="nbrmms")
    for hours in (0, 8):
        night.say(EVENING + hours * 3_600_000, host, "nbrmms", "x", function="f")
    night.write(tmp_path)

    assert (tmp_path / "m1" / "nbrmms.txt").read_text().count("\n") == 2
