"""What the README shows is what happens.

In a ``console`` block a line that begins with ``$`` is run, and the lines below it are its output. A line ``…`` below
shows that the output goes on. ``NBTRACE_GOLDEN=write pytest tests/test_readme.py`` writes the outputs anew, each
shortened one at its present length; ``…12`` below a command asks for twelve lines.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from nbtrace.report.page import ASCII, UNICODE
from nbtrace.tables import COVERAGE, FINDINGS, IMAGES, JOBS, STATES, STEPS

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")])
SWAYING = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM", "TERM", "LANG", "LC_ALL")


def examples():
    """Return the commands of all console blocks with what is shown below each."""
    blocks = re.findall(r"^```console\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE) if part]
    return {command: shown for command, _, shown in (part.partition("\n") for part in parts)}


EXAMPLES = examples()


def recipe():
    """Return what `make demo` runs after the environment is there."""
    rules = (ROOT / "Makefile").read_text(encoding="utf-8")
    return re.search(r"^\t@\$\(BIN\)/(nbtrace analyze \S+)", rules, re.MULTILINE)[1]


def run(command):
    """Run a command as the README shows it, with this Python's nbtrace, 80 columns wide."""
    # Made in an environment of its own, `make demo` would first install one; tests/test_packaging.py looks at its rules.
    command = recipe() if command == "make demo" else command
    words = command.replace("nbtrace ", f"{sys.executable} -m nbtrace ", 1)
    kept = {name: value for name, value in os.environ.items() if name not in SWAYING}
    done = subprocess.run(  # noqa: S602 - the README's own line, with what shells do
        words,
        shell=True,
        cwd=ROOT,
        env=kept | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def shortened(output, lines):
    """Return the beginning of an output, and the mark that it goes on."""
    return "".join(line + "\n" for line in [*output.splitlines()[:lines], "…"])


def test_the_readme_shows_its_commands():
    """There is something to check: the demo, one image, a code, the inventory and the exit status."""
    assert "make demo" in EXAMPLES
    assert len(EXAMPLES) == 5


@pytest.mark.parametrize("command", EXAMPLES)
def test_shown_output_is_real(command):
    """Every command in a console block prints what is shown below it."""
    output, shown = run(command), EXAMPLES[command]
    last = shown.splitlines()[-1] if shown else ""
    wanted = output
    if last.startswith("…"):
        wanted = shortened(output, int(last[1:] or len(shown.splitlines()) - 1))
    if os.environ.get("NBTRACE_GOLDEN") == "write":
        text = README.read_text(encoding="utf-8")
        README.write_text(text.replace(f"$ {command}\n{shown}", f"$ {command}\n{wanted}"), encoding="utf-8")
        return
    assert shown == wanted


def test_every_option_is_in_the_readme():
    """The table of options has every option of `nbtrace analyze` that its help has, and no other."""
    done = subprocess.run(
        [sys.executable, "-m", "nbtrace", "analyze", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    helped = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", done.stdout, re.MULTILINE)) - {"--help"}
    table = "".join(re.findall(r"^\| `-.*$", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"--[\w-]+", table)) == helped


def test_states_are_shown_with_their_glyphs():
    """The table of states has the glyph and the ASCII letter of every state."""
    rows = re.findall(r"^\| (\S) \| (\S) \| ([\w ]+) \|", README.read_text(encoding="utf-8"), re.MULTILINE)
    glyphs = {(UNICODE.states[state], ASCII.states[state], state) for state in STATES}
    assert set(rows) == glyphs


@pytest.mark.parametrize(
    ("file", "table"),
    [("images", IMAGES), ("steps", STEPS), ("jobs", JOBS), ("findings", FINDINGS), ("coverage", COVERAGE)],
)
def test_the_csv_contract_is_kept(file, table, tmp_path):
    """docs/csv.md has the columns of every file, in their order, as they are written."""
    text = (ROOT / "docs" / "csv.md").read_text(encoding="utf-8")
    section = text.split(f"## {file}.csv\n")[1].split("\n## ")[0]
    columns = re.findall(r"^\| `(\w+)` \| \S", section, re.MULTILINE)
    run(f"nbtrace analyze sample_logs/clean-night -q --csv {tmp_path}")
    assert columns == pl.read_csv(tmp_path / f"{file}.csv").columns
    assert set(columns) <= set(table.schema)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document):
    """Every link to a file of the repository leads to one."""
    text = document.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if not (document.parent / link).exists()] == []
