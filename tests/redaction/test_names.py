"""Names are learnt where a grammar knows their place, and ordinary words are not."""

from __future__ import annotations

import pytest

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
        ("mail jdoe7@acme.de", {"jdoe7": "user", "acme.de": "domain"}),
        ("open \\\\nasbox\\share", {"nasbox": "host"}),
        ("GET https://portal7/x", {"portal7": "host"}),
        ("peer 10.31.4.77 is up", {"10.31.4.77": "address"}),
        ("from fe80::a1b2:c3d4 port 1", {"fe80::a1b2:c3d4": "address"}),
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


def test_words_that_stay_are_told(library):
    """A client that is called like a word of NetBackup's own stays, is told, and is replaced when asked for."""
    learner = Learner(library)
    learner.read(b"backupid=backup_1795205556 policy=Standard", "x.log")
    assert sorted(learner.kept) == ["backup", "standard"]
    learner.add("backup", "also", "", wanted=True)
    assert list(learner.names) == ["backup"]
    assert list(learner.kept) == ["standard"]


def test_the_table_has_no_replacements_yet(library):
    """The table holds each name as it was first spelt, with its kind and the file in which it was seen."""
    learner = Learner(library)
    learner.read(b"client=WEB5\nclient=web5", "a/x.log")
    assert learner.table().rows() == [("client", "WEB5", "", "a/x.log")] or learner.table().rows() == [
        ("client", "web5", "", "a/x.log")
    ]
