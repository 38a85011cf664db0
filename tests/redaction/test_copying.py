"""A copy is there whole or not at all, never outside its folder, and its map is for one pair of eyes."""

from __future__ import annotations

import csv
import io
import stat

import pytest

from nbtrace.errors import OutputError, RedactionError
from nbtrace.redaction import Known, redact
from nbtrace.redaction.copying import Places
from nbtrace.redaction.replacing import Replacer

LINE = b"13:00:00.000 [1] <2> main: -c web5 -b web5_1795205555\n"


@pytest.fixture
def copied(tmp_path, library):
    """Return what copies files into the folder `out` and gives what was done."""

    def run(*files, also=(), out="out", key_map="map.csv", hosts=()):
        return redact(
            files, tmp_path / out, tmp_path / key_map, library=library, known=Known(hosts, also), key="k"
        )  # fmt: skip

    return run


def contents(folder):
    """Return the files below a folder by their paths."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_names_go_from_texts_and_paths(copied, file, tmp_path):
    """A name is replaced in lines and in the names of files and folders alike; everything else stays."""
    copy = copied(file("web5/logs/bpdm/WEB5.112026_00001.log", LINE), file("b/notes.txt", b"Web5\r\n\0\xff"))
    other = dict(copy.names.select("name", "replacement").iter_rows())["web5"]
    assert contents(tmp_path / "out") == {
        f"{other}/logs/bpdm/{other.upper()}.112026_00001.log": LINE.replace(b"web5", other.encode()),
        "b/notes.txt": other.capitalize().encode() + b"\r\n\0\xff",
    }
    assert (copy.files, copy.replaced) == (2, 3)


def test_a_file_that_breaks_off_is_copied_so_far(copied, file, tmp_path, monkeypatch):
    """What can be read of a damaged file is copied, and the command is told that there was more."""

    class Broken(io.BytesIO):
        def read(self, size=-1):
            if self.tell():
                raise OSError(5, "Damaged")
            return super().read(size)

    member = file("x.log", LINE)
    monkeypatch.setattr(member, "open", lambda: Broken(LINE))
    assert copied(member).unread == [("x.log", "'x.log': only its beginning could be read: damaged.")]
    (text,) = contents(tmp_path / "out").values()
    assert len(text) == len(LINE)


def test_the_map_is_private(copied, file, tmp_path):
    """The map holds every name with its replacement, is readable for its owner alone, and runs in no spreadsheet."""
    copied(file("x.log", LINE), also=["=cmd|x"])
    path = tmp_path / "map.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["kind", "name", "replacement", "source"]
    assert [row[1] for row in rows[1:]] == ["'=cmd|x", "web5"]


def test_what_is_no_text_is_left_out(copied, file, tmp_path):
    """Data in which no name can be found, and what cannot be read, is named and not copied."""
    data = bytes(range(256)) * 10
    copy = copied(file("x.log", LINE), file("x.bin", data), file("link", refused="a link, which is not followed"))
    assert copy.left_out == [("x.bin", "it is no text"), ("link", "a link, which is not followed")] or sorted(
        copy.left_out
    ) == [("link", "a link, which is not followed"), ("x.bin", "it is no text")]
    assert list(contents(tmp_path / "out")) == ["x.log"]


def test_a_name_that_is_left_stops_everything(copied, file, tmp_path, monkeypatch):
    """Where a name was left, the error says in which file and line, and neither copy nor map is there."""
    monkeypatch.setattr(Replacer, "stream", lambda self, chunks, count=None: iter(chunks))  # noqa: ARG005 - as the real one
    with pytest.raises(RedactionError, match=r"a/x\.log:2") as caught:
        copied(file("a/x.log", b"\n" + LINE))
    assert caught.value.left == ("a/x.log:2",)
    assert list(tmp_path.iterdir()) == []


def test_an_interruption_leaves_nothing(copied, file, tmp_path, monkeypatch):
    """Whoever stops it finds no half copy."""

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Replacer, "lines", stop)
    with pytest.raises(KeyboardInterrupt):
        copied(file("x.log", b"nothing private\n"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["out", "map.csv"])
def test_nothing_is_overwritten(copied, file, tmp_path, name):
    """What is there already stays, and the command says so."""
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        copied(file("x.log", LINE))
    assert (tmp_path / name).read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_the_map_is_not_given_away(copied, file):
    """A map inside the copy is refused, even before there is such a folder."""
    with pytest.raises(OutputError, match="to be given away"):
        copied(file("x.log", LINE), key_map="out/map.csv")


@pytest.mark.parametrize(
    ("path", "safe"),
    [
        ("../../etc/passwd", "__/__/etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a/./b//c", "a/b/c"),
        ("a\nb\x1b/c", "a_b_/c"),
        ("...", "___"),
        ("", "_"),
    ],
)
def test_no_path_leaves_the_folder(path, safe):
    """Whatever a member is called, its path lies below the folder."""
    assert Places().path(path) == safe


def test_every_file_has_a_path_of_its_own():
    """Files whose safe paths are equal, differ in case only, or are a folder elsewhere get another one."""
    places = Places()
    assert [places.path(path) for path in ("a\x01", "a\x02", "A_", "a_/b", "c/d", "c")] == [
        "a_", "a__", "A___", "a____/b", "c/d", "c_",
    ]  # fmt: skip


@pytest.mark.parametrize("head", [b"\x89PNG\r\n\x1a\nab", b"\xff\xd8\xff\xe0 JFIF", b"GIF89a ab"])
def test_a_small_picture_is_left_out(copied, file, tmp_path, head):
    """A picture is told by its first bytes, also where it is too small to look like data."""
    copy = copied(file("x.log", LINE), file("x.png", head))
    assert [path for path, _ in copy.left_out] == ["x.png"]
    assert list(contents(tmp_path / "out")) == ["x.log"]


def test_known_names_go_from_the_names_of_inner_archives(copied, file, tmp_path):
    """The name of an archive inside another is a part of the path like any other."""
    copied(file("all.tgz!deep/web5_inner.zip!home/jdoe/x.log", LINE))
    (path,) = contents(tmp_path / "out")
    assert path.startswith("all.tgz!deep/")
    assert path.endswith("_inner.zip!home/" + path.split("/")[-2] + "/x.log")
    assert not any(name in path for name in ("web5", "jdoe"))
