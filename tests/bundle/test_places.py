"""Places: what a path says of log and host, and where it says nothing."""

from __future__ import annotations

import pytest

from nbtrace.bundle.places import place


@pytest.mark.parametrize(
    ("path", "log"),
    [
        ("m1/usr/openv/netbackup/logs/bpdm/root.112026_00001.log", "bpdm"),
        ("usr/openv/netbackup/logs/admin/jdoe/jdoe.112026_00001.log", "admin"),
        ("m1/Program Files/Veritas/NetBackup/logs/BPDM/ALL_ADMINS.112026_00001.log", "bpdm"),
        ("m1\\NetBackup\\logs\\bpdbm\\ALL_ADMINS.112026_00001.log", "bpdbm"),
        ("netbackup/logs/something_new/root.112026_00001.log", "something_new"),
        ("netbackup/logs/user_ops/root/logs/x.log", "user_ops"),
        ("bpdm/admin/admin.112026_00001.log", "bpdm"),
        ("bpdm/root.112026_00001.log", "bpdm"),
        ("admin/bpdm.112026_00001.log", "admin"),
        ("media1_bpdm.log", "bpdm"),
        ("admin-log.txt", "admin"),
        ("nbjm.txt", "nbjm"),
        ("117.log", "nbjm"),
        ("importmgr.log.txt", "import manager"),
        ("logs_of_bpdm/x.txt", "bpdm"),
        ("bpdm/today/more/x.txt", "bpdm"),
        ("bpdm-and-bpdbm.txt", ""),
        ("x/root.112026_00001.log", ""),
        ("administration.txt", ""),
        ("readme.txt", ""),
        ("4711.log", ""),
    ],
)
def test_a_path_names_its_log(path, log):
    """The folder of the log decides, then a word of the name; several names, or parts of words, are no answer."""
    assert place(path).log == log


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("m1/usr/openv/netbackup/logs/bpdm/x.log", "m1"),
        ("bundle/host-a/logs/bpdm/jdoe/jdoe.112026_00001.log", "host-a"),
        ("m1/opt/VRTSpbx/log/50936-103-1-261120-0000000000.log", "m1"),
        ("m1/c/Program Files/Veritas/NetBackup/logs/nbrmms/x.log", "m1"),
        ("case/logs/m1/usr/openv/logs/nbjm/x.log", "m1"),
        ("m1/2026-11-20/usr/openv/logs/nbjm/x.log", "m1"),
        ("m1/logs/nbjm.txt", "m1"),
        ("m1/usr/openv/netbackup/db/jobs/trylogs/815.t", "m1"),
        ("m1\\C\\Program Files\\Veritas\\NetBackup\\db\\jobs\\trylogs\\815.t", "m1"),
        ("case/m1/usr/openv/var/global/x.txt", "m1"),
    ],
)
def test_the_folder_above_a_tree_is_the_host(path, host):
    """The folder into which an installation's tree of logs was copied is named after its host."""
    where = place(path)
    assert where.in_tree
    assert where.folders[-1] == host


@pytest.mark.parametrize(
    ("path", "folders"),
    [
        ("usr/openv/netbackup/logs/bpdm/x.log", ()),
        ("logs/m1/bpdm/x.log", ("m1",)),
        ("case/m1/text/nbjm.txt", ("case", "m1")),
        ("unified/2026-11-20/x.log", ()),
        ("x.log", ()),
        ("usr/openv/netbackup/db/jobs/trylogs/815.t", ()),
        ("case/m1/db/bpdbjobs.txt", ("case", "m1", "db")),
    ],
)
def test_a_path_without_such_a_folder_has_only_candidates(path, folders):
    """Without a tree below a folder, only folders remain that are no part of an installation, no date and no log."""
    where = place(path)
    assert not where.in_tree
    assert where.folders == folders


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("media1_bpdm.log", "media1"),
        ("dr-media1.example.com_nbjm_20261120.txt", "dr-media1.example.com"),
        ("old_bpdm.log", ""),
        ("20261120-bpdm.log", ""),
        ("bpdm_media1.log", ""),
        ("root.112026_00001.log", ""),
    ],
)
def test_a_file_name_may_begin_with_the_host(path, label):
    """What stands before the log in a file name is the host, unless it is a date or a word that people use anyway."""
    assert place(path).label == label
