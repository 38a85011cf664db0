"""Discovery: each file becomes the log that it is, or is ignored with a reason."""

from __future__ import annotations

from datetime import date

import pytest

from nbtrace.bundle import read_bundle
from nbtrace.grammar.library import Library

UNIFIED = "51216-117-673059850-261120-0000000002.log"


def _row(bundle):
    assert bundle.ignored.rows() == []
    return bundle.logs.row(0, named=True)


@pytest.mark.parametrize(
    ("path", "content", "want"),
    [
        (f"usr/openv/logs/nbjm/{UNIFIED}", "unified", ("unified", "nbjm", 117)),
        (UNIFIED, "unified", ("unified", "nbjm", 117)),
        (UNIFIED, "vxlogview", ("vxlogview", "nbjm", 117)),
        ("x/51216-226-1-261120-0000000000.log", "unified", ("unified", "nbstserv", 226)),
        ("x/51216-369-1-261120-0000000000.log", "unified", ("unified", "import manager", 369)),
        ("x/51216-4711-1-261120-0000000000.log", "unified", ("unified", "OID 4711", 4711)),
        ("50936-103-1-261120-0000000000.log", "unified", ("unified", "pbx", 103)),
        ("nbjm.txt", "vxlogview", ("vxlogview", "nbjm", 117)),
        ("117.log", "vxlogview", ("vxlogview", "nbjm", 117)),
        ("whatever.txt", "vxlogview", ("vxlogview", "nbjm", 117)),
        ("nbstserv.txt", "vxlogview", ("vxlogview", "nbjm", 117)),
        ("whatever.txt", "unified", ("unified", "nbjm", 117)),
        ("nbjm.txt", "vxlogview_default", ("vxlogview_default", "nbjm", 117)),
        ("whatever.txt", "vxlogview_default", ("vxlogview_default", "nbpem", 116)),
        ("usr/openv/netbackup/logs/admin/root.112026_00001.log", "legacy", ("legacy", "admin", None)),
        ("NetBackup/logs/bpdm/ALL_ADMINS.112026_00001.LOG", "legacy", ("legacy", "bpdm", None)),
        ("admin/root.112026_00001.log", "legacy", ("legacy", "admin", None)),
        ("bpdm/log.112026", "legacy", ("legacy", "bpdm", None)),
        ("bpdm/112026.log", "legacy", ("legacy", "bpdm", None)),
        ("bpdm/jdoe/jdoe.112026_00001.log", "legacy", ("legacy", "bpdm", None)),
        ("bpdm.txt", "legacy", ("legacy", "bpdm", None)),
        ("admin-log.txt", "legacy", ("legacy", "admin", None)),
        ("media1_bpdm.log", "legacy", ("legacy", "bpdm", None)),
    ],
)
def test_a_log_is_known_by_name_place_and_content(read, path, content, want):
    """Names and folders tell the log, the content tells the format, and originators that are stated beat free names."""
    row = _row(read({path: content}))
    assert (row["format"], row["log"], row["originator"]) == want


@pytest.mark.parametrize(
    ("name", "day"),
    [
        (UNIFIED, date(2026, 11, 20)),
        ("bpdm/root.112126_00001.log", date(2026, 11, 21)),
        ("bpdm/log.112126", date(2026, 11, 21)),
        ("bpdm/root.133126_00001.log", None),
        ("51216-117-1-261320-0000000000.log", None),
        ("bpdm.txt", None),
    ],
)
def test_the_date_comes_from_the_name(read, name, day):
    """Unified names have the year first, legacy names the month; an impossible date is none."""
    assert _row(read({name: "legacy"}))["date"] == day


def test_rotation_and_size_are_kept(read, samples):
    """A log keeps its rotation counter and its size in bytes."""
    row = _row(read({UNIFIED: "unified"}))
    assert (row["rotation"], row["bytes"]) == (2, len(samples["unified"]))


@pytest.mark.parametrize(
    ("path", "content", "reason"),
    [
        ("readme.txt", "Please look at image x.\n", "no record"),
        ("bpdm/notes.txt", "Please look at image x.\n", "no record"),
        ("bpdm-mail.txt", "See below.\n" * 30 + "03:14:15.926 [4242] <2> f: text\n", "only a few"),
        ("x.txt", "", "empty"),
        ("core", bytes(range(32)) * 10, "binary"),
    ],
)
def test_what_is_no_log_is_ignored_with_a_reason(read, path, content, reason):
    """Other files are listed with the reason, and nothing counts as missing because of them."""
    bundle = read({path: content})
    assert bundle.logs.is_empty()
    ((ignored, why, lost),) = bundle.ignored.rows()
    assert (ignored, lost) == (path, False)
    assert reason in why
    assert bundle.unreadable == 0


