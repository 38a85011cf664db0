"""Findings about the bundle itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nbtrace.findings import bundle


def test_a_complete_bundle_lacks_nothing(make_case):
    """Where each host has every log of its role, no log is called absent."""
    assert list(bundle.absent_logs(make_case())) == []


def test_an_absent_log(make_case):
    """A log that the flow needs and a host does not have is named with the steps that it would show."""
    (found,) = bundle.absent_logs(make_case(absent=["nbjm"]))

    assert (found.code, found.host) == ("NBT301", "primary1")
    assert found.title == "the log nbjm (unified, originator 117) of primary1 is not in the bundle"
    assert found.detail == "It would show step 4 (start), 8 (validate)."
    (legacy,) = bundle.absent_logs(make_case(absent=["bpdbm"]))
    assert legacy.title == "the log netbackup/logs/bpdbm of primary1 is not in the bundle"


def test_how_to_get_a_log(make_case):
    """That a folder must be made first is said of legacy logs, and not of unified ones, which have theirs."""
    (unified,) = bundle.absent_logs(make_case(absent=["nbjm"]))
    (legacy,) = bundle.absent_logs(make_case(absent=["bpdbm"]))

    assert "mklogdir" not in unified.row()["remedy"]
    assert "mklogdir" in legacy.row()["remedy"]


@pytest.mark.parametrize(("images", "told"), [(1, "1 image went"), (2, "2 images went")])
def test_a_host_without_logs(make_case, images, told):
    """What went through a host of which nothing is there is counted."""
    rows = [
        {"image_id": f"a_{n}", "verdict": "imported", "step_states": "DDDDDDDD", "media_server": "media9"}
        for n in range(images)
    ]
    (found,) = bundle.absent_hosts(make_case(*rows))

    assert found.detail.startswith(told)


def test_no_host_of_a_role(make_case):
    """Where no host of a role is in the bundle at all, each of its logs is named once."""
    found = list(bundle.absent_logs(make_case(absent=["nbrmms", "bpdm"])))

    assert [each.title for each in found] == [
        "no log nbrmms (unified, originator 222) of any media server",
        "no log netbackup/logs/bpdm of any media server",
    ]


def test_the_import_manager_inside_nbstserv(make_case):
    """The import manager needs no log of its own where it is heard inside nbstserv's, or where nobody is heard."""
    heard = [{"image_id": "a_1", "daemon": "import manager"}]
    others = [{"image_id": "a_1", "daemon": "nbrmms"}]

    assert list(bundle.absent_logs(make_case(absent=["import manager"], evidence=heard))) == []
    assert list(bundle.absent_logs(make_case(absent=["import manager"]))) == []
    assert len(list(bundle.absent_logs(make_case(absent=["import manager"], evidence=others)))) == 1


def test_early_ends(make_case, night):
    """A log that stops long before its host's others is named; one that stops a little earlier is not."""

    def row(minutes):
        end = night + timedelta(hours=9, minutes=-minutes)
        return {
            "host": "primary1",
            "role": "primary",
            "log": "x",
            "last_time": end,
            "windows": [{"from": night, "to": end}],
        }

    (found,) = bundle.early_ends(make_case(coverage=[row(60)]))
    assert (found.code, found.host, found.time) == ("NBT303", "primary1", night + timedelta(hours=8))
    assert (
        found.detail
        == "The log x of primary1 stops at 2026-11-21 02:00:00 UTC, while other logs of the host go on until 2026-11-21 03:00:00 UTC."
    )
    assert list(bundle.early_ends(make_case(coverage=[row(10)]))) == []


def test_not_understood(make_case):
    """Lines that no grammar took are counted, with the first of them; few among many are only worth a note."""
    row = {
        "host": "p",
        "role": "primary",
        "log": "x",
        "entries": 100,
        "samples": ["p/x.log:3: what: is this"],
        "unparsed": 1,
    }
    (much,) = bundle.not_understood(make_case(coverage=[row]))
    (little,) = bundle.not_understood(make_case(coverage=[row | {"entries": 101}]))

    assert (much.code, much.evidence) == ("NBT304", ("p/x.log:3",))
    assert much.detail.endswith("The first: p/x.log:3: what: is this")
    assert (much.severity, little.severity) == ("", "info")


def test_holes(make_case, night):
    """A log with more than one window is named with the longest time of which it tells nothing."""
    hours = [(0, 1), (2, 3), (6, 7)]
    spans = [{"from": night + timedelta(hours=start), "to": night + timedelta(hours=end)} for start, end in hours]
    row = {"host": "primary1", "role": "primary", "log": "x", "last_time": night + timedelta(hours=7), "windows": spans}
    (found,) = bundle.holes(make_case(coverage=[row]))
    assert (found.code, found.host, found.time) == ("NBT303", "primary1", night + timedelta(hours=3))
    assert found.detail.endswith("from 2026-11-20 21:00:00 UTC to 2026-11-21 00:00:00 UTC, and of 1 shorter ones.")


def test_noticed(make_case):
    """What the readers noticed is passed on, with its place."""
    (found,) = bundle.noticed(make_case(noticed=[("NBT503", "p/x.log", "", "no")]))

    assert (found.code, found.evidence, found.detail, found.host) == ("NBT503", ("p/x.log",), "no", None)
