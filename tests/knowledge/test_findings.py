"""Findings: every code is explained in words that a person can act on."""

from __future__ import annotations

import re

import pytest

from nbtrace.knowledge import findings

CODES = {
    *range(101, 111),
    *range(201, 212),
    *range(301, 306),
    *range(401, 404),
    *range(501, 505),
}
COMMANDS = {
    "bpdbjobs", "bpexpdate", "bpimagelist", "bptestbpcd", "mklogdir", "nbcplogs", "nbstl", "nbstlutil", "nbtrace", "vxlogcfg",
}  # fmt: skip


def test_every_code_has_its_text():
    """Each finding code that exists is explained, and no other."""
    assert set(findings.findings()) == {f"NBT{number}" for number in CODES}


@pytest.mark.parametrize("code", [f"NBT{number}" for number in sorted(CODES)])
def test_a_text_is_complete(code):
    """A finding has a short title, a severity, what it means, what to do, and a source with its mark."""
    text = findings.finding(code)
    assert text.code == code
    assert text.title[0].islower()
    assert not text.title.endswith(".")
    assert len(text.title) <= 60
    assert text.severity in {"error", "warning", "info"}
    assert text.meaning.endswith(".")
    assert text.remedy.endswith(".")
    assert "\n" not in text.meaning + text.remedy
    assert "  " not in text.meaning + text.remedy
    assert re.search(r"§.*\b[HMLVDIU]\b", text.source)


def test_failures_and_overdue_steps_are_errors_and_nothing_else_is():
    """What stops an image is an error; what could not be seen or is merely odd is not."""
    errors = {code for code, text in findings.findings().items() if text.severity == "error"}
    assert errors == {"NBT102", "NBT106", *(f"NBT{number}" for number in range(201, 211))}


@pytest.mark.parametrize("code", [f"NBT{number}" for number in sorted(CODES)])
def test_remedies_name_known_commands_only(code):
    """Commands in a remedy are real ones, quoted, so that they can be typed."""
    quoted = re.findall(r"`([^`]+)`", findings.finding(code).remedy)
    names = {text.split()[0] for text in quoted if re.match(r"(nb|bp|vx|mk)\w+\b", text)}
    assert names <= COMMANDS


def test_titles_are_unique():
    """Two findings never share a title: they are grouped by it."""
    titles = [text.title for text in findings.findings().values()]
    assert len(set(titles)) == len(titles)


def test_an_unknown_code_is_refused():
    """Asking for a finding that does not exist is a mistake of the program and fails at once."""
    with pytest.raises(KeyError):
        findings.finding("NBT999")