@pytest.mark.parametrize("path", ["x.txt", "x/root.112026_00001.log", "bpdm_and_bpdbm.txt"])
def test_a_log_of_nobody_is_not_guessed(read, path):
    """Legacy records of an unknown daemon are not used; the reason says how to help, and the file counts as unread."""
    bundle = read({path: "legacy"})
    assert bundle.logs.is_empty()
    assert "put it into a folder" in bundle.ignored["reason"][0]
    assert bundle.unreadable == 1


@pytest.mark.parametrize("path", ["bpdm/root.112026_00001.log", UNIFIED])
@pytest.mark.parametrize("content", ["", "nothing that a grammar takes\n"])
def test_a_file_with_the_name_of_a_log_is_one(read, path, content):
    """A log keeps its place among the logs also while nothing is in it, or nothing that is understood."""
    assert _row(read({path: content}))["format"] in {"legacy", "unified"}


def test_a_printout_of_several_originators_is_mixed(read, samples):
    """A printout of many daemons belongs to none of them, and still proves what they prove of the host."""
    row = _row(read({"all.txt": samples["vxlogview"] + samples["vxlogview"].replace("nbjm 117", "nbstserv 226")}))
    assert (row["log"], row["originator"], row["role"]) == ("mixed", None, "primary")


def test_the_name_decides_about_a_mixed_printout(read, samples):
    """A printout that is named after one of its originators is the log of that one."""
    row = _row(read({"nbstserv.txt": samples["vxlogview"] + samples["vxlogview"].replace("nbjm 117", "nbstserv 226")}))
    assert row["log"] == "nbstserv"


def test_what_cannot_be_read_is_counted(read):
    """Files that may hold logs but cannot be read are listed and counted."""
    bundle = read({"bpdm.log.gz": b"\x1f\x8b....", "bpdm.txt": "legacy"})
    assert bundle.ignored["path"].to_list() == ["bpdm.log.gz"]
    assert bundle.unreadable == 1
    assert bundle.logs.height == 1


def test_a_link_is_ignored_with_its_reason(make, library):
    """What is not opened at all is listed among the ignored files."""
    folder = make({"bpdm.txt": "legacy"})
    (folder / "link.txt").symlink_to(folder / "bpdm.txt")
    bundle = read_bundle([folder], library=library)
    assert bundle.ignored.rows() == [("link.txt", "a link, which is not followed", False)]
    assert (bundle.logs.height, bundle.unreadable) == (1, 0)


def test_a_site_adds_a_format_and_a_name(make, tmp_path):
    """A site's own grammars of names and records are used like the shipped ones, and name the format by their file."""
    site = tmp_path / "site"
    (site / "records").mkdir(parents=True)
    (site / "names").mkdir()
    (site / "records" / "ours.lark").write_text(
        'start: epoch_ms "|" pid "|" message\nepoch_ms: /[0-9]{13}/\npid: /[0-9]+/\nmessage: /(?s:.+)/\n'
    )
    (site / "names" / "ours.lark").write_text('start: "day" mmddyy ".ours"\nmmddyy: /[0-9]{6}/\n')
    folder = make({"bpdm/day112026.ours": "1795219200123|17|text\n"})
    row = _row(read_bundle([folder], library=Library(site)))
    assert (row["format"], row["log"], row["date"]) == ("ours", "bpdm", date(2026, 11, 20))
    assert (row["zone"], row["zone_source"]) == ("UTC", "epoch")


@pytest.mark.parametrize("record_format", ["vxlogview", "unified"])
def test_a_record_of_very_many_lines_hides_no_log(read, samples, record_format):
    """A text that begins with a record of a known daemon is its log, however far that record goes on."""
    first, *others = samples[record_format].splitlines(keepends=True)
    bundle = read({"whatever.txt": first + "a line that continues\n" * 20_000 + "".join(others)})
    assert _row(bundle)["log"] == "nbjm"
