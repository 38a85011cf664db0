"""All logs of a bundle are read, each by the grammar of its format, and what cannot be read is said."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl
import pytest

from nbtrace.bundle import read_bundle
from nbtrace.engines import batches, reader
from nbtrace.engines.local import Engine, Reading
from nbtrace.flows import load
from nbtrace.grammar.library import Library
from nbtrace.tables import IDENTIFIED, MENTIONS, RUN
from nbtrace.tracing.notice import nothing

LEGACY = "03:14:15.926 [4242] <2> bpdm: INITIATING\nmore\n03:14:16.001 [4242] <2> f: text of job 7\n"
UNIFIED = "0,51216,117,117,1,1795204803581,2514,90,0:,5:hello,3:[f],4\n"
PRINTED = "".join(
    f"11/20/2026 09:22:0{n}.123 [Debug] NB 51216 {name} PID:1 TID:2 File ID:117 [jobid={n}5] {n} y\n"
    for n, name in enumerate(["nbjm 117", "nbpem 116", "nbjm 117"])
)
SPAD = """\
// One line of the MSDP storage daemon (one real sample, M).
start: clock " " severity " [" pid "] [" tid "]: " NUMBER ": " (function ": ")? message
clock: /[0-9]{2}:[0-9]{2}:[0-9]{2}/
severity: /[A-Z]{3,8}/
pid: NUMBER
tid: NUMBER
function: /[A-Za-z_][^\\s:]*/
message: ANY?
NUMBER: /[0-9]{1,20}/
ANY: /(?s:.+)/
"""


class Run(NamedTuple):
    """What a run of the engine gave, and the bytes that it reported."""

    reading: Reading
    identified: pl.DataFrame
    done: list[int]
    engine: Engine


@pytest.fixture
def read(tmp_path):
    """Return a function that writes a bundle and reads it."""

    def read(files, site=None, spoil=lambda _: None, **options):
        for path, text in files.items():
            target = tmp_path / "case" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        library = Library(site)
        bundle = read_bundle([tmp_path / "case"], library=library)
        spoil(tmp_path / "case")
        engine, done = Engine(bundle, library, load()), []
        with engine:
            reading = engine.read(done.append, **options)
            return Run(reading, reading.identified.collect(), done, engine)

    return read


def test_all_logs_are_read(read):
    """What names an image or a job is in one table, the figures of each log in another, and progress counts bytes."""
    reading, identified, done, _ = read(
        {"bpdm/root.112026_00001.log": "no record\n" + LEGACY, "nbjm/51216-117-1-261120-0000000000.log": UNIFIED}
    )
    assert IDENTIFIED.shape(identified)["message"].to_list() == ["text of job 7"]
    assert reading.unreadable == {}
    assert done == [len(LEGACY) + 10, len(UNIFIED)]
    figures = ("log", "originator", "entries", "unparsed", "highest_level", "samples", "repaired", "date_assumed")
    assert reading.stats.select(figures).rows() == [
        ("bpdm", None, 2, 1, None, ["bpdm/root.112026_00001.log:1: no record"], 0, False),
        ("nbjm", 117, 1, 0, 4, [], 0, False),
    ]
    span = reading.stats.select((pl.col("last_time") - pl.col("first_time")).dt.total_milliseconds()).to_series()
    assert span.to_list() == [75, 0]
    assert reading.heard.select("speaker", (pl.col("last") - pl.col("first")).dt.total_milliseconds()).rows() == [
        ("bpdm", 75),
        ("nbjm", 0),
    ]


def test_a_printout_of_several_daemons(read):
    """A printout in which several daemons speak has figures of each, and what was not understood is counted once."""
    reading, identified, *_ = read({"all.txt": "no record\n" + PRINTED})
    assert reading.stats.select("log", "originator", "entries", "unparsed", "highest_level").rows() == [
        ("nbjm", 117, 2, 1, 2),
        ("nbpem", 116, 1, 0, 1),
    ]
    assert identified["daemon"].to_list() == ["nbjm", "nbpem", "nbjm"]


def test_a_vanished_log_is_said(read):
    """A log that cannot be opened is named with the reason, and the others are read."""
    files = {"bpdm/root.112026_00001.log": LEGACY, "bpdbm/root.112026_00001.log": LEGACY}
    reading, identified, done, _ = read(files, spoil=lambda folder: (folder / "bpdbm/root.112026_00001.log").unlink())
    assert reading.unreadable == {"bpdbm/root.112026_00001.log": "No such file or directory"}
    assert identified["log"].to_list() == reading.stats["log"].to_list() == ["bpdm"]
    assert done == [len(LEGACY)] * 2


def test_small_logs_are_read_together(read, monkeypatch):
    """What is read of small logs side by side is what is read of each by itself, also where one cannot stand there."""
    files = {f"bpdm/root.11{day}26_00001.log": LEGACY.replace("7", str(day)) for day in range(10, 20)}
    files["bpdm/root.111226_00001.log"] = "\ufeff" + LEGACY
    files["bpdm/root.111526_00001.log"] = "03:00:00.000 [1] <2> f: nothing\n" * 10
    files |= {f"nbjm/51216-117-1-2611{day}-0000000000.log": UNIFIED.replace("2514", str(day)) for day in range(10, 15)}
    alone, seen = [], reader.read_log
    monkeypatch.setattr(reader, "read_log", lambda *args: alone.append(args[1]["path"]) or seen(*args))

    def tables(run):
        reading = run.reading
        frames = (run.identified, reading.stats, reading.heard, reading.mentions.collect())
        return [frame.rows() for frame in frames], reading.unreadable, run.done, run.engine.volumes["read"]

    def spoil(folder):
        (folder / "bpdm/root.111726_00001.log").unlink(missing_ok=True)

    together = tables(read(files, spoil=spoil))
    assert alone == ["bpdm/root.111226_00001.log"]
    alone.clear()
    monkeypatch.setattr(batches, "_MOST", 1)
    assert tables(read(files, spoil=spoil)) == together
    assert len(alone) == len(files) - 1
    assert together[0][0]
    assert list(together[1]) == ["bpdm/root.111726_00001.log"]


def test_batches_keep_the_order_and_the_bound():
    """Small logs of one format go together while they follow each other and are few bytes."""
    sizes = [("a", 3), ("a", 3), ("a", 3), ("a", 100), ("a", 1), ("b", 1), ("b", 1), ("c", 1), ("c", 1)]
    logs = [{"format": name, "bytes": size} for name, size in sizes]
    found = batches.batches(logs, {"a", "b"}, 8)
    assert [log for batch in found for log in batch] == logs
    assert [len(batch) for batch in found] == [2, 1, 1, 1, 2, 1, 1]


def test_an_empty_bundle(read):
    """Without logs all tables are there and empty."""
    reading, identified, done, _ = read({"readme.txt": "no log\n"})
    assert IDENTIFIED.check(IDENTIFIED.shape(identified)).is_empty()
    assert reading.stats.is_empty()
    assert reading.heard.is_empty()
    assert done == []


def test_a_format_of_a_site(read, tmp_path):
    """A site's own record grammar is all that it takes to read another format."""
    site = tmp_path / "site"
    (site / "records").mkdir(parents=True)
    (site / "records" / "spad.lark").write_text(SPAD, encoding="utf-8")
    text = (
        "03:14:15 ERR [4242] [140000000000001]: 25000: someFunction: job 7\nmore\n03:14:16 INFO [4242] [1]: 0: job 8\n"
    )
    reading, identified, *_ = read({"bpdm/root.112026_00001.log": text}, site=site)
    wanted = ("time", "pid", "tid", "severity", "function", "message", "daemon")
    entries = identified.with_columns(pl.col("time").dt.to_string("%m-%d %H:%M:%S")).select(wanted)
    assert entries.rows() == [
        ("11-20 03:14:15", 4242, 140000000000001, 16, "someFunction", "job 7\nmore", "bpdm"),
        ("11-20 03:14:16", 4242, 1, 4, None, "job 8", "bpdm"),
    ]
    assert reading.stats["unparsed"].to_list() == [0]


