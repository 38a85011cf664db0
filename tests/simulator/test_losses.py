"""What is lost of a night, and what is still watched."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from nbtrace.errors import InputError
from nbtrace.simulator import Options, simulate
from nbtrace.simulator.losses import Loss, Losses

TWO = Losses(frozenset({"h/a", "h/b"}), spans=[Loss("h/a", 10, 20, "hole"), Loss("h/b", 15, 30, "hole")])


@pytest.mark.parametrize(
    ("places", "span", "expected"),
    [
        (("h/a",), (0, 9), True),
        (("h/a",), (0, 12), False),
        (("h/a",), (20, 40), False),
        (("h/a",), (21, 40), True),
        (("h/a", "h/b"), (0, 14), True),
        (("h/a", "h/b"), (12, 18), False),
        (("h/a", "h/b"), (21, 28), True),
        (("h/gone",), (0, 1), False),
        ((), (0, 1), False),
    ],
)
def test_watched(places, span, expected):
    """A span of time is watched where at each of its moments one of the logs was listening."""
    assert TWO.watched(places, *span) is expected


def test_holes_and_short_logs(night):
    """Holes and short logs are as many as wanted, each in a log of its own, and no line of the bundle is in one."""
    bundle = night(images=10, seed=3, holes=3, short=2, zones=("UTC",), printed=(), heartbeat_s=30)
    losses = bundle.truth.losses

    assert sorted(loss["why"] == "hole" for loss in losses) == [False, False, True, True, True]
    assert len({loss["place"] for loss in losses}) == 5
    for loss in losses:
        host, log = loss["place"].split("/")
        begin, end = (datetime.fromisoformat(loss[name]).timestamp() * 1000 for name in ("begin", "end"))
        paths = [path for path in bundle.files if path.startswith(host) and f"/{log}/51216" in path]
        times = [
            int(line.split(b",")[5]) for path in paths for line in bundle.files[path].splitlines() if b",51216," in line
        ]
        assert not [time for time in times if begin <= time < end]


def test_lost_files(night):
    """Lost files are from the middle of a log that has several: their numbers are missing, or a day ends early."""
    whole, less = (night(images=20, seed=3, log_kb=16, lost_files=lost, printed=()) for lost in (0, 4))
    gone = sorted(whole.files.keys() - less.files.keys())

    assert len(gone) == 4 == len(less.truth.losses)
    assert not less.files.keys() - whole.files.keys()
    for path in gone:
        of_log = [each for each in whole.files if each.rpartition("/")[0] == path.rpartition("/")[0]]
        assert path not in {min(of_log), max(of_log)}


def test_levels(night):
    """A log with a low level still speaks, but of nothing that is above it, and its steps are unseen."""
    bundle = night(images=20, seed=3, levels=("importmgr=1", "nbstserv=1"), printed=(), scenarios=("imported_alone",))

    assert {image.step_states[1] for image in bundle.truth.images} == {"U"}
    assert bundle.text("51216-226")
    assert not [
        line for line in bundle.text("51216-226").splitlines() if line.startswith("0,") and not line.endswith(",1")
    ]


def test_a_log_that_only_complains_is_no_witness(night):
    """At a level at which it would tell only of failures, a log does not listen for a step that goes well."""
    options = {"images": 12, "seed": 3, "printed": (), "noise": 0}
    stalled = night(**options, scenarios=("not_batched",), levels=("nbstserv=1",)).truth
    unlogged = night(**options, scenarios=("insert_unlogged",), levels=("importmgr=1",)).truth

    assert {image.verdict for image in stalled.images} == {"undetermined"}
    assert {image.step_states for image in unlogged.images} == {"DUDDDDDD"}


@pytest.mark.parametrize("level", ["nbstserv", "nbstserv=x", "spad=1", "nbstserv=0", "bpdm=6"])
def test_levels_refused(tmp_path, level):
    """A level that is none, or of a log that is not there, is refused."""
    with pytest.raises(InputError, match="level"):
        simulate(tmp_path / "out", Options(images=1, levels=(level,)))


def test_truth_claims_nothing_that_is_cut_out(night):
    """With more and more holes the truth knows less and less, and never something else."""
    whole = {image.image_id: image for image in night(images=60, seed=9, printed=()).truth.images}
    unseen = []
    for holes in (2, 6, 12):
        truth = night(images=60, seed=9, printed=(), holes=holes).truth
        unseen.append(sum(image.step_states.count("U") for image in truth.images))
        for image in truth.images:
            assert image.verdict in {whole[image.image_id].verdict, "undetermined"}
            for found, right in zip(image.step_states, whole[image.image_id].step_states, strict=True):
                assert found in {right, "U"}
    assert unseen == sorted(unseen)
    assert unseen[-1] > 0


def test_two_domains(night):
    """Two target domains have hosts and images of their own, and jobs of the same ids."""
    bundle = night(images=40, seed=2, domains=2, noise=0, scenarios=("imported_alone",))
    jobs = {}
    for image in bundle.truth.images:
        jobs.setdefault(image.primary, set()).update(image.job_ids)

    (one, many), (other, more) = jobs.items()
    assert one != other
    assert many & more
    assert (
        len({host["name"] for host in bundle.truth.hosts}) == 6 == len({host["host_id"] for host in bundle.truth.hosts})
    )
    assert len({image.image_id for image in bundle.truth.images}) == 40


def test_truth_of_logs(night):
    """The truth says of each log when it begins and ends by its host's own clock, and of each host how its zone is told."""
    bundle = night(images=10, seed=2, printed=(), skew_s=100, zones=("UTC",))
    truth = json.loads((bundle.folder.parent / "bundle.truth.json").read_text())
    skews = {host["name"]: host["skew_s"] for host in truth["hosts"]}
    (rmms,) = (log for log in truth["logs"] if log["host"].endswith("media1") and log["log"] == "nbrmms")
    paths = [path for path in bundle.files if "media1" in path and "51216-222" in path]
    times = [
        int(line.split(b",")[5]) for path in paths for line in bundle.files[path].splitlines() if b",51216," in line
    ]

    assert rmms["epoch"]
    assert [datetime.fromisoformat(rmms[name]).timestamp() * 1000 for name in ("first", "last")] == [
        pytest.approx(min(times)),
        pytest.approx(max(times)),
    ]
    assert skews[rmms["host"]] != 0
    assert all(host["pairs"] for host in truth["hosts"])
