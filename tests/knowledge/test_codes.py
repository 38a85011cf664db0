"""Status codes: the table is complete, and each code leads to the finding that explains it."""

from __future__ import annotations

import re

import pytest

from nbtrace.knowledge import codes, findings, loading

FAMILIES = {
    "authentication", "catalog", "client", "configuration", "database", "disk-pool", "internal", "licence", "media",
    "network", "other", "partial", "replication-import", "resource", "scheduling", "security", "slp", "snapshot",
    "storage", "success",
}  # fmt: skip


def test_the_table_has_its_columns_and_each_code_once():
    """The table of status codes has the columns that the package reads, and no code stands in it twice."""
    rows = loading.rows("status_codes.csv")
    assert list(rows[0]) == ["code", "name", "family", "import_step", "cause", "remedy", "source"]
    assert len({int(row["code"]) for row in rows}) == len(rows) > 900


def test_every_code_has_a_name_a_known_family_and_a_source():
    """Each status code says what it is, which family it belongs to, and where that comes from."""
    for code in codes.statuses().values():
        assert code.name.strip() == code.name != ""
        assert code.family in FAMILIES
        assert code.source == "unconfirmed" or code.source.startswith(("http://", "https://"))


def test_the_steps_of_a_code_are_steps_of_the_flow():
    """Steps of a status code lie between 1 and 8, rise, and come with a cause and a remedy."""
    for code in codes.statuses().values():
        assert all(1 <= step <= 8 for step in code.steps)
        assert list(code.steps) == sorted(set(code.steps))
        assert not code.steps or (code.cause and code.remedy)


def test_a_status_is_found_by_its_number():
    """A known status code comes with its family and steps."""
    missing_slp = codes.status(1532)
    assert missing_slp is not None
    assert (missing_slp.family, missing_slp.steps) == ("replication-import", (2, 3))


def test_an_unknown_status_is_none():
    """A code that the table does not hold is no error: newer releases have more of them."""
    assert codes.status(987654) is None


@pytest.mark.parametrize(
    ("code", "finding"),
    [
        (0, ""),
        (1532, "NBT202"),
        (1533, "NBT203"),
        (1534, "NBT204"),
        (1535, "NBT205"),
        (800, "NBT206"),
        (2074, "NBT206"),
        (2106, "NBT206"),
        (219, "NBT206"),
        (83, "NBT207"),
        (85, "NBT207"),
        (4227, "NBT207"),
        (227, "NBT208"),
        (1524, "NBT208"),
        (25, "NBT209"),
        (37, "NBT209"),
        (58, "NBT209"),
        (150, "NBT210"),
        (1586, "NBT210"),
        (1, "NBT201"),
        (27, "NBT201"),
        (-7, "NBT201"),
        (987654, "NBT201"),
    ],
)
def test_a_status_means_a_finding(code, finding):
    """Each status code leads to the finding that explains it, an unexplained or unknown one to NBT201."""
    assert codes.finding_of(code) == finding


@pytest.mark.parametrize(
    ("families", "steps", "finding"),
    [
        ({"resource", "disk-pool"}, {3, 6}, "NBT206"),
        ({"storage"}, {6, 7}, "NBT207"),
        ({"catalog"}, {7, 8}, "NBT208"),
        ({"network", "security"}, {4, 5, 6, 7}, "NBT209"),
    ],
)
def test_whole_families_lead_to_one_finding(families, steps, finding):
    """Codes of one family at the same steps of the import are explained alike."""
    members = [code for code in codes.statuses().values() if code.family in families and set(code.steps) == steps]
    assert members
    assert {codes.finding_of(code.code) for code in members} == {finding}


def test_the_findings_of_codes_exist_and_have_a_source():
    """Every rule from codes to a finding names an existing finding, says where it comes from, and lists whole numbers."""
    for row in loading.toml("failures.toml")["finding"]:
        assert row["code"] in findings.findings()
        assert re.search(r"§.*[VDIU]", row["source"])
        assert all(isinstance(code, int) for code in row["codes"])
        assert all(first < last for first, last in row.get("ranges", ()))


def test_no_code_is_explained_twice():
    """No status code is listed for two findings: which of them comes first must not matter."""
    listed = [
        code
        for row in loading.toml("failures.toml")["finding"]
        for code in (*row["codes"], *(n for a, b in row.get("ranges", ()) for n in range(a, b + 1)))
    ]
    assert len(listed) == len(set(listed))


def test_some_codes_only_sum_up():
    """The results of a whole batch are summaries, whatever stands beside them; a real cause never is."""
    assert codes.summary_codes() == {1, 190, 191}
    assert codes.is_summary(191)
    assert not codes.is_summary(83, beside=[2074])


def test_800_is_a_summary_only_beside_its_detail():
    """Status 800 stands for the refused resource named beside it, and for itself when there is none."""
    assert codes.is_summary(800, beside=[800, 2106])
    assert not codes.is_summary(800, beside=[83])


@pytest.mark.parametrize(
    ("code", "detail"), [(2074, True), (2000, True), (830, True), (916, True), (800, False), (83, False)]
)
def test_a_resource_detail_is_told_from_other_codes(code, detail):
    """The codes that stand beside 800 are those of the resource request, 830 and 916."""
    assert codes.is_resource_detail(code) is detail
