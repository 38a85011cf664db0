"""Listings beside logs: where they agree nothing changes, where they do not both are shown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from nbtrace.analysis import analyze

SAMPLES = Path(__file__).parents[2] / "sample_logs"


@pytest.fixture(scope="module")
def night():
    """Return what the logs of a night with failures say by themselves, and the name of its primary."""
    folder = SAMPLES / "mixed-night"
    return folder, analyze([folder]), next(path.name for path in folder.iterdir() if "primary" in path.name)


@pytest.fixture
def beside(night, analysed):
    """Return a maker of results: the logs of the night, and listings in the folder of its primary."""
    folder, _, primary = night

    def run(files, where=primary):
        logs = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        return analysed(logs | {f"{where}/{name}": text for name, text in files.items()})

    return run


def rows_of(make, jobs, change=lambda _: {}):
    """Return the rows of bpdbjobs that say what the table of jobs says, with changes."""
    states = {"queued": 0, "active": 1, "done": 3}

    def clock(time):
        since = (time - datetime(2026, 11, 20, tzinfo=UTC)).total_seconds() if time else None
        return None if since is None else f"{int(since // 3600)}:{int(since % 3600 // 60)}:{int(since % 60)}"

    for job in jobs.iter_rows(named=True):
        done = job["state"] == "done"
        said = {
            "start": clock(job["start_time"]),
            "end": clock(job["end_time"]) if done else None,
            "state": states[job["state"]],
        }
        said |= {
            "status": "" if job["status_code"] is None else job["status_code"],
            "server": job["media_server"] or "m",
        }
        yield make.job(job["job_id"], job["images"], **(said | {"primary": ""} | change(job)))


def told(result):
    """Return what is said of each image."""
    return result.images.sort("image_id").select("image_id", "verdict", "status_code", "failed_step").rows()


def test_a_list_that_agrees_changes_nothing(night, beside, make):
    """The verdicts of a night are the same with the list of its jobs as without, and no disagreement is found."""
    _, alone, _ = night
    ended = alone.jobs.filter(alone.jobs["state"] == "done")
    both = beside({"NBU_jobs.txt": make.jobs(*rows_of(make, ended))})
    assert told(both) == told(alone)
    assert "NBT107" not in set(both.findings["code"])
    assert "record" in set(both.steps["strength"])


def test_another_status_in_the_record_is_a_finding_that_shows_both(night, beside, make):
    """A job whose log says 0 and whose record says 83 is named, with a line of each."""
    _, alone, primary = night
    done = alone.jobs.filter(alone.jobs["status_code"] == 0)["job_id"][0]
    listing = make.jobs(*rows_of(make, alone.jobs, lambda job: {"status": 83} if job["job_id"] == done else {}))
    both = beside({"NBU_jobs.txt": listing})
    found = both.findings.filter((both.findings["code"] == "NBT107") & (both.findings["job_id"] == done))
    assert found.height == 1
    places = found["evidence"][0].to_list()
    assert any(place.startswith(f"{primary}/NBU_jobs.txt:") for place in places)
    assert any("NBU_jobs" not in place for place in places)


def test_an_image_in_the_catalog_is_imported_whatever_the_logs_say(night, beside, make):
    """A failed image that the catalog holds is imported by an attempt of its own; the failed one stays, and a finding says so."""
    _, alone, _ = night
    failed = alone.images.filter((alone.images["verdict"] == "failed") & (alone.images["status_code"] != 1535))[
        "image_id"
    ][0]
    both = beside({"images.txt": make.catalog(failed)})
    image = both.images.filter(both.images["image_id"] == failed).row(0, named=True)
    before = alone.images.filter(alone.images["image_id"] == failed).row(0, named=True)
    assert (image["verdict"], image["attempts"]) == ("imported", before["attempts"] + 1)
    assert failed in set(both.findings.filter(both.findings["code"] == "NBT107")["image_id"])


def test_a_listing_of_the_source_changes_no_verdict(night, beside, make):
    """What the source lists of its own images proves nothing of the target."""
    _, alone, _ = night
    images = alone.images["image_id"].to_list()
    source = {
        "i.txt": make.catalog(*images, origin=None),
        "repllist.txt": "# nbstlutil repllist\n" + "\n".join(images) + "\n",
    }
    both = beside(source, where="prodprimary1/usr/openv/tmp")
    assert told(both) == told(alone)


def test_where_a_listing_lies_does_not_change_the_hosts_of_logs(night, beside, make):
    """A listing at the top of the bundle leaves every log with its host."""
    _, alone, _ = night
    both = beside({"../NBU_jobs.txt": make.jobs(*rows_of(make, alone.jobs))})
    assert set(both.logs.filter(both.logs["format"] != "listing")["host"]) == set(alone.logs["host"])


def test_a_job_is_bound_to_its_images_by_its_record_where_no_log_does(night, analysed, make):
    """Without the logs that tie images to jobs the list of jobs does, and nothing is told of them that is not so."""
    folder, alone, primary = night
    logs = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    logs = {name: data for name, data in logs.items() if any(f"/{log}/" in name for log in ("admin", "bpdm", "nbjm"))}
    rich = analysed(logs | {f"{primary}/NBU_jobs.txt": make.jobs(*rows_of(make, alone.jobs))})
    assert set(alone.images.filter(alone.images["job_ids"].list.len() > 0)["image_id"]) <= set(rich.images["image_id"])
    truth = dict(alone.images.select("image_id", "verdict").iter_rows())
    said = rich.images.filter(rich.images["verdict"].is_in(["imported", "failed"])).select("image_id", "verdict").rows()
    assert said
    assert [(name, verdict) for name, verdict in said if truth[name] != verdict] == []


def test_the_table_of_originators_of_the_bundle_beats_the_shipped_one(night, analysed):
    """Logs of an originator that only nblog.conf names are those of its daemon: the night reads as before."""
    folder, alone, primary = night
    logs = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    other = {name.replace("51216-222-", "51216-444-"): data.replace(b",222,", b",444,") for name, data in logs.items()}
    both = analysed(other | {f"{primary}/nblog.conf": "51216.117.OIDNames=nbjm\r\n51216.444.OIDNames=nbrmms\r\n"})
    assert told(both) == told(alone)
    assert dict(both.coverage.select("log", "originator").iter_rows())["nbrmms"] == 444
