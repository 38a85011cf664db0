"""Lowered grammars fill columns: fields of whole texts, beginnings of records, and what is found inside a text."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.grammar import columns
from nbtrace.grammar.columns import matches
from nbtrace.grammar.lowering import lower

RECORD = lower(
    'start: "[" pid "]" (" " who ":")? message\npid: /[0-9]+/\nwho: /[a-z]+/\nmessage: ANY?\nANY: /(?s:.+)/', file="r"
)
NAME = lower('start: (user ".")? date ".log"\nuser: /[^\\n]+/\ndate: /[0-9]{6}/', file="n")
SEARCH = 'job: "job" ("=" | " ") number unit?\nplain: "job"i\nnumber: /[0-9]+/\nunit: "s"\n'


def column(expression, texts):
    """Return what an expression makes of a column of texts."""
    return pl.DataFrame({"text": texts}, schema={"text": pl.String}).select(expression(pl.col("text")).alias("x"))["x"]


def rows(expression, texts):
    """Return the fields of each text; a text without a match has only ``None``."""
    return column(expression, texts).struct.unnest().to_dicts()


def test_fields_of_records_with_a_tail():
    """The tail takes the rest with all its line breaks; an absent field is null, an empty tail is the empty text."""
    found = rows(lambda text: columns.fields(text, RECORD), ["[1] a: b\nc\r\n", "[22]", "[3] A: x"])
    assert found == [
        {"pid": "1", "who": "a", "message": " b\nc\r\n"},
        {"pid": "22", "who": None, "message": ""},
        {"pid": "3", "who": None, "message": " A: x"},
    ]


@pytest.mark.parametrize("lowered", [RECORD, NAME])
def test_fields_of_other_texts_are_null(lowered):
    """A text that does not match as a whole, or is null, has no field at all."""
    found = rows(
        lambda text: columns.fields(text, lowered), ["", None, "x[1]", "[]", "a.110324.log.gz", "110324.log\n"]
    )
    assert {value for row in found for value in row.values()} == {None}


def test_fields_without_a_tail_want_the_whole_text():
    """A grammar without a tail is matched from the beginning to the end of the text."""
    found = rows(lambda text: columns.fields(text, NAME), ["110324.log", "a.b.110324.log", "a.110324.log.1"])
    assert [(row["user"], row["date"]) for row in found] == [(None, "110324"), ("a.b", "110324"), (None, None)]


def test_a_tail_is_taken_by_characters():
    """Characters of several bytes in front of the tail do not shift it."""
    lowered = lower('start: who " " message\nwho: /[^ ]+/\nmessage: ANY?\nANY: /(?s:.+)/', file="r")
    assert rows(lambda text: columns.fields(text, lowered), ["é€😀 ü"]) == [{"who": "é€😀", "message": "ü"}]


@pytest.mark.parametrize("wanted", [("pid",), ("who",), ("pid", "who"), ()])
def test_some_fields_of_records_that_begin(wanted):
    """Where a record begins, nothing behind the last wanted field is needed; one that may be absent is still found."""
    texts = ["[1] a: b", "[22]", "[3] A: x"]
    whole, begun = (
        column(lambda text, known=known: columns.captured(text, RECORD, wanted, begun=known), texts)
        for known in (False, True)
    )
    assert begun.equals(whole)
    assert set(begun.struct.fields) >= set(wanted)


def test_starts_looks_at_the_beginning_only():
    """A record starts where the part before its tail matches at the beginning of the line."""
    assert column(lambda text: columns.starts(text, RECORD), ["[1] x", "[1]", " [1]", "x", None]).to_list() == [
        True,
        True,
        False,
        False,
        None,
    ]


def test_starts_of_a_grammar_without_a_tail():
    """Without a tail, all of the record has to stand at the beginning of the line."""
    assert column(lambda text: columns.starts(text, NAME), ["110324.log x", "110324"]).to_list() == [True, False]


def test_find_gives_the_first_match():
    """The fields of the first match anywhere in the text are found; without a match they are null."""
    lowered = lower(SEARCH, file="s", start="job")
    found = rows(lambda text: columns.find(text, lowered), ["a job=1 job=2", "job 7s", "none", None])
    assert found == [
        {"number": "1", "unit": None},
        {"number": "7", "unit": "s"},
        {"number": None, "unit": None},
        {"number": None, "unit": None},
    ]


def test_find_needs_fields():
    """A rule without fields has nothing to find, which is said at once."""
    with pytest.raises(ValueError, match="no fields"):
        columns.find(pl.col("text"), lower(SEARCH, file="s", start="plain"))


def test_find_all_gives_every_whole_match():
    """All matches are found from left to right, as wholes and not as fields."""
    lowered = lower(SEARCH, file="s", start="job")
    assert column(lambda text: columns.find_all(text, lowered), ["job=1s, job 2", "none"]).to_list() == [
        ["job=1s", "job 2"],
        [],
    ]


def test_hints_hold_wherever_one_of_the_numbers_stands():
    """A hint may be wrong, and holds nothing back: also with zeros in front, in brackets and of very many numbers."""
    texts = ["[7]", "[007] a: b", "[17] c", "[77]", "7", "x[7]"]
    assert column(lambda text: columns.hints(text, RECORD, "pid", [7, 77]), texts).to_list() == [
        True, True, False, True, False, False,
    ]  # fmt: skip
    bracketed = lower('start: ("[" pid "]")? message\npid: /[0-9]+/\nmessage: ANY?\nANY: /(?s:.+)/', file="b")
    for lowered, field, numbers in ((bracketed, "pid", [7]), (RECORD, "tid", [7]), (RECORD, "pid", range(2000))):
        assert pl.select(columns.hints(pl.lit("[7]"), lowered, field, numbers)).item()


def test_has_says_whether_there_is_a_match():
    """A match anywhere in the text is enough."""
    lowered = lower(SEARCH, file="s", start="plain")
    assert column(lambda text: columns.has(text, lowered), ["my JOB", "none", None]).to_list() == [True, False, None]


def test_patterns_that_are_too_large_together_are_tried_one_by_one():
    """Where the engine refuses the expression of many rules, each of them still counts."""
    large = [
        lower(f'start: "{letter}" /[^\\n]{{1,1000}}/ /[^a]{{1,1000}}/', file="f.lark") for letter in "abcdefgh" * 8
    ]
    texts = pl.DataFrame({"text": ["hxx", "zxx", "h"]})
    assert texts.select(pl.any_horizontal(matches(pl.col("text"), large))).to_series().to_list() == [True, False, False]


def test_the_whole_text_must_match():
    """A rule is the whole text, also where it has alternatives, and whatever its fields are called."""
    rules = [lower('start: a | "x"\na: "ab"', file="f.lark"), lower('start: "(" a ")"\na: "?P<b>"', file="f.lark")]
    texts = pl.DataFrame({"text": ["ab", "x", "abx", "xx", "(?P<b>)", "ab\n"]})
    found = texts.select(pl.any_horizontal(matches(pl.col("text"), rules))).to_series().to_list()
    assert found == [True, True, False, False, True, False]
