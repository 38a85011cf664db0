"""Archives and compressed files are one tree of members, whatever is wrong with them."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import sys
import tarfile
import zipfile
import zlib

import pytest

from nbtrace.bundle import opening, read_bundle
from nbtrace.bundle.unpacking import zstd
from nbtrace.bundle.watch import Limits, Watch
from nbtrace.errors import InputError

LOG = b"".join(b"03:14:%02d.926 [4242] <2> bpdm: line %d\n" % (n % 60, n) for n in range(300))
OTHER = LOG.replace(b"4242", b"4343")
FILES = {"m1/bpdm/root.112026_00001.log": LOG, "m1/bptm/root.112026_00001.log": OTHER}
PACKERS = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd.compress}
ZEROS = 80 << 20


def tar(files, *entries, **how):
    """Return a tar archive of files and of entries that are made by hand."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **how) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for entry in entries:
            archive.addfile(entry)
    return buffer.getvalue()


def zipped(files, method=zipfile.ZIP_DEFLATED):
    """Return a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


ARCHIVES = {"tar": tar, "zip": zipped, "stored zip": lambda files: zipped(files, zipfile.ZIP_STORED)}


def entry(name, kind=tarfile.REGTYPE, **fields):
    """Return an entry of a tar archive without content."""
    made = tarfile.TarInfo(name)
    made.type = kind
    for field, value in fields.items():
        setattr(made, field, value)
    return made


@pytest.fixture
def unpack(tmp_path):
    """Write one file and return the texts of all members in it, and what was noted."""

    def run(data, name="case", **limits):
        (tmp_path / name).write_bytes(data)
        watch = Watch(Limits(**limits))
        found = opening.members([tmp_path / name], watch)
        return {member.path: member.open().read() for member in found if not member.refused}, watch.notes()

    return run


@pytest.mark.parametrize("archive", ARCHIVES)
@pytest.mark.parametrize("packer", ["", *PACKERS])
def test_every_archive_is_one_tree(unpack, archive, packer):
    """The files of an archive have paths below its name, packed as it may be, and whatever it is called."""
    data = ARCHIVES[archive](FILES)
    texts, notes = unpack(PACKERS[packer](data) if packer else data)
    assert texts == {f"case!{name}": data for name, data in FILES.items()}
    assert notes == []


@pytest.mark.parametrize("packer", PACKERS)
def test_a_packed_log_is_the_log(unpack, packer):
    """A compressed log goes by its own name and is read as if it was not compressed."""
    texts, notes = unpack(PACKERS[packer](LOG), "x.log.packed")
    assert (texts, notes) == ({"x.log.packed": LOG}, [])


@pytest.mark.parametrize("packer", PACKERS)
def test_packed_streams_one_after_the_other_are_one(unpack, packer):
    """Compressed files that were put together are read to the end, and padding with zeros behind them is none of it."""
    pack = PACKERS[packer]
    assert unpack(pack(LOG) + pack(OTHER) + bytes(1024))[0] == {"case": LOG + OTHER}


@pytest.mark.parametrize("outer", ARCHIVES)
@pytest.mark.parametrize("inner", ARCHIVES)
@pytest.mark.parametrize("packer", ["", *PACKERS])
def test_archives_inside_archives(unpack, outer, inner, packer):
    """Archives may lie inside each other in any order; the path says how."""
    data = ARCHIVES[inner](FILES)
    texts, notes = unpack(ARCHIVES[outer]({"in": PACKERS[packer](data) if packer else data, "x.log": LOG}))
    assert texts == {"case!x.log": LOG} | {f"case!in!{name}": data for name, data in FILES.items()}
    assert notes == []


def test_a_packed_log_in_a_packed_tar(unpack):
    """Logs that were compressed one by one before they were put together are logs."""
    texts, _ = unpack(gzip.compress(tar({"a.log.gz": gzip.compress(LOG), "b.log.xz": lzma.compress(OTHER)})))
    assert texts == {"case!a.log.gz": LOG, "case!b.log.xz": OTHER}


def test_hosts_and_logs_are_known_by_paths_through_archives(tmp_path, library):
    """The name of an archive may be that of a host, and a compressed log has the log's name."""
    (tmp_path / "prim1.tgz").write_bytes(
        gzip.compress(tar({"usr/openv/netbackup/logs/admin/root.112026_00001.log.gz": gzip.compress(LOG)}))
    )
    (tmp_path / "media1.zip").write_bytes(zipped({"bpdm\\root.112026_00002.log": OTHER}))
    bundle = read_bundle([tmp_path / "prim1.tgz", tmp_path / "media1.zip"], library=library)
    told = bundle.logs.sort("host").select("path", "host", "log", "rotation").rows()
    assert told == [
        ("media1.zip!bpdm/root.112026_00002.log", "media1", "bpdm", 2),
        ("prim1.tgz!usr/openv/netbackup/logs/admin/root.112026_00001.log.gz", "prim1", "admin", 1),
    ]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_form_of_tar(unpack, form):
    """Names of any length are read in every form of tar."""
    names = ["a/" * (40 if form == tarfile.USTAR_FORMAT else 200) + "x.log", "bücher/y.log"]
    assert unpack(tar(dict.fromkeys(names, LOG), format=form))[0] == {f"case!{name}": LOG for name in names}


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("pack", [tar, zipped, lambda files: gzip.compress(tar(files)), lambda files: lzma.compress(tar(files))])  # fmt: skip
def test_what_is_cut_off_gives_what_it_holds(unpack, pack, share):
    """Every file before the cut is whole, the one at the cut a beginning of itself, and the cut is said."""
    files = {f"{number}.log": LOG.replace(b"4242", b"%d" % (4000 + number)) + os.urandom(3000).hex().encode() for number in range(20)}  # fmt: skip
    data = pack(files)
    texts, notes = unpack(data[: int(len(data) * share)])
    assert all(files[name.removeprefix("case!")].startswith(text) for name, text in texts.items())
    whole = sum(files[name.removeprefix("case!")] == text for name, text in texts.items())
    assert whole >= int(share * 20) - 3
    assert {note.code for note in notes} == {"NBT501"}
    assert all(note.lost for note in notes)


