"""What can be explained: every code, step, daemon and originator has its text, and is found by what people type."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from nbtrace.flows import load
from nbtrace.knowledge import codes, daemons, findings, loading, topics

ROOT = Path(__file__).parents[2]
NAMED = [(kind, name) for kind in topics.KINDS for name in topics.names(kind)]


def of(kind, text):
    """Return the one topic of this kind that the text stands for."""
    (found,) = (topic for topic in topics.find(text) if topic.kind == kind)
    return found


@pytest.mark.parametrize("kind", topics.KINDS)
def test_everything_listed_can_be_explained(kind):
    """Every name that is listed leads to a topic of its kind with facts that are sentences or lists, none empty."""
    for name in topics.names(kind):
        found = of(kind, name)
        facts = dict(found.facts)
        assert found.title
        assert facts
        assert all(text.strip() for text in facts.values())
        assert "sure" in facts


def test_no_document_is_named_that_is_not_here():
    """What is explained names no file of notes: who reads it could not open it."""
    for kind, name in NAMED:
        assert not [text for text in dict(of(kind, name).facts).values() if re.search(r"\.md\b", text)]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("step", {"what", "host", "log", "do"}),
        ("status code", {"shows", "why"}),
        ("finding", {"what", "severity", "do"}),
        ("daemon", {"what", "log", "level"}),
        ("originator", {"what", "log"}),
    ],
)
def test_a_topic_says_what_its_kind_needs(kind, wanted):
    """A step says what and where, a code why, a finding what to do, a daemon where it writes and how to hear more."""
    for name in topics.names(kind):
        assert wanted <= set(dict(of(kind, name).facts))


def test_a_number_is_all_that_it_can_be():
    """226 is a status code and an originator, 5 a step and a status code; a word before it asks for one."""
    assert [topic.kind for topic in topics.find("226")] == ["status code", "originator"]
    assert [topic.kind for topic in topics.find("5")] == ["step", "status code"]
    for asked in ("originator 226", "OID 226"):
        assert [topic.kind for topic in topics.find(asked)] == ["originator"]
    for asked in ("status 226", "status code 226", "code 226"):
        assert [topic.kind for topic in topics.find(asked)] == ["status code"]
    assert [topic.title for topic in topics.find("step  5")] == ["mover"]


@pytest.mark.parametrize(
    ("typed", "kind", "name"),
    [
        ("nbt206", "finding", "NBT206"),
        ("206 ", "finding", "NBT206"),
        ("NBSTSERV", "daemon", "nbstserv"),
        ("import  manager", "daemon", "import manager"),
        ("importmgr", "daemon", "import manager"),
        ("Mover", "step", "5"),
        ("ncfrai", "originator", "158"),
        ("log bpdm", "daemon", "bpdm"),
    ],
)
def test_a_topic_is_found_by_what_people_type(typed, kind, name):
    """Case, blanks, other spellings and a missing NBT do not matter."""
    assert of(kind, typed).name == name


def test_what_is_not_known_is_not_made_up():
    """An unknown number or name has no topic; near names are offered, and none where nothing is near."""
    for unknown in ("4711", "NBT999", "step 9", "status nbstserv", "", "originator 4711", "9" * 40, "²"):
        assert topics.find(unknown) == []
    assert topics.near("nbstsrv") == ["nbstserv"]
    assert "2074" in topics.near("20744")
    assert topics.near("zzzzzz") == []


def test_a_detail_and_a_sum_say_so():
    """A status that only sums up, or that stands beside 800, says that of itself."""
    assert "sums up" in dict(of("status code", "191").facts)["why"]
    assert "800" in dict(of("status code", "2074").facts)["why"]


def test_an_originator_known_by_name_only_says_so():
    """Nothing is told of an originator of which only id and name are known."""
    assert dict(of("originator", "158").facts)["what"] == "Only its number and its name are known here."


def test_every_finding_that_is_made_has_its_text():
    """Each code that stands in the program as a word is in findings.toml."""
    emitted = {
        node.value
        for path in (ROOT / "nbtrace").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"NBT[1-9][0-9]{2}", node.value)
    }
    assert emitted
    assert emitted <= set(findings.findings())


def test_every_status_of_a_finding_is_known():
    """Each status code that failures.toml names is in status_codes.csv, and each of its findings in findings.toml."""
    data = loading.toml("failures.toml")
    listed = {code for row in data["finding"] for code in row.get("codes", ())}
    listed |= {*data["summary"]["codes"], *data["resources"]["summary"], *data["resources"]["detail_codes"]}
    assert listed <= set(codes.statuses())
    for first, last in [ends for row in data["finding"] for ends in row.get("ranges", ())]:
        assert any(first <= code <= last for code in codes.statuses())
    assert {row["code"] for row in data["finding"]} <= set(findings.findings())


def test_every_speaker_of_the_flow_can_be_explained():
    """Each daemon, originator and log directory of the import flow has its text."""
    for speaker in (each for each in load().speaker if not each.listing):
        for name in (*speaker.logs, *(() if speaker.logs else (speaker.name,))):
            assert daemons.daemon(name) is not None
        for number in speaker.originators:
            assert dict(of("originator", str(number)).facts)["what"] != "Only its number and its name are known here."
