"""How a bundle is laid out, split or named says nothing about the images in it."""

from __future__ import annotations

import random
import re
from collections import defaultdict

import pytest

RECORD = re.compile(rb"^([0-9]+,[0-9]+,|[0-9]{1,2}[:/][0-9]{2})")  # a line with which a record begins, of any format


@pytest.fixture(scope="module", params=["other", "terse"])
def night(request, make_night):
    """Return a night in a dialect; a layout has no words, so two of them will do."""
    return make_night(dialect=request.param)


@pytest.fixture(scope="module")
def told(night):
    """Return the outline of the night as it is."""
    return night.analyzed()


def test_the_bundle_itself_is_told_as_it_was(night, told):
    """Every image is found with its true verdict, failed step and code, and no other image."""
    true = {image.image_id: (image.verdict, image.failed_step, image.status_code) for image in night.truth.images}
    failed = {image for image, (verdict, *_) in true.items() if verdict == "failed"}
    assert {image: what[:2] for image, what in told.items()} == {image: what[:2] for image, what in true.items()}
    assert {image: told[image] for image in failed} == {image: true[image] for image in failed}


def test_order_of_files(night, told, tmp_path):
    """Files in another order, and hosts handed in one by one from the last on, give the same verdicts."""
    files = night.files
    random.Random(1).shuffle(files)  # noqa: S311 - no secret, only another order
    for path in files:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((night.folder / path).read_bytes())

    assert night.analyzed(tmp_path) == told
    assert night.analyzed(*sorted(tmp_path.iterdir(), reverse=True)) == told


def test_files_split_in_two(night, told, tmp_path):
    """A log that rolled over into a second file in the middle of the day tells the same."""
    split = 0
    night.rewritten(tmp_path)
    for path in [tmp_path / path for path in night.files]:
        lines = path.read_bytes().splitlines(keepends=True)
        cut = next((n for n, line in enumerate(lines) if n > len(lines) // 3 and RECORD.match(line)), None)
        after = _next_rotation(path.name)
        if cut is not None and after is not None:
            path.write_bytes(b"".join(lines[:cut]))
            path.with_name(after).write_bytes(b"".join(lines[cut:]))
            split += 1

    assert split > 10
    assert night.analyzed(tmp_path) == told


def _next_rotation(name):
    """Return the name of the next file of a log, or nothing for a printout."""
    if legacy := re.fullmatch(r"(.*)_([0-9]{5})\.log", name):
        return f"{legacy[1]}_{int(legacy[2]) + 1:05}.log"
    if unified := re.fullmatch(r"(51216-.*)-([0-9]{10})\.log", name):
        return f"{unified[1]}-{int(unified[2]) + 1:010}.log"
    return None


def test_rotations_merged(make_night, tmp_path):
    """The files of a log that rolled over often, joined into one a day, tell the same."""
    night = make_night(log_kb=12)
    parts = defaultdict(list)
    for path in night.files:
        parts[re.sub(r"[_-][0-9]+\.log$", "", path.as_posix())].append(path)
    assert max(map(len, parts.values())) > 2
    for files in parts.values():
        (tmp_path / files[0]).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / files[0]).write_bytes(b"".join((night.folder / path).read_bytes() for path in files))

    assert night.analyzed(tmp_path) == night.analyzed()


def test_line_ends_of_windows(night, told, tmp_path):
    """Lines that end with CR LF tell the same, also in records that count their bytes."""
    assert night.analyzed(night.rewritten(tmp_path, content=lambda data: data.replace(b"\n", b"\r\n"))) == told


def test_tree_of_windows(night, told, tmp_path):
    """The same logs in the tree of a Windows host tell the same."""

    def windows(path):
        return re.sub(r"usr/openv/(netbackup/)?logs", "Program Files/Veritas/NetBackup/logs", path)

    assert night.analyzed(night.rewritten(tmp_path, windows)) == told


def test_logs_sorted_by_hand(night, told, tmp_path):
    """Logs in plain folders of any name, with their hosts given as options, tell the same."""
    names = {host["name"]: f"ticket-{number}" for number, host in enumerate(night.truth.hosts)}

    def plain(path):
        host, *folders, file = path.split("/")
        return "/".join([names[host], *folders[-1:], file])

    hosts = tuple(f"{folder}={host}" for host, folder in names.items())
    assert night.analyzed(night.rewritten(tmp_path, plain), hosts=hosts) == told


def test_folders_of_hosts_renamed(night, told, tmp_path):
    """The folder names of the hosts may be any; no host needs to bear the name that messages give it."""
    names = {host["name"]: f"case{number}" for number, host in enumerate(night.truth.hosts)}
    folder = night.rewritten(tmp_path, lambda path: names[path.split("/")[0]] + path[path.index("/") :])

    assert night.analyzed(folder, zones=_renamed(night.zones, names)) == told


def _renamed(zones, names):
    return tuple(f"{names[host]}={zone}" for host, zone in (each.split("=") for each in zones))


def test_hosts_renamed(night, told, tmp_path):
    """Other names of the hosts, in folders and in every message, change nothing."""
    names = {host["name"]: host["name"][::-1] for host in night.truth.hosts}
    old = re.compile("|".join(names).encode())

    def content(data):
        return old.sub(lambda found: names[found[0].decode()].encode(), data)

    folder = night.rewritten(tmp_path, lambda path: names[path.split("/")[0]] + path[path.index("/") :], content)
    assert night.analyzed(folder, zones=_renamed(night.zones, names)) == told


@pytest.mark.parametrize("options", [{"windows": True}, {"printed": ()}, {"log_kb": 64}], ids=str)
def test_forms_of_one_night(make_night, options):
    """The same night told on other platforms, in other formats and in smaller files has the same verdicts."""
    assert make_night(**options, images=20).analyzed() == make_night(images=20).analyzed()
