"""A grammar becomes one regular expression that means what the grammar says, or is refused with its place."""

from __future__ import annotations

import re
import time

import pytest

from nbtrace.errors import GrammarError
from nbtrace.grammar.lowering import MAX_PATTERN, lower

ANY = "message: ANY?\nANY: /(?s:.+)/\n"


@pytest.mark.parametrize(
    ("text", "accepted", "refused"),
    [
        ('start: "a" "b"', ["ab"], ["a", "b", "ba", "abb"]),
        ('start: "a.b"', ["a.b"], ["axb"]),
        ('start: "say \\"x\\"\\n\\t\\\\ \\u20ac"', ['say "x"\n\t\\ €'], ["say x"]),
        ('start: "Error"i', ["error", "ERROR", "Error"], ["err"]),
        ('start: "a" | "b" "c"\n    | "d"', ["a", "bc", "d"], ["ac", "b", ""]),
        ('start: ("a" | "b") "c"', ["ac", "bc"], ["a", "c"]),
        ('start: "a" ("b" | ) "c"', ["ac", "abc"], ["ab"]),
        ('start: ["a"] "b"', ["b", "ab"], ["a", "aab"]),
        ('start: "a"? "b"* "c"+', ["c", "abbcc"], ["ab", "aac"]),
        ('start: ("a" "b")* "c"', ["c", "ababc"], ["abac"]),
        ('start: "a"~2', ["aa"], ["a", "aaa"]),
        ('start: "ab"~1..2', ["ab", "abab"], ["", "ababab", "abb"]),
        ('start: "a".."c" "0".."9"', ["a0", "c9"], ["d0", "a"]),
        ('start: "!".."/"', ["!", "/", "-"], ["0"]),
        ("start: /a.b/", ["axb"], ["a\nb"]),
        ("start: /a.b/s", ["axb", "a\nb"], ["ab"]),
        ("start: /[a-c]+/i", ["aBC"], ["d"]),
        (r"start: /a\/b/", ["a/b"], ["ab"]),
        (r"start: /\d\w\s/", ["1a "], ["\u0661a ", "1é ", "1a\u2003"]),
        ('start: A B\nA: "x" C\nC: "y" | "z"\nB: [A] /[0-9]/', ["xy1", "xzxy2"], ["x1", "xyxyxy1"]),
        ('start: _a _a\n_a: "x" _b?\n_b: "y"', ["xx", "xyx", "xyxy"], ["x", "xyyx"]),
        ("start: INT\n%import common.INT", ["12"], ["", "x"]),
    ],
)
def test_every_construct_of_the_language(grammar, read, text, accepted, refused):
    """Each construct accepts what Lark's language says, and nothing else."""
    found = read(grammar(text).lowered(), [*accepted, *refused])
    assert [fields is not None for fields in found] == [True] * len(accepted) + [False] * len(refused)


def test_fields_are_rules_and_shapes_are_not(grammar, read):
    """A public rule is a field, also within a field or a shape; terminals and rules with an underscore are none."""
    lowered = grammar(
        'start: _pair ":" END\n_pair: outer ("-" last)?\nouter: "<" inner ">"\ninner: /x+/\nlast: END\nEND: /y+/'
    ).lowered()
    assert lowered.fields == ("outer", "inner", "last")
    assert read(lowered, ["<xx>-y:yy", "<x>:y"]) == [
        {"outer": "<xx>", "inner": "xx", "last": "y"},
        {"outer": "<x>", "inner": "x", "last": None},
    ]


def test_alternatives_keep_their_order(grammar, read):
    """Where two alternatives fit, the first one is taken."""
    text = 'start: (a | b) rest\na: /x/\nb: /xx/\nrest: "x"*\n'
    assert read(grammar(text).lowered(), ["xx"]) == [{"a": "x", "b": None, "rest": "x"}]


def test_a_tail_is_cut_off_the_pattern():
    """A last field that takes everything is the tail, and the head is the pattern before it."""
    lowered = lower(f'start: "[" pid "] " message\npid: /[0-9]+/\n{ANY}', file="f.lark")
    assert (lowered.head, lowered.tail) == (r"\[(?P<pid>[0-9]+)\] ", "message")
    assert lowered.pattern.startswith(lowered.head)
    assert lowered.fields == ("pid", "message")


def test_a_tail_may_stand_in_a_shape_at_the_end():
    """The tail is found at the end of an inlined rule as well."""
    lowered = lower(f'start: "a" _rest\n_rest: "b" message\n{ANY}', file="f.lark")
    assert (lowered.head, lowered.tail) == ("ab", "message")


