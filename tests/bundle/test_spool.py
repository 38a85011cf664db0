"""The temporary file: it has no name, and where it cannot be made that is said."""

from __future__ import annotations

import io
import tempfile

import pytest

from nbtrace.bundle.spool import Spool, temporary_folder
from nbtrace.errors import InputError


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Use a temporary folder of its own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_what_is_kept_is_there_and_has_no_name(room):
    """Several pieces are kept one behind the other, and no file can be seen."""
    spool = Spool(0)
    assert spool.keep(io.BytesIO(b"one")) == (0, 3, None)
    assert spool.keep(io.BytesIO(b"two two")) == (3, 7, None)
    assert (spool.read_at(3, 7), spool.read_at(0, 3)) == (b"two two", b"one")
    assert list(room.iterdir()) == []


def test_what_breaks_off_is_kept_as_far_as_it_went(room):
    """An error of the source comes back beside what came before it."""

    class Broken(io.BytesIO):
        def read(self, _size=-1):
            if self.tell():
                raise OSError(5, "Input/output error")
            return super().read(3)

    begin, length, error = Spool(0).keep(Broken(b"abcdef"))
    assert (begin, length, error.errno) == (0, 3, 5)
    assert list(room.iterdir()) == []


def test_a_missing_temporary_folder_is_named(monkeypatch, tmp_path):
    """Where TMPDIR names a folder that is not there, the sentence names it and says what to do."""
    monkeypatch.setenv("TMPDIR", str(tmp_path / "gone"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with pytest.raises(InputError, match=r"TMPDIR is '.*gone'.*set TMPDIR"):
        temporary_folder()


def test_no_temporary_folder_at_all(monkeypatch):
    """Where no folder can be written the sentence says what to do."""
    monkeypatch.delenv("TMPDIR", raising=False)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: (_ for _ in ()).throw(FileNotFoundError("none")))
    with pytest.raises(InputError, match="set TMPDIR"):
        temporary_folder()


@pytest.mark.usefixtures("room")
def test_a_temporary_file_that_cannot_be_made(monkeypatch):
    """A folder that takes no file is named with the reason."""

    def refuse(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    with pytest.raises(InputError, match="Read-only file system"):
        Spool(0).keep(io.BytesIO(b"x"))