def test_a_packed_log_that_is_cut_off(unpack):
    """A compressed log that breaks off gives all that is there, and says so."""
    data = gzip.compress(LOG)
    texts, (note,) = unpack(data[: len(data) // 2])
    assert LOG.startswith(texts["case"])
    assert len(texts["case"]) > 1000
    assert (note.code, note.path, note.lost) == ("NBT501", "case", True)
    assert "cut off" in note.detail


def test_damage_in_a_tar_is_stepped_over(unpack):
    """A header that is damaged costs its own file only."""
    data = bytearray(tar({f"{number}.log": LOG for number in range(5)}))
    second = data.index(b"1.log")
    data[second + 150] ^= 0xFF
    texts, (note,) = unpack(bytes(data))
    assert sorted(texts) == [f"case!{number}.log" for number in (0, 2, 3, 4)]
    assert "damaged at byte" in note.detail


def test_damage_in_a_zip_costs_one_file(unpack):
    """A flipped byte is found by the checksum; the other files are whole."""
    data = bytearray(zipped({f"{number}.log": LOG for number in range(3)}, zipfile.ZIP_STORED))
    data[len(data) // 2] ^= 0x20
    texts, (note,) = unpack(bytes(data))
    assert [texts[f"case!{number}.log"] == LOG for number in range(3)] == [True, False, True]
    assert (note.code, note.path) == ("NBT501", "case!1.log")
    assert "checksum" in note.detail


def test_what_follows_packed_data_is_said(unpack):
    """Bytes behind compressed data that are none of them are not taken for text, and said."""
    texts, (note,) = unpack(gzip.compress(LOG) + b"something else")
    assert texts == {"case": LOG}
    assert "follows its packed data" in note.detail


@pytest.mark.parametrize("name", ["../x.log", "a/../../x.log", "/etc/x.log", "C:\\x.log", "C:/x.log", "..\\x.log", "a/..", "n" * 5000])  # fmt: skip
@pytest.mark.parametrize("pack", [tar, zipped])
def test_names_that_lead_out_are_refused(unpack, pack, name):
    """Absolute, climbing and endless names are refused, and the rest is read."""
    texts, (note,) = unpack(pack({name: OTHER, "good.log": LOG}))
    assert texts == {"case!good.log": LOG}
    assert (note.code, note.lost) == ("NBT502", True)
    assert "leads out" in note.detail


def test_many_refused_names_are_one_note(unpack):
    """A thousand names that lead out are said once, with their number and the first."""
    _, (note,) = unpack(tar({f"../{number}": b"" for number in range(1000)}))
    assert note.detail.startswith("1,000 members of 'case': refused")
    assert "'../0'" in note.detail


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_not_made(unpack, kind, tmp_path):
    """Links, devices and pipes in an archive are noted and nothing is made of them."""
    texts, (note,) = unpack(
        tar({"x.log": LOG}, entry("bad", kind, linkname="/etc/passwd"), entry("y/", tarfile.DIRTYPE))
    )
    assert texts == {"case!x.log": LOG}
    assert (note.code, note.lost) == ("NBT502", False)
    assert [path.name for path in tmp_path.iterdir()] == ["case"]


def test_a_link_in_a_zip_is_not_followed(unpack):
    """A symbolic link in a zip archive is noted."""
    info = zipfile.ZipInfo("link")
    info.create_system, info.external_attr = 3, 0o120777 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, "/etc/passwd")
        archive.writestr("x.log", LOG)
    texts, (note,) = unpack(buffer.getvalue())
    assert (list(texts), "a link" in note.detail) == (["case!x.log"], True)


def test_sparse_files_are_not_unfolded(unpack):
    """A sparse file of a terabyte is refused, and what follows it is read."""
    sparse = entry("sparse.log", tarfile.GNUTYPE_SPARSE)
    pax = entry("other.log", pax_headers={"GNU.sparse.realsize": str(1 << 40), "GNU.sparse.major": "1"})
    texts, (note,) = unpack(tar({}, sparse, pax) + tar({"x.log": LOG}))
    assert texts == {"case!x.log": LOG}
    assert note.detail.startswith("2 members of 'case': a sparse file")
    assert note.lost


def test_overlapping_files_in_a_zip_are_refused(unpack):
    """Files that share their bytes, as in bombs, are refused; others are read."""
    data = bytearray(zipped({"a.log": LOG, "b.log": OTHER, "c.log": LOG}))
    place = data.rindex(b"PK\x01\x02", 0, data.rindex(b"PK\x01\x02"))  # the entry of b.log
    data[place + 42 : place + 46] = bytes(4)  # begins where a.log begins
    texts, (note,) = unpack(bytes(data))
    assert texts == {"case!c.log": LOG}
    assert note.code == "NBT502"
    assert "2 members" in note.detail


def test_encrypted_files_are_said(unpack):
    """An encrypted file is not read, and the note says what to do."""
    data = bytearray(zipped({"a.log": LOG, "b.log": OTHER}))
    place = data.index(b"PK\x01\x02")
    data[place + 8] |= 1
    texts, (note,) = unpack(bytes(data))
    assert texts == {"case!b.log": OTHER}
    assert (note.code, note.lost) == ("NBT503", True)
    assert "password" in note.detail


def test_an_unknown_method_is_said(unpack):
    """A file packed by a method that nbtrace does not know is not read, and said."""
    data = bytearray(zipped({"a.log": LOG, "b.log": OTHER}))
    data[data.index(b"PK\x01\x02") + 10] = 97
    texts, (note,) = unpack(bytes(data))
    assert (list(texts), "method 97" in note.detail) == (["case!b.log"], True)


@pytest.mark.parametrize("packer", ["bzip2", "zstd"])
def test_other_methods_of_zip_are_read(unpack, packer):
    """Files in a zip archive may be packed by bzip2 or zstandard."""
    packed = PACKERS[packer](LOG)
    method = {"bzip2": 12, "zstd": 93}[packer]
    data = bytearray(zipped({"x.log": packed}, zipfile.ZIP_STORED))
    for mark, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = data.index(mark) + at
        data[place : place + 2] = struct.pack("<H", method)
        data[place + 6 : place + 10] = struct.pack("<L", zlib.crc32(LOG))
    assert unpack(bytes(data)) == ({"case!x.log": LOG}, [])


def test_a_zip_without_its_directory_is_searched(unpack):
    """Where the directory is lost, files are found by their own headers, those of unknown size as well."""
    data = zipped({"a.log": LOG})
    flags = bytearray(data[: data.index(b"PK\x01\x02")])
    flags[6] |= 8
    flags[14:26] = bytes(12)
    texts, notes = unpack(bytes(flags) + zipped({"b.log": OTHER})[:-30])
    assert texts == {"case!a.log": LOG, "case!b.log": OTHER}
    assert "directory" in notes[0].detail


def test_one_name_twice_is_two_files(unpack):
    """Files of the same name in one archive are both read."""
    data = tar({"x.log": LOG})
    assert sorted(unpack(data[:-1024] + tar({"x.log": OTHER}))[0].values()) == sorted([LOG, OTHER])


def test_names_that_are_no_text(unpack):
    """Bytes of a name that are no UTF-8 are shown in hex."""
    data = bytearray(tar({"caf_.log": LOG}, format=tarfile.USTAR_FORMAT))
    data[3] = 0xE9
    data[148:156] = b"%06o\0 " % (sum(data[:148]) + 8 * 32 + sum(data[156:512]))
    assert list(unpack(bytes(data))[0]) == [r"case!caf\xe9.log"]


@pytest.mark.parametrize("mark", [b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07\0", b"\x5d\0\0\x80\0", b"070701", b"!<arch>\n"])
def test_foreign_archives_are_said(tmp_path, mark):
    """An archive that nbtrace cannot open is lost, with the way out."""
    (tmp_path / "case").write_bytes(mark + bytes(100))
    (member,) = opening.members([tmp_path / "case"])
    assert member.lost
    assert "unpack it first" in member.refused


def test_nothing_but_damage_is_lost(unpack, tmp_path):
    """A compressed file of which nothing comes out is lost, with the reason."""
    assert unpack(b"\x1f\x8b\x08" + b"\xff" * 100)[0] == {}
    (member,) = opening.members([tmp_path / "case"])
    assert (member.lost, "cannot be unpacked" in member.refused) == (True, True)


@pytest.mark.parametrize("packer", ["gzip", "xz", "zstd"])
@pytest.mark.parametrize("where", ["a log", "in a tar", "in a packed tar"])
def test_bombs_are_defused(unpack, packer, where):
    """A file that grows beyond all measure is cut, in memory that does not grow with it, and what lies beside it is read."""
    bomb = PACKERS[packer](LOG) + PACKERS[packer](bytes(ZEROS))
    data = {"a log": bomb, "in a tar": tar({"a.log": OTHER, "b.log": bomb})}.get(where)
    if data is None:
        data = PACKERS[packer](tar({"a.log": OTHER, "b.log": LOG + bytes(ZEROS)}))
    texts, notes = unpack(data, ratio=100)
    assert texts["case" if where == "a log" else "case!b.log"] == LOG
    assert texts.get("case!a.log", OTHER) == OTHER
    assert {note.code for note in notes} == {"NBT502"}
    assert "--max-ratio" in notes[0].detail


def test_archives_inside_each_other_without_end(unpack):
    """Deeper than the limit nothing is opened, and that is said."""
    data = LOG
    for _ in range(5):
        data = gzip.compress(data)
    assert unpack(data, depth=5)[0] == {"case": LOG}
    texts, (note,) = unpack(data, depth=4)
    assert (texts, note.code, "--max-depth" in note.detail) == ({}, "NBT502", True)


def test_more_files_than_allowed(unpack):
    """Behind so many files the rest of an archive is left, and that is said."""
    texts, (note,) = unpack(tar({f"{number:03}.log": LOG for number in range(50)}), members=20)
    assert len(texts) == 20
    assert "--max-members" in note.detail


def test_more_bytes_than_allowed(unpack):
    """When so many bytes are unpacked nothing more is, and that is said."""
    texts, notes = unpack(gzip.compress(tar({f"{n}.log": os.urandom(1 << 20).hex().encode() for n in range(8)})), total=4 << 20)  # fmt: skip
    assert 1 <= len(texts) <= 3
    assert any("--max-unpacked" in note.detail for note in notes)


def test_no_time_left(unpack):
    """A file that takes too long to unpack is cut, and that is said."""
    texts, notes = unpack(tar({"a.log": OTHER, "b.log.xz": lzma.compress(LOG * 100)}), seconds=1e-9)
    assert texts["case!a.log"] == OTHER
    assert len(texts["case!b.log.xz"]) < len(LOG) * 100
    assert "--max-seconds" in notes[0].detail


def test_no_room_left(unpack):
    """Where the temporary folder would fill up nothing more is kept, and that is said; other files are read in place."""
    texts, (note,) = unpack(tar({"a.log": LOG, "b.tgz": gzip.compress(tar({"c.log": OTHER}))}), free=1 << 60)
    assert texts == {"case!a.log": LOG, "case!b.tgz!c.log": b""}
    assert "--min-free" in note.detail


@pytest.mark.parametrize("outer", [gzip.compress, lambda data: gzip.compress(tar({"b.zip": data}))])
def test_no_room_left_for_a_zip(unpack, outer):
    """A zip that must be kept in the temporary folder, and finds no room there, is not called damaged."""
    texts, notes = unpack(outer(zipped({"a.log": LOG})), free=1 << 60)
    assert texts == {}
    assert [note.code for note in notes] == ["NBT502"]
    assert "--min-free" in notes[0].detail


def test_a_header_of_gigabytes_takes_no_memory(unpack):
    """An extended header that is endless is skipped."""

    class Zeros(io.RawIOBase):
        def read(self, size=-1):
            return bytes(size)

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        archive.addfile(entry("x", tarfile.XHDTYPE, size=1 << 26), Zeros())
    data = gzip.decompress(buffer.getvalue())[: 512 + (1 << 26)] + tar({"x.log": LOG})
    assert unpack(gzip.compress(data), ratio=10_000)[0] == {"case!x.log": LOG}


def test_standard_input_is_read_once(monkeypatch, library):
    """An archive that comes through a pipe is analysed like a file."""

    class Stdin:
        buffer = io.BytesIO(gzip.compress(tar(FILES)))

        @staticmethod
        def isatty():
            return False

    monkeypatch.setattr(sys, "stdin", Stdin)
    bundle = read_bundle([opening.STDIN], library=library)
    assert sorted(bundle.logs["path"]) == [f"stdin!{name}" for name in sorted(FILES)]
    assert bundle.name == "stdin"
    assert bundle.members[f"stdin!{next(iter(FILES))}"].open().read() == LOG


def test_a_terminal_is_no_input(monkeypatch):
    """Nobody waits for a person to type a log."""
    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"isatty": staticmethod(lambda: True)}))
    with pytest.raises(InputError, match="terminal"):
        opening.members([opening.STDIN])
