"""A packed bundle on the command line: the same answer, exit statuses, interruptions, and nothing left behind."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[2] / "sample_logs"
RECORD = "03:14:15.926 [4242] <2> bpdm: INITIATING\n"


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Return a sample bundle, the same as a packed tar, as a zip, and host by host."""
    folder = tmp_path_factory.mktemp("packed")
    source = SAMPLES / "mixed-night"
    shutil.copytree(source, folder / "case")
    shutil.make_archive(str(folder / "zipped"), "zip", folder, "case")
    for name, mode in (("case.tgz", "w:gz"), ("case.txz", "w:xz"), ("case.tar", "w")):
        with tarfile.open(folder / name, mode) as archive:
            archive.add(source, "case")
    (folder / "nested").write_bytes(lzma.compress(gzip.compress((folder / "zipped.zip").read_bytes())))
    shutil.copytree(source, folder / "each")
    for path in [path for path in (folder / "each").rglob("*") if path.is_file()]:
        path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
        path.unlink()
    return folder


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Return the images of a bundle as the CSV file says, without the lines that prove them."""

    def of(*inputs, **how):
        out = tmp_path_factory.mktemp("out")
        command = [sys.executable, "-m", "nbtrace", "analyze", "-q", "--no-cache", "--csv", str(out), *map(str, inputs)]
        done = subprocess.run(command, capture_output=True, check=False, **how)
        return done.returncode, (out / "images.csv").read_text(encoding="utf-8")

    return of


@pytest.fixture(scope="module")
def plain(images, packed):
    """Return the answer for the bundle as it was before it was packed."""
    return images(packed / "case")


@pytest.mark.parametrize("name", ["case.tgz", "case.txz", "case.tar", "zipped.zip", "nested", "each"])
def test_a_packed_bundle_gives_the_same_answer(images, packed, plain, name):
    """However a bundle is packed, every image has the same verdict, steps, times and cause."""
    assert images(packed / name) == plain


def test_a_bundle_from_standard_input(images, packed, plain):
    """A bundle that comes through a pipe gives the same answer."""
    with (packed / "case.tgz").open("rb") as stream:
        assert images("-", stdin=stream) == plain


def test_a_bundle_given_twice(images, packed, plain):
    """A bundle that is given plain and packed at once gives the same answer, and nothing is counted twice."""
    assert images(packed / "case", packed / "case.tgz", packed / "zipped.zip") == plain


@pytest.mark.parametrize("how", [("utf-16", "\n"), ("utf-16-le", "\r\n"), ("utf-8", "\r"), ("utf-16", "\r")])
def test_encodings_and_line_ends_give_the_same_answer(images, packed, plain, tmp_path, how):
    """Logs that were saved on another system say the same."""
    encoding, end = how
    shutil.copytree(packed / "case", tmp_path / "case")
    for path in [path for path in (tmp_path / "case").rglob("*") if path.is_file()]:
        path.write_bytes(path.read_bytes().decode().replace("\n", end).encode(encoding))
    assert images(tmp_path / "case") == plain


@pytest.fixture
def case(tmp_path):
    """Return a bundle of one good log, to which bad files can be added."""
    (tmp_path / "case" / "bpdm").mkdir(parents=True)
    (tmp_path / "case" / "bpdm" / "root.112026_00001.log").write_text(RECORD * 3)
    return tmp_path / "case"


def test_random_bytes_with_the_name_of_a_log_are_a_loss(nbtrace, case):
    """A file that has a log's name and holds no text is said, and the answer is incomplete."""
    (case / "bpdm" / "root.112126_00001.log").write_bytes(os.urandom(5000))
    done = nbtrace("analyze", str(case), "--no-cache")
    assert done.status == 4
    assert "holds no text" in " ".join(done.out.split())


def test_a_log_that_is_mostly_junk_is_a_loss(nbtrace, case):
    """A log of the flow with more strange lines than records makes the answer incomplete."""
    (case / "bpdm" / "root.112126_00001.log").write_text("12:00 odd\n" * 50 + RECORD)
    assert nbtrace("analyze", str(case), "--no-cache").status == 4


