"""A flow is read from its file with every mistake named, and the shipped one is complete."""

from __future__ import annotations

import pytest

from nbtrace import knowledge
from nbtrace.errors import FlowError
from nbtrace.flows import load, parse
from nbtrace.grammar.library import Library
from nbtrace.knowledge.codes import statuses

SMALL = """
name = "small"
title = "A small flow"
job_type = 21
total_deadline_s = 60

[[speaker]]
name = "a"
role = "primary"
originators = [1]

[[speaker]]
name = "b"
role = "media"
logs = ["b"]
inside = ["a"]

[[step]]
number = 1
name = "first"
host = "primary"
what = "a does it"
carries = ["image"]
many = "1:1"
deadline_s = 0
reason = "first step"
overdue = "look at a"
witnesses = ["a"]
also = []
evidence = [{ speaker = "a", names = "image", words = "x", strength = "weak", rank = 1 }]

[[step]]
number = 2
name = "second"
host = "media"
what = "b does it"
carries = ["image", "job"]
many = "1:1"
deadline_s = 30
reason = "so it is"
overdue = "look at b"
witnesses = ["b"]
also = ["a"]
evidence = [{ speaker = "b", names = "job", after = 1, strength = "strong", rank = 2, opening = true }]
"""


def test_a_flow_is_read():
    """A flow has its speakers and steps in order, and its rules in the order in which they decide."""
    flow = parse(SMALL, file="small.toml")
    assert [speaker.name for speaker in flow.speaker] == ["a", "b"]
    assert [(step.number, rule.rank) for step, rule in flow.rules()] == [(2, 2), (1, 1)]
    assert flow.words() == {"x"}
    assert flow.speaker[1].inside == ("a",)
    assert flow.step[1].evidence[0].opening is True
    assert flow.step[1].evidence[0].words == ""


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('name = "small"', "name = ", "this is not TOML"),
        ('title = "A small flow"', "", "the flow: the key 'title' is missing"),
        ("job_type = 21", 'job_type = "21"', "the flow: 'job_type' must be of type int, not str"),
        ("job_type = 21", "job_type = true", "the flow: 'job_type' must be of type int, not bool"),
        ("job_type = 21", "job_type = 21\nspeed = 3", "the flow: unknown key 'speed'; known are: name, title"),
        ("total_deadline_s = 60", "total_deadline_s = 0", "total_deadline_s: it must be more than 0 seconds"),
        ("[[speaker]]", "[[speakers]]", "the flow: unknown key 'speakers'"),
        ('role = "primary"', "", "speaker a: the key 'role' is missing"),
        ("originators = [1]", "originators = 1", "speaker a: 'originators' must be a list"),
        ("originators = [1]", 'originators = ["1"]', "speaker a: 'originators' must be of type int, not str"),
        ("originators = [1]", "", "speaker a: a speaker needs originators or logs"),
        ("originators = [1]", "originators = [1]\nruns = 1", "speaker a: 'runs' must be of type bool, not int"),
        ('name = "b"', 'name = "a"', "speaker a: this speaker is declared twice"),
        ('inside = ["a"]', 'inside = ["c"]', "speaker b: 'c' is not a declared speaker"),
        ("number = 2", "number = 3", "step: the steps must be numbered 1, 2, 3 … in order"),
        ("number = 2", 'number = "2"', "step 2: 'number' must be of type int, not str"),
        ('witnesses = ["b"]', "witnesses = []", "step 2: a step needs evidence and witnesses"),
        ('witnesses = ["b"]', 'witnesses = ["c"]', "step 2: 'c' is not a declared speaker"),
        ('also = ["a"]', 'also = ["c"]', "step 2: 'c' is not a declared speaker"),
        ("deadline_s = 30", "deadline_s = -30", "step 2: a deadline is not negative and needs a reason"),
        ('reason = "so it is"', 'reason = ""', "step 2: a deadline is not negative and needs a reason"),
        ('speaker = "b"', 'speaker = "c"', "step 2: 'c' is not a declared speaker"),
        ('speaker = "b"', 'color = "c"', "evidence 1: unknown key 'color'"),
        ('names = "job"', 'names = "slp"', "step 2: evidence needs names = image or job"),
        ('strength = "strong"', 'strength = "implied"', "step 2: evidence needs names = image or job"),
        ("after = 1", "after = 2", "step 2: 'after' must be the number of an earlier step"),
        ("rank = 2", "rank = 2.0", "evidence 1: 'rank' must be of type int, not float"),
        ('evidence = [{ speaker = "b"', 'evidence = ["b", { speaker = "b"', "step 2: each 'evidence' must be a table"),
    ],
)
def test_mistakes_are_named(before, after, message):
    """Every kind of mistake is told with the file, the place in it and the reason."""
    assert before in SMALL
    with pytest.raises(FlowError) as caught:
        parse(SMALL.replace(before, after), file="small.toml")
    assert str(caught.value).startswith(f"small.toml: {message}")


