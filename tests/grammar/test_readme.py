"""The description of the grammars cannot rot: its examples are lowered and run."""

from __future__ import annotations

import re

import pytest

from nbtrace.flows import load
from nbtrace.flows.sayings import with_sayings
from nbtrace.grammar.library import Grammar, Library, shipped

README = (shipped() / "README.md").read_text(encoding="utf-8")
RECORD, EVIDENCE, SAYINGS = re.findall(r"```lark\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def site(tmp_path):
    """Write the examples as a site would."""
    (tmp_path / "records").mkdir()
    (tmp_path / "records" / "spad.lark").write_text(RECORD, encoding="utf-8")
    (tmp_path / "mine.lark").write_text(EVIDENCE, encoding="utf-8")
    return Library(tmp_path)


def test_the_example_of_a_format_reads_its_line(site, read):
    """The example grammar reads the line that the text shows."""
    line = re.search(r"`(03:14:15 ERR .*?)`", README)[1]
    assert site.records()[0].name == "records/spad"
    assert read(site.records()[0].lowered(), [line]) == [
        {
            "clock": "03:14:15",
            "severity": "ERR",
            "pid": "4242",
            "tid": "140000000000001",
            "function": "someFunction",
            "message": "text",
        }
    ]


def test_the_example_of_evidence_speaks_for_a_step(site, read):
    """The example of evidence has the name of a rule of the shipped evidence, and matches."""
    mine, theirs = site.evidence("import")
    assert mine.starts == ("catalog",)
    assert "catalog" in theirs.starts
    assert read(mine.lowered("catalog"), ["image header read from", "image header"]) == [{}, None]


def test_every_field_of_the_shipped_formats_is_described():
    """The tables of fields name every field of every shipped record and name grammar."""
    fields = {field for grammar in (*Library().records(), *Library().names()) for field in grammar.lowered().fields}
    assert fields <= set(re.findall(r"`(\w+)`", README))


def test_the_example_of_whole_messages_is_evidence(read):
    """The rules of the example are named after a speaker and a step, and take whole messages."""
    grammar = Grammar("mine", "mine.lark", SAYINGS)
    flow = with_sayings(load(), grammar.starts)
    told = {rule.whole: (step.name, rule.done) for step, rule in flow.rules() if rule.whole}
    assert told == {
        ("bpdm_catalog", "bpdm_catalog_read"): ("catalog", False),
        ("bpdbm_validate_done",): ("validate", True),
    }
    assert read(grammar.lowered("bpdbm_validate_done"), ["image a_1795188184 is validated"]) == [{}]


def test_every_speaker_and_step_is_named():
    """Whoever writes a rule finds the names of all speakers and steps, as they are spelt in it."""
    flow = load()
    speakers = {speaker.name.replace(" ", "_") for speaker in flow.speaker if not speaker.listing}
    names = speakers | {step.name for step in flow.step}
    assert names <= set(re.findall(r"\w+", README.partition("The speakers are")[2].partition("Keep statuses")[0]))
