"""Where logs lie: folders, files and levels of every log that is known by name."""

from __future__ import annotations

import pytest

from nbtrace.knowledge import daemons
from nbtrace.knowledge.collecting import named, whereabouts


@pytest.mark.parametrize("log", daemons.daemons().values(), ids=lambda log: log.name)
def test_every_log_can_be_found(log):
    """Each log has a folder on both systems, names of files, and what raises its level."""
    where = whereabouts(log)
    assert where.unix.startswith("/usr/openv/")
    assert where.windows.startswith("<install_path>")
    assert where.level
    assert "{" not in where.unix + where.windows + where.files + where.level


def test_a_unified_log_is_known_by_its_originator():
    """A unified log names its originator in its files and in the command that raises its level."""
    where = whereabouts(daemons.daemon("nbjm"))
    assert (where.unix, where.files) == ("/usr/openv/logs/nbjm", "51216-117-*.log")
    assert "-o 117 " in where.level


def test_who_writes_into_another_log_is_found_there():
    """The import manager is found in the files of nbstserv, and raised with it."""
    where = whereabouts(daemons.daemon("import manager"))
    assert (where.unix, where.files) == ("/usr/openv/logs/nbstserv", "51216-226-*.log")
    assert "-o 226 " in where.level
    assert named(daemons.daemon("import manager")) == "import manager (originator 369, inside the files of nbstserv)"


def test_a_legacy_log_is_told_by_its_folder():
    """A legacy log lies in its folder below netbackup/logs, and its name says what it is."""
    assert whereabouts(daemons.daemon("bpdm")).unix == "/usr/openv/netbackup/logs/bpdm"
    assert named(daemons.daemon("bpdm")) == "bpdm (legacy log)"
