"""Originators and daemons: the tables are complete, agree with each other and prove only what is known."""

from __future__ import annotations

import pytest

from nbtrace.knowledge import daemons, loading


def test_each_originator_stands_once_with_confidence_and_source():
    """Ids, names and aliases of originators are unique, and each says how sure it is and from where."""
    rows = loading.toml("originators.toml")["originator"]
    names = [name.casefold() for row in rows for name in (row["name"], *row.get("aliases", ()))]
    assert len({row["id"] for row in rows}) == len(rows)
    assert len(set(names)) == len(names)
    for row in rows:
        assert row.keys() <= {"id", "name", "does", "aliases", "confidence", "source"}
        assert row["confidence"] in {"H", "M", "L"}
        assert "§" in row["source"]


def test_the_originators_of_the_import_are_there():
    """Every originator that takes part in an import is known by its name."""
    flow = {111: "nbemm", 116: "nbpem", 117: "nbjm", 118: "nbrb", 143: "mds", 222: "nbrmms", 226: "nbstserv"}
    assert {oid: daemons.originator_name(oid) for oid in flow} == flow
    assert daemons.originator_name(369) == "import manager"


def test_an_unknown_originator_keeps_its_number():
    """An originator without a known name is shown by its number, never by a guess."""
    assert daemons.originator_name(4711) == "OID 4711"


@pytest.mark.parametrize(
    ("name", "oid"), [("nbjm", 117), ("NBJM", 117), ("importmgr", 369), ("Import Manager", 369), ("bpdm", None)]
)
def test_an_originator_is_found_by_name(name, oid):
    """Names are found in any case and under their other spellings; a legacy log has no originator."""
    assert daemons.originator_of(name) == oid


def test_each_daemon_is_complete():
    """Each known log has a kind, a role, a sentence on what it does and a source; unified ones have their originator."""
    rows = loading.toml("daemons.toml")["daemon"]
    assert len(daemons.daemons()) == len(rows)
    for daemon in daemons.daemons().values():
        assert daemon.kind in {"unified", "legacy"}
        assert daemon.role in {*daemons.ROLES, "any"}
        assert daemon.does.endswith(".")
        assert "§" in daemon.source
        assert (daemon.originator is not None) == (daemon.kind == "unified")
        assert daemon.name == daemon.name.casefold()


def test_daemons_and_originators_agree():
    """A unified log has the name and the number that the table of originators gives it."""
    for daemon in daemons.daemons().values():
        if daemon.originator is not None:
            assert daemons.originator_name(daemon.originator) == daemon.name


@pytest.mark.parametrize(
    ("log", "role"),
    [
        ("bpdbm", "primary"),
        ("nbstserv", "primary"),
        ("import manager", "primary"),
        ("nbrmms", "media"),
        ("bpdm", "media"),
        ("bptm", "media"),
        ("bpbkar", "client"),
        ("admin", ""),
        ("bpcd", ""),
        ("vnetd", ""),
        ("OID 4711", ""),
    ],
)
def test_a_log_proves_a_role_or_nothing(log, role):
    """A log proves a role of its host only where no other kind of host has that log."""
    assert daemons.role_of(log) == role


def test_a_daemon_is_found_in_any_case():
    """Windows folders may be written in any case; an unknown name is none."""
    found = daemons.daemon("BPDM")
    assert found is not None
    assert found.name == "bpdm"
    assert daemons.daemon("readme") is None
