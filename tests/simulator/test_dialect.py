"""Dialects: complete, and different from each other."""

from __future__ import annotations

import re
from itertools import combinations, pairwise

import pytest

from nbtrace.errors import InputError
from nbtrace.simulator import dialect_names
from nbtrace.simulator.dialect import EVENTS, STATUSES, load_dialect, parse_dialect


def pairs(name):
    """The pairs of words that follow each other in a dialect's texts; fields and the product's own forms part them."""
    own = re.compile(r"\{\w+\}|-jobid|[^a-z ]+")
    parts = [part for phrase in load_dialect(name).phrases.values() for part in own.split(phrase.text.lower())]
    return {pair for part in parts for pair in pairwise(part.split())}


@pytest.mark.parametrize("name", dialect_names())
def test_complete(name):
    """Every shipped dialect says every event and has a reason for every status."""
    dialect = load_dialect(name)

    assert dialect.phrases.keys() == EVENTS.keys()
    assert all(dialect.reason(status) for status in STATUSES)


def test_other_shares_no_wording():
    """The other dialect has no function and no two words in a row in common with the plain one."""
    plain, other = load_dialect("plain"), load_dialect("other")

    assert not {each.function for each in plain.phrases.values()} & {each.function for each in other.phrases.values()}
    assert len(pairs("plain")) > 100
    assert not pairs("plain") & pairs("other")


def sentences(name):
    """The texts of a dialect without what is filled in and without the product's own forms."""
    own = re.compile(r"\{+\w+\}+|(INITIATING|EXITING).*|-jobid|[^a-z: ]+", re.IGNORECASE)
    texts = (own.sub("", phrase.text.lower()) for phrase in load_dialect(name).phrases.values())
    return {text for text in (" ".join(text.split()) for text in texts) if " " in text}


def test_no_two_share_a_sentence():
    """No dialect says anything in the sentence of another one, in none of the events."""
    assert len(dialect_names()) >= 5
    for one, other in combinations(dialect_names(), 2):
        assert not sentences(one) & sentences(other), (one, other)


def test_start_lines_name_the_job():
    """Whatever the dialect, bpimport and bpdm begin with a command line that holds -jobid."""
    for name in dialect_names():
        for event in ("import_begin", "mover_begin"):
            assert "-jobid {job}" in load_dialect(name).phrases[event].text


def test_unknown_dialect():
    """A dialect that is not there is refused with the names of those that are."""
    with pytest.raises(
        InputError, match=r"no dialect 'klingon'; there are: calls, chatty, clipped, json, other, plain, terse"
    ):
        load_dialect("klingon")


def test_faults_are_all_named():
    """A broken dialect is refused with everything that is wrong with it."""
    text = """
        [events]
        event_sent = { function = "f", text = "sent {picture}" }
        supper = { function = "f", text = "ready" }
    """
    with pytest.raises(InputError) as caught:
        parse_dialect("bad", text)

    message = str(caught.value)
    assert "no event 'event_received'" in message
    assert "unknown event 'supper'" in message
    assert "'event_sent' names unknown {picture}" in message
    assert "'event_sent' must name {image}" in message
    assert "no reason for status 1532" in message


def test_not_toml():
    """A text that is no TOML is refused as such."""
    with pytest.raises(InputError, match="not valid TOML"):
        parse_dialect("bad", "= = =")
