"""The Lark parser of a grammar gives the same fields as its regular expression, for any grammar one can write."""

from __future__ import annotations

from hypothesis import given, reject, settings
from hypothesis import strategies as st
from lark.exceptions import GrammarError as LarkGrammarError

from nbtrace.grammar.reference import Reference


def test_fields_are_texts_or_none(grammar):
    """A field is the text of all that it matched; an absent one is ``None``, an empty one is the empty text."""
    reference = Reference(grammar('start: a ("-" b)? c\na: "<" inner ">"\ninner: /x+/\nb: "b"\nc: "c"*\n'))
    assert reference.parse("<xx>") == {"a": "<xx>", "inner": "xx", "b": None, "c": ""}
    assert reference.parse("<x>-bcc") == {"a": "<x>", "inner": "x", "b": "b", "c": "cc"}


def test_a_refused_text_has_no_fields(grammar):
    """A text that does not match as a whole is refused."""
    reference = Reference(grammar('start: a\na: "x"\n'))
    assert reference.parse("xx") is None
    assert reference.parse("") is None


def test_all_readings_are_found_and_the_greedy_one_is_preferred(grammar):
    """Of several readings the first one has the earlier fields present and long, and the last one short."""
    reference = Reference(grammar('start: a? "-"? b\na: /x+/\nb: /[x-]+/?\n'))
    assert reference.readings("x-x") == [
        {"a": "x", "b": "x"},
        {"a": "x", "b": "-x"},
        {"a": None, "b": "x-x"},
    ]


# Grammars of a few letters: fields f0, f1 … in a row, with shapes between them that may run into one another.
SHAPES = ['"a"', '"ab"', "/[ab]/", "/[^a]/", "/a+/", "/[ab]+/", '"a".."b"', '"B"i', "/(ab|a)+/", "/b{1,2}/"]
FORMS = ["{}", "{}?", "({} {})", "({} | {})", "[{}]", "{}~1..2", "{}+", "{}*", '("-" {})?']


@st.composite
def grammars(draw):
    """Draw the text of a grammar."""
    body = []
    rules = []
    for number in range(draw(st.integers(1, 4))):
        form = draw(st.sampled_from(FORMS))
        shape = form.format(*(draw(st.sampled_from(SHAPES)) for _ in range(form.count("{}"))))
        if draw(st.booleans()):
            name = draw(st.sampled_from(["f{}", "_s{}"])).format(number)
            rules.append(f"{name}: {shape}")
            shape = draw(st.sampled_from(["{}", "{}?", '({} | "c")'])).format(name)
        body.append(shape)
    return "\n".join([f"start: {' '.join(body)}", *rules, ""])


@settings(max_examples=150, deadline=None)
@given(grammars(), st.lists(st.text("abBc-", max_size=7), min_size=1, max_size=12))
def test_any_grammar_means_the_same_both_ways(grammar, read, text, texts):
    """For any grammar and text both ways accept or both refuse, and the fields are among Lark's readings."""
    made = grammar(text)
    try:
        reference = Reference(made)
    except LarkGrammarError:  # of two parts in a row that may both be absent Lark cannot tell which one is there
        reject()
    for sample, fields in zip(texts, read(made.lowered(), texts), strict=True):
        readings = reference.readings(sample)
        assert (fields is None) == (readings == []), (text, sample)
        assert fields is None or fields in readings, (text, sample)
