"""What is asked for: what is missing, once, with its time, and nothing where nothing is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from nbtrace.findings.requests import requests
from nbtrace.findings.unseen import with_witnesses
from nbtrace.tables import REQUESTS


def rows(case):
    """Return the requests as dictionaries, checked against their table."""
    return REQUESTS.check(requests(case)).to_dicts()


def span(night, *hours):
    """Return windows that begin and end at these hours of the night."""
    pairs = zip(hours[::2], hours[1::2], strict=True)
    return [{"from": night + timedelta(hours=one), "to": night + timedelta(hours=two)} for one, two in pairs]


def test_nothing_is_asked_for_where_nothing_is_missing(make_case):
    """A complete bundle needs no request, useful logs included."""
    assert rows(make_case()) == []


def test_an_absent_log_is_asked_for_once(make_case):
    """A missing log is one request with its steps, however many images hang on it."""
    images = [
        {"image_id": f"a_{n}", "verdict": "undetermined", "step_states": "DDUUUUUU", "primary": "primary1"}
        for n in (1, 2)
    ]
    (found,) = rows(make_case(*images, absent=["nbstserv"]))
    assert (found["host"], found["log"], found["need"]) == ("primary1", "nbstserv", "log")
    assert (found["steps"], found["images"]) == ([3], 2)


def test_a_host_without_any_log(make_case):
    """A media server that images name and of which nothing is there is asked for with all logs of its role."""
    image = {"image_id": "a_1", "verdict": "imported", "step_states": "DDDDDDDD", "media_server": "media9.example.com"}
    logs = [{"log_id": 1, "host": "media1", "path": "media1/x.log"}]
    found = rows(make_case(image, logs=logs))
    assert {(row["host"], row["log"], row["need"]) for row in found} == {
        ("media9.example.com", "nbrmms", "host"),
        ("media9.example.com", "bpdm", "host"),
    }


def test_no_host_of_a_role(make_case):
    """Where no media server is there at all, its logs are asked for without a host."""
    found = rows(make_case(absent=["nbrmms", "bpdm"]))
    assert [(row["host"], row["log"], row["role"]) for row in found] == [
        (None, "nbrmms", "media"),
        (None, "bpdm", "media"),
    ]


def test_time_between_files(make_case, night):
    """A log that pauses between two files is asked for this time only."""
    pausing = {"host": "primary1", "role": "primary", "log": "nbjm", "windows": span(night, 0, 2, 5, 9)}
    (found,) = rows(make_case(absent=["nbjm"], coverage=[pausing | {"last_time": night + timedelta(hours=9)}]))
    assert (found["log"], found["need"]) == ("nbjm", "time")
    assert (found["from_time"], found["to_time"]) == (night + timedelta(hours=2), night + timedelta(hours=5))


def test_a_short_bundle_asks_for_a_span_that_tells(make_case, night):
    """Where the bundle covers minutes, logs are asked for from an hour before on until every deadline has passed."""
    case = make_case(absent=["nbjm"])
    hours = [pl.lit(night + timedelta(hours=hour)).cast(case.coverage.schema["last_time"]) for hour in (6, 9, 10)]
    short = replace(case, coverage=case.coverage.with_columns(first_time=hours[1]))
    (found,) = rows(short)
    assert (found["from_time"], found["to_time"]) == (night + timedelta(hours=8), night + timedelta(hours=33))
    long = replace(case, coverage=case.coverage.with_columns(first_time=hours[0], last_time=hours[2]))
    (found,) = rows(long)
    assert (found["from_time"], found["to_time"]) == (night + timedelta(hours=6), night + timedelta(hours=10))


def test_an_early_end(make_case, night):
    """A log that ends before its host's others is asked for the rest."""
    early = {"host": "primary1", "role": "primary", "log": "nbjm", "windows": span(night, 0, 7)}
    (found,) = rows(make_case(absent=["nbjm"], coverage=[early | {"last_time": night + timedelta(hours=7)}]))
    assert (found["need"], found["from_time"]) == ("time", night + timedelta(hours=7))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["51216-117-1-261120-0000000000.log", "51216-117-1-261120-0000000003.log"], "1 to 2"),
        (["51216-117-1-261120-0000000004.log", "51216-117-1-261120-0000000006.log"], "5"),
        (["51216-117-1-261120-0000000001.log", "51216-117-1-261120-0000000002.log"], None),
        (["51216-117-1-261120-0000000001.log", "51216-117-2-261120-0000000007.log"], None),
    ],
)
def test_rotation_numbers_missing_between_others(make_case, names, told):
    """Files whose numbers are missing between those of the same day and writer are named; at the ends nothing is known."""
    logs = [
        {"log_id": n, "host": "primary1", "log": "nbjm", "path": f"p/{name}", "rotation": int(name[-14:-4])}
        for n, name in enumerate(names)
    ]
    found = [row for row in rows(make_case(logs=logs)) if row["need"] == "files"]
    assert [f"the numbers {told} are missing" in row["detail"] for row in found] == ([True] if told else [])


def test_a_log_of_errors_only(make_case):
    """A unified log without a record above the lowest level is asked to say more."""
    poor = {"host": "primary1", "role": "primary", "log": "nbjm", "highest_level": 1}
    (found,) = rows(make_case(absent=["nbjm"], coverage=[poor]))
    assert (found["need"], found["log"]) == ("level", "nbjm")


def test_a_useful_log_comes_last(make_case):
    """A log on which no verdict hangs is asked for as helpful, after what is needed."""
    found = rows(make_case(absent=["nbpem", "bpdbm"]))
    assert [(row["log"], row["need"]) for row in found] == [("bpdbm", "log"), ("nbpem", "helpful")]


def test_every_unseen_step_names_its_log(make_case):
    """A step that is not seen has the daemon and the host of the log that would tell; other steps keep theirs."""
    image = {"image_id": "a_1", "verdict": "undetermined", "step_states": "DDUUUUUU"}
    steps = with_witnesses(make_case(image | {"primary": "primary1", "media_server": "media1"}, absent=["nbstserv"]))
    told = steps.sort("step").select("state", "daemon", "host").rows()
    assert told[1] == ("done", "bpdm", "media1")
    assert told[2] == ("unseen", "nbstserv", "primary1")
    assert told[4] == ("unseen", "bpdm", "media1")
    assert all(daemon for state, daemon, _ in told if state == "unseen")