@pytest.mark.parametrize(
    "text",
    [
        'start: "a" message?\nmessage: /(?s:.+)/\n',
        "start: message\nmessage: /(?s:.+)/\n",
        "start: message\nmessage: /.+/?\n",
        'start: "a" | message\n' + ANY,
        'start: message "a"\n' + ANY,
        'start: ("a" message)?\n' + ANY,
    ],
)
def test_no_tail_where_the_rest_could_be_refused(text):
    """A last field that is optional, must not be empty, stops at a line break or stands elsewhere is no tail."""
    lowered = lower(text, file="f.lark")
    assert lowered.tail is None
    assert lowered.head == lowered.pattern


def test_the_pattern_is_one_for_python_too():
    """The pattern has the same named groups for Python."""
    found = re.search(lower('start: "a" b\nb: /[0-9]+/', file="f.lark").pattern, "xa12")
    assert found is not None
    assert found.groupdict() == {"b": "12"}


def test_a_search_grammar_is_lowered_rule_by_rule():
    """Each rule that no other uses can be the start, and is no field itself."""
    text = 'job: "job" number\nrequest: "req" number\nnumber: /[0-9]+/\n'
    assert lower(text, file="f.lark", start="job").fields == ("number",)
    with pytest.raises(GrammarError, match="no rule 'number'"):
        lower(text, file="f.lark", start="number")


@pytest.mark.parametrize(
    ("text", "line", "rule", "why"),
    [
        ("x: A\nA: /x/", None, None, "there is no rule 'start'"),
        ("start: a a\na: /x/", 1, "start", "the field 'a' stands twice"),
        ("start: a | a\na: /x/", 1, "start", "the field 'a' stands twice"),
        ("start: a _b\na: /x/\n_b: a", 1, "start", "the field 'a' stands twice"),
        ("start: a+\na: /x/", 1, "start", "the field 'a' stands inside a repetition"),
        ("start: a*\na: /x/", 1, "start", "the field 'a' stands inside a repetition"),
        ('start: "y"\nb: (a "z")~1..2\na: /x/', 2, "b", "the field 'a' stands inside a repetition"),
        ("start: A\nA: /x(?=y)/", 2, "A", "look-around"),
        ("start: A\n\nA: /(x)\\1/", 3, "A", "back-reference"),
        ("start: /x+?/", 1, "start", "lazy repetition"),
        ("start: A\n%import common.ESCAPED_STRING -> A", 2, "A", "has no meaning in a grammar"),
        ("start: /a*/", 1, "start", "may match the empty text"),
        ('start: A\nA: "a"?', 2, "A", "may match the empty text"),
        ('start: "a" ""', 1, "start", "a literal is broken"),
        (r'start: "\U00999999"', 1, "start", "a literal is broken"),
        ("start: /a\nb/", 1, "start", "a literal is broken"),
        ('start: "a".."bc"', 1, "start", "a range goes from one character"),
        ('start: "z".."a"', 1, "start", "a range goes from one character"),
        ('start: "a"~3..2', 1, "start", "repetition of 3 to 2"),
        ('start: "a"~1001', 1, "start", "up to 1000"),
    ],
)
def test_what_cannot_be_lowered_is_refused_with_its_place(text, line, rule, why):
    """Every refusal names the file, the line and the rule as far as there is one, and says why."""
    with pytest.raises(GrammarError) as caught:
        lower(text, file="f.lark")
    assert why in caught.value.why
    assert (caught.value.file, caught.value.line, caught.value.rule) == ("f.lark", line, rule)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (f'start: A\nA: "{"a" * (MAX_PATTERN + 1)}"', "grows beyond"),
        ('start: _a30\n_a0: "x"\n' + "".join(f"_a{n}: _a{n - 1} _a{n - 1}\n" for n in range(1, 31)), "grows beyond"),
        ('start: ((("a"~1000)~1000)~1000)~1000', "too large"),
        ("start: /((a{1000}){1000}){1000}/", "too large"),
        ("start: /" + "(?:" * 3000 + "a" + ")" * 3000 + "/", "nested too deeply"),
    ],
)
def test_hostile_grammars_are_refused_quickly(text, why):
    """A grammar that would grow without bounds is refused within a moment."""
    begin = time.process_time()
    with pytest.raises(GrammarError, match=why):
        lower(text, file="f.lark")
    assert time.process_time() - begin < 5
