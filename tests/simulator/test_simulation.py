"""A whole night: repeatable, complete, honest on what is missing."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import pytest

from nbtrace.errors import InputError, OutputError
from nbtrace.simulator import BUNDLE_SCENARIOS, SCENARIOS, Options, simulate, truth_path


def test_repeatable(night):
    """The same options give the same bundle byte for byte, another seed another one."""
    first, again, other = (night(images=30, seed=seed) for seed in (7, 7, 8))

    assert first.files == again.files
    assert truth_path(first.folder).read_bytes() == truth_path(again.folder).read_bytes()
    assert first.files.keys() != other.files.keys()


def test_truth_is_complete(mixed):
    """The truth names every image once, with every scenario, and counts what it holds."""
    truth = mixed.truth

    assert len({image.image_id for image in truth.images}) == 60
    assert truth.scenarios.keys() == SCENARIOS.keys()
    assert truth.verdicts == Counter(image.verdict for image in truth.images)
    assert truth.removed_logs == truth.invisible_ids == []
    for image in truth.images:
        assert image.image_id in mixed.text()
        assert len(image.step_states) == 8
        assert all(
            log in {"/".join((path.split("/")[0], path.split("/")[-2])) for path in mixed.files}
            for logs in image.logs.values()
            for log in logs
        )


def test_truth_lies_beside(mixed):
    """The truth is a JSON file beside the bundle, never in it."""
    data = json.loads(truth_path(mixed.folder).read_text())

    assert data["images"][0]["image_id"] == mixed.truth.images[0].image_id
    assert [host["role"] for host in data["hosts"]] == ["primary", "media", "media"]
    assert not [path for path in mixed.files if "truth" in path]


def test_noise_is_disjoint(mixed):
    """The ids of ordinary jobs are in the logs, and none of them is an imported image."""
    noise = set(mixed.truth.noise_ids)

    assert len(noise) == 60
    assert not noise & {image.image_id for image in mixed.truth.images}
    assert all(each in mixed.text() for each in noise)


def test_zones(night):
    """Legacy times are those of the host's zone; files follow the local midnight."""
    bundle = night(images=5, seed=1, noise=0, printed=(), zones=("Asia/Tokyo", "America/New_York", "UTC"))
    first = {
        path.split("/")[0].split("-")[1]: content[:5]
        for path, content in reversed(bundle.files.items())
        if "/bpdm/" in path or "/admin/" in path
    }

    assert first == {"primary1": b"03:00", "media1": b"13:00", "media2": b"18:00"}
    assert [host["zone"] for host in bundle.truth.hosts] == ["Asia/Tokyo", "America/New_York", "UTC"]
    assert any("root.112126_00001" in path for path in bundle.files if "primary1/" in path)
    assert not any("root.112026_00001" in path for path in bundle.files if "primary1/" in path)


def test_skew(night):
    """A skewed media server stamps its lines off by what the truth says."""
    right, wrong = (night(images=3, seed=1, noise=0, printed=(), skew_s=skew, zones=("UTC",)) for skew in (0, 90))
    name = next(path for path in right.files if "media1" in path and "51216-222" in path)
    times = [int(bundle.files[name].split(b",")[5]) for bundle in (right, wrong)]

    assert times[1] - times[0] == round(wrong.truth.hosts[1]["skew_s"] * 1000) != 0
    assert wrong.truth.hosts[0]["skew_s"] == 0


def test_rollover(night):
    """A log that grows beyond its limit goes on in a file with the next number."""
    names = [path.rsplit("/", 1)[1] for path in night(images=10, seed=1, printed=(), log_kb=20).files]

    assert [name for name in names if name.startswith("51216-226") and name.endswith("-0000000001.log")]
    assert [name for name in names if name.endswith("_00002.log")]


def test_the_import_manager_has_both_homes(night):
    """The import manager has files of its own in some nights and speaks inside nbstserv's in others."""
    homes = {bool(night(images=3, seed=seed, noise=0, printed=()).text("51216-369-")) for seed in range(6)}
    shared = next(
        each
        for each in (night(images=3, seed=seed, noise=0, printed=()) for seed in range(6))
        if not each.text("51216-369-")
    )

    assert homes == {True, False}
    assert "\n0,51216,369,226," in shared.text("51216-226-")


@pytest.mark.parametrize("name", BUNDLE_SCENARIOS)
def test_missing_logs(night, name):
    """Logs that were not collected are not in the bundle, and the truth claims nothing that only they would tell."""
    bundle = night(images=80, seed=2, scenarios=(name,), printed=())
    hosts = {host["name"]: host["role"] for host in bundle.truth.hosts}
    there = {(hosts[path.split("/")[0]], path.split("/")[-2]) for path in bundle.files}

    assert bundle.truth.removed_logs
    assert not [each for each in there for part in BUNDLE_SCENARIOS[name] if part in each]
    for image in bundle.truth.images:
        assert not {log for logs in image.logs.values() for log in logs} & set(bundle.truth.removed_logs)
        assert image.verdict in {image.happened, "undetermined"}
        assert (image.verdict == "undetermined") <= ("U" in image.step_states)


def test_what_can_still_be_known(night):
    """Without bpdbm's log every import is still proven by bpimport and nbjm; without all of them it is not."""
    known = night(images=60, seed=2, scenarios=("no_bpdbm_log",)).truth
    unknown = night(images=60, seed=2, scenarios=("no_outcome_logs",)).truth

    assert "undetermined" not in known.verdicts
    assert "imported" not in unknown.verdicts
    assert unknown.verdicts["undetermined"] > 30


def test_invisible_images(night):
    """An image that no log of the bundle names is not among the images of the truth."""
    bundle = night(images=20, seed=1, scenarios=("event_not_inserted", "no_media_logs"), noise=0)

    assert bundle.truth.invisible_ids
    assert bundle.truth.images
    assert not [each for each in bundle.truth.invisible_ids if each in bundle.text()]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"scenarios": ("nonsense",)}, "no scenario 'nonsense'; there are: imported_alone"),
        ({"dialect": "klingon"}, "no dialect 'klingon'"),
        ({"without": ("spad",)}, "no log 'spad'"),
        ({"without": ("media", "primary")}, "Nothing is left"),
        ({"printed": ("bpdm",)}, "'bpdm' is no unified log"),
    ],
)
def test_refused(tmp_path, options, why):
    """What is not there to simulate is refused before anything is written."""
    with pytest.raises(InputError, match=why):
        simulate(tmp_path / "out", Options(images=1, **options))
    assert not list(tmp_path.iterdir())


def test_never_into_a_full_folder(tmp_path):
    """A bundle is never mixed into what is already there."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="not empty"):
        simulate(tmp_path, Options(images=1))
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_not_writable(tmp_path):
    """A bundle that cannot be written is an output error."""
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="cannot be written"):
        simulate(tmp_path / "file" / "out", Options(images=1))


def test_logs_speak_to_the_end(mixed):
    """Every log has a steady rhythm from the beginning to the end of the night."""
    for host in mixed.truth.hosts:
        for log in ("nbstserv", "nbjm") if host["role"] == "primary" else ("nbrmms",):
            text = "".join(mixed.text(path) for path in mixed.files if host["name"] in path and f"/{log}/" in path)
            times = sorted(
                int(line.split(",")[5]) for line in text.splitlines() if line[:8] in {"0,51216,", "2,51216,"}
            )
            assert max(later - earlier for earlier, later in pairwise(times)) < 80_000
            assert times[-1] > mixed.truth.until_ms - 6_000
