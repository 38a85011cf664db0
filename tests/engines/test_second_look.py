"""A second analysis of the same logs says the same and reads none of them; whatever changed is read again."""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

import nbtrace
from nbtrace import analysis
from nbtrace.analysis import Options, analyze
from nbtrace.engines import answers, fingerprint, local
from nbtrace.engines.cache import Cache
from nbtrace.simulator import Options as Night
from nbtrace.simulator import simulate

TABLES = ("logs", "ignored", "coverage", "images", "jobs", "steps", "evidence", "findings")
EVIDENCE = '// Words that no daemon says.\nmine: "never said"\n'
UTC = Options(tz="UTC")


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Return a small bundle in which everything happens."""
    folder = tmp_path_factory.mktemp("night") / "bundle"
    simulate(folder, Night(images=24, seed=5, zones=("UTC",), hours=4, heartbeat_s=300))
    return folder


@pytest.fixture
def bundle(night, tmp_path):
    """Return a copy of it to be changed, with the same times."""
    return Path(shutil.copytree(night, tmp_path / "bundle"))


@pytest.fixture
def options(tmp_path, monkeypatch):
    """Return options with a cache, in which small logs are kept as well."""
    monkeypatch.setattr(local, "_SMALL", 0)
    monkeypatch.setattr(answers, "SMALL", 0)
    return replace(UTC, cache=tmp_path / "cache")


@pytest.fixture
def reads(monkeypatch):
    """Return the paths of the logs that are looked at as a whole, in a list that grows."""
    paths, seen = [], local.Engine._seen

    def spy(engine, stream, log, **options):
        paths.append(log["path"])
        return seen(engine, stream, log, **options)

    monkeypatch.setattr(local.Engine, "_seen", spy)
    return paths


def assert_same(result, other):
    """Hold all tables of two results against each other, whatever the order of their rows."""
    for name in TABLES:
        one, two = getattr(result, name), getattr(other, name)
        assert one.schema == two.schema
        assert sorted(map(repr, one.rows())) == sorted(map(repr, two.rows())), name
    assert (result.since, result.until, result.unreadable) == (other.since, other.until, other.unreadable)


def test_the_second_look_says_the_same_and_reads_nothing(bundle, options, reads, monkeypatch):
    """All tables are equal without a cache, with an empty one and with a full one, and then no log is read."""
    plain = analyze([bundle], UTC)
    first = analyze([bundle], options)
    assert len(reads) == first.logs.height * 2
    reads.clear()
    monkeypatch.setattr(analysis, "read_bundle", None)  # not even the logs are looked for
    second = analyze([bundle], options)
    assert reads == []
    assert_same(plain, first)
    assert_same(plain, second)
    assert plain.images["verdict"].n_unique() > 2


def test_volumes_tell_what_came_from_the_cache(bundle, options):
    """The result counts the bytes that were read and those that were not."""
    first, second = analyze([bundle], options).volumes, analyze([bundle], options).volumes
    (bundle / "readme.txt").write_text("a file more\n", encoding="utf-8")
    third = analyze([bundle], options).volumes
    size = sum(path.stat().st_size for path in bundle.rglob("*.log"))
    assert (first["read"].kept, second["read"].read, third["read"].read) == (0, 0, 0)
    assert first["read"].read == second["read"].kept == third["read"].kept >= size
    assert first["runs"].read == third["runs"].read > 0
    assert "runs" not in second


def test_small_logs_are_not_kept(bundle, tmp_path):
    """A log is kept from one MiB on, and so is the answer."""
    sizes = {path: path.stat().st_size for path in bundle.rglob("*.log")}
    largest = max(sizes, key=sizes.get)
    missing = (1 << 20) - sizes[largest]
    options = replace(UTC, cache=tmp_path / "cache")
    with largest.open("a", encoding="utf-8") as file:
        file.write("x" * (missing - 2) + "\n")
    analyze([bundle], options)
    assert len(Cache(options.cache).parts()) == 1
    with largest.open("a", encoding="utf-8") as file:
        file.write("\n")
    analyze([bundle], options)
    assert len(Cache(options.cache).parts()) == 3


def test_without_a_cache_nothing_is_kept(bundle, options):
    """The public API keeps nothing unless it is told where."""
    analyze([bundle], replace(options, cache=None))
    assert not options.cache.exists()


def changed(path, at):
    """Change one letter of a file, and nothing else that can be seen from outside."""
    there, content = path.stat(), bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns))


def touched(path):
    """Give a file another time of change."""
    there = path.stat()
    os.utime(path, ns=(there.st_atime_ns, there.st_mtime_ns + 1))


@pytest.mark.parametrize(
    "change",
    [
        touched,
        lambda path: changed(path, 0),
        lambda path: changed(path, -2),
        lambda path: path.write_bytes(path.read_bytes() + b"\n"),
        lambda path: path.rename(path.with_name(path.name.replace("_00001", "_00002"))),
    ],
    ids=["time", "head", "tail", "size", "name"],
)
def test_a_log_that_changed_is_read_again(bundle, options, reads, change):
    """Time, size, both ends and the path of a log count; the other logs are not read again by that."""
    analyze([bundle], options)
    reads.clear()
    path = max(bundle.rglob("bpdm/*_00001.log"), key=lambda path: path.stat().st_size)
    change(path)
    wanted = analyze([bundle], UTC)
    reads.clear()
    assert_same(analyze([bundle], options), wanted)
    (log,) = reads
    assert Path(log).parent.name == "bpdm"


def site(folder):
    """Write a folder of grammars."""
    (folder / "evidence").mkdir(parents=True)
    (folder / "evidence" / "mine.lark").write_text(EVIDENCE, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("other", "touches"),
    [
        (lambda options, _: replace(options, tz="Asia/Tokyo"), pl.lit(value=False)),
        (lambda options, _: replace(options, thorough=True), pl.lit(value=True)),
        (lambda options, folder: replace(options, grammars=site(folder / "site")), pl.lit(value=True)),
    ],
    ids=["zone", "thorough", "grammars"],
)
def test_other_options_are_another_reading(bundle, options, reads, other, touches):
    """Thoroughly, or with grammars of a site, every log that this touches is read again; in another zone none."""
    wanted = other(options, bundle.parent)
    analyze([bundle], options)
    reads.clear()
    result = analyze([bundle], wanted)
    assert set(reads) == set(result.logs.filter(touches)["path"])
    assert_same(result, analyze([bundle], replace(wanted, cache=None)))


def test_another_host_is_another_reading(bundle, options, reads):
    """A log of a host that got another name is read again, the others are not."""
    analyze([bundle], options)
    folder = next(path for path in sorted(bundle.iterdir()) if path.name.endswith("media1"))
    reads.clear()
    result = analyze([bundle], replace(options, hosts=[f"{folder.name}=renamed"]))
    renamed = set(result.logs.filter(host="renamed")["path"])
    assert renamed
    assert {path for path in reads if path.startswith(folder.name)} == renamed
    assert "renamed" in result.coverage["host"]


@pytest.mark.parametrize(
    "part",
    [(nbtrace, "__version__"), (pl, "__version__"), (fingerprint.lark, "__version__"), (fingerprint, "_program")],
)
def test_another_program_is_another_reading(bundle, options, reads, monkeypatch, part):
    """With another version of nbtrace, of polars or of lark, or with other code, every log is read again."""
    analyze([bundle], options)
    reads.clear()
    where, name = part
    monkeypatch.setattr(where, name, (lambda: "changed") if name == "_program" else "99.9")
    result = analyze([bundle], options)
    assert set(reads) == set(result.logs["path"])


def test_numbers_of_logs_are_those_of_this_bundle(bundle, options, reads):
    """Logs that got other numbers, because others came before them, are not read again and keep their entries."""
    analyze([bundle], options)
    shutil.copytree(next(bundle.rglob("bpdm")), bundle / "aaa" / "netbackup" / "logs" / "bpdm")
    wanted = analyze([bundle], UTC)
    reads.clear()
    result = analyze([bundle], options)
    assert wanted.logs["path"][0].startswith("aaa")
    assert_same(result, wanted)
    assert len(set(reads)) < result.logs.height / 2


@pytest.mark.parametrize("damage", [b"", b"garbage" * 50], ids=["empty", "garbage"])
def test_damaged_parts_are_read_again_and_replaced(bundle, options, reads, damage):
    """With every part damaged the answer is the same, and the next look is fast again."""
    first = analyze([bundle], options)
    for part in Cache(options.cache).parts():
        part.file.write_bytes(damage)
    reads.clear()
    assert_same(analyze([bundle], options), first)
    assert reads != []
    reads.clear()
    assert_same(analyze([bundle], options), first)
    assert reads == []


def test_a_log_that_changes_while_it_is_read_is_not_kept(bundle, options, monkeypatch):
    """What was read of a growing log is not taken for what the log holds afterwards."""
    seen = local.Engine._seen

    def grow(engine, stream, log, **options):
        touched(bundle / log["path"])
        return seen(engine, stream, log, **options)

    monkeypatch.setattr(local.Engine, "_seen", grow)
    analyze([bundle], options)
    assert Cache(options.cache).parts() == []


def test_what_an_interruption_cut_off_is_not_kept(bundle, options, monkeypatch):
    """A log that was read in part, because somebody interrupted, is read again."""
    seen = local.Engine._seen

    class Stop(Exception):  # noqa: N818 - an interruption, no error
        pass

    def stop(*_):
        raise Stop

    def cut(engine, *rest, **options):
        engine._stopping.set()  # as if the interruption came at this moment
        return seen(engine, *rest, **options)

    wanted = analyze([bundle], UTC)
    monkeypatch.setattr(local.Engine, "_seen", cut)
    with pytest.raises(Stop):
        analyze([bundle], options, stop)
    assert Cache(options.cache).parts() == []
    monkeypatch.setattr(local.Engine, "_seen", seen)
    assert_same(analyze([bundle], options), wanted)


def test_two_at_once(bundle, options):
    """Two analyses that fill the same cache do not disturb each other."""
    with ThreadPoolExecutor(2) as both:
        one, other = both.map(lambda _: analyze([bundle], options), range(2))
    assert_same(one, other)
    assert_same(one, analyze([bundle], options))
    assert {part.file.suffix for part in Cache(options.cache).parts()} == {".part"}


def test_an_analysis_keeps_the_bound(bundle, options, monkeypatch):
    """After an analysis the cache is no larger than it may be."""
    analyze([bundle], options)
    sizes = [part.size for part in Cache(options.cache).parts()]
    monkeypatch.setattr(Cache.__init__, "__defaults__", (max(sizes),))
    touched(bundle / "truth.json" if (bundle / "truth.json").exists() else max(bundle.rglob("*.log")))
    analyze([bundle], options)
    assert 0 < sum(part.size for part in Cache(options.cache).parts()) <= max(sizes) < sum(sizes)
