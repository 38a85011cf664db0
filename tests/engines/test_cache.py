"""Parts of the cache are private, whole or not there, and never more than the bound."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
import pytest

from nbtrace.engines import cache as module
from nbtrace.engines.cache import Cache, _seal, _sealed, cache_folder

KEY, OTHER = "a" * 64, "b" * 64
FRAMES = [
    pl.DataFrame({"line": [1, 2], "images": [["web_1"], None]}),
    pl.DataFrame({"silence": pl.Series([5], dtype=pl.Duration("ms"))}),
]
HOUR = 3600
posix = pytest.mark.skipif(sys.platform == "win32", reason="permissions and links are another thing there")


@pytest.fixture
def cache(tmp_path):
    """Return a cache in a folder that is not there yet."""
    return Cache(tmp_path / "home" / "nbtrace")


def file_of(cache, key=KEY):
    """Return the file of a key."""
    return cache.folder / f"{key}.part"


def names(cache):
    """Return the names of all that is in the folder."""
    return sorted(path.name for path in cache.folder.iterdir())


def same(found, wanted=FRAMES):
    """Return whether the tables are those that were wanted."""
    return found is not None and all(one.equals(other) for one, other in zip(found, wanted, strict=True))


def test_what_was_put_is_there(cache):
    """Tables come back as they were, under their own key only, and the folder is made for the first of them."""
    assert cache.get(KEY, FRAMES) is None
    cache.put(KEY, FRAMES)
    assert same(cache.get(KEY, FRAMES))
    assert [frame.schema for frame in cache.get(KEY, FRAMES)] == [frame.schema for frame in FRAMES]
    assert cache.get(OTHER, FRAMES) is None
    assert [(part.file, part.size) for part in cache.parts()] == [(file_of(cache), file_of(cache).stat().st_size)]


def test_the_last_put_counts(cache):
    """A part is replaced by what is put under the same key."""
    cache.put(KEY, FRAMES)
    cache.put(KEY, [frame.clear() for frame in FRAMES])
    assert same(cache.get(KEY, FRAMES), [frame.clear() for frame in FRAMES])


@posix
def test_nobody_else_can_read_it(cache):
    """Folder and parts are closed to everybody else, also where the folder was open before."""
    cache.folder.mkdir(parents=True, mode=0o755)
    cache.folder.chmod(0o777)
    cache.put(KEY, FRAMES)
    assert cache.folder.stat().st_mode & 0o777 == 0o700
    assert file_of(cache).stat().st_mode & 0o777 == 0o600


def garbage(content):
    """Return other bytes of the same length."""
    return content[:-9] + bytes(255 - byte for byte in content[-9:])


@pytest.mark.parametrize(
    "damage",
    [
        garbage,
        lambda content: content[: len(content) // 2],
        lambda content: content[:10],
        lambda content: content + b"\0",
        lambda _: b"",
        lambda _: b"PAR1 something else entirely" * 9,
        lambda _: _sealed(OTHER, FRAMES),
        lambda _: _sealed(KEY, FRAMES[:1]),
        lambda _: _sealed(KEY, FRAMES[::-1]),
        lambda _: _sealed(KEY, [FRAMES[0].cast({"line": pl.Int32}), FRAMES[1]]),
        lambda _: _seal(KEY, b"\0" * 7 + b"\4none") + b"\0" * 7 + b"\4none",
        lambda _: _seal(KEY, b"\1") + b"\1",
        lambda _: _seal(KEY, b""),
    ],
    ids=["bytes", "half", "head", "longer", "empty", "foreign", "other key", "fewer", "swapped", "types", "no table",
         "no length", "no tables"],
)  # fmt: skip
def test_what_is_damaged_is_not_there(cache, damage):
    """A part that was cut, changed, exchanged or holds other tables counts as missing, and can be replaced."""
    cache.put(KEY, FRAMES)
    file_of(cache).write_bytes(damage(file_of(cache).read_bytes()))
    assert cache.get(KEY, FRAMES) is None
    cache.put(KEY, FRAMES)
    assert same(cache.get(KEY, FRAMES))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_write_that_ends_early_leaves_nothing(cache, monkeypatch, error):
    """Where writing fails or is interrupted, there is neither a half part nor anything else."""

    def broken(*_):
        raise error

    cache.put(OTHER, FRAMES)
    monkeypatch.setattr(Path, "replace", broken)
    if isinstance(error, OSError):
        cache.put(KEY, FRAMES)
    else:
        with pytest.raises(KeyboardInterrupt):
            cache.put(KEY, FRAMES)
    assert names(cache) == [f"{OTHER}.part"]
    assert cache.get(KEY, FRAMES) is None


def test_a_part_is_never_seen_half(cache, monkeypatch):
    """What is being written has another name until it is whole."""
    seen = []
    replace = Path.replace
    monkeypatch.setattr(Path, "replace", lambda path, to: (seen.append(cache.get(KEY, FRAMES)), replace(path, to)))
    cache.put(KEY, FRAMES)
    assert seen == [None]
    assert same(cache.get(KEY, FRAMES))


def test_without_a_place_there_is_no_cache(tmp_path):
    """A folder that cannot be made is no error: nothing is kept and nothing found."""
    (tmp_path / "file").write_text("no folder")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        nowhere = Cache(folder)
        nowhere.put(KEY, FRAMES)
        nowhere.trim()
        assert nowhere.get(KEY, FRAMES) is None
        assert (nowhere.parts(), nowhere.clear()) == ([], 0)
    assert (tmp_path / "file").read_text() == "no folder"


def test_a_folder_that_cannot_be_written(cache, monkeypatch):
    """What is in a read-only folder is used, and nothing is added."""

    def refused(*_, **__):
        raise PermissionError(13, "Permission denied")

    cache.put(KEY, FRAMES)
    monkeypatch.setattr(tempfile, "mkstemp", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    cache.put(OTHER, FRAMES)
    assert same(cache.get(KEY, FRAMES))
    assert cache.get(OTHER, FRAMES) is None
    assert cache.clear() == 0


@posix
def test_what_belongs_to_others_is_not_used(cache, monkeypatch):
    """Neither a folder nor a part of another user is trusted."""
    cache.put(KEY, FRAMES)
    mine = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: mine + 1)
    assert cache.get(KEY, FRAMES) is None
    monkeypatch.setattr(module, "_own", lambda there: not os.path.samestat(there, file_of(cache).stat()))
    assert cache.get(KEY, FRAMES) is None


@posix
def test_links_are_not_followed(cache, tmp_path):
    """A link in place of a part, or of the folder, leads nowhere and stays as it is; a part replaces the link itself."""
    cache.put(KEY, FRAMES)
    real = tmp_path / "precious"
    file_of(cache).rename(real)
    file_of(cache).symlink_to(real)
    assert cache.get(KEY, FRAMES) is None
    assert cache.parts() == []
    assert cache.clear() == 0
    assert file_of(cache).is_symlink()
    before = real.read_bytes()
    cache.put(KEY, [frame.clear() for frame in FRAMES])
    assert real.read_bytes() == before
    linked = Cache(tmp_path / "linked")
    linked.folder.symlink_to(cache.folder)
    linked.put(OTHER, FRAMES)
    assert (linked.get(KEY, FRAMES), linked.parts(), linked.clear()) == (None, [], 0)
    assert names(cache) == [f"{KEY}.part"]


def test_clear_removes_its_own_only(cache):
    """Clearing removes parts and what a killed run left, and no file or folder of another name."""
    cache.put(KEY, FRAMES)
    (cache.folder / f"{OTHER}.x1_y.tmp").write_bytes(b"12345")
    for name in ("notes.txt", f"{OTHER}.part.bak", "short.part"):
        (cache.folder / name).write_text("mine")
    (cache.folder / f"{OTHER}.part").mkdir()
    size = file_of(cache).stat().st_size
    assert cache.clear() == size + 5
    assert names(cache) == sorted(["notes.txt", f"{OTHER}.part.bak", "short.part", f"{OTHER}.part"])


def test_the_bound_is_kept_by_what_was_used_last(cache):
    """Above the bound those parts go that were not used for longest; to look one up is a use."""
    keys = [str(number) * 64 for number in range(4)]
    now = time.time()
    for age, key in enumerate(keys):
        cache.put(key, FRAMES)
        os.utime(file_of(cache, key), (now - 100 + age,) * 2)
    cache.get(keys[0], FRAMES)
    small = Cache(cache.folder, bound=file_of(cache).with_name(f"{keys[0]}.part").stat().st_size * 2)
    small.trim()
    assert {part.file.stem for part in small.parts()} == {keys[0], keys[3]}
    small.trim()
    assert len(small.parts()) == 2


def test_what_killed_runs_left_goes(cache):
    """A passing file is left to the run that writes it, and removed when it is old."""
    cache.put(KEY, FRAMES)
    for name, age in (("new", 60), ("old", 2 * HOUR)):
        passing = cache.folder / f"{OTHER}.{name}.tmp"
        passing.write_bytes(b"half")
        os.utime(passing, (time.time() - age,) * 2)
    cache.trim()
    assert names(cache) == [f"{KEY}.part", f"{OTHER}.new.tmp"]


@pytest.mark.parametrize(
    ("platform", "variables", "folder"),
    [
        ("linux", {"HOME": "/home/ann"}, "/home/ann/.cache/nbtrace"),
        ("linux", {"HOME": "/home/ann", "XDG_CACHE_HOME": "/scratch"}, "/scratch/nbtrace"),
        ("linux", {"HOME": "/home/ann", "XDG_CACHE_HOME": "relative"}, "/home/ann/.cache/nbtrace"),
        ("freebsd14", {"HOME": "/home/ann"}, "/home/ann/.cache/nbtrace"),
        ("darwin", {"HOME": "/Users/ann"}, "/Users/ann/Library/Caches/nbtrace"),
        ("win32", {"LOCALAPPDATA": "/C/ann/Local", "HOME": "/home/ann"}, "/C/ann/Local/nbtrace"),
        ("win32", {"HOME": "/home/ann"}, None),
        ("linux", {"HOME": ""}, None),
        ("linux", {}, None),
    ],
)
def test_where_the_cache_belongs(monkeypatch, platform, variables, folder):
    """Each system has its place for caches; without a home there is none."""
    for name in ("HOME", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache_folder() == (None if folder is None else Path(folder))
