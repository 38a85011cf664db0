"""The whole pipeline, from a folder to what is known."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from nbtrace.analysis import Options as Wanted
from nbtrace.analysis import analyze
from nbtrace.errors import InputError, NothingReadableError
from nbtrace.simulator import Options, simulate
from nbtrace.tables import COVERAGE, EVIDENCE, FINDINGS, IGNORED, IMAGES, JOBS, LOGS, STEPS


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Return a small bundle and its truth."""
    folder = tmp_path_factory.mktemp("night") / "bundle"
    return folder, simulate(folder, Options(images=20, seed=3, zones=("UTC",), hours=6, heartbeat_s=300))


@pytest.fixture(scope="module")
def result(night):
    """Return its analysis."""
    return analyze([night[0]], Wanted(tz="UTC"))


def test_every_image_as_it_was(night, result):
    """Each image of the truth is found with its verdict, states and cause, and no other."""
    _, truth = night
    found = {row["image_id"]: row for row in result.images.iter_rows(named=True)}

    assert {image.image_id: (image.verdict, image.step_states) for image in truth.images} == {
        image: (row["verdict"], row["step_states"]) for image, row in found.items()
    }
    assert {image.image_id: image.cause for image in truth.images} == {i: row["cause"] for i, row in found.items()}


def test_tables_keep_their_contract(result):
    """Every table of the result has the columns and types that it promises."""
    tables = {"logs": LOGS, "ignored": IGNORED, "coverage": COVERAGE, "images": IMAGES}
    tables |= {"jobs": JOBS, "steps": STEPS, "evidence": EVIDENCE, "findings": FINDINGS}

    for name, table in tables.items():
        assert table.check(getattr(result, name)) is getattr(result, name)


def test_figures_of_the_whole(night, result):
    """The result says whose bundle it is, from when to when it tells, and how long each phase took."""
    folder, truth = night

    assert result.bundle == folder.name
    assert result.since is not None
    assert truth.until_ms - result.until.timestamp() * 1000 < 600_000
    assert list(result.phases) == ["open", "find", "listings", "read", "select", "runs", "clocks", "trace", "explain"]
    assert result.unreadable == 0


def test_since_and_until(night, result):
    """Images finished before the wanted span or begun after it are left out, with their steps, jobs and evidence."""
    middle = result.since + timedelta(hours=3)
    early = analyze([night[0]], Wanted(tz="UTC", until=middle))
    late = analyze([night[0]], Wanted(tz="UTC", since=middle))

    assert early.images["first_time"].max() <= middle
    finished = late.images.filter(pl.col("verdict").is_in(["imported", "failed"]))
    assert finished["last_time"].min() >= middle
    assert set(late.images.filter(pl.col("verdict") == "stalled")["image_id"]) == set(
        result.images.filter(pl.col("verdict") == "stalled")["image_id"]
    )
    assert late.traced == result.images.height
    assert 0 < late.images.height < result.images.height
    for part in (early, late):
        wanted = set(part.images["image_id"])
        assert set(part.steps["image_id"]) == set(part.evidence["image_id"]) == wanted
        assert {image for images in part.jobs["images"] for image in images} & wanted or part.jobs.is_empty()


def test_progress(night):
    """Progress is told after each log, up to all bytes."""
    told = []
    analyze([night[0]], progress=lambda done, total: told.append((done, total)))

    assert len(told) > 10
    assert told[-1][0] == told[-1][1]
    assert told == sorted(told)


def test_an_empty_folder(tmp_path):
    """A folder without files is an error that says so."""
    with pytest.raises(NothingReadableError, match="There is no file in"):
        analyze([tmp_path])


def test_no_logs(tmp_path):
    """A folder without logs is an error that names the first file and what is wrong with it."""
    (tmp_path / "readme.md").write_text("hello\n")

    with pytest.raises(NothingReadableError, match=r"None of the 1 files in .* the first is 'readme.md'"):
        analyze([tmp_path])


def test_an_option_that_is_wrong(night):
    """A zone that does not exist is an error."""
    with pytest.raises(InputError):
        analyze([night[0]], Wanted(tz="Mars/Olympus"))


def test_what_was_noticed(tmp_path):
    """Records whose lengths do not fit, dates that can be read two ways and files that cannot be read become findings."""
    jobs = tmp_path / "p" / "usr" / "openv" / "logs" / "nbjm"
    jobs.mkdir(parents=True)
    record = "0,51216,117,117,1,1795197603740,2657,39,0:,{size}:waiting,9:[JobX::a],1\n"
    (jobs / "51216-117-1827731466-261120-0000000000.log").write_text(record.format(size=7) * 3 + record.format(size=5))
    (tmp_path / "p" / "nbpem.txt").write_text(
        "11/10/2026 09:22:00.123 [Debug] NB 51216 nbpem 116 PID:5120 TID:16 File ID:116 [No context] 1 [a] text\n" * 3
    )
    found = analyze([tmp_path]).findings

    assert {"NBT304", "NBT403"} <= set(found["code"])


def test_a_file_that_cannot_be_read(night, monkeypatch):
    """A log that cannot be opened is counted and named, and the others are analysed."""
    from nbtrace import analysis  # noqa: PLC0415 - only to reach what it reads with

    read_bundle = analysis.read_bundle

    def broken(*args, **options):
        bundle = read_bundle(*args, **options)
        path = bundle.logs["path"][0]
        bundle.members[path] = _Broken()
        return bundle

    monkeypatch.setattr(analysis, "read_bundle", broken)
    result = analyze([night[0]])

    assert result.unreadable == 1
    assert result.findings.filter(code="NBT503").height == 1
    assert not result.images.is_empty()


class _Broken:
    """A file whose disk is gone."""

    mtime = 0.0

    def open(self):
        raise OSError(5, "Input/output error")
