"""What messages name."""

from __future__ import annotations

import pytest


def one(named, message):
    """Return what a single message names."""
    return named(f"nbjm 18:00 {message}").row(0, named=True)


@pytest.mark.parametrize(
    ("message", "images"),
    [
        ("image a_1795188184 is there", ["a_1795188184"]),
        ("a_1795188184 and b.example.org_1795188185, again a_1795188184", ["a_1795188184", "b.example.org_1795188185"]),
        ("object a_1795188184_C1_IM", ["a_1795188184"]),
        ("a_17951881841 has too many digits", []),
        ("/usr/openv/tmp/a_1795188184 is a folder", []),
        ("/msdp/a_1795188184_C1_F1 is an object", ["a_1795188184"]),
        ("nothing at all", []),
    ],
)
def test_backup_ids(named, message, images):
    """Backup ids are found in the order of the text, each once, and never in numbers or folders that look like them."""
    assert one(named, message)["images"] == images


@pytest.mark.parametrize(
    ("message", "job"),
    [
        ("jobid=815 accepted", 815),
        ("bpdm -jobid 815 -mediasvr m1", 815),
        ("parentid=7 jobid=815", 815),
        ("parent job id 7", None),
        ("jobid=0", None),
        ("no job", None),
        ("image job-7_1795188184 of job 815", 815),
        ("image job-7_1795188184", None),
    ],
)
def test_jobs(named, message, job):
    """A job id is found in all its spellings; the parent's is not taken for it, and 0 is none."""
    assert one(named, message)["job_id"] == job


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("ended with status 85", 85),
        ("status 800 (2074)", 2074),
        ("status 800: 2074 disk volume is down", 2074),
        ("nothing to be had, status 800, xyzzy 2107 (no creds)", 2107),
        ("status 800 for 4096 bytes", 800),
        ("2074 records, status 0", 0),
        ("EXITING with status 1, cause status 83", 83),
        ("status 0", 0),
        ("rc=227", 227),
        ('{"msg":"CHECKED","rc":227}', 227),
        ('{"msg":"HAVE","rc":800,"sub":2074}', 2074),
        ("job 815 ended: 85", 85),
        ("end, 0.", 0),
        ("finished: 12 images", None),
        ("status 123456789", None),
        ("85 images", None),
        ('insert("a_1795188184") throws StsException(1532, "no such policy")', 1532),
        ("denied: NbException(800, EmmException(2074))", 2074),
        ('readHeader("a_1795188184") = 85 /* EREAD */', 85),
        ("exit(85)", 85),
        ("image status41.example_1795188184 is there", None),
        ("client status41.example is there", None),
    ],
)
def test_status_codes(named, message, code):
    """Of all codes of a message the one that tells most is taken; numbers without a word for it are none."""
    assert one(named, message)["status_code"] == code


def test_closing_number(named):
    """The number at the very end of a message is kept apart from its status."""
    assert one(named, "bye 85")["closing_code"] == 85
    assert one(named, "85 times")["closing_code"] is None


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("lifecycle gold-1 does not exist (1532)", 1532),
        ("import turned down: data classes differ [1533].", 1533),
        ("denied (1534), the lifecycle has no import operation", 1534),
        ("image a_1795188184 rejected: [1535] in the catalog already", 1535),
        ("bpdbm could not look it up: 227", 227),
        ("no such lifecycle here; returning 1532", 1532),
        ("insert returned 1535, giving up", 1535),
        ("12 images left (2000), lifecycle unknown (1532)", 1532),
        ("bpdbm does not know the lifecycle (1532)", 1532),
        ("nobody opens that object (85)", 85),
        ("[1532] cannot open", None),
        ("cannot reach bpdm (1532)", None),
        ("cannot signal process [1532]", None),
        ("connection to media-1 port: 1532", None),
        ("images not found: 1532", None),
        ("read returned 1532 bytes", None),
        ("cannot read after 10 seconds (1532)", None),
        ("line: 1532", None),
        ("wrote (1532 of 4096)", None),
        ("xyz(85)", None),
        ("at 02:15", None),
    ],
)
def test_bare_number(named, message, code):
    """A number in the place of a status is kept apart; amounts, processes and ports are none."""
    assert one(named, message)["bare_code"] == code


def test_what_else_is_named(named):
    """SLP, storage, media server and source primary are read where they stand."""
    row = one(
        named,
        "lifecycle=slp_gold origin=src-1.example MediaID=@aaaab;DiskVolume=v1;StorageServer=s1.example;MediaServer=m-1.example",
    )

    assert (row["slp"], row["source_primary"], row["media_id"]) == ("slp_gold", "src-1.example", "@aaaab")
    assert (row["disk_volume"], row["storage_server"], row["media_server"]) == ("v1", "s1.example", "m-1.example")
