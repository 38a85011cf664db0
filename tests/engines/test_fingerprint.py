"""The key of a reading changes with everything that the reading depends on, and with nothing else."""

from __future__ import annotations

import re
from datetime import date

import pytest

from nbtrace.engines import fingerprint as module
from nbtrace.engines.fingerprint import fingerprint, knowledge
from nbtrace.flows import load
from nbtrace.grammar.library import Grammar, Library

LOG = {
    "log_id": 3, "path": "m1/bpdm/root.112026_00001.log", "host": "m1", "log": "bpdm", "originator": None,
    "date": date(2026, 11, 20), "zone": "UTC", "zone_source": "option", "format": "legacy", "bytes": 5,
}  # fmt: skip


@pytest.fixture
def key():
    """Return the key of a content."""

    def of(log=LOG, *others, stamp="content"):
        return fingerprint(stamp, log, *others)

    return of


def test_the_content_counts(key):
    """Another content is another key."""
    assert key(stamp="content") != key(stamp="other content")


def test_a_key_is_a_name_of_a_file(key):
    """A key is 64 hexadecimal digits, the same each time."""
    assert re.fullmatch("[0-9a-f]{64}", key())
    assert key() == key()


@pytest.mark.parametrize("name", ["path", "host", "log", "originator", "date", "format"])
def test_what_is_known_of_the_log_counts(key, name):
    """Everything that is read of the log's row changes the key; nothing is taken for another type."""
    assert len({key(), key(LOG | {name: "other"}), key(LOG | {name: "None"}), key(LOG | {name: 7})}) == 4


@pytest.mark.parametrize("name", ["log_id", "zone", "zone_source"])
def test_what_the_reading_does_not_hang_on_does_not_count(key, name):
    """The same log has the same key at another place of the table, and in another zone."""
    assert key() == key(LOG | {name: 9})


def test_all_others_count(key):
    """What is told besides changes the key, and two values are not one of both together."""
    assert len({key(), key(LOG, "a", "b"), key(LOG, "ab"), key(LOG, "b", "a")}) == 4


def test_what_logs_are_read_by_counts(monkeypatch):
    """The flow, each grammar's name and text, the versions and the code are part of what logs are read by."""
    flow, grammars = load(), Library().identifiers()
    names = [Grammar(f"{one.name}2", one.file, one.text) for one in grammars]
    texts = [Grammar(one.name, one.file, f"{one.text}\n") for one in grammars]
    found = [knowledge(flow, each) for each in (grammars, names, texts, [])]
    found.append(knowledge(load.__wrapped__().__class__(**_fields(flow) | {"job_type": 0}), grammars))
    monkeypatch.setattr(module.nbtrace, "__version__", "0.0.0")
    found.append(knowledge(flow, grammars))
    assert len(set(found)) == len(found)


def _fields(flow):
    return {name: getattr(flow, name) for name in flow.__slots__}


def test_the_code_counts(tmp_path, monkeypatch):
    """Another byte in a file of the package is another program, but not what Python compiled of it."""
    package = tmp_path / "nbtrace"
    package.mkdir()
    (package / "__init__.py").write_text("one")
    monkeypatch.setattr(module.nbtrace, "__file__", str(package / "__init__.py"))
    program = module._program.__wrapped__
    before = program()
    (package / "__init__.pyc").write_text("compiled")
    assert program() == before
    (package / "__init__.py").write_text("two")
    assert program() != before
