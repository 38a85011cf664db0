"""A copy that is given away answers as the bundle does, and names nobody."""

from __future__ import annotations

import re
import tarfile
import zipfile

import polars as pl
import pytest

from nbtrace.analysis import analyze
from nbtrace.errors import InputError, NothingReadableError, OutputError
from nbtrace.redact import redact
from nbtrace.simulator import Options, simulate
from nbtrace.simulator.listings import LISTINGS

QUIET = {"heartbeat_s": 150.0, "hours": 8.0, "images": 40}
EPOCH = pl.col("image_id").str.extract("([0-9]{10})$")


@pytest.fixture(scope="module", params=["calls", "chatty", "json", "plain"])
def night(request, tmp_path_factory):
    """Return a bundle in one of the dialects, its truth and its copy."""
    folder = tmp_path_factory.mktemp("night")
    windows = request.param == "plain"
    truth = simulate(folder / "bundle", Options(dialect=request.param, seed=23, windows=windows, **QUIET))
    copy = redact([folder / "bundle"], folder / "copy", key="secret")
    return folder, truth, copy


def said(folder):
    """Return all that an analysis says but names: images by their epochs, steps, findings and coverage."""
    result = analyze([folder])
    images = result.images.sort(EPOCH, "first_time").select(
        EPOCH, "verdict", "last_step", "failed_step", "status_code", "cause", "first_time", "last_time", "step_states",
        "evidence_count", "job_ids", "attempts",
    )  # fmt: skip
    steps = result.steps.select(EPOCH, "attempt", "job_id", "step", "state", "strength", "start_time", "line")
    coverage = result.coverage.select("log", "format", "role", "first_time", "last_time", "entries", "unparsed")
    return [
        images.rows(),
        sorted(steps.rows(), key=repr),
        sorted(result.findings.select("code", "severity").rows()),
        sorted(coverage.rows(), key=repr),
    ]


def test_the_copy_gives_the_same_answers(night):
    """Images, verdicts, states of steps, findings and coverage are those of the bundle."""
    folder, *_ = night
    assert said(folder / "copy") == said(folder / "bundle")


def test_no_name_of_the_truth_is_left(night):
    """No host, client, domain, policy, SLP, storage server or address of the simulated domain is in the copy, in no case."""
    folder, truth, _ = night
    clients = {image.image_id.rpartition("_")[0].lower() for image in truth.images}
    hosts = {host["name"].lower() for host in truth.hosts}
    volumes = {"fs_prod", "oracle-full", "vm_daily", "slp_air_gold", "slp-air-import", "example.org", "example.com"}
    text = "\n".join(
        path.relative_to(folder).as_posix() + "\n" + (path.read_bytes().decode("latin-1") if path.is_file() else "")
        for path in sorted((folder / "copy").rglob("*"))
    ).lower()
    assert clients
    assert [name for name in sorted(clients | hosts | volumes) if name in text] == []
    ids = {path.name.split("-")[2] for path in (folder / "bundle").rglob("51216-*")}
    assert [number for number in ids if number in text] == []


def test_shapes_and_lengths_stay(night):
    """Every file has as many bytes and lines as before, and every replacement is as long as its name."""
    folder, _, copy = night
    before, after = (
        sorted(
            (len(text := path.read_bytes()), text.count(b"\n")) for path in (folder / name).rglob("*") if path.is_file()
        )
        for name in ("bundle", "copy")
    )
    assert after == before
    assert copy.names.filter(pl.col("name").str.len_chars() != pl.col("replacement").str.len_chars()).is_empty()


def test_one_name_in_all_files(night):
    """A client of the copy is a client of the bundle under its other name, in the map and in the answers."""
    folder, _, copy = night
    others = dict(copy.names.select("name", "replacement").iter_rows())
    clients = set(analyze([folder / "bundle"]).images["client"])
    assert {others[client] for client in clients} == set(analyze([folder / "copy"]).images["client"])


def test_what_is_learnt_from_the_copy_is_known(night, tmp_path):
    """Whoever learns names from the copy finds pseudonyms only: nothing that looks like a name was passed over."""
    folder, _, copy = night
    again = redact([folder / "copy"], tmp_path / "again", key="other")
    known = {name.lower() for name in copy.names["replacement"]}
    strange = {name.lower() for name in again.names["name"]} - known
    assert {name for name in strange if not any(name in other for other in known)} == set()


def test_the_same_key_gives_the_same_copy(night, tmp_path):
    """Copies with one key are equal, with another key they differ."""
    folder, _, copy = night
    assert redact([folder / "bundle"], tmp_path / "a", key="secret").names.equals(copy.names)
    assert not redact([folder / "bundle"], tmp_path / "b").names.equals(copy.names)


@pytest.mark.parametrize("dialect", ["plain", "calls"])
def test_odd_names_and_listings(dialect, tmp_path):
    """Clients with misleading names, blanks and umlauts, also in listings, leave no trace and change no answer."""
    options = {"dialect": dialect, "odd_names": True, "listings": tuple(LISTINGS), "windows": True}
    truth = simulate(tmp_path / "bundle", Options(seed=41, **options, **QUIET))
    copy = redact([tmp_path / "bundle"], tmp_path / "copy", key="secret")
    assert said(tmp_path / "copy") == said(tmp_path / "bundle")
    text = "\n".join(f"{path} {path.read_text() if path.is_file() else ''}" for path in (tmp_path / "copy").rglob("*"))
    clients = {image.image_id.rpartition("_")[0] for image in truth.images}
    assert [name for name in (*clients, "B\u00fcro - Server", "win srv", "m\u00fcnchen") if name in text] == []
    assert "win srv" in {re.sub(" [0-9]+$", "", name) for name in copy.names["name"]}


