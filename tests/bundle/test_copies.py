"""The same log handed in twice is counted once."""

from __future__ import annotations

import gzip

import pytest

from nbtrace.bundle import read_bundle

LOG = b"".join(b"03:%02d:%02d.926 [4242] <2> bpdm: line %d\n" % (n // 60 % 60, n % 60, n) for n in range(400))
NAME = "bpdm/root.112026_00001.log"


def paths(bundle):
    """Return the paths of the logs, and those of the copies with what they are copies of."""
    copies = bundle.ignored.filter(bundle.ignored["reason"].str.starts_with("the same"))
    return sorted(bundle.logs["path"]), dict(copies.select("path", "reason").iter_rows())


def test_a_log_and_its_packed_copy_are_one(read):
    """A log that lies beside its compressed self is counted once, and the plain one is kept."""
    kept, copies = paths(read({f"m1/{NAME}": LOG, f"m1/{NAME}.gz": gzip.compress(LOG)}))
    assert (kept, copies) == ([f"m1/{NAME}"], {f"m1/{NAME}.gz": f"the same log as 'm1/{NAME}'"})


def test_a_folder_and_its_archive_are_one(make, library):
    """Inputs that hold the same logs under other names are counted once."""
    folder = make({f"m1/usr/openv/netbackup/logs/{NAME}": LOG, f"again/{NAME}": LOG})
    kept, copies = paths(read_bundle([folder / "m1", folder / "again"], library=library))
    assert kept == [f"m1/usr/openv/netbackup/logs/{NAME}"]  # its host is known best
    assert list(copies) == [f"again/{NAME}"]


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_an_earlier_copy_is_part_of_the_later_one(read, share):
    """A log that was copied once more when it had grown is counted once, the longer one."""
    cut = LOG[: int(len(LOG) * share)]
    kept, copies = paths(read({f"a/{NAME}": cut, f"b/{NAME}": LOG, f"c/{NAME}": cut}))
    assert kept == [f"b/{NAME}"]
    assert set(copies.values()) == {f"the same log as 'b/{NAME}'"}


def test_logs_that_differ_at_their_end_are_two(read):
    """Logs that begin alike and go on in different ways are both read."""
    kept, copies = paths(read({f"a/{NAME}": LOG + LOG[:50], f"b/{NAME}": LOG + LOG[50:100]}))
    assert (len(kept), copies) == (2, {})


def test_short_logs_of_two_hosts_are_two(read):
    """A few lines may be alike on two hosts; they are not taken for one log."""
    assert len(paths(read({f"a/{NAME}": LOG[:200], f"b/{NAME}": LOG[:200]}))[0]) == 2


def test_logs_of_two_daemons_are_two(read):
    """What two daemons wrote is never the same log."""
    assert len(paths(read({f"a/{NAME}": LOG, "a/bptm/root.112026_00001.log": LOG}))[0]) == 2


def test_a_copy_is_no_loss(read):
    """A copy that is left out leaves nothing unread."""
    assert read({f"a/{NAME}": LOG, f"b/{NAME}": LOG}).unreadable == 0