def test_a_truncated_archive_is_a_loss(nbtrace, packed, tmp_path):
    """What a truncated archive holds is analysed, and the cut is named."""
    data = (packed / "case.tgz").read_bytes()
    (tmp_path / "cut.tgz").write_bytes(data[: len(data) * 3 // 4])
    done = nbtrace("analyze", str(tmp_path / "cut.tgz"), "--no-cache")
    assert done.status in {1, 4}
    assert "NBT501" in done.out
    assert "cut off" in done.out


def test_an_archive_without_logs_says_what_was_refused(nbtrace, tmp_path):
    """Where nothing could be read at all, the reason is that of what was refused."""
    with tarfile.open(tmp_path / "bad.tar", "w") as archive:
        archive.addfile(tarfile.TarInfo("../x.log"), io.BytesIO())
    done = nbtrace("analyze", str(tmp_path / "bad.tar"))
    assert done.status == 3
    assert "leads out of the archive" in done.err


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--max-unpacked", "lots", "is not a size"),
        ("--min-free", "-1", "is not a size"),
        ("--max-ratio", "0", "less than 1"),
        ("--max-depth", "-3", "less than 1"),
        ("--max-seconds", "0", "no time"),
        ("--max-images", "0", "less than 1"),
    ],
)
def test_limits_that_make_no_sense(nbtrace, case, option, value, said):
    """A limit that makes no sense is wrong usage, said in a sentence."""
    done = nbtrace("analyze", str(case), option, value)
    assert done.status == 2
    assert said in done.err


def test_a_limit_is_kept(nbtrace, packed):
    """What is typed as a limit counts."""
    done = nbtrace("analyze", str(packed / "case.tgz"), "--no-cache", "--max-members", "20", "--max-unpacked", "300M")
    assert "--max-members" in " ".join(done.out.split())


def test_more_images_than_allowed(nbtrace, tmp_path):
    """Of too many images the newest are traced, and it is said how many there are."""
    case = tmp_path / "night"
    nbtrace("simulate", str(case), "--images", "5", "--seed", "3")
    every = nbtrace("analyze", str(case), "--no-cache", "--list").out.splitlines()
    done = nbtrace("analyze", str(case), "--no-cache", "--max-images", "2")
    said = " ".join(done.out.split())
    assert f"of the {len(every)} images that it names, the newest 2 were traced (--max-images)" in said
    shown = nbtrace("analyze", str(case), "--no-cache", "--max-images", "2", "--list").out.splitlines()
    newest = sorted(every, key=lambda line: line.split()[1].rpartition("_")[2])[-2:]
    assert {line.split()[1] for line in shown} == {line.split()[1] for line in newest}


def test_a_missing_temporary_folder_is_said(packed, environment, tmp_path):
    """Where TMPDIR is missing and something must be kept, one sentence says what to do."""
    command = [sys.executable, "-m", "nbtrace", "analyze", str(packed / "case.tgz")]
    done = subprocess.run(
        command, env=environment(TMPDIR=str(tmp_path / "gone")), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "set TMPDIR" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="signals are another thing there")
@pytest.mark.parametrize("after", [2.0, 3.0])
def test_an_interrupted_reading_ends_at_once(tmp_path, environment, after):
    """Ctrl-C while a packed bundle is read ends with 130, without a word, and leaves no file behind."""
    big = gzip.compress("".join(f"03:14:15.926 [42] <2> bpdm: some line {n}\n" for n in range(400_000)).encode(), 1)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for number in range(12):
            entry = tarfile.TarInfo(f"m1/bpdm/root.1120{number + 10}_00001.log.gz")
            entry.size = len(big)
            archive.addfile(entry, io.BytesIO(big))
    (tmp_path / "room").mkdir()
    command = [sys.executable, "-m", "nbtrace", "analyze", "--no-cache", "-"]
    room, pipe = environment(TMPDIR=str(tmp_path / "room")), subprocess.PIPE
    with subprocess.Popen(command, env=room, stdin=pipe, stdout=pipe, stderr=pipe) as running:
        running.stdin.write(packed.getvalue()[:-1024])  # and no end: however fast it reads, it is not done
        running.stdin.flush()
        time.sleep(after)
        os.kill(running.pid, signal.SIGINT)
        began = time.monotonic()
        out, err = running.communicate(timeout=30)
    assert (running.returncode, out, err) == (130, b"", b"")
    assert time.monotonic() - began < 5  # a second on a machine that has nothing else to do
    assert list((tmp_path / "room").iterdir()) == []


def test_two_runs_at_once(packed, environment, plain):
    """Two analyses of one packed bundle do not disturb each other."""
    command = [sys.executable, "-m", "nbtrace", "analyze", "-q", str(packed / "case.tgz")]
    runs = [subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE) for _ in range(2)]
    said = {run.communicate(timeout=120)[0] for run in runs}
    assert len(said) == 1
    assert {run.returncode for run in runs} == {plain[0]}
