"""Every error of nbtrace says in one sentence what is wrong and where."""

from __future__ import annotations

import inspect

import pytest

from nbtrace import errors
from nbtrace.errors import FlowError, GrammarError, InputError, NbtraceError, NothingReadableError, OutputError


def test_one_root():
    """Every error has the same root, and the names are complete and sorted."""
    found = [name for name, value in vars(errors).items() if inspect.isclass(value) and issubclass(value, Exception)]
    assert sorted(found) == errors.__all__
    assert all(issubclass(getattr(errors, name), NbtraceError) for name in found)
    assert issubclass(NothingReadableError, InputError)


@pytest.mark.parametrize("error", [InputError, NothingReadableError, OutputError])
def test_plain_errors(error):
    """An error of input or output is its sentence."""
    assert str(error("The folder is empty.")) == "The folder is empty."


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ({}, "x.lark: is empty"),
        ({"line": 3}, "x.lark:3: is empty"),
        ({"rule": "a"}, "x.lark: rule 'a': is empty"),
        ({"line": 3, "rule": "a"}, "x.lark:3: rule 'a': is empty"),
    ],
)
def test_grammar_errors(place, text):
    """An error of a grammar begins with file, line and rule, as far as they are known, and keeps them."""
    error = GrammarError("is empty", file="x.lark", **place)
    assert str(error) == text
    assert (error.why, error.file, error.line, error.rule) == (
        "is empty",
        "x.lark",
        place.get("line"),
        place.get("rule"),
    )


@pytest.mark.parametrize(("where", "text"), [("", "x.toml: is empty"), ("step 1", "x.toml: step 1: is empty")])
def test_flow_errors(where, text):
    """An error of a flow begins with the file and the place in it, and keeps them."""
    error = FlowError("is empty", file="x.toml", where=where)
    assert str(error) == text
    assert (error.why, error.file, error.where) == ("is empty", "x.toml", where)
