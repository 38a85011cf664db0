"""What people see, kept as golden files: every view at two widths.

Run ``NBTRACE_GOLDEN=write pytest tests/report`` to write the files anew, and read the difference before keeping it.
"""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from nbtrace.errors import InputError
from nbtrace.report.terminal import View, console, show
from nbtrace.report.verdict import sentence

GOLDEN = Path(__file__).with_name("golden")
FAILED, MENDED = "vmhost7_1795201200", "[bold]web5[/bold]_1795205555"
VIEWS = {
    "night": View(),
    "ascii": View(ascii=True),
    "limited": View(limit=1),
    "quiet": View(quiet=True),
    "image": View(image=FAILED),
    "mended": View(image=MENDED),
    "job": View(job=816),
}


@pytest.fixture
def plain(monkeypatch):
    """Take from the environment what would change colour or width."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TTY_COMPATIBLE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def shown(result, view, width=80, *, color=False):
    """Return the report as text."""
    file = io.StringIO()
    show(result, console(color=color, file=file, width=width), view)
    return file.getvalue()


def compare(name, text):
    """Compare with the golden file, or write it when told so."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("NBTRACE_GOLDEN") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", VIEWS)
def test_views_look_as_agreed(night, name, width):
    """Each view is what its golden file shows."""
    compare(f"{name}-{width}", shown(night, VIEWS[name], width))


def test_an_empty_night_looks_as_agreed(empty):
    """Without any image the report says so, what that means, and which logs of the flow are there."""
    compare("empty-80", shown(empty, View()))
    compare("empty-quiet-80", shown(empty, View(quiet=True)))