@pytest.mark.parametrize("dialect", ["plain", "other"])
def test_names_that_are_words(dialect, tmp_path):
    """Policies and clients that are called like words of the logs stay, are told, and change no verdict."""
    simulate(tmp_path / "bundle", Options(dialect=dialect, seed=5, listings=("bpdbjobs", "bpimagelist"), **QUIET))
    words = {b"vm_daily": b"inserted", b"k8s-": b"job-", b"k8s": b"job", b"fs_prod": b"rejects", b"vmhost": b"failed"}
    for path in (tmp_path / "bundle").rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for name, word in words.items():
                content = content.replace(name, word)
            path.write_bytes(content)
    copy = redact([tmp_path / "bundle"], tmp_path / "copy", key="secret")
    assert said(tmp_path / "copy") == said(tmp_path / "bundle")
    assert {"inserted (policy)", "job (policy)", "rejects (policy)"} <= set(copy.kept)


def test_paths_tell_names(tmp_path):
    """A user whose folder is in the bundle is found in the names of folders, and in lines that no rule knows."""
    folder = tmp_path / "bundle" / "Users" / "Jane Doe" / "web5_1795205555"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_text("ask Jane Doe about web5")
    redact([tmp_path / "bundle"], tmp_path / "copy")
    (path,) = [path for path in (tmp_path / "copy").rglob("*") if path.is_file()]
    text = f"{path.relative_to(tmp_path)} {path.read_text()}"
    assert not re.search("jane|doe|web5", text, re.IGNORECASE)
    assert text.count("_1795205555") == 1


def test_what_is_refused(tmp_path):
    """A name of one character, an empty input and a copy inside the bundle are refused before anything is written."""
    (tmp_path / "bundle").mkdir()
    with pytest.raises(InputError, match="too short"):
        redact([tmp_path / "bundle"], tmp_path / "out", also=["x"])
    with pytest.raises(NothingReadableError):
        redact([tmp_path / "bundle"], tmp_path / "out")
    (tmp_path / "bundle" / "x.log").write_text("x")
    with pytest.raises(OutputError, match="inside the bundle"):
        redact([tmp_path / "bundle"], tmp_path / "bundle" / "out")
    assert re.fullmatch("bundle", " ".join(path.name for path in tmp_path.iterdir()))


LISTED = """\
/usr/openv/netbackup/bin/admincmd/bpdbjobs -report -all_columns
815,21,3,0,SLP_bluewhale,-,,kestrel7,1795202400,0000000042,1795202442,heron9,1,12,,,,100,4711,jdoe,0,0,0,0,,condor3,1,2,0,0,0,1,\
osprey4_1795197600,1,4712,heron9,kestrel7,1795202400,0000000042,1795202442,0,,0,0,0,0,0,0,0,0,0,0
"""
PENDING = """\
 Master Server            : condor3
 Backup ID                : merlin2_1795197660
 Client                   : merlin2
 Backup Time              : 1795197660 (some local time)
 Policy                   : Goshawks
 Storage Lifecycle Policy : bluewhale
 OriginMasterServer       : albatross
 Import From Replica Time : 0 (Thu Jan  1 00:00:00 1970)
"""


def test_an_input_without_text(tmp_path):
    """Of an input that holds no text nothing is written, and the reason is told."""
    (tmp_path / "x.7z").write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(100))
    with pytest.raises(NothingReadableError, match=r"first is 'x.7z': .*unpack it first"):
        redact([tmp_path / "x.7z"], tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "up.zip", "w") as archive:
        archive.writestr("../a.log", "text")
    with pytest.raises(NothingReadableError, match=r"no file in 'up.zip'.*leads out"):
        redact([tmp_path / "up.zip"], tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"x.7z", "up.zip"}


@pytest.mark.parametrize("packed", [False, True])
def test_listings_and_archives(packed, tmp_path):
    """Listings without any log, in an archive inside an archive too, are copied without a name and answer the same."""
    bundle = tmp_path / "bundle"
    (bundle / "condor3").mkdir(parents=True)
    (bundle / "condor3" / "NBU_jobs.txt").write_text(LISTED)
    (bundle / "condor3" / "pending.txt").write_bytes(PENDING.encode("utf-16"))
    handed_in = bundle
    if packed:
        inner, handed_in = tmp_path / "condor3.tgz", tmp_path / "case.tar"
        with tarfile.open(inner, "w:gz") as archive:
            archive.add(bundle, "condor3-files")
        with tarfile.open(handed_in, "w") as archive:
            archive.add(inner, inner.name)
    redact([handed_in], tmp_path / "copy")
    before, after = (
        analyze([path]).images.sort(EPOCH).select(EPOCH, "verdict", "step_states", "job_ids").rows()
        for path in (handed_in, tmp_path / "copy")
    )
    assert after == before
    assert [verdict for _, verdict, *_ in before] == ["imported", "undetermined"]
    text = "".join(f"{path} {path.read_text() if path.is_file() else ''}" for path in (tmp_path / "copy").rglob("*"))
    names = ("condor", "osprey", "merlin", "kestrel", "heron", "bluewhale", "albatross", "goshawk", "jdoe")
    assert [name for name in names if name in text.lower()] == []
