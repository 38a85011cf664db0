"""Hosts: each log belongs to one, the source of its name is said, and roles are proven by logs."""

from __future__ import annotations

import pytest

from nbtrace.bundle.hosts import host_of_id
from nbtrace.errors import InputError

TEN = int.from_bytes(bytes([10, 1, 2, 3]), "little")
OTHER = int.from_bytes(bytes([192, 168, 7, 9]), "little")
LATER = "0,51216,222,222,4711,1795305600123,5120,16,0:,7:waiting,9:[JobX::a],1\n"


def _unified(oid: int, host_id: int) -> str:
    return f"51216-{oid}-{host_id}-261120-0000000000.log"


def _hosts(bundle):
    return {
        path: (host, source) for path, host, source in bundle.logs.select("path", "host", "host_source").iter_rows()
    }


@pytest.mark.parametrize(
    ("host_id", "host"),
    [
        (TEN, "host-10.1.2.3"),
        (OTHER, "host-192.168.7.9"),
        (int.from_bytes(bytes([172, 31, 0, 1]), "little"), "host-172.31.0.1"),
        (int.from_bytes(bytes([172, 32, 0, 1]), "little"), f"host-{int.from_bytes(bytes([172, 32, 0, 1]), 'little')}"),
        (2201360136, "host-2201360136"),
        (16777343, "host-16777343"),
        (2**40, f"host-{2**40}"),
    ],
)
def test_a_host_id_becomes_an_address_only_where_it_is_a_private_one(host_id, host):
    """Ids that read as a private address are shown as that; any other is shown as it is."""
    assert host_of_id(str(host_id)) == host


def test_trees_name_their_hosts(read):
    """Copied installation trees are named by the folder that holds them, whatever their host ids are."""
    found = _hosts(
        read(
            {
                f"m1/usr/openv/logs/nbrmms/{_unified(222, TEN)}": "unified",
                "m1/usr/openv/netbackup/logs/bpdm/root.112026_00001.log": "legacy",
                f"case/m2/Program Files/Veritas/NetBackup/logs/nbrmms/{_unified(222, OTHER)}": "unified",
            }
        )
    )
    assert set(found.values()) == {("m1", "path"), ("m2", "path")}


def test_an_option_beats_everything(read):
    """The name that a person gives to a part of the bundle is taken, by a beginning of the path or by a glob."""
    files = {"m1/usr/openv/netbackup/logs/bpdm/root.112026_00001.log": "legacy", "text/nbjm.txt": "vxlogview"}
    found = _hosts(read(files, hosts=["m1=media1", "*/nbjm.txt=primary1"]))
    assert list(found.values()) == [("media1", "option"), ("primary1", "option")]


def test_the_last_option_counts(read):
    """A later option may give a smaller part to another host."""
    files = {"m/bpdm/root.112026_00001.log": "legacy", "m/bpdm/root.112126_00001.log": "legacy"}
    found = _hosts(read(files, hosts=["m/=a", "m/bpdm/root.112126_00001.log=b"]))
    assert list(found.values()) == [("a", "option"), ("b", "option")]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("m1", "not of the form PATH=NAME"),
        ("m1=", "not of the form PATH=NAME"),
        ("=x", "not of the form PATH=NAME"),
        ("med1=x", "did you mean media1"),
        ("media=x", "did you mean media1"),
        ("zzz=x", "No log of the bundle lies under 'zzz'"),
    ],
)
def test_a_wrong_option_is_explained(read, option, message):
    """An option without a name, or one that fits nothing, ends the work; a folder of a similar name is offered."""
    with pytest.raises(InputError, match=message):
        read({"media1/bpdm/root.112026_00001.log": "legacy"}, hosts=[option])


def test_a_flat_bundle_is_told_apart_by_host_ids(read):
    """Unified logs of two hosts in one folder are two hosts, named by their ids."""
    found = _hosts(read({_unified(222, TEN): "unified", _unified(117, 99): "unified"}))
    assert found == {
        _unified(222, TEN): ("host-10.1.2.3", "name"),
        _unified(117, 99): ("host-99", "name"),
    }


def test_legacy_logs_join_the_only_host_id_beside_them(read):
    """A legacy log in a folder with the unified logs of one host is of that host."""
    found = _hosts(read({_unified(222, TEN): "unified", "bpdm/root.112026_00001.log": "legacy"}))
    assert found["bpdm/root.112026_00001.log"] == ("host-10.1.2.3", "folder")


def test_legacy_logs_beside_two_host_ids_stay_with_the_folder(read):
    """A legacy log beside the unified logs of two hosts is given to neither of them."""
    found = _hosts(read({_unified(222, TEN): "unified", _unified(117, 99): "unified", "bpdm.txt": "legacy"}))
    assert found["bpdm.txt"] == ("case", "folder")


