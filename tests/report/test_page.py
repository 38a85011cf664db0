"""The page makes every text safe and fits it to the console that it has."""

from __future__ import annotations

import io

import pytest
from rich.cells import cell_len

from nbtrace.report.page import ASCII, UNICODE, Page
from nbtrace.report.terminal import console
from nbtrace.tables import STATE_LETTERS


@pytest.fixture
def page(night):
    """A page of forty columns without colour."""
    return Page(console(color=False, file=io.StringIO(), width=40), night)


def written(page):
    """Return what was written on the page."""
    return page.console.file.getvalue()


def test_every_state_has_its_own_glyph():
    """Without any colour no two states look alike, in either set of glyphs."""
    for glyphs in (UNICODE, ASCII):
        assert set(glyphs.states) == set(STATE_LETTERS)
        assert len(set(glyphs.states.values())) == len(STATE_LETTERS)
        assert len({glyphs.active, glyphs.wait, glyphs.gap, glyphs.unseen}) == 4


def test_ascii_glyphs_are_the_letters_of_the_csv_files():
    """What the terminal shows in ASCII reads like the column step_states."""
    assert ASCII.states == STATE_LETTERS
    assert ASCII.all().isascii()


def test_markup_is_text(page):
    """Square brackets and emoji codes are printed as they are."""
    page.line("[red]not red[/red] :boom: [link=x]")

    assert written(page) == "[red]not red[/red] :boom: [link=x]\n"


def test_a_line_is_one_line(page):
    """A line feed inside a line cannot forge a second one, and a long line is not broken."""
    page.line("x" * 60, "\n", ("y", "bold"))

    assert written(page) == "x" * 60 + "\\ny\n"


def test_prose_is_wrapped_and_indented(page):
    """No line of prose is wider than the page; every line after the first hangs."""
    page.prose("word " * 20, "\nforged line", indent=2, hang=4)
    lines = written(page).splitlines()

    assert all(len(line) <= 40 for line in lines)
    assert lines[0].startswith("  word")
    assert all(line.startswith("      ") and line[6] != " " for line in lines[1:])


def test_prose_keeps_every_word(page):
    """Wrapping loses nothing, whatever the length of a word."""
    words = [f"w{number}" * (number % 9 + 1) for number in range(60)]
    page.prose(" ".join(words), indent=2, hang=8)

    assert written(page).split() == words


def test_cells_are_exact(page):
    """A cell has its width to the column, wide characters and escapes included."""
    assert cell_len(page.cell("日本語日本語", 7)[0]) == 7
    assert page.cell("ab", 4)[0] == "ab  "
    assert page.cell("ab", 4, right=True)[0] == "  ab"
    assert page.cell("nbu-primary.dr", 9)[0] == "nbu-…y.dr"


def test_hosts_lose_their_domain_only_where_that_is_safe(night, page):
    """A short name is used when it still names one host; an address is never cut."""
    assert page.host("media1.dr.example.com") == "media1"
    assert page.host("10.1.2.3") == "10.1.2.3"
    assert page.host(None) == ""

    twins = night.logs.with_columns(
        host=night.logs["host"].replace("nbu-primary.dr.example.com", "media1.prod.example.com")
    )
    object.__setattr__(night, "logs", twins)
    assert Page(page.console, night).host("media1.dr.example.com") == "media1.dr.example.com"


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "caf\\xe9 \\u65e5"), ("latin-1", "café \\u65e5")])
def test_what_the_encoding_lacks_is_escaped(night, encoding, shown):
    """A console that cannot print a character gets an escape, never an error."""
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding=encoding, newline="") as file:
        page = Page(console(color=False, file=file, width=40), night)
        page.line("café 日")
        file.flush()

        assert page.glyphs is ASCII
        assert raw.getvalue().decode(encoding).strip() == shown
