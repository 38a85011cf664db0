"""Hosts: local time and folders."""

from __future__ import annotations

from datetime import date

from nbtrace.simulator.hosts import LOGS, Clock, Host


def test_local_time_follows_the_zone():
    """A clock shows the local date and time of day, across midnight and with the summer's offset."""
    assert Clock("Europe/Berlin").local(1_795_215_600_000) == (date(2026, 11, 21), 0)
    assert Clock("UTC").local(1_795_215_600_000) == (date(2026, 11, 20), 23 * 3_600_000)
    assert Clock("Europe/Berlin").local(1_782_856_800_000) == (date(2026, 7, 1), 0)


def test_local_time_is_wrong_by_the_skew():
    """A skewed clock shows its error."""
    assert Clock("UTC", 1500).local(0) == (date(1970, 1, 1), 1500)


def test_folders():
    """Unified and legacy logs lie in trees of their own on UNIX, and side by side on Windows."""
    unix, windows = Host("a", "media", Clock("UTC"), 1), Host("b", "media", Clock("UTC"), 1, windows=True)

    assert unix.folder(LOGS["nbrmms"]) == "a/usr/openv/logs/nbrmms"
    assert unix.folder(LOGS["bpdm"]) == "a/usr/openv/netbackup/logs/bpdm"
    assert {windows.folder(LOGS[log]).rsplit("/", 1)[0] for log in ("nbrmms", "bpdm")} == {
        "b/Program Files/Veritas/NetBackup/logs"
    }
