"""The SLP pair of two domains is checked where both are listed, and only there."""

from __future__ import annotations

import pytest

SOURCE = (0, 0, "*NULL*", "*NULL*"), (3, 0, "drprimary1", "air_gold")
IMPORT = (4, 4, "*NULL*", "*NULL*")
BACKUP = (0, 0, "*NULL*", "*NULL*")


@pytest.fixture
def pair(analysed, make):
    """Return the findings about policies, by code, of what both domains list; a policy of either is always there."""

    def run(*target, source=SOURCE, classification="*NULL*", files=()):
        there = make.policy("other_import", IMPORT) + "".join(target)
        bundle = {"prod/slp.txt": make.policy("air_gold", *source, classification=classification), "dr/slp.txt": there}
        result = analysed(bundle | dict(files))
        found = result.findings.filter(result.findings["code"].str.contains("NBT2"))
        return {row["code"]: row for row in found.iter_rows(named=True)}

    return run


def test_a_good_pair_has_no_finding(pair, make):
    """The same name, the same classification, import first and a retention of the source: nothing to say."""
    assert pair(make.policy("air_gold", IMPORT)) == {}


def test_a_policy_that_the_target_does_not_have(pair, make):
    """A missing partner is named, and one that differs in case only as well."""
    assert set(pair()) == {"NBT202"}
    assert "only 'AIR_Gold' is there" in pair(make.policy("AIR_Gold", IMPORT))["NBT202"]["detail"]


def test_another_classification(pair, make):
    """Policies of different data classification are named with both."""
    found = pair(make.policy("air_gold", IMPORT, classification="Silver"), classification="Gold")
    assert "'Gold' on prod and 'Silver' on dr" in found["NBT203"]["detail"]


@pytest.mark.parametrize("operations", [[BACKUP], [BACKUP, IMPORT]])
def test_no_import_in_front(pair, make, operations):
    """A partner without an import, or with another operation before it, is named."""
    assert set(pair(make.policy("air_gold", *operations))) == {"NBT204"}


def test_no_retention_of_the_source(pair, make):
    """A partner whose operations all have a fixed retention is named."""
    assert set(pair(make.policy("air_gold", (4, 0, "*NULL*", "*NULL*")))) == {"NBT211"}


def test_the_target_policy_may_have_another_name(pair, make):
    """Where the replication names a policy of the target, that one is the partner."""
    source = (BACKUP, (3, 0, "drprimary1", "dr_gold"))
    assert pair(make.policy("dr_gold", IMPORT), source=source) == {}


def test_one_side_alone_proves_nothing(analysed, make):
    """Without the target's list no partner is missed."""
    web = make.image("web5", "18:00")
    result = analysed(
        {"prod/slp.txt": make.policy("air_gold", *SOURCE), "prod/r.txt": f"# nbstlutil repllist\n{web}\n"}
    )
    assert not result.findings["code"].str.contains("NBT2").any()


def test_the_pair_is_the_cause_of_an_image_that_stopped(pair, make):
    """An image of the policy that waits in vain is stopped by the policy: that is its cause."""
    web, db = make.image("web5", "18:00"), make.image("db1", "18:00")
    text = make.pending(web, since="18:30").replace("Policy : (none specified)", "Policy : air_gold")
    files = {"dr/p.txt": text, "dr/j.txt": make.jobs(make.job(815, [db], start="19:30", end="19:31", status=0))}
    found = pair(make.policy("air_gold", BACKUP), files=files)
    assert found["NBT204"]["image_id"] == web
    assert found["NBT204"]["evidence"] == ["dr/slp.txt:3"]
