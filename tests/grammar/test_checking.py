"""A site's grammars are tried one by one, and whatever somebody hands in, the answer comes soon."""

from __future__ import annotations

import os
import time

import pytest

from nbtrace.errors import InputError
from nbtrace.flows import load
from nbtrace.grammar.checking import check
from nbtrace.grammar.library import shipped
from nbtrace.tracing.words import rules_of

HOSTILE = {
    "nested": "start: " + "(" * 10_000 + '"a"' + ")" * 10_000,
    "nested_expression": "start: /" + "(" * 10_000 + "a" + ")" * 10_000 + "/",
    "repeated": "start: /a{1,100000}{1,100000}/",
    "repeated_often": "start: /(a{1,1000}){1,1000}/",
    "repeated_rules": 'start: _a~1000\n_a: _b~1000\n_b: "x"~1000',
    "doubled": "start: _a0\n" + "\n".join(f"_a{n}: _a{n + 1} _a{n + 1}" for n in range(60)) + '\n_a60: "x"',
    "starred": "start: " + "(" * 3000 + '"a"' + ")*" * 3000,
    "recursive": 'start: "(" start ")" | "x"',
    "looking": "start: /(?=a)b/",
    "backward": r"start: /(a)\1/",
    "open": 'start: "' + "\\" * 60,
    "endless": 'start: "a' + "b" * 300_000 + '"',
    "binary": "".join(map(chr, range(128))) * 50,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_grammars(tmp_path, name):
    """A grammar that is too deep, too large, not regular or no text at all is refused soon, with file and reason."""
    file = tmp_path / f"{name}.lark"
    file.write_text(HOSTILE[name], encoding="utf-8")
    began = time.perf_counter()
    (found,) = check(tmp_path, ())
    assert time.perf_counter() - began < 20
    assert found.error.startswith(str(file))
    assert len(found.error) < len(str(file)) + 300


def test_one_broken_grammar_does_not_hide_the_others(tmp_path):
    """Every file has its answer: rules, or what is wrong with it."""
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / "a.lark").write_text('catalog: "x"\n')
    (tmp_path / "b.lark").write_text('catalog: "x"\ninsert: /(/\n')
    (tmp_path / "c.lark").write_bytes(os.urandom(500) + b"\xff")
    good, broken, junk = sorted(check(tmp_path, ("catalog",)), key=lambda found: found.file.rpartition(os.sep)[2])
    assert (good.rules, good.error, good.notes) == (("catalog",), "", ())
    assert broken.error.startswith(f"{tmp_path / 'b.lark'}:2: rule 'insert':")
    assert "not a text in UTF-8" in junk.error


@pytest.mark.parametrize(
    ("file", "text", "note"),
    [
        ("mine.lark", 'bpdm_katalog: "x"', "nothing asks for the rule 'bpdm_katalog'"),
        ("records/mine.lark", 'start: "x" message\nmessage: /(?s:.+)/', "there is none of the fields clock, "),
        ("records/mine.lark", 'start: clock\nclock: "x"', "there is no field 'message'"),
        ("identifiers.lark", 'word: "x" hello\nhello: "y"', "nothing asks for the rule 'word' or its fields"),
    ],
)
def test_what_has_no_effect_is_noted(tmp_path, file, text, note):
    """A grammar that holds but is of no use is told of as such."""
    (tmp_path / "records").mkdir()
    (tmp_path / file).write_text(text)
    (found,) = check(tmp_path, ("catalog",))
    assert found.error == ""
    assert [told.startswith(note) for told in found.notes] == [True]


def test_the_shipped_grammars_hold():
    """What nbtrace ships passes its own check, without a note."""
    found = list(check(shipped(), [*rules_of(load()), "importing_sieve"]))
    assert [each.error for each in found] == [""] * len(found)
    assert {note for each in found for note in each.notes} <= {"nothing asks for the rule 'mover'"}


def test_an_empty_folder_is_said(tmp_path):
    """Where there is no grammar, that is the error."""
    with pytest.raises(InputError, match="holds no readable file"):
        list(check(tmp_path, ()))
