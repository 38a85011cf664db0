"""Which job a number means."""

from __future__ import annotations

from datetime import timedelta

import polars as pl
import pytest

from nbtrace.flows import load
from nbtrace.tracing.numbering import job_ids, keyed, with_keys

A, B = "a_1795188184", "b_1795188185"


@pytest.fixture
def keys(told):
    """Return a maker of the keys of a story's records, in their order; ``shift`` moves records to other days."""

    def make(text, shift=()):
        rows = told(text)
        days = pl.Series([timedelta(days=day) for day in (shift or [0] * rows.height)], dtype=pl.Duration("ms"))
        rows = rows.sort("line").with_columns(pl.col("time") + days)
        return with_keys(rows, load())["job"].to_list()

    return make


def test_one_domain_keeps_its_numbers(keys):
    """In a bundle of one primary and one night a job's key is its id."""
    assert keys("nbjm 18:00 jobid=815\nbpdm 18:01 [1] -jobid 815\nnbjm 18:02 jobid=816") == [815, 815, 816]


def test_two_primaries(keys):
    """The same id that two primaries speak of is two jobs; a media server belongs to the one that names its images."""
    found = keys(
        f"nbjm@one 18:00 jobid=815 {A}\nnbjm@two 18:00 jobid=815 {B}\n"
        f"bpdm@m1 18:01 [1] -jobid 815 {A}\nbpdm@m2 18:01 [1] -jobid 815 {B}"
    )

    assert found[0] == found[2] != found[1] == found[3]
    assert pl.select(job_ids(pl.lit(pl.Series(found)))).to_series().to_list() == [815] * 4


def test_a_media_server_that_a_primary_names(keys):
    """A media server that names no image belongs to the primary that names the server."""
    found = keys(
        "nbjm@one 18:00 jobid=815 MediaServer=m1.x\nnbjm@two 18:00 jobid=815 MediaServer=m2.x\nbpdm@m2 18:01 [1] -jobid 815"
    )

    assert found[2] == found[1] != found[0]


def test_a_media_server_of_which_nothing_is_known(keys):
    """Where nothing tells whose a media server is, its record is of the job that is nearest in time."""
    found = keys(
        "nbjm@one 18:00 jobid=815\nnbjm@two 20:00 jobid=815\nbpdm@m1 19:50 [1] -jobid 815\nbpdm@m1 - [2] -jobid 815"
    )

    assert found[2] == found[1] != found[0]


def test_the_nodes_of_a_cluster_are_one_domain(keys):
    """Two hosts that speak of the same image with the same job are one primary: the nodes of a cluster."""
    found = keys(f"nbjm@node1 18:00 jobid=815 {A}\nnbjm@node2 18:10 jobid=815 {A}\nnbjm@node2 18:20 jobid=816")

    assert found == [815, 815, 816]


def test_hosts_that_share_a_primary_s_logs(keys):
    """Unified and legacy logs of one primary under two names of the host are one domain."""
    assert keys("nbjm@one 18:00 jobid=815\nadmin@other 18:01 [1] -jobid 815") == [815, 815]


def test_a_number_that_comes_again(keys):
    """A job id of which nothing is heard for weeks is another job's; a pause of days is a pause."""
    again = keys("nbjm 18:00 jobid=815\nnbjm 18:01 jobid=815\nnbjm 18:02 jobid=816", [0, 400, 400])

    assert len(set(again)) == 3
    assert keys("nbjm 18:00 jobid=815\nnbjm 18:01 jobid=815", [0, 3]) == [815, 815]


def test_lists_mean_the_job_of_their_domain():
    """A row of a list is of the domain whose logs know its images by that job; its other rows are, too."""
    second = 815 + 10**11
    carried = pl.DataFrame({"image_id": ["a_1", "b_1"], "job_id": [815, second]})
    facts = pl.DataFrame(
        [("one", "a_1", 815), ("two", "b_1", 815), ("two", None, 815), ("two", "c_1", 816), ("one", "d_1", 816)],
        schema=["who", "image_id", "job_id"],
        orient="row",
    )

    assert keyed(facts, carried)["job_id"].to_list() == [815, second, second, 816 + 10**11, 816]
    assert keyed(facts, carried.head(1)) is facts
