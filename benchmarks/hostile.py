"""What one hostile file does to nbtrace: whether it survives, what becomes of the good part, memory, time, traces left.

    python benchmarks/hostile.py                # all inputs, some minutes
    python benchmarks/hostile.py --small        # each a hundredth as large
    python benchmarks/hostile.py --only bomb    # those whose name holds a word

A simulated bundle is analysed as it is, and then once for every input below with that input in it. Exit status 1 tells
that a bar is missed: every input survived, every answer the same, no byte written outside the output, at most 1 GB.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import shutil
import struct
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
from contenders import launched

from nbtrace.simulator import Options, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MOST_MB = 1000
SURVIVED = {0, 1, 4}  # an answer was given: all imported, some failed, or incomplete
LOG = "usr/openv/netbackup/logs/bptm/root.112026_00009.log"
RAW = "usr/openv/logs/nbjm/51216-117-3312422500-261120-0000000009.log"
LINE = b"20:00:00.000 [1] <2> bptm: nothing of interest\n"
MB = 1 << 20


def repeated(piece: bytes, size: int) -> Iterator[bytes]:
    """Yield so many bytes of one piece."""
    block = piece * max(MB // len(piece), 1)
    for at in range(0, size, len(block)):
        yield block[: size - at]


def log(piece: bytes, size: int, path: str = LOG) -> Callable[[Path, float], None]:
    """Return what writes a log with something huge between two records."""

    def write(host: Path, scale: float) -> None:
        file = host / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("wb") as out:
            out.write(LINE)
            out.writelines(repeated(piece, int(size * scale)))
            out.write(b"\n" + LINE)

    return write


def file(name: str, make: Callable[[float], bytes]) -> Callable[[Path, float], None]:
    """Return what writes a file."""

    def write(host: Path, scale: float) -> None:
        path = host.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make(scale))

    return write


def packed(name: str, *members: tuple[tarfile.TarInfo, bytes]) -> Callable[[Path, float], None]:
    """Return what writes a tar with members of any name and kind."""

    def make(_: float) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
            for entry, text in members:
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text))
        return buffer.getvalue()

    return file(name, make)


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    """Return a member of a tar."""
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, target
    return found


def counted(line: str, count: int) -> Callable[[float], bytes]:
    """Return what makes so many lines, each with a number of its own."""
    return lambda scale: "".join(line.format(number) for number in range(int(count * scale))).encode()


def crowd(sets: int) -> Callable[[float], bytes]:
    """Return what makes records of one job that each name very many images, by turns of so many sets."""

    def make(scale: float) -> bytes:
        most = int(20_000 * scale)
        names = (
            " ".join(f"x{number % sets * most + image}_1795205555" for image in range(most)) for number in range(30)
        )
        return "".join(f"20:00:01.000 [1] <2> bpimport: import of {each} jobid=9\n" for each in names).encode()

    return make


def bomb(scale: float) -> bytes:
    """Return a gigabyte of zeros, packed twice."""
    buffer = io.BytesIO()
    with gzip.open(buffer, "wb") as out:
        out.writelines(repeated(b"\0", int(1024 * MB * scale)))
    return gzip.compress(buffer.getvalue())


def nested(_: float) -> bytes:
    """Return archives inside each other, forty deep."""
    inner, name = LINE, "a.log"
    for _depth in range(40):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(name, inner)
        inner, name = buffer.getvalue(), "a.zip"
    return inner


def overlapping(_: float) -> bytes:
    """Return a zip whose directory lists one member a thousand times."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.log", b"\0" * MB)
    data = buffer.getvalue()
    start = data.index(b"PK\x01\x02")
    end = data.index(b"PK\x05\x06")
    directory = data[start:end] * 1000
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1000, 1000, len(directory), start, 0)
    return data[:start] + directory + tail