BUSY = "".join(
    f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.000 [{4000 + n % 7}] <2> f: {'job 7' if n % 700 == 9 else 'text'}\n"
    for n in range(0, 7200 * 3, 3)
)


@pytest.mark.parametrize("thorough", [False, True])
def test_figures_hold_for_records_that_are_not_read_in_full(read, thorough):
    """Records, times, silences and levels of a busy log are the same, however few of its records are read in full."""
    reading, identified, *_ = read({"bpdm/root.112026_00001.log": BUSY}, thorough=thorough)
    assert identified["job_id"].to_list() == [7] * BUSY.count("job 7") == [7] * 11
    (row,) = reading.stats.select("entries", "unparsed", "first_time", "last_time").rows()
    assert row[:2] == (7200, 0)
    assert [f"{time:%d %H:%M:%S}" for time in row[2:]] == ["20 00:00:00", "20 05:59:57"]
    assert reading.heard.height == 1


def test_all_records_of_a_run_are_read(read):
    """The second reading gives every record of the wanted processes, those that name nothing too, and no other's."""
    engine = read({"bpdm/root.112026_00001.log": BUSY, "bpdbm/root.112026_00001.log": BUSY}).engine
    runs = pl.DataFrame({"host": [engine._bundle.logs["host"][0]] * 2, "log": ["bpdm"] * 2, "pid": [4001, 4003]})
    found = engine.read_selected(MENTIONS.empty(), runs).collect()
    assert found.schema == nothing().identified.schema
    assert set(found["log"]) == {"bpdm"}
    counts = found.group_by("pid").len().sort("pid").rows()
    assert counts == [(pid, BUSY.count(f"[{pid}]")) for pid in (4001, 4003)]
    assert found["job_id"].null_count() > 2000


