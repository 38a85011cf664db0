"""What is handed out is complete: the wheel, the make rules, the pinned versions, and nothing of one machine."""

from __future__ import annotations

import os
import re
import shutil
import site
import subprocess
import sys
import tomllib
import venv
from email.parser import Parser
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import nbtrace

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DECLARED = (*PROJECT["dependencies"], *(text for extra in PROJECT["optional-dependencies"].values() for text in extra))
BIN = "Scripts" if sys.platform == "win32" else "bin"

with_make = pytest.mark.skipif(
    shutil.which("make") is None or sys.platform == "win32", reason="there is no make, or no shell for its rules"
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel without network: the build backend is one of the development dependencies."""
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(out.glob("*.whl"))


def files(folder):
    """Return the files below a folder of the repository, without what Python leaves there."""
    found = (path.relative_to(ROOT / folder) for path in (ROOT / folder).rglob("*") if path.is_file())
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_code_data_and_grammars(wheel):
    """Modules, data files, dialects, py.typed and grammars are in the wheel, and no tests or samples."""
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    wanted = {f"nbtrace/{name}" for name in files("nbtrace")} | {
        f"nbtrace/_grammars/{name}" for name in files("grammars")
    }
    assert held == wanted
    for part in ("py.typed", "knowledge/status_codes.csv", "flows/import.toml", "simulator/dialects/plain.toml"):
        assert f"nbtrace/{part}" in held
    assert "nbtrace/_grammars/records/legacy.lark" in held


def test_the_wheel_says_what_it_is(wheel):
    """Version, license, Python and the command are in the metadata."""
    with ZipFile(wheel) as archive:
        folder = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA")).rpartition("/")[0]
        told = Parser().parsestr(archive.read(f"{folder}/METADATA").decode())
        commands = archive.read(f"{folder}/entry_points.txt").decode()
        assert f"{folder}/licenses/LICENSE" in archive.namelist()
    assert (told["Name"], told["Version"]) == ("nbtrace", nbtrace.__version__)
    assert (told["License-Expression"], told["Requires-Python"]) == ("Apache-2.0", ">=3.11")
    assert "nbtrace = nbtrace.__main__:main" in commands


def test_the_installed_command_does_the_main_job(wheel, tmp_path):
    """Installed from the wheel, the command analyses a bundle from any folder as it does here."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    python = home / BIN / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    folder = next(home.rglob("site-packages"))
    # The dependencies are those of this environment: no network is needed, and an editable nbtrace in it is not seen.
    (folder / "dependencies.pth").write_text("\n".join(site.getsitepackages()))
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}

    def run(*words):
        return subprocess.run(words, cwd=tmp_path, env=kept, capture_output=True, text=True, timeout=60, check=False)

    where = run(python, "-c", "import nbtrace; print(nbtrace.__file__)")
    assert Path(where.stdout.strip()).is_relative_to(folder)
    bundle = ROOT / "sample_logs" / "clean-night"
    done = run(home / BIN / "nbtrace", "analyze", bundle, "-q", "--csv", "out")
    assert (done.returncode, done.stdout, done.stderr) == (0, "24 images: 24 imported\n", "")
    assert len(list((tmp_path / "out").iterdir())) == 5
    made = run(home / BIN / "nbtrace", "simulate", "night", "--images", "3", "--scenario", "imported_alone")
    assert (made.returncode, made.stderr) == (0, "")


def needed():
    """Return the names of all packages that an installation for development and benchmarks brings on this system."""
    todo = [Requirement(text) for text in DECLARED]
    names = set()
    while todo:
        wanted = todo.pop()
        name = canonicalize_name(wanted.name)
        if name in names:
            continue
        names.add(name)
        try:
            further = [Requirement(text) for text in requires(wanted.name) or ()]
        except PackageNotFoundError:
            continue
        extras = wanted.extras or {""}
        todo += [one for one in further if not one.marker or any(one.marker.evaluate({"extra": e}) for e in extras)]
    return names


