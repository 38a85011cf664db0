"""What a message says by the lexicon."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.errors import FlowError
from nbtrace.grammar.library import Grammar
from nbtrace.tracing.words import with_words


@pytest.mark.parametrize(
    ("message", "rule"),
    [
        ("event for an image", "event"),
        ("inserted the record", "insert"),
        ("launching bpimport", "start"),
        ("cannot do it", "failed"),
        ("will retry", "retry"),
        ("no errors", "harmless"),
        ("import of an image", "importing"),
        ("expired and deleted", "other_work"),
        ("phase 1 of a manual import", "manual"),
    ],
)
def test_lexicon(told, message, rule):
    """Each rule knows its words and their variants."""
    assert told(f"nbjm 18:00 {message}")[f"says_{rule}"].to_list() == [True]
    assert told("nbjm 18:00 quite another thing")[f"says_{rule}"].to_list() == [False]


def test_functions_tell_what_not_how(told):
    """What a record is about may stand in its function; how it went is read from its message only."""
    row = told("nbstserv 18:00 (insertFailed) image record").row(0, named=True)

    assert row["says_insert"]
    assert not row["says_failed"]


def test_a_rule_that_no_grammar_has():
    """A word rule that no grammar describes is an error that names it."""
    rows = pl.DataFrame({"function": ["f"], "message": ["m"]})
    grammar = Grammar("evidence/site", "site.lark", "other: /x/i\n")

    with pytest.raises(FlowError, match="no evidence grammar has the rule 'batch'"):
        with_words(rows, [grammar], ["batch"])
