"""Archives with any damage: never an exception, never more than the limits allow, never a file left behind."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbtrace.bundle import opening
from nbtrace.bundle.unpacking import zstd
from nbtrace.bundle.watch import Limits, Watch

LOG = b"".join(b"03:14:%02d.926 [4242] <2> bpdm: line %d\n" % (n % 60, n) for n in range(40))


def _tar():
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name in ("a.log", "b/" * 60 + "b.log", "c.log"):
            entry = tarfile.TarInfo(name)
            entry.size = len(LOG)
            archive.addfile(entry, io.BytesIO(LOG))
    return buffer.getvalue()


def _zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a.log", "b/b.log", "c.log"):
            archive.writestr(name, LOG)
        archive.writestr("d.log", LOG, zipfile.ZIP_STORED)
    return buffer.getvalue()


SEEDS = {
    "tar": _tar(),
    "zip": _zip(),
    "tgz": gzip.compress(_tar()),
    "zip in tbz": bz2.compress(_zip()),
    "txz": lzma.compress(_tar()),
    "tzst": zstd.compress(_tar()),
    "gz": gzip.compress(LOG),
}
LIMITS = Limits(total=8 << 20, members=200, depth=4)
DAMAGE = st.lists(
    st.tuples(st.sampled_from(["flip", "cut", "drop", "twice", "bytes"]), st.floats(0, 1), st.binary(max_size=12)),
    min_size=1,
    max_size=5,
)


def damaged(data, damage):
    """Return the bytes with the damage done to them."""
    for how, where, piece in damage:
        at = int(where * max(len(data) - 1, 0))
        if how == "flip" and data:
            data = data[:at] + bytes([data[at] ^ (piece[0] if piece else 255)]) + data[at + 1 :]
        elif how == "cut":
            data = data[: max(at, 1)]
        elif how == "drop":
            data = data[:at] + data[at + len(piece) :]
        elif how == "twice":
            data = data[:at] + data[max(at - 700, 0) :]
        elif how == "bytes":
            data = data[:at] + piece + data[at + len(piece) :]
    return data


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(damage=DAMAGE)
def test_damage_never_fails(tmp_path, seed, damage):
    """Whatever bytes are changed, the members can be read to their ends, and all together stay within the limits."""
    file = tmp_path / "case"
    file.write_bytes(damaged(SEEDS[seed], damage))
    watch = Watch(LIMITS)
    found = opening.members([file], watch)
    sizes = [len(member.open().read()) for member in found if not member.refused]
    assert len(sizes) <= LIMITS.members
    assert sum(sizes) <= 2 * LIMITS.total
    assert len({member.path for member in found}) == len(found)
    assert all(member.path == "case" or member.path.startswith("case!") for member in found)
    assert not any(".." in member.path.split("/") for member in found)
    assert [path.name for path in tmp_path.iterdir()] == ["case"]
    assert all(note.detail.endswith(".") for note in watch.notes())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"\x1f\x8b\x08\0", b"BZh91AY&SY", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"PK\x03\x04", b"PK\x05\x06", b""]),
    rest=st.binary(max_size=600),
)  # fmt: skip
def test_bytes_that_only_begin_like_an_archive(tmp_path, start, rest):
    """Anything behind the first bytes of an archive is opened or refused, without an error."""
    (tmp_path / "case").write_bytes(start + rest)
    for member in opening.members([tmp_path / "case"], Watch(LIMITS)):
        if not member.refused:
            member.open().read()
