"""Rules that are named after a speaker and a step are evidence of that step."""

from __future__ import annotations

import pytest

from nbtrace.flows import load
from nbtrace.flows.sayings import rule_name, with_sayings


def told(*names):
    """Return the rules that these names make: speaker, step, whether it is complete."""
    flow = with_sayings(load(), names)
    return [(rule.speaker, step.name, rule.done) for step, rule in flow.rules() if rule.whole]


@pytest.mark.parametrize(
    ("name", "meaning"),
    [
        ("bpdm_catalog", [("bpdm", "catalog", False)]),
        ("bpdm_catalog_2", [("bpdm", "catalog", False)]),
        ("import_manager_insert", [("import manager", "insert", False)]),
        ("bpdbm_validate_done", [("bpdbm", "validate", True)]),
        ("bpdbm_validate_done_2", [("bpdbm", "validate", True)]),
        ("bpdbm_validate_doneish", [("bpdbm", "validate", False)]),
        ("catalog", []),
        ("bpdm", []),
        ("bpdm_katalog", []),
        ("bpdm_catalogue", []),
    ],
)
def test_what_a_name_means(name, meaning):
    """A name is a speaker and a step, `_done` where the step is complete, and whatever else; other names mean nothing."""
    assert told(name) == meaning


def test_names_are_made_as_they_are_read():
    """Of every speaker and step the name that is made means just these."""
    for speaker in load().speaker:
        for step in load().step:
            for done in (False, True):
                assert told(rule_name(speaker.name, step.name, "2", done=done)) == [(speaker.name, step.name, done)]


def test_sayings_stand_before_words_and_behind_ends():
    """They decide before words and openings do; a status that ends a job, or a failure, decides before them."""
    ranks = {rule.rank for _, rule in load().rules()}
    (rank,) = {rule.rank for _, rule in with_sayings(load(), ["bpdm_catalog"]).rules() if rule.whole}
    assert {other for other in ranks if other > rank} == {40, 41}
    assert all(rule.ending or rule.failing for _, rule in load().rules() if rule.rank > rank)
