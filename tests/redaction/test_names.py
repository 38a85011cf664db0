"""Names are learnt where a grammar knows their place, and ordinary words are not."""

from __future__ import annotations

import pytest

from nbtrace.errors import RedactionError
from nbtrace.redaction.names import Learner


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("backupid=web5_1795205555 copy=0", {"web5": "client"}),
        ("read /mnt/2/cl1//pol1/cl1_1795205555_C1_F1.info", {"cl1": "client", "pol1": "policy"}),
        ("bptm: -w -c ora9 -cl Nightly -b ora9_1795205555", {"ora9": "client", "nightly": "policy"}),
        ("policy Weekend is due for client bacchus, jobid=4", {"weekend": "policy", "bacchus": "client"}),
        ("SLP=Silver origin=atlas2", {"silver": "lifecycle policy", "atlas2": "host"}),
        ("bpdm on media-7 shall run", {"media-7": "host"}),
        ("StorageServer=pool1;DiskVolume=lsu9;DiskPool=dp9", {"pool1": "host", "lsu9": "storage", "dp9": "storage"}),
        ("user=CORP\\jdoe", {"corp": "domain", "jdoe": "user"}),
        ("mail jdoe7@acme.de", {"jdoe7": "user", "acme.de": "host", "acme": "host"}),
        ("open \\\\nasbox\\share", {"nasbox": "host"}),
        ("GET https://portal7/x", {"portal7": "host"}),
        ("peer 10.31.4.77 is up", {"10.31.4.77": "address"}),
        ("from fe80::a1b2:c3d4 port 1", {"fe80::a1b2:c3d4": "address"}),
        (
            "817,21,3,0,SLP_gold9,-,ora9,media7,1795205000,0000000042,1795205042,stu7,1,12,9,1,/mnt/x,100,4711,jdoe,0,0,0,0,,dr7,1,",
            {
                "gold9": "lifecycle policy",
                "ora9": "client",
                "media7": "host",
                "stu7": "storage",
                "jdoe": "user",
                "dr7": "host",
            },
        ),
        (
            "IMAGE ora9 0 0 16 ora9_1795205555 Nightly 0 *NULL* jdoe full",
            {"ora9": "client", "nightly": "policy", "jdoe": "user"},
        ),
        ("slc SLP-weekly, orig x", {"slp-weekly": "lifecycle policy"}),
        ("FRAG 1 1 1024 0 0 0 0 @aaaab media7 262144 0", {"media7": "host"}),
        ("1730625720 1 4 16 dr7 815 815 0 ora9 nbjm started", {"dr7": "host", "ora9": "client"}),
        ("Policy                    : Weekend", {"weekend": "policy"}),
        (" Storage Lifecycle Policy : Weekend", {"weekend": "lifecycle policy"}),
        (" OriginMasterServer       : atlas", {"atlas": "host"}),
        ("card 00:50:56:ab:cd:12", {"00:50:56:ab:cd:12": "address"}),
    ],
)
def test_what_is_learnt(learnt, text, names):
    """Each form in which a name is written is learnt with its kind."""
    assert learnt(text) == names


def test_a_full_name_gives_its_short_one_and_its_domain(learnt):
    """A host with its domain is one host with the short name, and the domain is private too."""
    assert learnt("x web5.corp.example y") == {
        "web5.corp.example": "host",
        "web5": "host",
        "corp.example": "domain",
        "corp": "domain",
    }


@pytest.mark.parametrize(
    "text",
    [
        "client was not found on the server",
        "policy failed and will be retried",
        "client backup_1795205556 expired",
        "release 10.3.0.1 of the product, version 10.2.0.1",
        "at 13:01:05.960 from [4242] <2> main: done",
        "reading file.c and Foo::bar, dead::beef",
        "to 127.0.0.1 and ::1",
        "host master, user root, user=Administrator",
        "vcode V-117-999 on V-117-998",
    ],
)
def test_what_is_no_name(learnt, text):
    """Words of NetBackup, ordinary English, times, versions and code are not learnt."""
    assert learnt(text) == {}


def test_names_of_files_tell_users_and_hosts(learnt):
    """The user in a legacy name and the host's id in a unified one are learnt, and nothing else of these names."""
    assert learnt("", "m1x/logs/bpdm/jdoe@dom1.112026_00001.log") == {"jdoe": "user", "dom1": "domain"}
    assert learnt("", "51216-117-331242250-261120-0000000000.log") == {"331242250": "host id"}


def test_names_of_archives_tell_hosts(learnt):
    """What an archive in the bundle is called is learnt, but none of its words, numbers and endings."""
    assert learnt("", "outer.zip!logs/kestrel7_logs-20261120.tar.gz!notes.txt") == {"kestrel7": "host"}
    assert learnt("", "bpdm.112026.tgz!log.112026") == {}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("db/images/ora9/1795205000/Silver Xmas_1795205555_FULL.f", {"silver xmas", "silver", "xmas"}),
        ("db/images/ora9/1795205000/catstore/Nightly_1795205555_INCR.f", {"nightly"}),
        ("db/class/Silver Xmas/info", {"silver xmas", "silver", "xmas"}),
        ("db\\class\\Nightly\\schedule\\Moon Rise\\info", {"nightly", "moon rise", "moon", "rise"}),
    ],
)
def test_folders_of_the_catalog_tell_policies_and_schedules(learnt, path, names):
    """Policies and schedules in the catalog's folders are learnt, also with blanks, from names of files and from texts."""
    assert set(learnt("", path)) - {"ora9"} == names
    assert set(learnt(f"cannot open /usr/openv/netbackup/{path}")) - {"ora9"} == names


