"""What is fuzzed, and what must hold whatever comes in; `by_coverage.py` runs it for long, the tests for a while.

Each target takes bytes and raises where something does not hold.
"""

from __future__ import annotations

import csv
import io
import re
import sys
import tempfile
from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import polars as pl  # noqa: E402

from nbtrace.analysis import Options, analyze  # noqa: E402
from nbtrace.bundle.discovery import discover  # noqa: E402
from nbtrace.bundle.encoding import Utf8  # noqa: E402
from nbtrace.bundle.opening import members  # noqa: E402
from nbtrace.bundle.places import place  # noqa: E402
from nbtrace.bundle.watch import Limits, Watch  # noqa: E402
from nbtrace.errors import NbtraceError, RedactionError  # noqa: E402
from nbtrace.grammar.library import Library  # noqa: E402
from nbtrace.listed import LISTED, LISTINGS, POLICIES  # noqa: E402
from nbtrace.records import Look, read_log, skim  # noqa: E402
from nbtrace.records.listings import Rules, read_listing  # noqa: E402
from nbtrace.redaction import others_for  # noqa: E402
from nbtrace.redaction.copying import Places  # noqa: E402
from nbtrace.redaction.names import Learner  # noqa: E402
from nbtrace.redaction.replacing import Replacer  # noqa: E402
from nbtrace.report.csv_files import VOCABULARY, write_csv  # noqa: E402
from nbtrace.report.terminal import View, console, show  # noqa: E402
from nbtrace.report.text import clean  # noqa: E402
from nbtrace.simulator import Options as Night  # noqa: E402
from nbtrace.simulator import simulate  # noqa: E402
from nbtrace.tables import ENTRIES  # noqa: E402

LIBRARY = Library()
FORMS = ("legacy", "unified", "vxlogview", "vxlogview_default")
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
FORMULA = ("=", "+", "@", "\t", "\r")  # what a spreadsheet runs; a dash is in words of nbtrace's own, too
SNIPPETS = (
    b"\x1b[2J\x1b]0;x\x07", "\u202e\u200b".encode(), b"[red]x[/red][link=http://x]", b"\0" * 40, b"\xff\xfe", b"\r", b"\n",
    b"9" * 40, b"24:61:99.000 [1] <2> x: ", b"0,51216,117,117,1,", b"-5:,", b"999999999:", b"_0000000000", b"_9999999999",
    b"=cmd|'/c calc'!A1", b"jobid=99999999999999999999 ", b"EXITING with status 4294967296\n", b"02/29/2025 13:00:00.123 ",
)  # fmt: skip


def records(data: bytes) -> None:
    """Read bytes as a log of each format: nothing fails, every line is counted, records are in order and well-formed."""
    form, wanted = FORMS[data[0] % len(FORMS)] if data else FORMS[0], (data[1:2] or b"\0")[0] % 2
    log = {"log_id": 7, "log": "nbjm", "originator": 117, "date": date(2026, 11, 20), "zone": "Europe/Berlin"}
    grammars = [grammar for grammar in LIBRARY.records() if grammar.name == f"records/{form}"]
    text, look = (
        data[2:],
        Look(lambda text: text.str.contains("job"), (), lambda hits: hits.select("number", full=True)),
    )
    stream = io.BytesIO(text)
    found = skim(stream, log, grammars, look).read if wanted else read_log(stream, log, grammars)
    entries = ENTRIES.check(found.entries)
    if not text.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert found.lines == text.count(b"\n") + (not text.endswith(b"\n") and text != b"")
    lines = [0, *entries["line"], found.lines + 1]
    assert all(before < after for before, after in pairwise(lines))
    assert found.records + found.unparsed <= found.lines
    assert entries.filter(pl.col("time").is_not_null(), ~pl.col("time").dt.year().is_between(1989, 2101)).is_empty()


def names(data: bytes) -> None:
    """Take bytes for a path: it says something or nothing, and its place in a copy lies below the copy."""
    path = data.decode("utf-8", "backslashreplace")
    place(path)
    safe = Places().path(path)
    assert not safe.startswith("/")
    assert ".." not in safe.split("/")
    assert not re.search("[\x00-\x1f]", safe)
    Learner(LIBRARY).read_path(path)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / (
            re.sub(rb"[\x00/]", b"_", data)[-200:].decode("utf-8", "replace").encode()[-250:].decode("utf-8", "ignore")
            or "x"
        )
        if file.name not in {"", ".", ".."} and file.parent == Path(folder):
            file.write_bytes(b"13:00:00.000 [1] <2> x: y\n")
            discover(members([Path(folder)]), LIBRARY)