def test_constraints_pin_everything_and_nothing_else():
    """constraints.txt has an exact version of each package that is installed, sorted, and names no index."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in lines)
    names = [canonicalize_name(line.partition("==")[0]) for line in lines]
    assert names == sorted(names)
    assert set(names) == needed()


def test_every_dependency_has_its_reason():
    """CONTRIBUTING.md has one row for each dependency, and for no other."""
    rows = re.findall(r"^\| ([a-z.-]+) \| \S", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(set(rows) - {"package"}) == sorted(Requirement(text).name for text in DECLARED)


def make(*words, folder=ROOT):
    """Run make and return what became of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(["make", *words], cwd=folder, env=kept, capture_output=True, text=True, check=False)


@pytest.fixture
def fake(tmp_path):
    """Make an environment whose nbtrace ends `analyze` with a given status, and `--version` with another."""

    def environment(status, version=0):
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "nbtrace"
        program.write_text(f'#!/bin/sh\ncase "$1" in --version) exit {version};; esac\necho analysed; exit {status}\n')
        program.chmod(0o755)
        (tmp_path / ".installed").touch()
        return f"VENV={tmp_path}"

    return environment


@with_make
def test_the_demo_takes_failures_of_the_sample_for_success(fake):
    """`make demo` shows the report and ends well, although the sample holds failed imports."""
    done = make("demo", fake(1))
    assert (done.returncode, done.stdout, done.stderr) == (0, "analysed\n", "")


@with_make
@pytest.mark.parametrize(("status", "version"), [(0, 0), (2, 0), (3, 0), (70, 0), (1, 1)])
def test_the_demo_hides_no_error(fake, status, version):
    """Every other status, and an nbtrace that cannot even start, fail the demo."""
    assert make("demo", fake(status, version)).returncode != 0


@with_make
@pytest.mark.parametrize("goal", ["demo", "test"])
def test_the_environment_is_made_where_it_is_missing(tmp_path, goal):
    """Both commands begin with a fresh environment with the pinned versions, and then do their work."""
    plan = make("--dry-run", goal, f"VENV={tmp_path / 'new'}").stdout
    steps = ["-m venv", "pip install"]
    steps += (
        ["bin/nbtrace analyze"]
        if goal == "demo"
        else ["bin/ruff check", "bin/ruff format --check", "bin/mypy", "bin/pytest"]
    )
    places = [plan.index(step) for step in steps]
    assert places == sorted(places)
    assert "--constraint constraints.txt" in plan
    assert goal == "demo" or "--cov" in plan


@with_make
def test_an_old_python_is_refused_in_a_sentence(tmp_path):
    """Where Python is missing or too old, make says which is needed."""
    done = make("demo", "PYTHON=false", f"VENV={tmp_path / 'new'}")
    assert done.returncode != 0
    assert "nbtrace needs Python 3.11 or newer" in done.stderr


def test_ci_runs_what_everybody_runs():
    """.ci/run can be executed, and calls `make test` in an environment of its own."""
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.search(r'^make test VENV="\$VENV"$', script.read_text(encoding="utf-8"), re.MULTILINE)


def texts(*folders):
    """Return the text files of folders, and those at the top, that people wrote."""
    kinds = {".md", ".py", ".toml", ".txt", ".lark", ".csv", ".cfg", ""}
    top = [path for path in ROOT.iterdir() if path.is_file()]
    below = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file()]
    mine = {path for path in (*top, *below) if path.suffix in kinds and "__pycache__" not in path.parts}
    return {path: path.read_text(encoding="utf-8") for path in sorted(mine) if path.name != ".coverage"}


def test_no_path_of_a_machine_is_written_down():
    """Code, grammars and documents name no folder of the machine on which they were written."""
    machine = re.compile(r"(?<![\w.])/(?:work|tmp|home|root|Users|opt/wheels)/\w")
    found = texts("nbtrace", "grammars", "docs", ".ci")
    assert [path.name for path, text in found.items() if machine.search(text)] == []


def test_no_package_index_is_written_down():
    """No file names the host of a package index: where packages come from is a matter of each site."""
    index = re.compile(
        r"py(?:pi)[.-]|python(?:hosted)|(?:extra-)?index[-_](?:url)|(?:artifact)ory|(?:find)-links", re.IGNORECASE
    )
    found = texts("nbtrace", "grammars", "docs", "tests", "benchmarks", ".ci")
    assert [path.name for path, text in found.items() if index.search(text)] == []