def test_a_flow_without_steps_is_refused():
    """A flow needs a step."""
    with pytest.raises(FlowError, match="numbered 1, 2, 3"):
        parse('name = ""\ntitle = ""\njob_type = 1\ntotal_deadline_s = 1\nspeaker = []\nstep = []', file="x.toml")


def test_an_unknown_flow_is_said():
    """A flow that nbtrace does not ship is named by its file."""
    with pytest.raises(FlowError, match=r"^nothing\.toml: there is no such flow$"):
        load("nothing")


def test_the_shipped_flow_is_read_once():
    """The shipped flow has eight steps and is the same at every call."""
    assert len(load().step) == 8
    assert load() is load()


def test_shipped_speakers_are_known():
    """Every originator and log of the shipped flow is known by name, and its role does not contradict what is known."""
    for speaker in load().speaker:
        for oid in speaker.originators:
            assert knowledge.originator_name(oid) != f"OID {oid}", speaker.name
        for log in speaker.logs:
            assert knowledge.daemon(log) is not None, log
            assert knowledge.role_of(log) in {speaker.role, ""}, log


def test_shipped_speakers_are_told_apart():
    """No two speakers of the shipped flow share an originator or a log."""
    for part in ("originators", "logs"):
        every = [one for speaker in load().speaker for one in getattr(speaker, part)]
        assert len(set(every)) == len(every)


def test_shipped_words_exist():
    """Every word rule of the shipped flow is in the evidence grammar of that name."""
    rules = {rule for grammar in Library().evidence(load().name) for rule in grammar.starts}
    assert load().words() <= rules


def test_shipped_steps_can_be_told():
    """Each step has a reason for its deadline, advice when it is over, and evidence by each of its witnesses."""
    flow = load()
    roles = {speaker.name: speaker.role for speaker in flow.speaker}
    for step in flow.step:
        assert step.reason
        assert step.overdue
        assert set(step.witnesses) <= {rule.speaker for rule in step.evidence}
        assert step.host in {roles[name] for name in step.witnesses}
        assert set(step.carries) <= {"image", "job", "storage_server", "disk_volume", "slp", "status"}
    assert sum(step.deadline_s for step in flow.step) < flow.total_deadline_s


def test_families_of_failures():
    """A step fails with the families of codes that it names, one that names none with all; the shipped ones exist."""
    step = next(step for step in load().step if step.families)
    known = {code.family for code in statuses().values()}

    assert set(step.families) <= known
    assert [step.fails_with(family) for family in ("resource", "storage")] == [True, False]
    assert load().step[0].fails_with("storage")


def test_jobs_come_in_with_a_step():
    """The first step that carries a job is told; a flow without jobs is one attempt from its first step on."""
    assert parse(SMALL, file="small.toml").first_job_step == 2
    assert parse(SMALL.replace('["image", "job"]', '["image"]'), file="small.toml").first_job_step == 1