def test_a_run_whose_log_has_gone(read, tmp_path, monkeypatch):
    """A log that vanishes between the two readings gives no more records, and no error; a small one was kept whole."""
    engine = read({"bpdm/root.112026_00001.log": LEGACY}).engine
    runs = engine._bundle.logs.select("host", "log", pid=pl.lit(4242, pl.Int64))
    assert engine.read_selected(MENTIONS.empty(), runs).collect().height == 2
    (tmp_path / "case" / "bpdm" / "root.112026_00001.log").unlink()
    assert engine.read_selected(MENTIONS.empty(), runs).collect().height == 2
    monkeypatch.setattr("nbtrace.engines.local._SMALL", 0)
    engine = read({"bpdm/root.112026_00001.log": LEGACY}).engine
    (tmp_path / "case" / "bpdm" / "root.112026_00001.log").unlink()
    assert engine.read_selected(MENTIONS.empty(), runs).collect()["message"].to_list() == [
        "text of job 7"
    ]  # what was kept


def test_no_runs(read):
    """Without wanted processes nothing is read again."""
    assert (
        read({"bpdm/root.112026_00001.log": LEGACY})
        .engine.read_selected(MENTIONS.empty(), nothing().identified.select(RUN))
        .collect()
        .is_empty()
    )


def test_an_interruption_ends_the_reading(read):
    """What interrupts between two logs comes through at once, and threads end with the chunk that they are reading."""

    class Stop(Exception):  # noqa: N818 - an interruption, no error
        pass

    def stop(_):
        raise Stop

    engine = read({f"bpdm/root.1120{day}_00001.log": LEGACY for day in range(10, 30)}).engine
    with engine, pytest.raises(Stop):
        engine.read(stop)
    assert engine._stopping.is_set()


def test_a_guest_in_a_printout_has_silences_of_its_own(read):
    """However seldom the import manager speaks in a printout of nbstserv, it is known when it was silent."""
    text = "".join(
        f"11/20/2026 {n // 900:02}:{n // 15 % 60:02}:{n % 15 * 4:02}.000 [Debug] NB 51216 nbstserv 226 PID:1 TID:2 "
        f"File ID:{369 if n % 225 == 7 else 226} [x] 1 idle\n"
        for n in range(5400)
    )
    reading = read({"nbstserv.txt": text}).reading
    assert dict(reading.heard["speaker"].value_counts().iter_rows()) == {"import manager": 24, "nbstserv": 1}


@pytest.fixture
def few(monkeypatch):
    """Take no more than three records at each end."""
    for module in ("nbtrace.records.places", "nbtrace.engines.local", "nbtrace.engines.reader"):
        monkeypatch.setattr(f"{module}.MOST", 6)


@pytest.mark.usefixtures("few")
def test_one_name_in_too_many_records(read):
    """Of a name that a log bears in very many records the first and the last are taken, others in full; it is said."""
    line = "03:14:{:02}.000 [42] <2> f: web5_1795205555 of job {}\n"
    often = "".join(line.format(n, 7) for n in range(20))
    reading, _, _, engine = read({"bpdm/root.112026_00001.log": often + line.format(30, 8)})
    assert reading.mentions.collect()["line"].to_list() == [1, 2, 3, 18, 19, 20, 21]
    (note,) = engine._bundle.notes()
    assert (note.code, note.path, note.lost) == ("NBT502", "bpdm/root.112026_00001.log", True)
    assert "more than 6 records of one image or job" in note.detail


@pytest.mark.usefixtures("few")
def test_one_process_with_too_many_records(read, monkeypatch):
    """The same of a process, of which every record is asked for."""
    monkeypatch.setattr("nbtrace.engines.local._SMALL", 0)
    lines = [f"03:14:{n:02}.000 [{42 + n % 2}] <2> f: text {n}\n" for n in range(40)]
    _, _, _, engine = read({"bpdm/root.112026_00001.log": "".join(lines)})
    runs = pl.DataFrame(
        {"host": engine._bundle.logs["host"], "log": ["bpdm"], "pid": [42]}, schema_overrides={"pid": pl.Int64}
    )
    with engine:
        entries = engine.read_selected(MENTIONS.empty(), runs).collect()
    assert entries["line"].to_list() == [1, 3, 5, 35, 37, 39]
    assert "more than 6 records of one process" in engine._bundle.notes()[0].detail
