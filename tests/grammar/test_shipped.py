"""Every shipped grammar means the same to polars, to Python and to Lark, on texts of it and on texts that are almost so.

The grammars are found on disk, so a new one is tested without a word here. Texts are generated from the grammar itself
and then damaged in small ways; those of record and name grammars also start from real shapes.
"""

from __future__ import annotations

import re
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lark.grammar import NonTerminal

from nbtrace.grammar.library import Grammar, shipped
from nbtrace.grammar.reference import Reference

WHOLE = ("records/", "names/")
SAMPLES = [
    "03:14:15.926 [4242] <2> some_function: Name 1: KEY=value",
    "3:14:16.002 AM: [900.1800] <2> some_class::V_Method: ERR - some text",
    "15:14:16 [4245] <16> no function here\nsecond line: more",
    "0,51216,137,117,4711,1730625720123,5120,16,0:,41:no pending requests, starting the job now,13:[JobX::start],1",
    "11/03/2024 09:22:00.123 [Debug] NB 51216 nbjm 117 PID:5120 TID:16 File ID:117 [jobid=815] 1 [JobX::start()] text",
    "1/9/2024 09:22:00.125 [Application] NB 51216nbjm 117 PID:5TID:1File ID:117[ No context][Info]V-117-998text",
    "11/03/24 09:22:00.123 [Warning] V-116-998 text",
    "11/03/24 09:22:00.125 [taolog] text",
    "51216-116-673059850-241103-0000000002.log",
    "jdoe@dom1.x.110324_00012.log",
    "110324_00001.log",
    "log.110324",
    "110324.log",
]
LETTERS = "aZ09 ._-:;,=[]()<>/\\'\"|+*?$^{}#&~@%\t\n\r\x00\u00e9\u0661\u2003\U0001f600"


def cases(folders=("",)):
    """Find every grammar file in these folders of the repository, with each rule with which a text may begin."""
    found = []
    for path in sorted(shipped().rglob("*.lark")):
        name = path.relative_to(shipped()).with_suffix("").as_posix()
        if name.startswith(folders):
            grammar = Grammar(name, f"{name}.lark", path.read_text(encoding="utf-8"))
            found += [pytest.param(grammar, start, id=f"{name}:{start}") for start in grammar.starts]
    return found


@cache
def reference(grammar, start):
    """Return the Lark parser of a grammar, which takes a while to build."""
    return Reference(grammar, start)


@cache
def of_terminal(pattern):
    """Return what draws a text that this expression takes, alone and from the left; it is made once for all grammars."""
    alphabet = st.characters(codec="utf-8", max_codepoint=0x24F)
    drawn = st.from_regex(re.compile(pattern), fullmatch=True, alphabet=alphabet)
    return drawn.filter(lambda text: re.match(pattern, text).end() == len(text))


@cache
def of_grammar(grammar, start):
    """Return what draws a text of the grammar; unlike Hypothesis' own, it shares its terminals with all other rules."""
    lark = reference(grammar, start).lark
    drawn = {terminal.name: of_terminal(terminal.pattern.to_regexp()) for terminal in lark.terminals}
    ways = {rule.origin: [each.expansion for each in lark.rules if each.origin == rule.origin] for rule in lark.rules}

    @st.composite
    def text(draw, symbol):
        if symbol.is_term:
            return draw(drawn[symbol.name])
        return "".join(draw(text(part)) for part in draw(st.sampled_from(ways[symbol])))

    return text(NonTerminal(start))


def damaged(texts):
    """Draw texts that differ from given ones by a few characters: deleted, doubled, replaced, inserted or moved."""
    edit = st.tuples(st.integers(0, 300), st.integers(0, 4), st.sampled_from(LETTERS))

    def apply(text, edits):
        for place, kind, letter in edits:
            at = place % (len(text) + 1)
            before, here, after = text[:at], text[at : at + 1], text[at + 1 :]
            text = [
                before + after,
                before + here * 2 + after,
                before + letter + after,
                before + letter + here + after,
                after + here,
            ][kind]
        return text

    return st.builds(apply, texts, st.lists(edit, max_size=3))


def check(grammar, start, texts, read):
    """Assert that polars, Python and Lark agree on each text."""
    lowered = grammar.lowered(start)
    python = re.compile(lowered.pattern)
    for text, fields in zip(texts, read(lowered, texts), strict=True):
        found = python.fullmatch(text)
        assert fields == (found.groupdict() if found else None), text
        readings = reference(grammar, start).readings(text)
        if grammar.name.startswith(WHOLE):
            assert fields == next(iter(readings), None), text
        elif readings:
            # A lexicon may be read in several ways, and Lark does not look back within one regular expression: it
            # finds "create" where "created" stands. So what Lark accepts is accepted, and is one of its readings.
            assert fields in readings, text


@pytest.mark.parametrize(("grammar", "start"), cases())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_generated_and_damaged_texts(grammar, start, read, data):
    """Texts made from the grammar are accepted, damaged ones are read alike, field by field."""
    made = of_grammar(grammar, start)
    check(grammar, start, data.draw(st.lists(damaged(made), min_size=4, max_size=8)), read)


@pytest.mark.parametrize(("grammar", "start"), cases(WHOLE))
@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(texts=st.lists(damaged(st.sampled_from(SAMPLES)), min_size=5, max_size=10))
def test_damaged_real_shapes(grammar, start, read, texts):
    """Real shapes with small damage are accepted or refused alike, and give the same fields."""
    check(grammar, start, texts, read)


@pytest.mark.parametrize(("grammar", "start"), cases(WHOLE))
def test_every_format_says_where_it_comes_from(grammar, start):
    """The comment above each record or name grammar has its source."""
    assert "log-formats.md" in grammar.comment(start)


@pytest.mark.parametrize("sample", SAMPLES)
def test_one_text_is_of_one_format(sample):
    """A real shape is taken by one record or name grammar; only the full printout fits the default one, which comes later."""
    grammars = [case.values[0] for case in cases(WHOLE)]
    takers = [grammar.name for grammar in grammars if re.fullmatch(grammar.lowered().pattern, sample)]
    assert len(takers) == 1 or takers == ["records/vxlogview", "records/vxlogview_default"]
