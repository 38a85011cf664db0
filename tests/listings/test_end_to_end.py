"""Bundles that hold nothing but listings get a full and honest answer."""

from __future__ import annotations

import pytest


def verdicts(result):
    """Return the verdict of each image."""
    return dict(result.images.select("image_id", "verdict").iter_rows())


def codes(result, image=None):
    """Return the codes of findings, of one image where it is named; those about logs that are not there left out."""
    rows = result.findings.select("code", "image_id").iter_rows()
    return {code for code, of in rows if (image is None or of == image) and (code != "NBT301" or of)}


def row(result, image):
    """Return an image's row."""
    return next(row for row in result.images.iter_rows(named=True) if row["image_id"] == image)


def test_a_pending_image_alone_is_undetermined(analysed, make):
    """A list of pending images proves the insert, and nothing of what came later."""
    web = make.image("web5", "18:00")
    result = analysed({"x.txt": make.pending(web, since="18:30")})
    found = row(result, web)
    assert (found["verdict"], found["step_states"][:3], found["primary"]) == ("undetermined", "UDU", "drprimary1")
    assert found["source_primary"] == "prodprimary1"
    assert result.coverage.select("log", "format", "entries").rows() == [("pendimplist", "listing", 1)]
    step = result.steps.filter(result.steps["step"] == 2).row(0, named=True)
    assert (step["strength"], step["source"], step["line"]) == ("record", "x.txt", 3)


def test_a_pending_image_without_a_job_is_stalled(analysed, make):
    """Where the listed jobs reach past the deadline and none carries it, the batch is overdue."""
    web, db = make.image("web5", "18:00"), make.image("db1", "18:00")
    late = make.job(815, [db], start="19:30", end="19:31", status=0)
    result = analysed({"pend": make.pending(web, since="18:30"), "NBU_jobs.txt": make.jobs(late)})
    assert verdicts(result) == {web: "stalled", db: "imported"}
    found = row(result, web)
    assert (found["failed_step"], found["cause"], found["step_states"]) == (3, "NBT102", "UDO-----")
    assert "pendimplist" not in result.findings.filter(code="NBT102")["remedy"].item()  # it is what says so


@pytest.mark.parametrize(
    "rows",
    [
        lambda make, db: [make.job(815, [db], start="18:40", end="18:41", status=0)],
        lambda make, db: [
            make.job(815, [db], start="19:30", end="19:31", status=0),
            make.job(816, start="18:50", state=1),
        ],
        lambda make, db: [
            make.job(815, [db], start="19:30", end="19:31", status=0),
            make.job(816, start="18:50", end="18:51", status=50),
        ],
    ],
    ids=["the list is too old", "a running job hides its images", "a failed job hides its images"],
)
def test_a_list_of_jobs_that_does_not_cover_proves_no_gap(analysed, make, rows):
    """A list printed too early, or with a job that may carry the image, leaves it open and says that nobody listed carries it."""
    web, db = make.image("web5", "18:00"), make.image("db1", "18:00")
    result = analysed({"pend": make.pending(web, since="18:30"), "jobs": make.jobs(*rows(make, db))})
    assert verdicts(result)[web] in {"undetermined", "in_progress"}
    assert "NBT102" not in codes(result)


def test_a_list_of_chosen_jobs_proves_no_gap(analysed, make):
    """A list that was asked for one job says nothing of others."""
    web, db = make.image("web5", "18:00"), make.image("db1", "18:00")
    rows = make.jobs(
        make.job(815, [db], start="19:30", end="19:31", status=0), prompt="# bpdbjobs -report -all_columns -jobid 815"
    )
    result = analysed({"pend": make.pending(web, since="18:30"), "jobs": rows})
    assert verdicts(result)[web] == "undetermined"
    assert "NBT110" in codes(result, web)


