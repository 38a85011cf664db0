"""Listings: shaped as the reference says, about the same night as the logs."""

from __future__ import annotations

import csv
import re

import pytest

from nbtrace.errors import InputError
from nbtrace.simulator import Options, simulate
from nbtrace.simulator.listings import LISTINGS

FIXED = 32  # fields before the list of files (import-flow.md §2.3)


@pytest.fixture(scope="module")
def listed(night):
    """Return a night with every listing."""
    return night(images=80, seed=6, listings=tuple(LISTINGS), zones=("UTC",))


def rows(text):
    """Return the rows of a listing of jobs, their fields without escapes."""
    return list(csv.reader(text.splitlines(), quoting=csv.QUOTE_NONE, escapechar="\\"))


def import_jobs(bundle):
    """Return the rows of A.I.R. import jobs by job id: state, status, images and what follows these."""
    found = {}
    for row in rows(bundle.text("bpdbjobs_all_columns")):
        if len(row) > 1 and row[1] == "21":
            count = int(row[FIXED - 1])
            found[int(row[0])] = row[2], row[3], row[FIXED : FIXED + count], row[FIXED + count :]
    return found


def test_jobs(listed):
    """The list of jobs ties every image to its jobs, with the status of the last one."""
    jobs = import_jobs(listed)

    for image in listed.truth.images:
        assert image.job_ids == image.jobs_happened
        for job in image.job_ids:
            assert image.image_id in jobs[job][2]
        if image.job_status is not None:
            assert jobs[image.job_ids[-1]][1] == str(image.job_status)
    assert {state for state, *_ in jobs.values()} == {"0", "1", "3"}


def test_tries(listed):
    """A job that ran has one try, whose lines are as many as it says; a queued job has none."""
    for state, _, _, rest in import_jobs(listed).values():
        if state == "0":
            assert rest[0] == "0"
            continue
        assert rest[0] == "1"
        lines = int(rest[9])
        details = rest[10 : 10 + lines]
        assert lines > 1
        assert all(re.match(r"\S.* - ", detail) for detail in details)


def test_ordinary_jobs_and_odd_rows(listed):
    """Other types of jobs are in the list, and rows that hold a job id only."""
    found = rows(listed.text("bpdbjobs_all_columns"))

    assert {row[1] for row in found if len(row) > 1} == {"0", "2", "4", "5", "21"}
    assert [row for row in found if len(row) == 1]
    command, _, rest = listed.text("NBU_jobs").partition("\n")
    assert command.endswith("bpdbjobs -report -all_columns")
    assert rest == listed.text("bpdbjobs_all_columns")


def test_dates_of_details(night):
    """Details have the dates of one of four locales, the same all over a bundle."""
    forms = {
        "us": r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d - ",
        "short": r"\d\d/\d\d/\d\d \d\d:\d\d:\d\d - ",
        "dotted": r"\d\d\.[a-z]{3}\.\d{4} \d\d:\d\d:\d\d - ",
        "words": r"[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M - ",
    }
    seen = set()
    for seed in range(12):
        bundle = night(images=3, seed=seed, noise=0, listings=("details",), without=("primary", "media"))
        lines = bundle.text("trylogs/").splitlines()
        (form,) = (name for name, shape in forms.items() if all(re.match(shape, line) for line in lines))
        seen.add(form)
    assert seen == forms.keys()


def test_pending_and_catalog(listed):
    """What is inserted and not imported is pending, what is imported is in the catalog, nothing is in both."""
    pending = set(re.findall(r"(?m)^Backup ID +: (.+)$", listed.text("pendimplist")))
    records = [line.split() for line in listed.text("bpimagelist").splitlines() if line.startswith("IMAGE ")]
    catalog = {fields[5]: fields for fields in records}

    assert pending
    assert not pending & catalog.keys()
    for image in listed.truth.images:
        assert (image.image_id in catalog) == (image.happened == "imported")
        if image.step_states[:3] == "DDO":
            assert image.image_id in pending
        if image.image_id in catalog:
            fields = catalog[image.image_id]
            assert (fields[44], fields[51]) == (str(image.job_ids[-1]), image.slp)
            assert fields[56] == listed.truth.origin_primary


def test_slps(listed):
    """The SLPs of images that cannot be imported show why: missing, of another classification, without an import."""
    target, name = {}, ""
    for line in (listed.folder / listed.truth.hosts[0]["name"] / "nbstl.txt").read_text().splitlines():
        if line.startswith(" "):
            target[name].append(line.split()[0])
        else:
            name, classification = line.split()[:2]
            target[name] = [classification]
    expected = {"slp_missing": None, "classification_differs": ["Silver", "4"], "slp_no_import": ["Gold", "0"]}

    assert {image.scenario for image in listed.truth.images} >= expected.keys()
    for image in listed.truth.images:
        assert target.get(image.slp) == expected.get(image.scenario, ["Gold", "4"])


def test_listings_alone(night):
    """A bundle of listings alone is one, and its truth knows what they show and no more."""
    options = {"images": 60, "seed": 4, "without": ("primary", "media")}
    bundle = night(**options, listings=("bpdbjobs", "pendimplist", "bpimagelist"))
    whole = {image.image_id: image for image in night(images=60, seed=4, listings=("nbstl",)).truth.images}

    assert not [path for path in bundle.files if path.endswith(".log")]
    assert {image.step_states for image in bundle.truth.images if image.verdict == "imported"} == {"UUDDDDUD"}
    assert {image.step_states for image in bundle.truth.images if image.scenario == "not_batched"} == {"UDO-----"}
    assert {image.step_states for image in bundle.truth.images if image.scenario == "queued"} == {"UDDO----"}
    assert not {"event_not_inserted"} & {image.scenario for image in bundle.truth.images}
    for image in bundle.truth.images:
        begun = {"failed"} if image.scenario == "retry_begun" else set()  # no list tells of an attempt without a job
        assert image.verdict in {whole[image.image_id].verdict, "undetermined"} | begun


def test_the_source_speaks_for_itself(listed):
    """Listings of the source domain lie below its own primary and hold images that never came to the target."""
    origin = listed.truth.origin_primary
    replicas = set(re.findall(r"(?m)^Backup ID +: (.+)$", (listed.folder / origin / "repllist.txt").read_text()))

    assert replicas == {image.image_id for image in listed.truth.images} | set(listed.truth.invisible_ids)
    assert origin not in {host["name"] for host in listed.truth.hosts}


def test_unknown_listing(tmp_path):
    """A listing that is not there is refused with the names of those that are."""
    with pytest.raises(InputError, match="no listing 'spad'; there are: bpdbjobs, nbsu"):
        simulate(tmp_path / "out", Options(images=1, listings=("spad",)))


def test_details_count_for_the_truth(night):
    """Where nbjm and admin are left out, the files of job details show the start of bpimport."""
    less = {"images": 20, "seed": 501, "without": ("nbjm", "admin")}
    known, unknown = (night(**less, listings=listings).truth for listings in (("details",), ()))
    shown = [[image.step_states[3] for image in truth.images].count("D") for truth in (known, unknown)]

    assert shown[0] > 10
    assert shown[1] == 0
