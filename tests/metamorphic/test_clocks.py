"""What clocks show says nothing about the images: other zones, wrong clocks and lost dates give the same verdicts."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime

import polars as pl
import pytest

from nbtrace.analysis import Options as Wanted
from nbtrace.analysis import analyze

ZONES = ("Asia/Kathmandu", "America/St_Johns", "Pacific/Auckland")
CHANGES = [
    (datetime(2026, 10, 24, 20, tzinfo=UTC), ("Europe/Berlin", "Europe/London", "UTC")),
    (datetime(2026, 3, 28, 20, tzinfo=UTC), ("Europe/Berlin", "America/New_York", "Europe/London")),
]


def outline(images):
    """Return verdict, failed step and, of what failed, status code of each image."""
    rows = images.select("image_id", "verdict", "failed_step", "status_code").iter_rows()
    return {image: (verdict, step, code if verdict == "failed" else None) for image, verdict, step, code in rows}


def offset(zone):
    """Return the hours that a zone, as it is told, is ahead of UTC."""
    return 0.0 if zone == "UTC" else int(zone[:3]) + int(f"{zone[0]}1") * int(zone[4:6]) / 60


def truth_of(night):
    """Return the outline that the truth gives."""
    failed = {"failed"}
    return {
        image.image_id: (image.verdict, image.failed_step, image.status_code if image.verdict in failed else None)
        for image in night.truth.images
    }


def untold(folder, **options):
    """Analyse a bundle of which nobody says the zones, and return the result."""
    return analyze([folder], Wanted(**options))


def zones_of(result):
    """Return the zones in which each host's local times were read, with their sources."""
    local = result.logs.filter(pl.col("zone_source") != "epoch")
    return {(host, zone, source) for host, zone, source in local.select("host", "zone", "zone_source").iter_rows()}


def test_zones_need_not_be_given(night):
    """Without any option each host's zone is found, and every image has the verdict that it has with all of them."""
    result = untold(night.folder)

    assert {source for *_, source in zones_of(result)} == {"matched"}
    assert outline(result.images) == truth_of(night)
    assert "NBT402" not in set(result.findings["code"])


@pytest.mark.parametrize("seed", [1, 2])
def test_other_zones(make_night, seed):
    """Hosts in other zones, those of odd quarters too, tell the same."""
    night = make_night(dialect="terse", seed=seed, zones=ZONES)
    result = untold(night.folder)

    found = {host: offset(zone) for host, zone, _ in zones_of(result)}
    assert found == dict(zip((host["name"] for host in night.truth.hosts), (5.75, -3.5, 13.0), strict=True))
    assert outline(result.images) == truth_of(night)


@pytest.mark.parametrize(("start", "zones"), CHANGES, ids=["winter", "summer"])
def test_a_night_in_which_the_clocks_change(make_night, start, zones):
    """In the night of a change of the clocks the change is found, and every image keeps its verdict."""
    night = make_night(start=start, zones=zones)
    result = untold(night.folder)

    assert any("from 2026-" in zone for _, zone, _ in zones_of(result))
    assert outline(result.images) == truth_of(night)


def test_listings_of_a_host_whose_clock_changes(make_night):
    """Local times in listings are read in the zones of the host's logs, before and after the change."""
    (start, zones), *_ = CHANGES
    night = make_night(start=start, zones=zones, listings=("details",))
    result = untold(night.folder)

    assert {source for *_, source in zones_of(result)} == {"matched"}
    assert "NBT402" not in set(result.findings["code"])
    assert outline(result.images) == truth_of(night)


def test_small_files_of_the_hour_that_comes_twice(make_night):
    """Where a log rolls over while the clock shows an hour again, its next file goes on and does not begin anew."""
    (start, zones), *_ = CHANGES
    night = make_night(start=start, zones=zones, log_kb=16, seed=837933, dialect="terse", images=40)
    assert outline(untold(night.folder).images) == truth_of(night)