def test_jobs_alone_tell_what_became_of_their_images(analysed, make):
    """A job that ended with 0 imported its images, another failed all of them, one with 1 leaves them open."""
    good, bad, open_ = (make.image(name, "18:00") for name in ("a", "b", "c"))
    rows = [
        make.job(815, [good], start="19:00", end="19:01", status=0),
        make.job(816, [bad], start="19:00", end="19:01", status=83),
        make.job(817, [open_], start="19:00", end="19:01", status=1),
    ]
    result = analysed({"anything.dat": make.jobs(*rows, prompt="")})
    assert verdicts(result) == {good: "imported", bad: "failed", open_: "undetermined"}
    assert row(result, bad)["status_code"] == 83
    assert result.jobs.select("job_id", "status_code", "media_server", "slp").rows() == [
        (815, 0, "drmedia1", "air_gold"), (816, 83, "drmedia1", "air_gold"), (817, 1, "drmedia1", "air_gold"),
    ]  # fmt: skip


@pytest.mark.parametrize("status", [191, 800])
def test_the_detail_is_the_cause_and_not_the_sum(analysed, make, status):
    """A job that ended with 191 or 800 because of 2074 failed with 2074, by the lines of its try."""
    web = make.image("web5", "18:00")
    lines = [
        "11/20/2026 13:00:00 - begin Import",
        "11/20/2026 13:00:01 - Info bpimport(pid=4001) started",
        "11/20/2026 13:00:02 - Info bpdm(pid=5001) started",
        "11/20/2026 13:00:20 - Error bpdm(pid=5001) disk volume v1, pool p1: volume is down (2074)",
        "11/20/2026 13:00:30 - Error nbjm(pid=99) no images were successfully processed  (191)",
    ]
    result = analysed(
        {"jobs": make.jobs(make.job(815, [web], start="19:00", end="19:01", status=status, details=lines))}
    )
    found = row(result, web)
    assert (found["verdict"], found["status_code"], found["cause"], found["failed_step"]) == (
        "failed",
        2074,
        "NBT206",
        6,
    )
    said = result.evidence.filter(result.evidence["status_code"] == 2074)
    assert [time.hour for time in said["time"]] == [19]  # the job's own epoch tells the zone of its lines


def test_a_done_job_whose_image_is_not_in_the_catalog_is_found(analysed, make):
    """A later list of the catalog that covers the image and does not hold it stops the image although its job ended with 0."""
    gone, there = make.image("web5", "18:00"), make.image("web6", "18:10")
    before = make.image("web5", "17:00")
    rows = make.jobs(make.job(815, [gone, there], start="19:00", end="19:01", status=0))
    result = analysed({"jobs": rows, "images": make.catalog(before, there)})
    assert verdicts(result)[gone] == "stalled"
    assert verdicts(result)[there] == "imported"
    assert (row(result, gone)["cause"], row(result, gone)["failed_step"]) == ("NBT106", 8)


@pytest.mark.parametrize(
    ("listed", "prompt"),
    [
        (["18:10", "18:20"], ""),
        (["17:00", "18:10"], "# bpimagelist -l -client web6"),
        (["17:00", "18:10"], "# bpimagelist -l -policy pol2"),
    ],
    ids=["it begins later", "of another client", "of one policy"],
)
def test_a_catalog_that_does_not_cover_the_image_proves_nothing(analysed, make, listed, prompt):
    """A list of other times, clients or policies leaves the word of the job."""
    gone = make.image("web5", "18:00")
    others = [make.image("web6", time) for time in listed]
    rows = make.jobs(make.job(815, [gone, *others], start="19:00", end="19:01", status=0))
    result = analysed({"jobs": rows, "images": prompt + "\n" + make.catalog(*others)})
    assert verdicts(result)[gone] == "imported"


def test_a_catalog_printed_before_the_job_proves_nothing(analysed, make):
    """Where nothing shows that the list is younger than the job, its silence is none."""
    gone = make.image("web5", "18:00")
    older = [make.image("web5", "17:00"), make.image("web7", "18:30")]
    rows = make.jobs(make.job(815, [gone], start="19:00", end="19:01", status=0))
    early = analysed(
        {"jobs": rows, "images": "Fri Nov 20 18:45:00 UTC 2026\n# bpimagelist -l\n" + make.catalog(*older)}
    )
    assert verdicts(early)[gone] == "imported"
    late = analysed({"jobs": rows, "images": "Fri Nov 20 20:45:00 UTC 2026\n# bpimagelist -l\n" + make.catalog(*older)})
    assert verdicts(late)[gone] == "stalled"