def test_a_stray_log_does_not_take_the_tree_from_its_host(read):
    """A tree is that of the host with most of its unified logs; a log with another id in it is of another host."""
    tree = "primary1/usr/openv/logs"
    mine = {f"{tree}/x{number}/{_unified(number, TEN)}": "unified" for number in (111, 116, 117)}
    stray = f"{tree}/x222/{_unified(222, 99)}"
    legacy = "primary1/usr/openv/netbackup/logs/admin/root.112026_00001.log"
    found = _hosts(read(mine | {stray: "unified", legacy: "legacy"}))
    assert {found[path] for path in (*mine, legacy)} == {("primary1", "path")}
    assert found[stray] == ("host-99", "name")


def test_two_host_ids_in_one_tree_are_two_hosts(read):
    """A tree into which the logs of two hosts were copied does not make one host of them."""
    found = _hosts(
        read(
            {
                f"x/usr/openv/logs/nbrmms/{_unified(222, TEN)}": "unified",
                f"x/usr/openv/logs/nbjm/{_unified(117, 99)}": "unified",
                "x/usr/openv/netbackup/logs/bpdm/root.112026_00001.log": "legacy",
            }
        )
    )
    assert sorted(found.values()) == [("host-10.1.2.3", "name"), ("host-99", "name"), ("x", "path")]


def test_one_host_id_is_one_host(read):
    """A unified log that lies elsewhere belongs to the host whose tree has the same id."""
    found = _hosts(
        read({f"m1/usr/openv/logs/nbrmms/{_unified(222, TEN)}": "unified", f"more/{_unified(222, TEN)}": LATER})
    )
    assert found[f"more/{_unified(222, TEN)}"] == ("m1", "name")


def test_an_id_that_is_in_two_folders_joins_them(read):
    """Folders that hold logs of the same single host id are one host."""
    files = {
        f"day1/{_unified(222, TEN)}": "unified",
        f"day2/{_unified(222, TEN)}": "unified",
        "day2/bpdm.txt": "legacy",
    }
    assert {host for host, _ in _hosts(read(files)).values()} == {"host-10.1.2.3"}


def test_folders_with_one_id_each_name_their_hosts(read):
    """Logs that somebody sorted into a folder for each host are named by the folders."""
    found = _hosts(
        read(
            {
                f"case/m1/{_unified(222, TEN)}": "unified",
                "case/m1/bpdm/root.112026_00001.log": "legacy",
                f"case/p1/unified/{_unified(117, 99)}": "unified",
                "case/p1/legacy/bpdbm.txt": "legacy",
            }
        )
    )
    assert set(found.values()) == {("m1", "folder"), ("p1", "folder")}


def test_without_ids_each_top_folder_is_a_host(read):
    """Where nothing else tells, every folder at the top is a host, and folders of logs or dates are none."""
    found = _hosts(
        read({"m1/bpdm/root.112026_00001.log": "legacy", "m2/2026/bpdm.txt": "legacy", "m1/nbjm.txt": "vxlogview"})
    )
    assert sorted(found.values()) == [("m1", "folder"), ("m1", "folder"), ("m2", "folder")]


def test_a_flat_bundle_without_ids_is_one_host(read):
    """A bundle in which nothing tells hosts apart is one host with its name."""
    assert set(_hosts(read({"bpdm.txt": "legacy", "nbjm.txt": "vxlogview"})).values()) == {("case", "folder")}


def test_one_folder_around_everything_names_the_host(read):
    """A single folder around all logs names the host better than the bundle does."""
    assert set(_hosts(read({"m1/bpdm.txt": "legacy", "m1/nbjm.txt": "vxlogview"})).values()) == {("m1", "folder")}


def test_flat_files_may_begin_with_their_host(read):
    """File names like <host>_<log> tell the hosts of a flat bundle apart."""
    found = _hosts(read({"m1_bpdm.log": "legacy", "m2_bpdm.log": "legacy", "p1-nbjm.txt": "vxlogview"}))
    assert list(found.values()) == [("m1", "name"), ("m2", "name"), ("p1", "name")]


@pytest.mark.parametrize(
    ("logs", "role"),
    [
        (["bpdm"], "media"),
        (["bpdm", "bpdbm"], "primary"),
        (["bpbkar"], "client"),
        (["bpbkar", "bptm"], "media"),
        (["admin", "bpcd", "vnetd"], ""),
    ],
)
def test_the_strongest_role_that_is_proven_counts(read, logs, role):
    """A host is what its logs prove: a primary may be a media server, both may be clients, and some prove nothing."""
    bundle = read({f"h/{log}/root.112026_00001.log": "legacy" for log in logs})
    assert set(bundle.logs["role"]) == {role}
