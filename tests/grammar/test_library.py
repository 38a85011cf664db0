"""The library knows the shipped grammars and those of a site, which add to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nbtrace.errors import GrammarError, InputError
from nbtrace.grammar.library import Grammar, Library, shipped

EMPTY = 'start: "x"\n'


@pytest.fixture
def site(tmp_path):
    """Return a function that writes a site's folder of grammars."""

    def write(**files):
        for name, text in files.items():
            path = tmp_path / f"{name.replace('__', '/')}.lark"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def names(grammars):
    """Return the names of grammars."""
    return [grammar.name for grammar in grammars]


def test_the_shipped_grammars_are_there():
    """Without a site's folder the library holds the shipped grammars of each kind."""
    library = Library()
    assert names(library.records()) == [
        "records/legacy",
        "records/unified",
        "records/vxlogview",
        "records/vxlogview_default",
    ]
    assert names(library.names()) == [
        "names/legacy",
        "names/legacy_old_unix",
        "names/legacy_old_windows",
        "names/unified",
    ]
    assert names(library.identifiers()) == ["identifiers"]
    assert names(library.evidence("import")) == ["evidence/import"]
    assert library.evidence("unknown") == []


def test_shipped_grammars_are_named_without_the_place_of_installation():
    """A shipped grammar is told of as `grammars/…`, wherever it is installed."""
    assert {grammar.file for grammar in Library().names()} >= {"grammars/names/legacy.lark"}
    assert (shipped() / "README.md").is_file()


def test_a_site_adds_and_never_replaces(site):
    """A site's grammar of the same name stands before the shipped one, which stays."""
    library = Library(site(records__legacy=EMPTY, names__legacy=EMPTY, identifiers=EMPTY, evidence__import=EMPTY))
    for grammars, name in [
        (library.records(), "records/legacy"),
        (library.names(), "names/legacy"),
        (library.identifiers(), "identifiers"),
        (library.evidence("import"), "evidence/import"),
    ]:
        same = [grammar for grammar in grammars if grammar.name == name]
        assert len(same) == 2
        assert same[0] is grammars[0]
        assert same[0].text == EMPTY != same[1].text


def test_all_evidence_of_a_site_counts(site):
    """Evidence of a site counts for every flow, under any name and also directly in its folder."""
    library = Library(site(mine=EMPTY, evidence__bpdm=EMPTY))
    assert names(library.evidence("import")) == ["mine", "evidence/bpdm", "evidence/import"]
    assert names(library.evidence("other")) == ["mine", "evidence/bpdm"]
    assert names(library.identifiers()) == ["identifiers"]


def test_only_the_layout_is_read(site):
    """Files elsewhere in a site's folder, and other files, are left alone."""
    folder = site(mine=EMPTY, elsewhere__other=EMPTY)
    (folder / "notes.txt").write_text("no grammar", encoding="utf-8")
    assert names(Library(folder).evidence("other")) == ["mine"]


def test_a_missing_folder_is_said():
    """A folder of grammars that does not exist is an error of the input."""
    with pytest.raises(InputError, match="does not exist"):
        Library(Path("no/such/folder"))


def test_a_single_file_is_evidence(site):
    """A file that ends in .lark can be named instead of its folder; it is told of by the name that was given."""
    file = site(mine=EMPTY, other=EMPTY) / "mine.lark"
    assert [(grammar.name, grammar.file) for grammar in Library(file).evidence("other")] == [("mine", str(file))]


def test_another_file_is_no_folder(tmp_path):
    """A file that is no grammar is not a folder of grammars either."""
    (tmp_path / "mine.txt").write_text(EMPTY)
    with pytest.raises(InputError, match="not a folder"):
        Library(tmp_path / "mine.txt")


def test_a_folder_without_grammars_is_said(tmp_path):
    """A folder without any grammar is most likely the wrong one."""
    with pytest.raises(InputError, match=r"holds no readable file that ends in \.lark"):
        Library(tmp_path)


def test_an_unreadable_grammar_is_said(tmp_path):
    """A grammar that cannot be read is an error of the input that names it."""
    (tmp_path / "mine.lark").mkdir()
    with pytest.raises(InputError, match=r"mine\.lark' cannot be read"):
        Library(tmp_path)


def test_a_grammar_in_another_encoding_is_said(tmp_path):
    """A grammar that is not UTF-8 is an error of the input that names it."""
    (tmp_path / "mine.lark").write_bytes(b'start: "\xff"\n')
    with pytest.raises(InputError, match=r"mine\.lark' is not a text in UTF-8"):
        Library(tmp_path)


def test_a_very_large_grammar_is_refused_when_it_is_used(site):
    """Only the first part of a very large file is read, and its use is refused."""
    library = Library(site(mine=EMPTY + "//" + "x" * 1_000_000))
    with pytest.raises(GrammarError, match="characters at most"):
        library.evidence("import")[0].lowered()


def test_the_starts_of_each_kind():
    """A record or name grammar has one start, a search grammar has every rule that no other uses."""
    text = 'start: a\nother: "b"\na: "x"\n'
    assert Grammar("records/x", "x.lark", text).starts == ("start",)
    assert Grammar("names/x", "x.lark", text).starts == ("start",)
    assert Grammar("evidence/x", "x.lark", text).starts == ("start", "other")
    assert Grammar("mine", "x.lark", text).starts == ("start", "other")


def test_comments_belong_to_the_rule_below():
    """The comment of a rule is all of the lines directly above it, and nothing further up."""
    grammar = Grammar("x", "x.lark", '// far\n\n// one\n//\n//   two\nstart: A\n\nA: "x"\n')
    assert grammar.comment("start") == "one\n\n  two"
    assert grammar.comment("A") == ""


def test_a_grammar_is_lowered_once():
    """The same rule of the same grammar is lowered once."""
    grammar = Library().records()[0]
    assert grammar.lowered() is grammar.lowered("start")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_nothing_waits_for_a_pipe(site):
    """A named pipe is no grammar, and nobody waits until somebody writes into it."""
    os.mkfifo(site(mine=EMPTY) / "pipe.lark")
    with pytest.raises(InputError, match=r"pipe\.lark' is not a regular file"):
        Library(site(mine=EMPTY))


def test_a_file_without_an_end_is_read_no_further(site):
    """Of a file that is far too large no more is read than a grammar may hold."""
    with (site(mine=EMPTY) / "mine.lark").open("ab") as file:
        file.truncate(10**9)
    assert len(Library(site(other=EMPTY)).evidence("other")[0].text) == 256 * 1024 + 1


def test_a_folder_that_cannot_be_listed_is_said(site, monkeypatch):
    """A part of the folder that cannot be listed is an error that names it, and not a part without grammars."""
    folder = site(mine=EMPTY, records__a=EMPTY)
    listed = Path.iterdir

    def refuse(path):
        if path.name == "records":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match=r"records' cannot be read: Permission denied"):
        Library(folder)


def test_too_many_grammars_are_refused(tmp_path):
    """Each grammar takes time with every line, so there is a limit."""
    for number in range(1001):
        (tmp_path / f"g{number}.lark").touch()
    with pytest.raises(InputError, match="holds 1001 grammars; 1000 are possible"):
        Library(tmp_path)
