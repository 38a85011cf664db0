"""Opening: every file of the input is found, and nothing outside of it."""

from __future__ import annotations

import inspect
import os
import sys
from pathlib import Path

import pytest

from nbtrace.bundle import opening
from nbtrace.errors import InputError


def test_files_of_a_folder_have_paths_inside_it(make):
    """A folder gives all its files, sorted by their paths relative to it, with size and content."""
    found = opening.members([make({"b/x.log": "xx", "a.log": "a", "b/c/y.log": "yyy"})])
    assert [(member.path, member.size) for member in found] == [("a.log", 1), ("b/c/y.log", 3), ("b/x.log", 2)]
    assert found[1].head(2) == b"yy"
    with found[1].open() as file:
        assert file.read() == b"yyy"


def test_a_single_file_goes_by_its_name(make):
    """A file that is handed in alone is a bundle of one member with its name."""
    folder = make({"deep/nbjm.txt": "x"})
    assert [member.path for member in opening.members([folder / "deep" / "nbjm.txt"])] == ["nbjm.txt"]


def test_several_inputs_begin_with_their_names(make):
    """Members of several inputs begin with the name of theirs, so that they cannot be confused."""
    folder = make({"one/x.log": "", "two/x.log": "", "z.txt": ""})
    found = opening.members([folder / "two", folder / "one", folder / "z.txt"])
    assert [member.path for member in found] == ["one/x.log", "two/x.log", "z.txt"]


def test_inputs_of_one_name_are_told_apart_by_their_folders(make):
    """Inputs with the same name get as much of their path as it takes to tell them apart."""
    folder = make({"m1/logs/x.log": "", "m2/logs/x.log": ""})
    found = opening.members([folder / "m1" / "logs", folder / "m2" / "logs"])
    assert [member.path for member in found] == ["m1/logs/x.log", "m2/logs/x.log"]


def test_what_is_given_twice_is_read_once(make):
    """An input that is repeated, or lies inside another, adds nothing."""
    folder = make({"one/x.log": ""})
    assert [member.path for member in opening.members([folder, folder / "one", folder])] == ["one/x.log"]


def test_an_absent_input_is_an_error(tmp_path):
    """An input that does not exist ends the work with a sentence that names it."""
    with pytest.raises(InputError, match=r"There is no file or folder .*nowhere"):
        opening.members([tmp_path / "nowhere"])


def test_an_input_with_an_impossible_name_is_an_error():
    """A name that no file can have is answered like that of an absent file."""
    with pytest.raises(InputError, match="There is no file"):
        opening.members([Path("a\0b")])


def test_no_input_is_an_error():
    """Nothing handed in is a wrong use, said in words."""
    with pytest.raises(InputError, match="No input"):
        opening.members([])


def test_a_pipe_is_no_input(tmp_path):
    """A pipe given as input is refused at once instead of waited for."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="neither a file nor a folder"):
        opening.members([tmp_path / "pipe"])


def test_an_unreadable_input_is_an_error(make, monkeypatch):
    """An input that the system does not let one read ends the work with the system's reason."""
    folder = make({"x.log": ""})
    monkeypatch.setattr(os, "scandir", _refuse)
    with pytest.raises(InputError, match=r"case. cannot be read: permission denied"):
        opening.members([folder])


def test_links_in_a_circle_are_no_input(tmp_path):
    """An input that is a link to itself is refused in words."""
    (tmp_path / "a").symlink_to(tmp_path / "a")
    with pytest.raises(InputError, match=r"a. cannot be read"):
        opening.members([tmp_path / "a"])


def test_a_file_that_vanishes_meanwhile_is_lost(make, monkeypatch):
    """A file that the system does not describe any more becomes a refused member, and the other files are there."""
    folder = make({"gone.log": "", "x.log": "x"})
    real = Path.stat
    monkeypatch.setattr(
        Path, "stat", lambda path, **how: _refuse(path) if path.name == "gone.log" else real(path, **how)
    )
    gone, other = opening.members([folder])
    assert (gone.path, gone.lost, gone.refused) == ("gone.log", True, "cannot be read: permission denied")
    assert (other.path, other.size) == ("x.log", 1)