def test_a_catalog_of_the_target_alone_shows_imported_images(analysed, make):
    """An image that came from another primary is imported; one that was made here is none, nor is a mere header."""
    ours, made_here = make.image("web5", "18:00"), make.image("web6", "18:00")
    header = make.image("web7", "18:00")
    result = analysed({"i": make.catalog(ours) + make.catalog(made_here, origin=None) + make.catalog(header, kind=1)})
    assert verdicts(result) == {ours: "imported"}


@pytest.mark.parametrize(
    "client",
    [
        "m\u00fcnchen-db34.example",
        "\u0441\u0435\u0440\u0432\u0435\u0440-1",
        "\u30b5\u30fc\u30d0\u30fc7",
        "_web",
        ".web-",
    ],
)
@pytest.mark.parametrize("listing", ["bpdbjobs", "bpimagelist", "pendimplist", "repllist", "stlilist"])
def test_clients_have_names_in_any_alphabet(analysed, make, client, listing):
    """A backup id is read whole, whatever letters its client is written in and whatever it begins with."""
    web = make.image(client, "18:00")
    texts = {
        "bpdbjobs": make.jobs(make.job(815, [web], start="18:30", end="18:40", status=0)),
        "bpimagelist": make.catalog(web),
        "pendimplist": make.pending(web, since="18:30"),
        "repllist": f"# nbstlutil repllist\n1 {web} 2\n",
        "stlilist": f"Image {web} for Lifecycle g is IN_PROCESS\n  Copy to s of type REPLICATION is IMPORT_PENDING\n",
    }
    assert analysed({"l.txt": texts[listing]}).images["image_id"].to_list() == [web]


def test_the_catalog_of_the_source_is_not_that_of_the_target(analysed, make):
    """An image in the source's catalog is not imported by that, and a pending one stays pending."""
    web = make.image("web5", "18:00")
    files = {"dr/p.txt": make.pending(web, since="18:30"), "prod/repllist.txt": f"# nbstlutil repllist\n{web}\n"}
    result = analysed(files | {"prod/i.txt": make.catalog(web, origin=None)})
    assert verdicts(result) == {web: "undetermined"}
    daemons = set(result.evidence["daemon"])
    assert {"bpimagelist (source)", "repllist (source)", "pendimplist"} == daemons


def test_a_catalog_of_nobody_knows_whom_counts_for_nothing_and_is_told(analysed, make):
    """Without an origin and without anything that names its host, a list of images is shown and not believed."""
    web = make.image("web5", "18:00")
    result = analysed(
        {"a.txt": make.pending(web, since="18:30"), "b/i.txt": make.catalog(web, origin=None)}, hosts=["b=strange"]
    )
    assert verdicts(result) == {web: "undetermined"}
    assert "NBT305" in codes(result)


def test_a_copy_that_waits_on_the_source_is_an_image_of_which_the_target_knows_nothing(analysed, make):
    """An image that is import pending on the source is traced; that it never arrived is not claimed."""
    web = make.image("web5", "18:00")
    text = f"Image {web} for Lifecycle air_gold is IN_PROCESS\n  Copy to stu_r of type REPLICATION is IMPORT_PENDING\n"
    result = analysed({"s.txt": text})
    assert verdicts(result) == {web: "undetermined"}
    assert row(result, web)["slp"] == "air_gold"
    assert "NBT108" in codes(result, web)


def test_the_state_of_a_copy_may_be_a_number(analysed, make):
    """State 14 is import pending as well."""
    web = make.image("web5", "18:00")
    result = analysed({"s": f"Image {web} for Lifecycle x is 2\nCopy to r of type 3 is 14\n"})
    assert "NBT108" in codes(result, web)


