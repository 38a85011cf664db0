"""Whatever a log is encoded in, it is read as UTF-8 with lines that other programs count alike."""

from __future__ import annotations

import io
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbtrace.bundle import opening
from nbtrace.bundle.encoding import LONGEST, Utf8
from nbtrace.bundle.watch import Watch

LINE = "03:14:15.926 [4242] <2> bpdm: größer als 1 µs, „quoted“ €\n"
ASCII = "03:14:15.926 [4242] <2> bpdm: INITIATING\n"


def read(data, size=-1):
    """Return the text of some bytes, read in pieces of a size."""
    notes = []
    with Utf8(io.BytesIO(data), lambda *note: notes.append(note)) as stream:
        pieces = list(iter(lambda: stream.read(size), b"")) if size > 0 else [stream.read()]
    assert all(len(piece) <= size for piece in pieces) or size < 0
    return b"".join(pieces), notes


@pytest.mark.parametrize("size", [-1, 1, 7, 5000, 1 << 20])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_gives_the_same_text(encoding, size):
    """A log is the same text in every encoding that services write, read in pieces of any size."""
    text, notes = read((LINE * 300).encode(encoding), size)
    assert text.decode().removeprefix("\ufeff") == LINE * 300
    assert notes == []


def test_plain_text_passes_untouched():
    """ASCII is handed on as it is, not even copied."""
    data = (ASCII * 1000).encode()
    piece = io.BytesIO(data)
    stream = Utf8(piece, lambda *_: None)
    assert stream.read(len(data)) == data


def test_some_bytes_of_another_encoding():
    """Single bytes that are no UTF-8 are read as cp1252 and do not disturb the characters around them."""
    assert read(("é" * 20).encode() + b"\xe9\x80" + ASCII.encode())[0].decode() == "é" * 20 + "é€" + ASCII


@pytest.mark.parametrize("size", [-1, 1, 4096, 5000])
def test_a_carriage_return_ends_lines_where_nothing_else_does(size):
    """A log whose lines end with CR alone has the lines that it had with LF."""
    assert read((ASCII * 300).replace("\n", "\r").encode(), size)[0] == (ASCII * 300).encode()


def test_a_carriage_return_before_a_record_begins_a_line():
    """Where logs with different ends of line were put together, every record begins a line."""
    assert read(f"{ASCII}{ASCII[:-1]}\r{ASCII}".encode())[0] == (ASCII * 3).encode()


@pytest.mark.parametrize("size", [-1, 1, 3])
def test_other_carriage_returns_stay(size):
    """Lines that end with CRLF, and a CR inside a text, are left as they are: no line gets another number."""
    data = f"{ASCII[:-1]}\r\n  copied\rto b\r\r\n{ASCII}".encode()
    assert read(data, size)[0] == data


def test_blocks_of_zeros_are_left_out():
    """The zeros that a crash leaves are left out, however many they are."""
    assert read(bytes(5 << 20) + ASCII.encode() + bytes(100) + ASCII.encode())[0] == (ASCII * 2).encode()


def test_escapes_and_single_zeros_are_text():
    """What may stand in a message is kept; it is made harmless where it is printed."""
    data = b"03:14:15.926 [4242] <2> bpdm: \x1b[31mred\x00\x07\n"
    assert read(data)[0] == data


def test_an_endless_line_is_cut():
    """A line that does not end is cut, and the lines behind it are read."""
    text, notes = read(ASCII.encode() + b"x" * (40 * LONGEST) + b"\n" + ASCII.encode(), LONGEST)
    assert len(text) < 4 * LONGEST
    assert text.endswith(b"x\n" + ASCII.encode())
    assert text.count(b"\n") == 3
    assert notes[0][0] == "NBT502"


@given(st.binary(max_size=300), st.integers(min_value=1, max_value=64))
def test_anything_is_read_as_utf8(data, size):
    """Any bytes give valid UTF-8, and the pieces in which they are read do not change how many lines there are."""
    whole, _ = read(data)
    whole.decode()
    pieces, _ = read(data, size)
    assert pieces.count(b"\n") == whole.count(b"\n")


@given(st.text(max_size=300), st.integers(min_value=1, max_value=64))
def test_utf8_is_left_alone(text, size):
    """Text in UTF-8 without carriage returns and blocks of zeros is never changed."""
    text = text.replace("\r", "").replace("\0", "")
    assert read(text.encode(), size)[0].decode() == text


def test_a_file_that_grows_is_read_as_far_as_it_went(make):
    """What is written behind the end while nbtrace works is left for the next time, and that is said."""
    folder, watch = make({"x.log": ASCII * 3}), Watch()
    (member,) = opening.members([folder], watch)
    with (folder / "x.log").open("a") as file:
        file.write(ASCII)
    assert member.open().read() == (ASCII * 3).encode()
    (note,) = watch.notes()
    assert (note.code, note.lost, "grew" in note.detail) == ("NBT504", False, True)


def test_a_file_that_shrinks_gives_what_is_left(make):
    """What is left of a file that became shorter is used, and the loss is said."""
    folder, watch = make({"x.log": ASCII * 3}), Watch()
    (member,) = opening.members([folder], watch)
    os.truncate(folder / "x.log", len(ASCII))
    assert member.open().read() == ASCII.encode()
    (note,) = watch.notes()
    assert (note.code, note.lost, "shorter" in note.detail) == ("NBT504", True, True)


def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(make):
    """A file that was replaced by a pipe meanwhile is refused instead of waited for."""
    folder = make({"x.log": ASCII})
    (member,) = opening.members([folder])
    (folder / "x.log").unlink()
    os.mkfifo(folder / "x.log")
    with pytest.raises(OSError, match="no regular file"):
        member.open()


def test_a_disk_that_fails_gives_what_came_before(make, monkeypatch):
    """An error in the middle of a file ends it there, and that is said."""
    folder, watch = make({"x.log": ASCII * 3}), Watch()
    (member,) = opening.members([folder], watch)
    stream = member.open()
    stretch = stream._source._content.stretch
    real = stretch.read
    monkeypatch.setattr(stretch, "read", lambda _size: fail() if stretch.tell() else real(40))

    def fail():
        raise OSError(5, "Input/output error")

    assert stream.read() == ASCII.encode()[:40]
    (note,) = watch.notes()
    assert (note.code, note.path, note.lost) == ("NBT503", "x.log", True)
    assert "input/output error" in note.detail


def test_reading_takes_little_memory(make):
    """A log is read in pieces: memory does not grow with it."""
    (member,) = opening.members([make({"x.log": ASCII * 200_000})])
    tracemalloc.start()
    with member.open() as stream:
        while stream.read(1 << 16):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
