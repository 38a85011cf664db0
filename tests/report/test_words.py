"""How much is understood, in a sentence and as a list; and what was learnt, as a grammar."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import polars as pl
import pytest

from nbtrace.errors import OutputError
from nbtrace.grammar.library import Grammar
from nbtrace.report import site_grammar, words
from nbtrace.report.page import Page
from nbtrace.report.site_grammar import grammar_text, write_grammar
from nbtrace.report.terminal import console
from nbtrace.tables import PROPOSALS, SHAPES, UNDERSTANDING

HOSTILE = 'a "\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\\ \x1b[31m\nstart: "evil"\u202e'
TERMINALS = "NAME: /x+/\n"


def printed(result, write):
    """Return what is written on a page of 80 columns."""
    file = io.StringIO()
    write(Page(console(color=False, file=file, width=80), result))
    return file.getvalue()


def understood(night, *rows):
    """Return the night with this understanding: daemon, lines, strong, weak, unknown."""
    return replace(night, understanding=pl.DataFrame(rows, schema=dict(UNDERSTANDING.schema), orient="row"))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([], ""),
        ([("bpdm", 12, 12, 0, 0)], "All 12 lines about images are understood."),
        ([("bpdm", 3, 0, 0, 3)], "Of 3 lines about images 0% are understood. `"),
        (
            [("bpdm", 1000, 999, 1, 0), ("nbpem", 1, 1, 0, 0)],
            "99% are understood, 1% by who speaks only (least: bpdm 99%). `",
        ),
        ([("a", 9, 1, 8, 0), ("b", 9, 2, 7, 0), ("c", 9, 3, 6, 0), ("d", 9, 9, 0, 0)], "(least: a 11%, b 22%)"),
    ],
)
def test_the_sentence(night, rows, says):
    """The share is never rounded to all or nothing, and the daemons that are understood least are named."""
    said = printed(understood(night, *rows), lambda page: words.summary(page, understood(night, *rows)))
    assert says in " ".join(said.split())
    assert bool(said) == bool(rows)


def test_the_list_is_safe(night):
    """Messages with escapes and marks are shown as such, long ones by their beginning."""
    shape = {"daemon": "bpdm", "step": 7, "shape": HOSTILE, "lines": 1, "images": 1, "path": "p\x1b", "line": 1}
    shapes = SHAPES.shape(pl.DataFrame([shape | {"message": HOSTILE + "x" * 5000}]))
    told = understood(night, ("bpdm", 1, 0, 1, 0))
    said = printed(told, lambda page: words.show(page, told, shapes, None))
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", said)
    assert "1 line about 1 image, taken for step 7 catalog" in said
    assert len(said) < 1200


def test_all_is_understood(night):
    """Where nothing is left to show, that is said."""
    told = understood(night, ("bpdm", 5, 5, 0, 0))
    assert printed(told, lambda page: words.show(page, told, SHAPES.empty(), None)).endswith(
        "\nEvery message about an image is understood.\n"
    )


def proposed(**facts):
    """Return one proposal."""
    row = {"rule": "bpdm_catalog", "choices": [], "reason": "", "daemon": "bpdm", "step": 7, "body": '"x" NAME'}
    row |= {"shape": "x<name>", "lines": 2, "images": 1, "path": "bpdm.log", "line": 9, "message": "xy"}
    return PROPOSALS.shape(pl.DataFrame([row | facts], schema=dict(PROPOSALS.schema)))


def test_a_learnt_grammar_says_where_it_is_from():
    """Above each rule stand who says it, how often, the place and the message."""
    text = grammar_text(proposed(), TERMINALS, image_id="a_1795188184", bundle="case")
    assert text.startswith(
        "// What the daemons of this site say of an image, learnt by nbtrace from a_1795188184 in 'case'.\n"
    )
    assert text.endswith(
        "\n\n// bpdm, 2 lines about 1 image, the first of this one:\n//   bpdm.log:9\n//   xy\n"
        'bpdm_catalog: "x" NAME\n\nNAME: /x+/\n'
    )


def test_what_is_not_sure_stands_in_comments():
    """Without its slashes each choice is a rule; what proves nothing has none."""
    text = grammar_text(
        proposed(rule="", choices=["bpdm_catalog", "bpdm_mover"], reason="it is not", step=None),
        TERMINALS, image_id="a", bundle="b",
    )  # fmt: skip
    assert Grammar("x", "x", text).starts == ()
    assert '\n// bpdm_catalog: "x" NAME\n// bpdm_mover: "x" NAME\n' in text
    nothing = grammar_text(proposed(rule="", reason="it is not", step=None), TERMINALS, image_id="a", bundle="b")
    assert "\n// No rule: it is not.\n" in nothing


def test_hostile_messages_stay_comments():
    """A message, path or id that looks like a rule, or steers a terminal, adds no rule to the grammar."""
    text = grammar_text(proposed(message=HOSTILE, path=HOSTILE), TERMINALS, image_id=HOSTILE, bundle=HOSTILE)
    assert Grammar("x", "x", text).starts == ("bpdm_catalog",)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_a_learnt_grammar_can_be_read_again(monkeypatch):
    """It is never larger than a grammar may be; what does not fit is counted."""
    monkeypatch.setattr(site_grammar, "_LARGEST", 1000)
    many = pl.concat(proposed(rule=f"bpdm_catalog_{number}") for number in range(50))
    text = grammar_text(many, TERMINALS, image_id="a", bundle="b")
    assert len(text) < 1500
    assert re.search(r"\n// 4\d more messages did not fit\.\n", text)


def test_a_grammar_is_written_at_once_or_not_at_all(tmp_path, monkeypatch):
    """Where writing fails the old file stays, nothing else is left behind, and the error says what to do."""
    file = tmp_path / "site.lark"
    write_grammar("one", file, force=False)
    monkeypatch.setattr(type(file), "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OutputError, match=r"site\.lark': No space left on device; choose another place"):
        write_grammar("two", file, force=True)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("site.lark", "one")]
