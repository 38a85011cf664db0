"""Sources: every fact says how sure it is, and every section that is cited is known."""

from __future__ import annotations

import pytest

from nbtrace.knowledge import daemons, findings, loading, sources


def cited():
    """Return every source of the data files."""
    rows = [*findings.findings().values(), *daemons.daemons().values()]
    rows += [daemons.originator(number) for number in daemons.originators()]
    return sorted({row.source for row in rows} | {row["source"] for row in loading.toml("collecting.toml").values()})


@pytest.mark.parametrize("source", cited())
def test_each_cited_section_is_known(source):
    """A source names sections that sources.toml has, so that its pages can be given."""
    known = loading.toml("sources.toml")["sections"]
    assert sources.sections_of(source)
    assert set(sources.sections_of(source)) <= set(known)
    assert all(page.startswith(("https://", "http://")) for page in sources.pages_of(source))


@pytest.mark.parametrize("text", list(findings.findings().values()), ids=lambda text: text.code)
def test_each_finding_says_how_sure_it_is(text):
    """A finding's source carries at least one mark, and each mark has its meaning."""
    assert sources.marks_of(text.source)
    assert set(sources.marks_of(text.source)) <= set(sources.marks())


@pytest.mark.parametrize(
    ("source", "marks", "sections"),
    [
        ("import-flow.md §3.1, D", ["D"], ["import-flow.md §3.1"]),
        ("import-flow.md §3.3, I; §5, D", ["I", "D"], ["import-flow.md §3.3", "import-flow.md §5"]),
        ("a.md §3 and §7, H (folder), M (nbcplogs)", ["H", "M"], ["a.md §3", "a.md §7"]),
        ("Dashes and Hosts of MSDP", [], []),
    ],
)
def test_marks_and_sections_are_read(source, marks, sections):
    """Marks are single letters between separators; a section without a file belongs to the file before."""
    assert (sources.marks_of(source), sources.sections_of(source)) == (marks, sections)
