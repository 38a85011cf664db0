"""The noise: ordinary jobs as data."""

from __future__ import annotations

import re

from nbtrace.simulator.hosts import LOGS
from nbtrace.simulator.noise import stories


def test_stories_know_their_logs():
    """Every line of a story is of a log that there is, in the order of time, with a context that there is."""
    for story in stories().values():
        lines = story["lines"]
        assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
        assert {line["log"] for line in lines} <= LOGS.keys()
        assert {line.get("context") for line in lines} <= {None, "job", "request"}


def test_no_event_and_no_insert():
    """No ordinary job speaks where only imports do: in nbrmms or the import manager."""
    assert not {line["log"] for story in stories().values() for line in story["lines"]} & {"nbrmms", "importmgr"}


def test_small_talk_names_nothing(night):
    """Without imports' and jobs' own lines the logs of the media servers hold no backup id."""
    bundle = night(images=1, seed=1, scenarios=("event_not_inserted",), noise=0, printed=())
    text = bundle.text("-media")

    assert set(re.findall(r"[\w.-]+_\d{10}\b", text)) <= {image.image_id for image in bundle.truth.images}
    assert text.count("\n") > 1000


def test_every_story_is_told(night):
    """Enough noise tells every story, an image's later copy and a look into the catalog among them."""
    text = night(images=60, seed=4, printed=()).text()

    for command in ("-backup -jobid", "-restore -jobid", "bpduplicate", "-create_db_info", "bpimagelist", "bpexpdate"):
        assert command in text


def test_aftermath(night):
    """Some imported images turn up again in a later duplication or a look into the catalog, which are no attempts."""
    bundle = night(images=60, seed=4, printed=())
    imports = {image.image_id: image for image in bundle.truth.images}
    later = re.findall(r"bpduplicate: INITIATING .* -jobid (\d+) -b (\S+)", bundle.text("/admin/"))
    looked = re.findall(r"bpimagelist: INITIATING .* -backupid (\S+)", bundle.text("/admin/"))

    copied = [(int(job), imports[image]) for job, image in later if image in imports]
    assert copied
    assert not [job for job, image in copied if job in image.job_ids]
    assert set(looked) & imports.keys()
