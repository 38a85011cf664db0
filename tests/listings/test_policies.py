"""The SLP pair of two domains is checked where both are listed, and only there."""

from __future__ import annotations

import pytest

from nbtrace.analysis import analyze
from nbtrace.simulator import Options, simulate

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


@pytest.mark.parametrize("fields", [8, 9, 13, 14])
def test_rows_of_older_releases(analysed, make, fields):
    """A row of an operation may end earlier: without a partner's name the policy of the same name is the partner."""
    text = make.policy("air_gold", *SOURCE) + make.policy("air_iron", *SOURCE)
    rows = [" ".join(line.split()[: fields if line[0] == " " else None]) for line in text.splitlines()]
    there = make.policy("air_gold", BACKUP) + make.policy("air_tin", IMPORT)
    found = analysed({"prod/slp.txt": "\n".join(rows), "dr/slp.txt": there}).findings
    found = found.filter(found["code"].str.contains("NBT2")).sort("code")
    assert found.select("code", "evidence").rows() == [
        ("NBT202", ["prod/slp.txt:4", "dr/slp.txt:1"]),
        ("NBT204", ["dr/slp.txt:1"]),
    ]


def test_rows_of_numbers_are_no_operations(analysed, make):
    """What other commands print in columns of numbers is no list of policies."""
    numbers = "air_gold Gold 0 0 0\n 1 0 0 120 4 5 0 0 1 3 200 300 1 2 97 0 0\n"
    jobs = make.jobs(make.job(815, [make.image("web5", "18:00")], start="19:30", end="19:31", status=0))
    coverage = analysed({"dr/vmstat.txt": numbers, "dr/jobs.txt": jobs}).coverage
    assert coverage["log"].to_list() == ["bpdbjobs"]


def test_the_pairs_of_a_simulated_night(tmp_path):
    """Of two domains whose policies are listed, each fault that was simulated is found in the lists, and no other."""
    scenarios = ("imported_batch", "slp_missing", "classification_differs", "slp_no_import")
    options = Options(images=24, seed=4, hours=6, heartbeat_s=600, scenarios=scenarios, listings=("nbstl",))
    truth = simulate(tmp_path / "night", options)
    found = analyze([tmp_path / "night"]).findings
    found = found.filter(found["evidence"].list.join(" ").str.contains("nbstl.txt"))
    told = found.select("code", found["detail"].str.extract("'(slp_[a-z_]+)'").alias("slp")).rows()
    faults = {("NBT202", "slp_air_bronze"), ("NBT203", "slp_air_platinum"), ("NBT204", "slp_dup_local")}
    assert {image.slp for image in truth.images} > {slp for _, slp in faults}
    assert set(told) == faults
