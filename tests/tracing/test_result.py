"""The tables that the stage gives."""

from __future__ import annotations

import polars as pl

A = "a_1795188184"


def test_steps(traced, imported, clock):
    """Each step has its first proof, its own duration and the wait since the step before."""
    steps = traced(imported).steps
    catalog = steps.row(6, named=True)

    assert steps["step"].to_list() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert (catalog["name"], catalog["state"], catalog["strength"]) == ("catalog", "done", "strong")
    assert (catalog["start_time"], catalog["wait_s"], catalog["duration_s"]) == (clock("18:05:30"), 5.0, 1.0)
    assert (catalog["host"], catalog["daemon"], catalog["pid"]) == ("media1", "bpdm", 5001)
    assert (catalog["source"], catalog["evidence_count"]) == ("media1/bpdm.log", 2)


def test_implied_steps(traced, imported):
    """A step that nothing shows, and that must have happened, is implied; one that nothing follows has no strength."""
    story = "\n".join(line for line in imported.splitlines() if "nbjm" not in line and "admin" not in line)
    steps = traced(story + "\nadmin 18:05:34 [1] x jobid=3").steps

    assert steps.row(3, named=True)["strength"] == "implied"


def test_a_failed_step(traced):
    """A failed step shows the record that says so, and its code as strength."""
    story = f"nbrmms 18:00:00 event {A}\nimportmgr 18:00:10 cannot insert record {A}, status 1532"
    step = traced(story).steps.row(1, named=True)

    assert (step["state"], step["strength"], step["wait_s"], step["daemon"]) == (
        "failed",
        "strong",
        10.0,
        "import manager",
    )
    weak = traced(story.replace(", status 1532", "")).steps.row(1, named=True)
    assert (weak["state"], weak["strength"]) == ("failed", "weak")


def test_failed_without_a_record(traced):
    """Where only the job's end tells of the failure, the failed step is that of the end."""
    story = (
        f"nbrmms 18:00 event {A}\nnbstserv 18:05 import batch {A} jobid=815\nnbjm 18:06 jobid=815 ended with status 1"
    )
    bad = traced(
        story
        + "\nbpdbm 18:05:30 validated import b_1795188185 jobid=815\nnbstserv 18:05 import batch b_1795188185 jobid=815"
    )
    verdicts = dict(bad.images.select("image_id", "verdict").iter_rows())

    assert verdicts == {A: "failed", "b_1795188185": "imported"}
    failed = bad.steps.filter((pl.col("image_id") == A) & (pl.col("state") == "failed"))
    assert failed["source"].to_list() == [None]


def test_the_attempt_that_imported_counts(traced, imported):
    """Once an image is in the catalog, a later attempt that fails does not take it out again."""
    later = f"nbstserv 19:00 import batch {A} jobid=900\nnbjm 19:10 jobid=900 ended with status 1535"
    row = traced(imported + later).images.row(0, named=True)

    assert (row["verdict"], row["attempts"], row["job_ids"]) == ("imported", 2, [815, 900])


def test_jobs(traced, imported, clock):
    """A job has its images, its state, its status and where it ran."""
    job = traced(imported).jobs.row(0, named=True)

    assert (job["job_id"], job["type"], job["attempt"], job["images"]) == (815, "import", 1, [A])
    assert (job["state"], job["status_code"], job["media_server"]) == ("done", 0, "media1")
    assert (job["start_time"], job["end_time"], job["elapsed_s"]) == (clock("18:05"), clock("18:05:35"), 35.0)
    assert job["disk_volume"] == "v1"


def test_jobs_without_an_end(traced):
    """A job without an end is active where it began to work, and queued before."""
    queued = f"nbstserv 18:05 import batch {A} jobid=815"

    assert traced(queued).jobs["state"].to_list() == ["queued"]
    assert traced(queued + "\nbpdm 18:06 [1] -jobid 815").jobs["state"].to_list() == ["active"]
    assert traced(queued).jobs["status_code"].to_list() == [None]


def test_facts_of_an_image(traced, clock):
    """Backup time and client come from the id; SLP, source and media server from what is said of the image."""
    row = traced(f"nbrmms 18:00 event {A} lifecycle=slp_gold origin=src-1.example media_server=m-1.example").images.row(
        0, named=True
    )

    assert (row["client"], row["backup_time"].timestamp()) == ("a", 1795188184)
    assert (row["slp"], row["source_primary"], row["media_server"]) == ("slp_gold", "src-1.example", "m-1.example")
    assert (row["elapsed_s"], row["evidence_count"], row["first_time"]) == (0.0, 1, clock("18:00"))
