"""The command that makes a copy to give away, as its user sees it."""

from __future__ import annotations

import tarfile

import pytest

LINE = "13:00:00.000 [1] <2> main: -c web5 -b web5_1795205555\n"


@pytest.fixture
def bundle(tmp_path):
    """Return a small bundle."""
    log = tmp_path / "bundle" / "web5" / "bpdm" / "root.112026_00001.log"
    log.parent.mkdir(parents=True)
    log.write_text(LINE)
    return tmp_path / "bundle"


def test_it_says_what_it_did(nbtrace, bundle, tmp_path):
    """The command tells what was replaced and where the map is, in plain lines."""
    out = tmp_path / "copy"
    done = nbtrace("redact", str(bundle), str(out), "--key", "k")
    assert (done.status, done.err) == (0, "")
    assert done.out == (
        f"Wrote {out}: 1 files, 0.0 MB.\n"
        "Names: 1 client; replaced in 2 places, and none of them is left.\n"
        f"The map that leads back is {out}.map.csv: do not give it away.\n"
    )
    assert (tmp_path / "copy.map.csv").exists()


def test_quiet(nbtrace, bundle, tmp_path):
    """With --quiet nothing is printed, and the map can lie elsewhere."""
    done = nbtrace("redact", str(bundle), str(tmp_path / "copy"), "-q", "--map", str(tmp_path / "m.csv"))
    assert (done.status, done.out, done.err) == (0, "", "")
    assert (tmp_path / "m.csv").exists()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["{bundle}", "{bundle}"], "exists already"),
        (["{bundle}", "."], "'.' exists already"),
        (["{bundle}", "/"], "'/' exists already"),
        (["{bundle}", ".."], "'..' exists already"),
        (["{bundle}/none", "{tmp}/copy"], "no file or folder"),
        (["{bundle}", "{tmp}/no/copy"], "there is no folder"),
        (["{bundle}", "{tmp}/copy", "--also", "x"], "too short"),
        (["{bundle}", "{tmp}/copy", "--also", "4711"], "is a number: it would be found in times"),
        (["{bundle}", "{tmp}/copy", "--also", "13:00"], "is a number"),
        (["{bundle}"], "OUT"),
    ],
)
def test_wrong_usage(nbtrace, bundle, tmp_path, words, reason):
    """Every mistake is one sentence with status 2, and leaves nothing behind."""
    done = nbtrace("redact", *(word.format(bundle=bundle, tmp=tmp_path) for word in words))
    assert done.status == 2
    assert reason in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_a_name_that_is_left_is_status_1(nbtrace, bundle, tmp_path, monkeypatch):
    """Where a name was left, status 1 and the place in the bundle say so, and nothing is written."""
    from nbtrace.redaction.replacing import Replacer  # noqa: PLC0415 - as the command, which imports late

    monkeypatch.setattr(Replacer, "stream", lambda self, chunks, count=None: iter(chunks))  # noqa: ARG005 - as the real one
    done = nbtrace("redact", str(bundle), str(tmp_path / "copy"))
    assert done.status == 1
    assert "web5/bpdm/root.112026_00001.log:1" in done.err
    assert [path.name for path in tmp_path.iterdir()] == ["bundle"]


def test_what_could_not_be_read_is_told_with_status_4(nbtrace, bundle, tmp_path):
    """Of an archive that is cut off the beginning is copied, and the command says what is missing, quiet or not."""
    with (bundle / "web5" / "bpdm" / "root.112026_00001.log").open("a") as log:
        log.writelines(f"13:00:00.{n % 1000:03} [{n * 7919 % 9973}] <2> main: {n * n}\n" for n in range(5000))
    with tarfile.open(tmp_path / "whole.tgz", "w:gz") as archive:
        archive.add(bundle, "bundle")
    cut = tmp_path / "cut.tgz"
    cut.write_bytes((tmp_path / "whole.tgz").read_bytes()[:20_000])
    done = nbtrace("redact", str(cut), str(tmp_path / "copy"))
    assert done.status == 4
    assert "'cut.tgz': it is cut off in the middle of its packed data" in done.out
    assert list((tmp_path / "copy").rglob("*.log"))
    done = nbtrace("redact", str(cut), str(tmp_path / "again"), "-q")
    assert (done.status, done.out) == (4, "")
    assert "cut off" in done.err