@pytest.mark.parametrize("client", ["c0000001", "c1", "C1_F1", "1a", "0xbeef", "x86_64", "V-1-2"])
def test_a_client_may_look_like_a_number(learnt, client):
    """What is no name elsewhere is the client in front of the time of an image."""
    assert learnt(f"image {client}_1795205556 is new") == {client.lower(): "client"}
    assert learnt(f"client {client} is new") == {}


def test_more_names_than_can_be_kept_in_mind(library, monkeypatch):
    """Memory is bounded: of too many names nothing is copied, and what to do is said."""
    monkeypatch.setattr("nbtrace.redaction.names.MOST_NAMES", 100)
    learner = Learner(library)
    with pytest.raises(
        RedactionError, match=r"more than 100 different names up to 'x.log'.* in parts, with the same --key"
    ):
        learner.read(b"\n".join(b"client=frodo%d" % number for number in range(101)), "x.log")


def test_what_is_said_again_need_not_be_kept_in_mind(library, monkeypatch):
    """What was read before is forgotten now and then; the names are the same."""
    monkeypatch.setattr("nbtrace.redaction.names._REMEMBERED", 1)
    learner = Learner(library)
    for _ in range(2):
        learner.read(b"client=frodo client=samwise", "x.log")
    assert set(learner.names) == {"frodo", "samwise"}


def test_words_that_stay_are_told(library):
    """A client that is called like a word of NetBackup's own stays, is told, and is replaced when asked for."""
    learner = Learner(library)
    learner.read(b"backupid=backup_1795205556 policy=Standard", "x.log")
    assert sorted(learner.kept) == ["backup", "standard"]
    learner.add("backup", "also", "", wanted=True)
    assert list(learner.names) == ["backup"]
    assert list(learner.kept) == ["standard"]


def test_words_of_a_severity_are_no_client(library):
    """What stands behind the name of a function such as connect_client is not told as a client that was kept."""
    learner = Learner(library)
    learner.read(b"<16> connect_client: ERR - cannot connect\n<4> get_client: INF - done", "x.log")
    assert (learner.kept, learner.names) == ({}, {})
    learner.read(b"backupid=err_1795205556", "x.log")
    assert list(learner.kept) == ["err"]


def test_the_table_has_no_replacements_yet(library):
    """The table holds each name as it was first spelt, with its kind and the file in which it was seen."""
    learner = Learner(library)
    learner.read(b"client=WEB5\nclient=web5", "a/x.log")
    assert learner.table().rows() == [("client", "WEB5", "", "a/x.log")] or learner.table().rows() == [
        ("client", "web5", "", "a/x.log")
    ]


def test_rows_of_listings(library):
    """Rows without any word are names by their place, in the files that are listings only."""
    rows = b"""air_gold Finance 0 0x0 0
    0 stu7 lsupool *NULL* 0 1 *NULL* 0 0x0 0 0 *NULL* 1 Default_24x7_Window *NULL* *NULL*
    3 *ANY* *NULL* *NULL* 0 3 *NULL* 0 0x0 1 0 *NULL* 2 Default_24x7_Window dr7 air_gold
Image ora9_1795205555 for Lifecycle weekly is IN_PROCESS
  Copy to stu8 of type REPLICATION is IMPORT_PENDING
"""
    learner = Learner(library)
    learner.read(rows, "x.txt", listing=True)
    assert set(learner.names) == {"air_gold", "finance", "stu7", "stu8", "lsupool", "dr7", "ora9", "weekly"}
    other = Learner(library)
    other.read(b"air_gold Finance 0 0x0 0", "x.log")
    assert other.names == {}


@pytest.mark.parametrize(
    "rest",
    ["0 3 0 0 *NULL* *NULL*", "0 3 0 0 dr7 air_gold", "0 14 0", "0 1 *NULL* 0 0x0 0 0 *NULL* 2 Nights dr7 air_gold"],
)
def test_short_rows_of_operations(learnt, rest):
    """All names of an SLP and its operations are learnt where the rows lack fields that other releases have."""
    target = {"dr7": "host", "air_gold": "lifecycle policy"} if "dr7" in rest else {}
    assert learnt(f" 0 stu_hamburg7 *NULL* *NULL* {rest}") == {"stu_hamburg7": "storage"} | target
    assert learnt(f"    2 stu_bonn lsu_pool9 *ANY* {rest}") == {"stu_bonn": "storage", "lsu_pool9": "storage"} | target
    policy = {"zinc": "lifecycle policy", "finance": "policy", "stu_bonn": "storage"}
    assert learnt(f"zinc Finance 0 0 1\n 0 stu_bonn *NULL* *NULL* {rest}") == policy | target


def test_folders_around_those_of_hosts(library):
    """Of a folder above that of a host the parts are learnt that are no ordinary words, as from the name of an archive."""
    path = "AcmeCorp_Mordor support/Full 2026/web5/usr/openv/netbackup/logs/bpjava/root.112326_00001.log"
    learner = Learner(library)
    learner.read_path(path)
    assert "acmecorp" not in learner.names
    learner.add("web5", "host", "")
    learner.read_path(path)
    assert {"acmecorp", "mordor"} <= set(learner.names)
    assert not {"support", "full", "bpjava"} & set(learner.names)