@pytest.mark.parametrize("name", VIEWS)
def test_nothing_hostile_reaches_the_terminal(night, name):
    """Messages, hosts and ids with escapes, controls or marks come out visible, with colours as without."""
    assert not re.search(r"[^\n\x20-\x7e]", shown(night, replace(VIEWS[name], ascii=True)))
    colored = shown(night, VIEWS[name], color=True)
    assert "\x1b[" in colored or name == "quiet"
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]", re.sub(r"\x1b\[[\d;]*m", "", colored))


@pytest.mark.parametrize("width", [80, 100, 140])
@pytest.mark.parametrize("name", VIEWS)
def test_only_what_is_copied_runs_over_the_edge(night, name, width):
    """Every line fits the page, but for the ids, paths and commands that a person copies whole."""
    wide = [line for line in shown(night, VIEWS[name], width).splitlines() if len(line) > width]

    assert all(re.search(r"(\.log:\d+|_\d{10})$", line) for line in wide)


def test_every_image_that_is_not_imported_is_named(night):
    """No image is lost: all that are not imported have their id on a line of its own."""
    lines = shown(night, View(limit=0)).splitlines()

    for image_id in night.images.filter(pl.col("verdict") != "imported")["image_id"]:
        assert sum(line[2:] == image_id and line[0] not in "✓ " for line in lines) == 1


def test_a_limit_of_nothing_lifts_it(night):
    """A limit says what it leaves out; 0 leaves nothing out."""
    assert "… and 5 more images; --limit 0 shows all" in shown(night, View(limit=1))
    assert "--limit 0" not in shown(night, View(limit=0))


def test_the_outcome_leaves_out_what_is_zero(night):
    """The outcome counts the verdicts that there are, in one line."""
    imported = replace(night, images=night.images.filter(pl.col("verdict") == "imported"))

    assert shown(imported, View(quiet=True)) == "2 images: 2 imported\n"
    assert shown(night, View(quiet=True)).endswith("3 failed, 1 stalled, 1 in progress, 1 undetermined\n")


def test_the_next_command_is_for_the_worst_image(night):
    """The command typed is proposed again for the worst image, quoted for a shell; for CSV files when all is well."""
    imported = replace(night, images=night.images.filter(pl.col("verdict") == "imported"))
    view = View(next_command=("nbtrace", "analyze", "my bundle"))

    assert shown(night, view).endswith(f"nbtrace analyze 'my bundle' --image {FAILED}\n")
    assert shown(imported, view).endswith("nbtrace analyze 'my bundle' --csv DIR\n")


def test_an_image_shows_all_its_evidence(night):
    """Every evidence row of the image is there with place and whole message, whatever the limit."""
    text = shown(night, View(image=MENDED, limit=1), 200)

    for row in night.evidence.filter(pl.col("image_id") == MENDED).iter_rows(named=True):
        assert f"{row['path']}:{row['line']}\n" in text
        assert row["rule"] in text


def test_a_job_shows_each_line_once(night):
    """A line that speaks of many images of a job is written once."""
    assert shown(night, View(job=816)).count(f"bpdm/root.112026_00001.log:{106}") == 1


def test_an_unknown_image_is_refused_with_its_neighbours(night):
    """A mistyped image is an error that names the nearest ones, safe to print."""
    with pytest.raises(
        InputError, match=r"^no image 'vmhost7_179520120' was traced in this bundle; near it are: vmhost7_"
    ):
        shown(night, View(image="vmhost7_179520120"))
    with pytest.raises(InputError, match=r"no image '\\x1b' was traced in this bundle$"):
        shown(night, View(image="\x1b"))


def test_an_unknown_job_is_refused(night):
    """A job that no log names is an error."""
    with pytest.raises(InputError, match="no import job 4711 was found"):
        shown(night, View(job=4711))


@pytest.mark.parametrize("name", VIEWS)
def test_what_is_not_known_is_left_out(night, name):
    """Whatever a table may leave empty is not printed as None, and breaks no view."""
    keys = {"image_id", "job_id", "attempt", "step", "state", "verdict", "severity", "code", "images", "path", "line"}
    bare = {
        table: frame.with_columns(
            pl.lit(None).cast(dtype).alias(c) for c, dtype in frame.schema.items() if c not in keys
        )
        for table in ("logs", "coverage", "images", "jobs", "steps", "evidence", "findings")
        if (frame := getattr(night, table)) is not None
    }

    assert "None" not in shown(replace(night, **bare), VIEWS[name])


@pytest.mark.parametrize("verdict", ["imported", "failed", "stalled", "in_progress", "undetermined"])
def test_a_verdict_can_be_told_of_almost_nothing(verdict):
    """An image of which little is known still has a sentence."""

    class Bare:
        @staticmethod
        def step(number):
            return f"step {number}"

    image = dict.fromkeys(("last_time", "last_step", "failed_step", "status_code", "elapsed_s"))

    assert sentence(Bare(), {**image, "verdict": verdict}, None)[0][0] in {verdict, "in progress"}


@pytest.mark.usefixtures("plain")
def test_a_pipe_gets_eighty_columns_and_no_colour(monkeypatch):
    """Where there is no terminal the width is 80 and nothing is coloured."""
    monkeypatch.setattr(os, "get_terminal_size", lambda *_: (_ for _ in ()).throw(OSError))
    piped = console(color=None, file=io.StringIO())

    assert (piped.width, piped.color_system) == (80, None)


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


@pytest.mark.usefixtures("plain")
def test_colour_follows_the_terminal_and_the_environment(monkeypatch):
    """A terminal is coloured, unless NO_COLOR is set or it is dumb; an option decides over all of them."""
    assert console(color=None, file=Terminal()).color_system == "256"
    monkeypatch.setenv("NO_COLOR", "1")
    assert console(color=None, file=Terminal()).no_color
    assert not console(color=True, file=Terminal()).no_color
    assert console(color=False, file=Terminal()).color_system is None
    monkeypatch.setenv("TERM", "dumb")
    assert console(color=None, file=Terminal()).color_system is None
    assert console(color=True, file=io.StringIO()).color_system == "standard"


@pytest.mark.parametrize("columns", ["0", ""])
def test_no_columns_are_eighty(monkeypatch, columns):
    """A width of nothing says that nobody knows the width."""
    monkeypatch.setenv("COLUMNS", columns)

    assert console(color=False, file=io.StringIO()).width == 80


def test_a_step_that_begins_early_did_not_wait(night):
    """A step that begins before the last line of the one before is told so, with the reason, not as a negative time."""
    early = pl.when((pl.col("step") == 3) & (pl.col("attempt") == 1)).then(-62.7).otherwise("wait_s")
    steps = night.steps.with_columns(wait_s=early)
    text = " ".join(shown(replace(night, steps=steps), View(image=MENDED)).split())
    assert "begins 1m03s before the last line of the step before, which goes on" in text

    elsewhere = steps.with_columns(host=pl.when(pl.col("step") == 3).then(pl.lit("other")).otherwise("host"))
    text = " ".join(shown(replace(night, steps=elsewhere), View(image=MENDED)).split())
    assert "before the last line of the step before, by the clock of another host" in text
    assert "waited -" not in text
