"""A site's rules for whole messages: they prove a step, say that it is complete, and never fit a failure."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.flows import load
from nbtrace.grammar.library import Grammar, Library
from nbtrace.tracing import select, trace
from nbtrace.tracing.notice import mentions
from nbtrace.tracing.windows import listen

IMAGE = "a_1795188184"
ID = "\nID: /[a-z]+_[0-9]{10}/\n"


@pytest.fixture
def told(story, noticed, small_talk):
    """Return the trace of a story by somebody whose site has these rules of evidence."""

    def make(text, rules):
        library, flow = Library(), load()
        words = [Grammar("site", "site.lark", rules + ID), *library.evidence("import")]
        entries, logs = story(small_talk() + "\n" + text)
        identified, heard = noticed(entries, logs)
        selected = select(mentions(identified).lazy(), identified.lazy(), logs, flow, words)
        whole, _ = noticed(entries, logs, everything=True)
        return trace(selected.of(whole), listen(heard), flow, library.identifiers(), words)

    return make


def evidence(trace, message):
    """Return step, strength and outcome of the line that says this."""
    return trace.evidence.filter(pl.col("message") == message).select("step", "strength", "outcome").row(0)


def test_a_whole_message_is_strong_proof(told, imported):
    """What nobody knows becomes strong evidence of the step that the rule is named after, and says so."""
    text = imported + f"bpdm 18:05:31 [5001] qux {IMAGE}\n"
    assert evidence(told(text, ""), f"qux {IMAGE}")[:2] == (7, "weak")
    found = told(text, 'bpdm_catalog: "qux " ID')
    assert evidence(found, f"qux {IMAGE}") == (7, "strong", "progress")
    assert "bpdm says bpdm_catalog" in set(found.evidence["rule"])


@pytest.mark.parametrize("message", [f"qux {IMAGE} not", f"no qux {IMAGE}"])
def test_a_part_of_a_message_is_not_it(told, imported, message):
    """A message that holds more than the rule says is another message."""
    text = imported + f"bpdm 18:05:31 [5001] {message}\n"
    assert evidence(told(text, 'bpdm_catalog: "qux " ID'), message)[1] == "weak"


def test_another_daemon_says_something_else(told, imported):
    """The same message of another daemon is not what the rule speaks of."""
    text = imported + f"bpdbm 18:05:31 [6001] qux {IMAGE}\n"
    assert evidence(told(text, 'bpdm_catalog: "qux " ID'), f"qux {IMAGE}")[1] == "weak"


@pytest.mark.parametrize(("severity", "outcome"), [(2, "done"), (16, "failed")])
def test_done_is_never_said_by_a_failure(told, severity, outcome):
    """`_done` completes the step and with the last one the image; a line that is written as an error stays a failure."""
    text = f"""
        nbrmms    18:00:00 event for image {IMAGE} arrived
        importmgr 18:00:10 inserted record {IMAGE}
        nbstserv  18:05:00 image {IMAGE} added to an import batch, jobid=815
        admin     18:05:11 [4001] bpimport -jobid 815
        bpdm      18:05:20 [5001] bpdm -jobid 815
        bpdm      18:05:30 [5001] read image information {IMAGE}_C1_IM
        bpdbm     18:05:32 [6001] <{severity}> qux {IMAGE}
    """
    found = told(text, 'bpdbm_validate_done: "qux " ID')
    assert evidence(found, f"qux {IMAGE}") == (8, "strong", outcome)
    assert found.images["verdict"].to_list() == ["imported" if outcome == "done" else "failed"]
    assert told(text, "x: ID").images["verdict"].to_list() != ["imported"]


def test_a_status_that_ends_a_job_is_no_saying(told, imported):
    """The end of a job stays a record, whatever a site says of the same message."""
    message = "jobid=815 ended with status 0"
    assert evidence(told(imported, 'nbjm_start: "jobid=815 ended with status 0"'), message) == (8, "record", "done")


def test_there_may_be_many_sayings(told, imported):
    """Hundreds of rules are read at once; those with fields of the same name do not get in each other's way."""
    rules = "\n".join(f'bpdm_catalog_{number}: "x{number} " name' for number in range(300)) + "\nname: ID"
    text = imported + f"bpdm 18:05:31 [5001] x299 {IMAGE}\nbpdm 18:05:31 [5001] x300 {IMAGE}\n"
    found = told(text, rules)
    assert evidence(found, f"x299 {IMAGE}")[1] == "strong"
    assert evidence(found, f"x300 {IMAGE}")[1] == "weak"
