"""What messages have in common when nobody knows their words."""

from __future__ import annotations

import polars as pl

from nbtrace.tracing.likeness import shape


def test_shape():
    """The shape of a message is what is left of it without its ids and numbers."""
    frame = pl.DataFrame({"message": ["image a.b_1795188184_C1 copy 12", "image c_1795188185_C2 copy 7"]})

    assert frame.select(shape(pl.col("message")))["message"].to_list() == ["image #_C0 copy 0"] * 2


def runs(last, codes, before="xyz"):
    """Return runs of bpimport that end with the last words given."""
    return "\n".join(
        f"admin 18:{n:02}:00 [{100 + n}] -jobid {n + 1}\nadmin 18:{n:02}:01 [{100 + n}] {before}\n"
        f"admin 18:{n:02}:02 [{100 + n}] {last} {code}"
        for n, code in enumerate(codes)
    )


def test_words_that_close_run_after_run(told):
    """What stands at the end of several runs with a code, one of them 0, closes them, whatever its words."""
    rows = told(runs("gybyju status", [0, 85, 0]))
    assert rows.filter("ending")["status_code"].to_list() == [0, 85, 0]
    assert rows.filter("ending")["outcome"].to_list() == ["done", "failed", "done"]

    assert told(runs("gybyju", [0, 85, 0])).filter("ending")["status_code"].to_list() == [0, 85, 0]


def test_words_that_close_now_and_then(told):
    """Last words of two runs only, without any 0, or that stand elsewhere just as often, close nothing."""
    assert not told(runs("gybyju status", [0, 85]))["ending"].any()
    assert not told(runs("gybyju status", [83, 85, 87]))["ending"].any()
    assert not told(runs("gybyju status", [0, 0, 0, 0], before="gybyju status 0"))["ending"].any()


def test_words_about_an_image_close_nothing(told):
    """A record that names an image says how it went with that image, not that the run is over."""
    assert not told(runs("a_1795188184 status", [0, 85, 0]))["ending"].any()


def test_jobs_are_closed_alike(told):
    """Of a daemon without runs the last records of jobs are learnt, by their status only: a bare number may be a count."""
    jobs = "\n".join(f"nbjm 18:0{n}:00 jobid={n + 1} new\nnbjm 18:0{n}:01 jobid={n + 1} gone (%s 0)" for n in range(3))

    assert told(jobs.replace("%s", "status"))["ending"].sum() == 3
    assert told(jobs.replace("%s", "x"))["ending"].sum() == 0


def test_images_of_a_job_that_failed_in_part(traced):
    """Of a job with status 1 those images are imported of which bpdbm says last what it says of imported ones."""
    ids = [f"c{n}_179518810{n}" for n in range(6)]
    story = ["nbstserv 18:00:00 nothing"]
    story += [f"nbrmms 18:00:0{n} event {image}" for n, image in enumerate(ids)]
    story += [f"importmgr 18:01:0{n} insert record {image}" for n, image in enumerate(ids)]
    for job, group, status in ((1, ids[:3], 0), (2, ids[3:], 1)):
        story += [f"nbstserv 18:1{job}:00 import batch {image} jobid={job}" for image in group]
        story += [f"admin 18:1{job}:01 [{job}] bpimport -jobid {job}", f"bpdm 18:1{job}:02 [{job}] -jobid {job}"]
        story += [f"bpdm 18:1{job}:03 [{job}] read {image}" for image in group]
        story += [f"bpdbm 18:1{job}:04 hm {image}" for image in group if image != ids[5]]
        story += [f"bpdbm 18:1{job}:04 oh {image}" for image in group if image == ids[5]]
        story += [f"admin 18:1{job}:09 [{job}] EXITING with status {status}"]
    verdicts = dict(traced("\n".join(story)).images.select("image_id", "verdict").iter_rows())

    assert [verdicts[image] for image in ids] == ["imported"] * 5 + ["failed"]