def test_problems_alone_name_failed_imports(analysed, make):
    """Lines of bperror that speak of an import and name image and job are evidence by themselves."""
    web = make.image("web5", "18:00")
    text = f"{make.at('19:00')} 1 4 4 drprimary1 815 815 0 web5 nbjm import job 815 started for {web}\n"
    text += f"{make.at('19:01')} 1 4 16 drprimary1 815 815 0 web5 nbjm import job 815 ended with status 2106\n"
    result = analysed({"errors": text})
    assert (verdicts(result), row(result, web)["status_code"]) == ({web: "failed"}, 2106)


@pytest.mark.parametrize(
    "stamp",
    [
        "11/20/2026 19:00:{:02}",
        "11/20/26 19:00:{:02}",
        "20.nov.2026 19:00:{:02}",
        "Nov 20, 2026 7:00:{:02} PM",
        "20.11.2026 19:00:{:02}",
    ],
)
def test_copied_details_are_read_in_every_locale(analysed, make, stamp):
    """Details of a job that somebody copied tell the failure and when it was, however the date is written."""
    web = make.image("web5", "18:00")
    lines = [
        "Job ID: 815",
        f"{stamp.format(1)} - Info bpimport (pid=4001) importing image {web}",
        f"{stamp.format(2)} - Error bpdm (pid=5001) cannot read image information of {web}, status 83",
    ]
    result = analysed({"d.txt": "\r\n".join(lines)})
    found = row(result, web)
    assert (found["verdict"], found["status_code"], found["job_ids"]) == ("failed", 83, [815])
    assert {(time.day, time.hour) for time in result.evidence["time"]} == {(20, 19)}
    assert "NBT402" in codes(result)  # local times, and no zone was given


def test_several_listings_in_one_file_with_prompts_are_told_apart(analysed, make):
    """One file of a whole session, with CRLF, prompts and talk between, gives what its parts give."""
    web, db = make.image("web5", "18:00"), make.image("db1", "18:00")
    text = "\n".join([
        "Hello, here is what you asked for:", "[root@drprimary1 ~]# nbstlutil pendimplist -U", make.pending(web, since="18:30"),
        "C:\\> bpdbjobs -report -all_columns", make.jobs(make.job(815, [db], start="19:30", end="19:31", status=0), prompt=""),
        "[root@drprimary1 ~]# bpimagelist -l", make.catalog(db), "Regards",
    ])  # fmt: skip
    result = analysed({"mail.txt": text.replace("\n", "\r\n")})
    assert verdicts(result) == {web: "stalled", db: "imported"}
    assert set(result.coverage["log"]) == {"pendimplist", "bpdbjobs", "bpimagelist"}


def test_a_longer_interval_of_the_site_moves_the_deadline(analysed, make):
    """What nbcl.conf says beats the shipped deadline; a bare number says nothing."""
    web, db = make.image("web5", "18:00"), make.image("db1", "18:00")
    files = {
        "p": make.pending(web, since="18:30"),
        "j": make.jobs(make.job(815, [db], start="19:30", end="19:31", status=0)),
    }
    assert verdicts(analysed(files))[web] == "stalled"
    bare = analysed(files | {"nbcl.conf": "SLP.IMAGE_PROCESSING_INTERVAL = 60\n"})
    assert verdicts(bare)[web] == "stalled"
    slow = analysed(files | {"nbcl.conf": "SLP.IMAGE_PROCESSING_INTERVAL = 1 hour\n"})
    assert verdicts(slow)[web] == "in_progress"


def test_texts_that_are_no_listings_are_still_ignored(analysed, make):
    """A read-me, a table of somebody else and a list of hosts hold no listing."""
    web = make.image("web5", "18:00")
    result = analysed({
        "p": make.pending(web), "README.md": "Policy : none\nState : fine\nClient : web5\n", "t.csv": "1,2,3\n4,5,6\n",
        "hosts": "10.0.0.1 a\n815\n",
    })  # fmt: skip
    assert set(result.ignored["path"]) == {"README.md", "t.csv", "hosts"}