def test_links_and_pipes_are_not_followed(make, tmp_path):
    """Links out of the bundle or in a circle and pipes inside it are members that are refused, with the reason."""
    folder = make({"x.log": ""})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.log").write_text("secret")
    (folder / "circle").symlink_to(folder)
    (folder / "out").symlink_to(tmp_path / "outside")
    (folder / "out.log").symlink_to(tmp_path / "outside" / "secret.log")
    os.mkfifo(folder / "pipe")
    found = {member.path: member for member in opening.members([folder])}
    assert sorted(found) == ["circle", "out", "out.log", "pipe", "x.log"]
    assert "a link" in found["circle"].refused
    assert "a link" in found["out"].refused
    assert "a link" in found["out.log"].refused
    assert "pipe" in found["pipe"].refused
    assert not any(member.lost for member in found.values())


def test_a_link_may_be_handed_in(make, tmp_path):
    """An input that is a link itself is what it points to: the person named it."""
    (tmp_path / "shortcut").symlink_to(make({"x.log": ""}))
    assert [member.path for member in opening.members([tmp_path / "shortcut"])] == ["x.log"]


def test_a_folder_that_cannot_be_listed_is_lost_and_the_rest_is_read(make, monkeypatch):
    """A folder without permission becomes one refused member, and the other files are there as ever."""
    folder = make({"closed/x.log": "", "open/y.log": ""})
    real = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: _refuse(path) if Path(path).name == "closed" else real(path))
    closed, other = opening.members([folder])
    assert (closed.path, closed.lost) == ("closed", True)
    assert "permission denied" in closed.refused
    assert other.path == "open/y.log"


def test_deep_folders_are_walked(make):
    """Folders nested deeper than the language recurses are walked all the same."""
    folder = make({"d/" * 400 + "x.log": ""})
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack(0)) + 100)
        (member,) = opening.members([folder])
    finally:
        sys.setrecursionlimit(limit)
    assert member.path.count("/") == 400


def test_a_name_that_is_no_utf8_is_shown_in_hex(tmp_path):
    """Bytes of a file name that are no text become visible instead of breaking the tables."""
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.log"))).write_text("x")
    (member,) = opening.members([tmp_path])
    assert member.path == r"caf\xe9.log"
    assert member.head(1) == b"x"


def test_a_bundle_is_named_after_its_input(make):
    """The bundle has the name of its input, or of the folder above its inputs."""
    folder = make({"a/x.log": "", "b/x.log": ""})
    assert opening.name_of([folder]) == "case"
    assert opening.name_of([folder / "a", folder / "b"]) == "case"
    assert opening.name_of([folder / "a" / "x.log"]) == "x.log"
    assert opening.folder_of([folder / "a" / "x.log"]) == "a"


def test_inputs_on_several_drives_are_a_bundle_without_a_name(make, monkeypatch):
    """Inputs that no folder holds together are called a bundle."""

    def fail(paths):
        raise ValueError(paths)

    folder = make({"x.log": ""})
    monkeypatch.setattr(os.path, "commonpath", fail)
    assert opening.name_of([folder, folder]) == "bundle"


def test_inputs_that_look_alike_are_numbered(tmp_path):
    """Inputs whose names are the same once they are valid text are told apart by number."""
    inputs = [tmp_path / os.fsdecode(b"\xff"), tmp_path / r"\xff"]
    for path in inputs:
        path.mkdir()
        (path / "x.log").write_text("")
    assert [member.path for member in opening.members(inputs)] == ["0/x.log", "1/x.log"]


def _refuse(path):
    raise PermissionError(13, "Permission denied", str(path))