def many(scale: float) -> bytes:
    """Return a tar of very many files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        for number in range(int(150_000 * scale)):
            archive.addfile(entry(f"{number}.log"))
    return buffer.getvalue()


def odd(host: Path, _: float) -> None:
    """Write what is no file: a pipe, links out of the bundle and in circles, and names that no one gives."""
    os.mkfifo(host / "pipe.log")
    (host / "passwd.log").symlink_to("/etc/passwd")
    (host / "circle").symlink_to(host)
    (host / "\x1b[31m\n\u202e.log").write_bytes(LINE)
    (host / os.fsdecode(b"\xff\xfe.log")).write_bytes(LINE)


IMPORT = "20:00:01.000 [1] <2> bpimport: import of x{0}_1795205555 jobid=9\n"
OTHER = "20:00:01.000 [1] <2> bptm: x{0}_1795205555 jobid=5{0:06}\n"
PENDING = "Image:\n Backup ID : x{0}_1795205555\n Client : x{0}\n Storage Lifecycle State : 1 (NOT_STARTED)\n\n"
EVIL = "nbtrace-hostile-evil"  # what must not come to be
ABSOLUTE = tempfile.gettempdir()
INPUTS: dict[str, Callable[[Path, float], None]] = {
    "a line of 300 MB": log(b"x y ", 300 * MB),
    "a line of 300 MB, raw": log(b"x y ", 300 * MB, RAW),
    "a record that says it has 999 MB": log(b"0,51216,117,117,1,1795205555000,1,1,0:,999999999:x", 60 * MB, RAW),
    "20 million empty lines": log(b"\n", 20 * MB),
    "20 million returns": log(b"\r", 20 * MB),
    "10 million lines of one record": log(b"x\n", 20 * MB),
    "300 MB of zeros": log(b"\0", 300 * MB),
    "100 MB of bytes that are no text": log(b"\xff\xfe\x81\n", 100 * MB),
    "100 MB of escapes and markup": log(b"\x1b[2J[red]\x9b\xe2\x80\xae\n", 100 * MB),
    "100 MB of impossible times": log(b"24:61:99.999 [1] <2> bptm: x\n", 100 * MB),
    "100 MB of numbers without end": log(b"9" * 40 + b"\n", 100 * MB),
    "a million lines that name one image": log(b"20:00:01.000 [1] <2> bptm: x_1795205555 jobid=9\n", 48 * MB),
    "a million images and jobs of other work": file(f"h9/{LOG}", counted(OTHER, 1_000_000)),
    "30,000 images of one job": file(f"h9/{LOG.replace('bptm', 'admin')}", counted(IMPORT, 30_000)),
    "30 records of 20,000 images each": file(f"h9/{LOG.replace('bptm', 'admin')}", crowd(1)),
    "30 records of 20,000 other images each": file(f"h9/{LOG.replace('bptm', 'admin')}", crowd(30)),
    "a listing of 100,000 images": file("pending.txt", counted(PENDING, 100_000)),
    "100 MB at random": log(os.urandom(MB), 100 * MB),
    "random bytes": file("core.4711", lambda scale: os.urandom(int(100 * MB * scale))),
    "a bomb of 1 GB": file("bomb.gz", bomb),
    "archives forty deep": file("deep.zip", nested),
    "one member a thousand times": file("overlap.zip", overlapping),
    "150,000 files": file("many.tgz", many),
    "names that climb": packed(
        "climb.tgz",
        *((entry(f"{where}{EVIL}"), LINE) for where in ("../../", "../../../../../", f"{ABSOLUTE}/", "C:\\")),
    ),
    "links and devices": packed(
        "links.tgz",
        (entry("a.log", tarfile.SYMTYPE, "/etc/passwd"), b""),
        (entry("b.log", tarfile.LNKTYPE, f"../../{EVIL}"), b""),
        (entry("c.log", tarfile.CHRTYPE), b""),
        (entry("d.log", tarfile.FIFOTYPE), b""),
    ),
    "pipes, links, odd names": odd,
    "a foreign archive": file("x.7z", lambda _: b"7z\xbc\xaf\x27\x1c" + os.urandom(5000)),
    "an archive that breaks off": file("half.tgz", lambda _: gzip.compress(os.urandom(MB))[: MB // 2]),
}


def run(bundle: Path, room: Path) -> dict[str, Any]:
    """Analyse a bundle in a room of its own; return what it took, the answers, and the bytes that were left in the room."""
    for name in ("home", "tmp", "cwd", "out"):
        (room / name).mkdir(parents=True)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "NBTRACE"))}
    environment = clean | {"HOME": str(room / "home"), "TMPDIR": str(room / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "nbtrace", "analyze", str(bundle), "--no-cache", "-q", "--csv", str(room / "out")]
    taken, problem = launched(command, room / "said", env=environment, cwd=room / "cwd")
    answers = room / "out" / "images.csv"
    found = pl.read_csv(answers, infer_schema=False).select("image_id", "verdict").rows() if answers.is_file() else []
    left = [path for name in ("home", "tmp", "cwd") for path in (room / name).rglob("*") if path.is_file()]
    left += [path for above in (room, *room.parents, Path(ABSOLUTE)) for path in above.glob(f"{EVIL}*")]
    return taken | {
        "answers": set(found),
        "outside": sum(path.stat().st_size for path in left),
        "traceback": "Traceback" in problem,
    }


def survived(got: Mapping[str, Any]) -> bool:
    """Tell whether an answer was given."""
    return got["status"] in SURVIVED and not got["traceback"]


def held(got: Mapping[str, Any], expected: set[tuple[str, str]]) -> bool:
    """Tell whether all bars were kept."""
    return survived(got) and expected <= got["answers"] and not got["outside"] and got["peak_mb"] <= MOST_MB


def main() -> None:
    """Measure every input and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--small", action="store_true", help="each input a hundredth as large")
    parser.add_argument("--only", default="", metavar="WORD", help="the inputs whose names hold a word")
    options = parser.parse_args()
    missed = 0
    sys.stdout.write("| input | survived | same answers | bytes outside | peak MB | s |\n|---|---|---|--:|--:|--:|\n")
    with tempfile.TemporaryDirectory(prefix="nbtrace-hostile-") as folder:
        good = Path(folder) / "good"
        truth = simulate(good, Options(images=12, seed=20261122, hours=6.0))
        host = next(host["name"] for host in truth.hosts if (good / host["name"] / "usr").is_dir())
        expected = run(good, Path(folder) / "room")["answers"]
        for number, (name, write) in enumerate(INPUTS.items()):
            if options.only not in name:
                continue
            bundle, room = Path(folder) / f"bundle{number}", Path(folder) / f"room{number}"
            shutil.copytree(good, bundle)
            write(bundle / host, 0.01 if options.small else 1.0)
            got = run(bundle, room)
            missed += not held(got, expected)
            sys.stdout.write(
                f"| {name} | {'yes' if survived(got) else 'NO'} | {'yes' if expected <= got['answers'] else 'NO'} | {got['outside']} "
                f"| {got['peak_mb']:.0f} | {got['wall_s']:.1f} |\n"
            )
            sys.stdout.flush()
            shutil.rmtree(bundle)
            shutil.rmtree(room)
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