@pytest.mark.parametrize("seed", [3, 4])
def test_wrong_clocks(make_night, seed):
    """Clocks that are wrong by up to two minutes tell the same, and are named."""
    night = make_night(dialect="other", seed=seed, skew_s=120.0)
    result = untold(night.folder)

    assert outline(result.images) == truth_of(night)
    assert "NBT103" not in set(result.findings["code"])
    skewed = {host["name"]: host["skew_s"] for host in night.truth.hosts}
    told = result.findings.filter(code="NBT401")["title"].to_list()
    assert told
    for title in told:
        ahead, behind = re.fullmatch(r"the clock of (\S+) is ahead of that of (\S+)", title).groups()
        assert skewed[ahead] - skewed[behind] > 1


def test_a_wrong_zone_is_told_and_claims_nothing(make_night):
    """A zone that contradicts the logs is a warning, and no image stalls for it."""
    night = make_night(seed=5)
    media = night.truth.hosts[1]["name"]
    result = untold(night.folder, host_tz=(f"{media}=Asia/Tokyo",))

    assert (media, "Asia/Tokyo", "host option") in zones_of(result)
    assert result.findings.filter(code="NBT402", severity="warning", host=media).height == 1
    true = truth_of(night)
    wrong = {image: what for image, what in outline(result.images).items() if what != true[image]}
    assert {verdict for verdict, *_ in wrong.values()} <= {"undetermined"}


def test_files_without_dates(night, tmp_path):
    """Legacy files that lost their dated names have the dates of the jobs in them; nothing is claimed for the others."""

    def name(path):
        days = {"112026": "old", "112126": "new"}
        return re.sub(r"root\.(\d{6})_\d+\.log$", lambda found: f"{days[found[1]]}.log", path)

    result = untold(night.rewritten(tmp_path, name))
    true = truth_of(night)
    wrong = {image: what for image, what in outline(result.images).items() if what != true[image]}
    assert {verdict for verdict, *_ in wrong.values()} <= {"undetermined"}
    assert len(wrong) <= len(true) / 10
    assert result.findings.filter(code="NBT403").height > 4


def test_a_wrong_date(make_night, tmp_path):
    """A file whose name says another day than its records is told, and no image stalls for it."""
    night = make_night(seed=6)
    folder = night.rewritten(tmp_path, lambda path: re.sub(r"(bpdbm/root\.11)20(26)", r"\g<1>17\2", path))
    result = untold(folder)

    (told,) = result.findings.filter(code="NBT403")["evidence"].to_list()
    assert "bpdbm/root.111726" in told[0]
    true = truth_of(night)
    wrong = {image: what for image, what in outline(result.images).items() if what != true[image]}
    assert {verdict for verdict, *_ in wrong.values()} <= {"undetermined"}


@pytest.mark.parametrize("seed", [7, 8])
def test_lost_rotations(make_night, tmp_path, seed):
    """Rotations that are missing in the middle are told, and what they held is unseen and never a gap."""
    night = make_night(seed=seed, log_kb=8)
    chance = random.Random(seed)  # noqa: S311 - no secret, only a choice
    folder = night.rewritten(tmp_path)
    for path in sorted(folder.rglob("*.log")):
        if re.search(r"[_-]0*[2-9]\.log$", path.name) and chance.random() < 0.4:
            path.unlink()
    result = untold(folder)

    assert any("missing before" in detail for detail in result.findings.filter(code="NBT303")["detail"])
    true = {image.image_id: image for image in night.truth.images}
    gaps = [
        (image, states, true[image].step_states)
        for image, states in result.images.select("image_id", "step_states").iter_rows()
        if any(found in "MO" and was not in "MO" for found, was in zip(states, true[image].step_states, strict=True))
    ]
    assert gaps == []


def test_a_hole_in_a_log_with_a_rhythm(make_night, tmp_path):
    """A log that speaks every few minutes and is silent for hours covers those hours no more."""
    night = make_night(seed=9)
    cut = re.compile(rb"^(2[0-2]):[0-9]{2}:")

    folder = night.rewritten(tmp_path)
    for path in folder.rglob("bpdbm/*.log"):
        path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(True) if not cut.match(line)))
    result = untold(folder)

    (windows,) = result.coverage.filter(log="bpdbm")["windows"].to_list()
    assert len(windows) == 2
    assert any("has a hole" in title for title in result.findings.filter(code="NBT303")["title"])
