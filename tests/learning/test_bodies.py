"""A rule's body takes the messages that it was made of, and others that differ in ids, names and large numbers only."""

from __future__ import annotations

import re

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.grammar.literals import literal
from nbtrace.grammar.lowering import lower
from nbtrace.learning.bodies import TERMINALS, body
from nbtrace.learning.shapes import with_shapes


def pattern(*messages):
    """Return the expression for messages of one shape."""
    rows = with_shapes(pl.DataFrame({"message": messages, "job_id": [815] * len(messages)}), [])
    text = body(rows["kinds"][0].to_list(), rows["pieces"])
    return re.compile(lower(f"start: {text}\n{TERMINALS}", file="x").pattern)


@pytest.mark.parametrize(
    ("seen", "taken", "refused"),
    [
        (["read a_1795188184"], ["read b-2_1795999999"], ["read b-2", "read a_1795188184 not", "reading a_1795188184"]),
        (["rc=0 a_1795188184"], ["rc=0 b_1795188185"], ["rc=85 a_1795188184", "rc=00 a_1795188184"]),
        (["copy 1, 4096 bytes"], ["copy 1, 8192 bytes"], ["copy 2, 4096 bytes", "copy 1, 0 bytes"]),
        (["n=3", "n=17"], ["n=5"], ["n=0", "n=-1"]),
        (["jobid=815"], ["jobid=7"], ["jobid=0"]),
        (["to h1: sent"], ["to host-2.dr.example.com: sent"], ["to h1: not sent", "to a b: sent"]),
    ],
)
def test_what_a_rule_takes(seen, taken, refused):
    """Zero and small numbers that never change are kept; what varies, ids and names are not."""
    rule = pattern(*seen)
    assert all(rule.fullmatch(message) for message in [*seen, *taken])
    assert not any(rule.fullmatch(message) for message in refused)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=40))
def test_a_rule_takes_its_own_message(message):
    """Whatever a message holds, its rule is a grammar and takes it."""
    assert pattern(message).fullmatch(message)


@given(st.text(st.sampled_from("ab\"\\/\n\t\r\x1b\u202e{}$^*.+|i' "), min_size=1, max_size=12))
def test_literals_are_the_text(text):
    """A literal stands for its text and nothing else, and shows nothing that could steer a terminal."""
    lark = literal(text)
    assert lark.isprintable()
    assert re.fullmatch(lower(f"start: {lark}", file="x").pattern, text)
