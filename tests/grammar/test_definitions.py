"""Grammar files are read into definitions; what is more than a plain grammar is refused with file, line and rule."""

from __future__ import annotations

import time

import pytest

from nbtrace.errors import GrammarError
from nbtrace.grammar.definitions import MAX_CHARACTERS, definitions, starts

PAIR = "\\\\"  # a doubled backslash, as it stands in a file


def test_each_definition_stands_behind_those_it_uses():
    """Definitions come in an order in which they can be lowered one after the other."""
    found = list(definitions('start: a "-" B\na: B _c\n_c: "x" | B\nB: D "y"\nD: "z"\n', "f.lark"))
    assert found.index("D") < found.index("B") < found.index("_c") < found.index("a") < found.index("start")


def test_lines_are_those_of_the_file():
    """A definition knows the line on which it begins, behind comments and over several lines."""
    found = definitions('// one\n\nstart: a\n    | B\n// two\na: "x"\nB: "y"\n', "f.lark")
    assert {name: definition.line for name, definition in found.items()} == {"start": 3, "a": 6, "B": 7}


def test_starts_are_the_public_rules_that_no_rule_uses():
    """A text may begin with every rule that is not used, not a shape and not a terminal; in the order of the file."""
    assert starts('two: "b" field\none: "a" field\nfield: /x/\n_shape: "c"\nT: "d"\n', "f.lark") == ("two", "one")


def test_terminals_of_the_common_library_can_be_imported():
    """Terminals of Lark's own library `common` can be used under their own or another name."""
    text = "start: INT WORDS\n%import common.INT\n%import common (LETTER, DIGIT)\n%import common.WORD -> WORDS\n"
    assert {"INT", "WORDS", "LETTER", "DIGIT"} <= set(definitions(text, "f.lark"))


@pytest.mark.parametrize(
    ("text", "line", "rule", "why"),
    [
        ('start: "a\n', 1, None, "Unexpected input"),
        ('start: "x"\n\nfoo\n', 3, None, "the line ends too early"),
        ('start: "x"~y\n', 1, None, "'y' is not expected here"),
        ('start: "x" -> Y\n', 1, None, "Alias expects lowercase name"),
        ('start: "x"\nb: a\n', 2, "b", "'a' is not defined"),
        ('start: "x"\nstart: "y"\n', 2, "start", "is defined twice"),
        ('start: _a\n_a: "x" _b?\n_b: _a\n', 2, "_a", "recursion is not regular"),
        ('start: A\nA: "x" A\n', 2, "A", "recursion is not regular"),
        ('start: A\nA: b\nb: "x"\n', 2, "A", "not of the rule 'b'"),
        ('start: "x"\n%ignore " "\n', 2, None, "%ignore"),
        ("start: X\n%declare X\n", 2, None, "%declare"),
        ('start: X\n%extend X: "x"\nX: "y"\n', 2, None, "%extend"),
        ('start: X\n%override X: "x"\nX: "y"\n', 2, None, "%override"),
        ('start: _t{A}\n_t{x}: x\nA: "a"\n', 2, "_t", "a template is not possible"),
        ('start: "x" -> y\n', 1, "start", "an alias"),
        ('start: a\n?a: "x"\n', 2, "a", "a modifier"),
        ('start: a\n!a: "x"\n', 2, "a", "a modifier"),
        ('start: A\nA.2: "x"\n', 2, "A", "a priority"),
        ('start: a\na.2: "x"\n', 2, "a", "a priority"),
        ("start: X\n%import .other.X\n", 2, None, "only terminals of Lark's own 'common'"),
        ("start: NAME\n%import python.NAME\n", 2, None, "only terminals of Lark's own 'common'"),
        ("start: X\n%import common.NO_SUCH -> X\n", 1, "start", "'X' is not defined"),
    ],
)
def test_a_broken_grammar_is_refused_with_its_place(text, line, rule, why):
    """Every refusal names the file, the line and the rule as far as there is one, and says why."""
    with pytest.raises(GrammarError) as caught:
        definitions(text, "site/f.lark")
    assert why in caught.value.why
    assert (caught.value.file, caught.value.line, caught.value.rule) == ("site/f.lark", line, rule)
    assert str(caught.value).startswith("site/f.lark")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('start: "a"\n' + "// " + "x" * MAX_CHARACTERS, "characters at most"),
        ("start: " + "(" * 3000 + '"a"' + ")" * 3000, "nested too deeply"),
        ('start: "' + PAIR * 200, "is not closed"),
        ("start: /" + (PAIR * 5 + "\n") * 50, "is not closed"),
    ],
)
def test_hostile_grammars_are_refused_quickly(text, why):
    """A grammar that is too large, too deep or made to keep Lark busy is refused within a moment."""
    begin = time.process_time()
    with pytest.raises(GrammarError, match=why):
        definitions(text, "f.lark")
    assert time.process_time() - begin < 5
