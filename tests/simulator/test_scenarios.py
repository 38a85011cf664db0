"""Scenarios: each leaves its lines, and its truth says so."""

from __future__ import annotations

import re

import pytest

from nbtrace.simulator import SCENARIOS

EXPECTED = {  # verdict, cause, how the states end
    "imported_alone": ("imported", {None}, {"DDDDDDDD"}),
    "imported_batch": ("imported", {None}, {"DDDDDDDD"}),
    "second_attempt": ("imported", {None}, {"DDDDDDDD"}),
    "slp_missing": ("failed", {"NBT202"}, {"DF------", "DDF-----"}),
    "classification_differs": ("failed", {"NBT203"}, {"DF------", "DDF-----"}),
    "slp_no_import": ("failed", {"NBT204"}, {"DF------", "DDF-----"}),
    "already_in_catalog": ("failed", {"NBT205"}, {"DF------", "DDF-----"}),
    "event_not_inserted": ("stalled", {"NBT102"}, {"DO------"}),
    "not_batched": ("stalled", {"NBT102"}, {"DDO-----"}),
    "queued": ("stalled", {"NBT102"}, {"DDDO----"}),
    "bpimport_died": ("failed", {"NBT201", "NBT209"}, {"DDDDF---"}),
    "resources_denied": ("failed", {"NBT206"}, {"DDDDDF--"}),
    "storage_unreadable": ("failed", {"NBT207"}, {"DDDDDDF-"}),
    "catalog_refused": ("failed", {"NBT208"}, {"DDDDDDDF"}),
    "insert_unlogged": ("imported", {None}, {"DMDDDDDD"}),
    "still_running": ("in_progress", {None}, {"DW------", "DDW-----", "DDDW----", "DDDDDW--", "DDDDDDW-"}),
    "retry_open": ("in_progress", {None}, {"DDDW----", "DDDDDW--", "DDDDDDW-"}),
    "retry_begun": ("in_progress", {None}, {"DDDW----"}),
}


def test_every_scenario_is_expected():
    """The table of this test knows every scenario; the mixed batch has a test of its own."""
    assert SCENARIOS.keys() == EXPECTED.keys() | {"one_of_batch_failed"}


@pytest.mark.parametrize("name", EXPECTED)
def test_truth(night, name):
    """Every image of a scenario ends as the scenario says, in each of many stories."""
    truth = night(images=40, seed=1, scenarios=(name,), noise=0, heartbeat_s=3600).truth
    verdict, causes, states = EXPECTED[name]

    assert len(truth.images) == 40
    assert {(image.scenario, image.verdict) for image in truth.images} == {(name, verdict)}
    assert {image.cause for image in truth.images} <= causes
    assert {image.step_states for image in truth.images} <= states
    assert all((image.failed_step is not None) == (verdict in {"failed", "stalled"}) for image in truth.images)
    for image in truth.images:
        if image.failed_step:
            assert image.step_states[image.failed_step - 1] in "FO"


@pytest.mark.parametrize("name", SCENARIOS)
def test_lines(night, name):
    """The logs hold lines for just the steps that the truth calls done, and the failure's status."""
    bundle = night(images=6, seed=3, scenarios=(name,), noise=0, printed=())
    media, primary = bundle.text("-media"), bundle.text("-primary")
    for image in bundle.truth.images:
        states, mentions = image.step_states, re.compile(rf"(?m)^.*\b{re.escape(image.image_id)}\b.*$")
        said = "\n".join(mentions.findall(media) + mentions.findall(primary))
        assert ("received replication event" in said) == (states[0] == "D")
        assert ("inserted into NBDB" in said) == (states[1] == "D")
        assert ("added image" in said) == (states[2] == "D")
        if not name.startswith("retry_"):  # there an earlier attempt has come farther
            assert ("is to be imported" in said) == (states[3] == "D")
            assert ("read " in said and "_C1_IM" in said) == (states[6] in "DF")
        assert ("validated and added" in said) == (states[7] == "D")
        assert ("1533" in said) == (image.status_code == 1533)
        if image.status_code and image.failed_step in {2, 3, 7, 8}:
            assert f"status {image.status_code}" in said
        for job in image.job_ids:
            assert f"jobid={job} parentid={job}]" in primary


def test_one_of_batch_failed(night):
    """In each batch just one image fails at step 7, the others are imported, and the job's status is 1."""
    truth = night(images=30, seed=1, scenarios=("one_of_batch_failed",), noise=0, heartbeat_s=3600).truth
    batches = {}
    for image in truth.images:
        batches.setdefault(image.job_ids[0], []).append(image)

    for batch in batches.values():
        failed = [image for image in batch if image.verdict == "failed"]
        assert len(failed) == 1
        assert failed[0].step_states == "DDDDDDF-"
        assert failed[0].status_code in {83, 85, 87}
        assert {image.job_status for image in batch} == ({1} if len(batch) > 1 else {failed[0].status_code})


def test_second_attempt(night):
    """A second attempt has two jobs in order, of which the first failed."""
    bundle = night(images=5, seed=1, scenarios=("second_attempt",), noise=0, printed=())

    for image in bundle.truth.images:
        first, last = image.job_ids
        assert first < last
        assert re.search(rf"jobid={first} finished with status (85|800)\b", bundle.text("51216-117-"))
        assert f"jobid={last} finished with status 0" in bundle.text("51216-117-")


@pytest.mark.parametrize(("name", "jobs"), [("retry_open", 2), ("retry_begun", 1)])
def test_retries_at_the_end(night, name, jobs):
    """A retry that the night cuts off follows a job that failed, and has a job of its own only once nbjm has it."""
    for image in night(images=12, seed=1, scenarios=(name,), noise=0).truth.images:
        assert len(image.job_ids) == jobs
        assert image.job_status in ({None} if jobs == 2 else {85, 800})
        assert (image.verdict, image.status_code) == ("in_progress", None)


def test_stalled_images_wait_long_enough(night):
    """After the last line of a stalled image its night goes on for more than two hours beyond any deadline."""
    for name in ("event_not_inserted", "not_batched"):
        bundle = night(images=12, seed=2, scenarios=(name,), noise=0, printed=(), hours=6)
        for image in bundle.truth.images:
            times = re.findall(
                rf"(?m)^0,51216,\d+,\d+,\d+,(\d+),.*{re.escape(image.image_id)}\b", bundle.text("51216-")
            )
            end = bundle.truth.until_ms
            assert end - max(map(int, times)) > (2 * 60 + 40) * 60_000, name


def test_about():
    """Every scenario says in a sentence what it is."""
    assert all(scenario.about.endswith((".", "!")) for scenario in SCENARIOS.values())
