"""The collecting of a night's records."""

from __future__ import annotations

import pytest

from nbtrace.simulator import Options
from nbtrace.simulator.hosts import Clock, Host
from nbtrace.simulator.losses import Loss, Losses
from nbtrace.simulator.night import Night, lose_files

OPTIONS = Options()
EVENING = OPTIONS.start_ms


@pytest.fixture
def host():
    """Return a media server in UTC."""
    return Host("m1", "media", Clock("UTC"), 10, pids={"bpdm": 1, "nbrmms": 2})


def made(*, kept="m1/bpdm m1/nbrmms", printed="", levels=None, spans=(), **options):
    """A night that keeps the named logs."""
    losses = Losses(frozenset(kept.split()), levels or {}, list(spans))
    return Night(Options(**options), losses, printed=frozenset(printed.split()), shared=False)


def written(night, folder):
    """Close a night, write it, and return its files by name."""
    night.close()
    lose_files([night], night._options)
    night.write(folder)
    return {path.name: path.read_text() for path in sorted(folder.rglob("*.*")) if path.is_file()}


def test_sorted_by_time(host, tmp_path):
    """A file's lines are in the order of their times; of one moment, in the order in which they were said."""
    night = made()
    for ms, text in ((2, "later"), (1, "first"), (1, "second")):
        night.say(EVENING + ms, host, "bpdm", text, function="f")
    (text,) = written(night, tmp_path).values()
    assert [line.rsplit(": ", 1)[1] for line in text.splitlines()] == ["first", "second", "later"]


def test_a_process_stays_in_its_file(host, tmp_path):
    """A process that opened its log before midnight goes on in that day's file."""
    night = made()
    opened = EVENING + 5 * 3_600_000
    night.say(opened, host, "bpdm", "before", function="f", opened=opened)
    night.say(opened + 2 * 3_600_000, host, "bpdm", "after", function="f", opened=opened)
    night.say(opened + 2 * 3_600_000, host, "bpdm", "another", function="f")

    assert {name: text.count("\n") for name, text in written(night, tmp_path).items()} == {
        "root.112026_00001.log": 2,
        "root.112126_00001.log": 1,
    }


def test_a_removed_log_is_not_written(host, tmp_path):
    """A record of a log that is not in the bundle is dropped, and the teller hears of it."""
    night = made(kept="m1/nbrmms")

    assert night.say(EVENING, host, "nbrmms", "x", function="f").kept
    assert not night.say(EVENING, host, "bpdm", "x", function="f").kept
    assert [name[:9] for name in written(night, tmp_path)] == ["51216-222"]


def test_a_level_drops_what_is_above(host, tmp_path):
    """A log writes up to its level: unified debug levels, and of legacy severities all but the debug lines at zero."""
    night = made(levels={"m1/nbrmms": 1, "m1/bpdm": 0})

    told = [night.say(EVENING, host, "nbrmms", "x", function="f", level=level).kept for level in (1, 2)]
    told += [night.say(EVENING, host, "bpdm", "x", function="f", level=level).kept for level in (2, 4, 16)]
    assert told == [True, False, False, True, True]
    assert sorted(text.count("\n") for text in written(night, tmp_path).values()) == [1, 2]


def test_a_hole(host, tmp_path):
    """What is cut out of a log is missing in the middle of its file; the sequence numbers show that it was there."""
    night = made(spans=[Loss("m1/nbrmms", EVENING + 1, EVENING + 3, "hole")])
    lines = [night.say(EVENING + ms, host, "nbrmms", "x", function="f") for ms in range(4)]

    (text,) = written(night, tmp_path).values()
    assert [line.kept for line in lines] == [True, False, False, True]
    assert [line.split(",")[4] for line in text.splitlines()] == ["1", "4"]


def test_lost_files(host, tmp_path):
    """A lost file is one from the middle: its lines are not kept, and its span is noted."""
    night = made(log_kb=1, lost_files=1)
    lines = [night.say(EVENING + ms, host, "nbrmms", "x" * 200, function="f") for ms in range(40)]
    names = list(written(night, tmp_path))

    gone = [line for line in lines if not line.kept]
    assert gone
    assert lines[0].kept
    assert lines[-1].kept
    assert len(names) == int(names[-1][-14:-4])
    assert night.losses.spans == [Loss("m1/nbrmms", gone[0].ms, gone[-1].ms + 1, "lost file")]


def test_nothing_after_the_end(host):
    """A story that speaks after the night's end is a mistake and is not written."""
    with pytest.raises(ValueError, match="after the night's end"):
        made().say(OPTIONS.end_ms + 1, host, "bpdm", "x", function="f")


def test_a_printout_is_one_file(host, tmp_path):
    """A printed log is one text for the whole night, in the host's folder."""
    night = made(printed="nbrmms")
    for hours in (0, 8):
        night.say(EVENING + hours * 3_600_000, host, "nbrmms", "x", function="f")

    assert written(night, tmp_path)["nbrmms.txt"].count("\n") == 2
