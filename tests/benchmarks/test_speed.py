"""The speed benchmark measures what it says: the bundle is right, every contender is in the table, nothing is timed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest

from nbtrace.analysis import Options, analyze
from nbtrace.simulator import simulate

if TYPE_CHECKING:
    from nbtrace.tables import Result

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))  # scripts, not a package

import bars  # noqa: E402
import contenders  # noqa: E402
import filler  # noqa: E402
import forms  # noqa: E402
import nightfiles  # noqa: E402

MB = 1_000_000
SIZE = 8 * MB
IMAGES = 40
ROLL = 150_000
SEED = 3
SHARES = {"legacy": 0.5, "raw": 0.4, "printed": 0.1}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, filler.Filled]:
    """A filled bundle of a few MB, in small files."""
    bundle = tmp_path_factory.mktemp("filled") / "bundle"
    return bundle, filler.make(bundle, SIZE, images=IMAGES, seed=SEED, max_bytes=ROLL)


@pytest.fixture(scope="module")
def results(
    filled: tuple[Path, filler.Filled], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Result, Result, filler.Filled]:
    """What nbtrace says of the night alone, and of the same night in the filled bundle."""
    plain = tmp_path_factory.mktemp("plain") / "bundle"
    simulate(plain, filler.night(IMAGES, SEED))
    options = Options(tz=filler.ZONE)
    return analyze([plain], options), analyze([filled[0]], options), filled[1]


def test_size(filled: tuple[Path, filler.Filled]) -> None:
    """A bundle is as large as was asked for, and what is said of it is what is on the disk."""
    bundle, told = filled
    files = [path for path in bundle.rglob("*") if path.is_file()]

    assert told.bytes.total() == sum(path.stat().st_size for path in files)
    assert told.lines.total() == sum(path.read_bytes().count(b"\n") for path in files)
    assert told.files.total() == len(files)
    assert told.bytes.total() == pytest.approx(SIZE, rel=0.05)


def test_shares_of_the_formats(filled: tuple[Path, filler.Filled]) -> None:
    """Half of the bytes are legacy, two fifths raw unified, a tenth printed."""
    _, told = filled

    assert {form: told.bytes[form] / told.bytes.total() for form in SHARES} == pytest.approx(SHARES, abs=0.02)


def test_share_of_imports(tmp_path: Path) -> None:
    """Unless told otherwise, about 0.5 % of the lines are of imports."""
    told = filler.make(tmp_path / "bundle", 20 * MB)

    assert told.import_share == pytest.approx(0.005, abs=0.002)


def test_files_roll_over(filled: tuple[Path, filler.Filled]) -> None:
    """Files stay below the size at which they roll over, and go on in the next one of their name."""
    bundle, told = filled
    names = {path.name for path in bundle.rglob("*") if path.is_file()}

    assert max(path.stat().st_size for path in bundle.rglob("*") if path.is_file()) <= ROLL
    assert told.files["raw"] > len({name for name in names if name.endswith("-0000000000.log")})
    assert any(re.fullmatch(r"root\.[0-9]{6}_00002\.log", name) for name in names)
    assert "nbrmms_2.txt" in names


@pytest.mark.parametrize("form", list(SHARES))
def test_times_are_sorted(filled: tuple[Path, filler.Filled], form: str) -> None:
    """Every file begins with a record, and its records follow each other within the night."""
    night = filler.night(IMAGES, SEED)
    ahead_ms = nightfiles.clock_of(filler.ZONE, night.start)
    for path in forms.by_form(filled[0])[form]:
        times = [record.ms for record in nightfiles.read(path, form, ahead_ms)]

        assert times == sorted(times), path
        assert night.start_ms <= times[0] <= times[-1] <= night.end_ms, path


def test_lines_are_varied(filled: tuple[Path, filler.Filled]) -> None:
    """Hardly two records of a log are alike beside their time, some go on over lines, and lines are of real length."""
    text = [path.read_text(encoding="utf-8") for path in forms.by_form(filled[0])["legacy"]]
    lines = [line for part in text for line in part.splitlines()]
    records = [line[13:] for line in lines if re.match(r"[0-9:]{8}\.[0-9]{3} ", line)]

    assert len(set(records)) > len(records) / 4
    assert len(records) < len(lines)
    assert 80 <= sum(map(len, lines)) / len(lines) <= 250


def test_bundle_is_understood(results: tuple[Result, Result, filler.Filled]) -> None:
    """The product takes every record of the filled bundle, and finds the logs that only the filler wrote."""
    _, full, _ = results

    assert full.coverage["unparsed"].sum() == 0
    assert full.ignored.is_empty()
    assert full.unreadable == 0
    assert {"bpcd", "bprd", "nbsl", "vnetd"} <= set(full.coverage["log"])


def test_verdicts_do_not_change(results: tuple[Result, Result, filler.Filled]) -> None:
    """The filler is noise: what is said of each image is the same with and without it."""
    plain, full, _ = results
    compared = ["image_id", "verdict", "failed_step", "status_code", "cause", "job_ids", "step_states"]

    assert full.images.select(compared).sort("image_id").equals(plain.images.select(compared).sort("image_id"))


def test_same_seed_same_bytes(tmp_path: Path) -> None:
    """The same seed writes the same bundle, so that runs on two machines can be compared."""
    for name in ("one", "two"):
        filler.make(tmp_path / name, MB, images=20, seed=SEED)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]

    assert files
    assert all((tmp_path / "one" / each).read_bytes() == (tmp_path / "two" / each).read_bytes() for each in files)


@pytest.fixture(scope="module")
def called(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """One call of the benchmark on 2 MB, and the raw results that it wrote."""
    folder = tmp_path_factory.mktemp("speed")
    names = ["nbtrace", "wc", "re"]
    ended = subprocess.run(
        [sys.executable, BENCHMARKS / "speed.py", "--gb", "0.002", "--runs", "1", "--results", folder, "--contenders", *names],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"TMPDIR": str(tmp_path_factory.mktemp("work"))},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    (path,) = folder.iterdir()
    return ended, json.loads(path.read_text(encoding="utf-8"))


def test_table_is_complete(called: tuple[subprocess.CompletedProcess[str], dict[str, Any]]) -> None:
    """Every contender that was asked for and every bar is printed."""
    ended, _ = called

    assert all(re.search(rf"│ {name} +│ [^l]", ended.stdout) for name in ("nbtrace", "wc", "re"))
    assert all(bar.name in ended.stdout for bar in bars.BARS)
    assert "of the lines are of imports" in ended.stdout


def test_raw_results(called: tuple[subprocess.CompletedProcess[str], dict[str, Any]], tmp_path: Path) -> None:
    """The raw results name command, version and figures of each run, and no place of the machine."""
    _, told = called
    runs = {run["contender"]: run for run in told["runs"]}

    assert set(runs) == {"nbtrace", "wc", "re", "help"}
    assert all(run["runs"][0]["wall_s"] > 0 and run["runs"][0]["peak_mb"] > 0 for run in runs.values())
    assert runs["nbtrace"]["command"].startswith("python -m nbtrace analyze WORK/bundle --quiet")
    assert told["machine"]["cores"] >= 1
    assert str(tmp_path.parents[1]) not in json.dumps(told)


def test_every_means_counts_the_same(filled: tuple[Path, filler.Filled]) -> None:
    """The plain parser takes every record that nbtrace takes: the contenders do the same work."""
    bundle, _ = filled
    said = subprocess.run(
        [sys.executable, BENCHMARKS / "parsers.py", "re", bundle], capture_output=True, text=True, check=True
    )
    counted = sum(json.loads(said.stdout).values())
    entries = analyze([bundle], Options(tz=filler.ZONE)).coverage.select(pl.col("entries").sum()).item()

    assert counted == entries


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A contender that is not there is left out with the reason, never passed over."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    (tmp_path / "bundle").mkdir()

    found = {one.name: one.missing for one in contenders.contenders(tmp_path / "bundle", tmp_path)}

    assert tuple(found) == contenders.NAMES
    assert found["rg"] == "rg is not installed"
    assert found["lnav"] == "lnav is not installed"
    assert found["duckdb"] == "the Python package duckdb is not installed"


def test_bars() -> None:
    """A bar is reached at its own value, on its own side."""
    assert bars.Bar("time", most=4).reached(4)
    assert not bars.Bar("time", most=4).reached(4.01)
    assert bars.Bar("times", least=3).reached(3)
    assert not bars.Bar("times", least=3).reached(2.99)


def test_figures() -> None:
    """Figures are ratios of medians; the faster way to use Lark counts, and what did not run is left out."""
    runs = {}
    for name, walls in {"nbtrace": [2.0, 9.0, 4.0], "rg": [1.0], "lark": [500.0], "lark-earley": [90000.0]}.items():
        taken = [{"wall_s": wall, "cpu_s": wall, "peak_mb": 100.0} for wall in walls]
        runs[name] = contenders.Run(contenders.Contender(name, "", ()), taken)

    measured = bars.figures(runs, {}, 1)

    assert measured == {"nbtrace / rg, time": 4.0, "Lark / nbtrace, time": 125.0, "peak memory at 1 GB, MB": 100.0}


def test_exponent() -> None:
    """What doubles with the images grows to the power of one, what quadruples to the power of two."""
    assert bars.exponent([10, 20], [3.0, 6.0]) == pytest.approx(1)
    assert bars.exponent([10, 20], [3.0, 12.0]) == pytest.approx(2)