def texts(data: bytes) -> None:
    """Take bytes for a text: what is printed of it is safe, and what is copied of it has its length and none of its names."""
    safe = clean(data.decode("utf-8", "surrogateescape"))
    assert not FORBIDDEN.search(safe)
    assert clean(safe) == safe
    learner = Learner(LIBRARY)
    learner.read(data, "x.log")
    learner.settle()
    learner.read_again(data, "x.log")
    learner.finish()
    try:
        replacer = Replacer(others_for(learner, "key"), (), learner.spellings)
    except RedactionError:  # short names by the thousand
        return
    cut = (data[:1] or b"\0")[0]
    out = b"".join(replacer.stream([data[:cut], data[cut:]]))
    assert len(out) == len(data)
    assert not list(replacer.lines([out]))


def bundles(data: bytes) -> None:
    """Damage a small bundle by the bytes and analyse it: an answer or a sentence, and nothing printed that steers."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for path, content in damaged(data).items():
            (root / "b" / path).parent.mkdir(parents=True, exist_ok=True)
            (root / "b" / path).write_bytes(content)
        try:
            result = analyze([root / "b"], Options(thorough=bool(data) and data[0] > 127))
        except NbtraceError:
            return
        image = next(iter(result.images["image_id"]), None)
        for view in (View(), View(image=image)) if image else (View(),):
            paper = io.StringIO()
            show(result, console(color=False, file=paper, width=80), view)
            assert not FORBIDDEN.search(paper.getvalue())
        for file in write_csv(result, root / "csv"):
            table = file.read_text(encoding="utf-8")
            assert not FORBIDDEN.search(table)
            assert not [
                cell
                for row in csv.DictReader(io.StringIO(table))
                for name, cell in row.items()
                if name not in VOCABULARY and cell.startswith(FORMULA)
            ]


def listings(data: bytes) -> None:
    """Take bytes for listings of every kind: rows are well-formed, stand in the file, and name no time of no log."""
    rules = Rules.of(LIBRARY.listings())
    lines = data.count(b"\n") + 1
    for path in ("x/repllist.txt", "trylogs/815.t"):
        log = {"log_id": 3, "path": path, "host": "h", "host_source": "path", "zone": "Europe/Berlin"}
        found = read_listing(Utf8(io.BytesIO(data), lambda *_: None), log, rules)
        said = LISTED.check(found.listed.facts)
        LISTINGS.check(found.listed.listings)
        POLICIES.check(found.listed.policies)
        assert set(said["line"]) <= set(range(1, lines + data.count(b"\r") + 1))
        assert found.stats["entries"].sum() + found.stats["unparsed"].sum() <= lines + data.count(b"\r")
        times = pl.concat([said["time"], said["until"]]).drop_nulls()
        assert times.is_between(datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)).all()


def archives(data: bytes) -> None:
    """Take bytes for an archive: what it holds is read within the limits, and nothing is written beside it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "case").write_bytes(data)
        limits = Limits(total=8 << 20, members=200, depth=4)
        found = members([Path(folder)], Watch(limits))
        sizes = [len(member.open().read()) for member in found if not member.refused]
        assert sum(sizes) <= 2 * limits.total
        assert not any(".." in member.path.split("/") for member in found)
        assert [path.name for path in Path(folder).iterdir()] == ["case"]


def damaged(data: bytes) -> dict[str, bytes]:
    """Return the files of the small bundle, each four bytes of the data a damage: which file, what, where, how much."""
    files = dict(small_bundle())
    paths = sorted(files)
    for at in range(0, min(len(data), 64), 4):
        which, what, where, much = data[at : at + 4].ljust(4, b"\0")
        path = paths[which % len(paths)]
        text = files[path]
        place_of = where * max(len(text), 1) // 256
        rest = text[place_of + much * 4 :]
        kept = text[place_of : place_of + much * 4]
        files[path] = (
            text[:place_of]
            + {
                0: rest,
                1: kept + kept + rest,
                2: bytes([much]) + kept + rest,
                3: kept[::-1] + rest,
                4: b"",
                5: SNIPPETS[much % len(SNIPPETS)] + kept + rest,
                6: kept.replace(b" ", SNIPPETS[where % len(SNIPPETS)]) + rest,
                7: bytes(byte ^ 0x80 for byte in kept) + rest,
            }[what % 8]
        )
    return files


@cache
def small_bundle() -> tuple[tuple[str, bytes], ...]:
    """Return the files of a short night, by their paths."""
    with tempfile.TemporaryDirectory() as folder:
        simulate(Path(folder) / "b", Night(images=4, seed=5, noise=0.5, hours=4.0, heartbeat_s=1200.0))
        root = Path(folder) / "b"
        return tuple(
            (path.relative_to(root).as_posix(), path.read_bytes()) for path in sorted(root.rglob("*")) if path.is_file()
        )


TARGETS = {
    "records": records, "names": names, "texts": texts, "listings": listings, "archives": archives, "bundles": bundles,
}  # fmt: skip
