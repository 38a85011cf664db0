"""In which of his logs a speaker tells of jobs."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.tables import TIME
from nbtrace.tracing.telling import logs_without_jobs
from nbtrace.tracing.windows import Windows


@pytest.fixture
def told(clock):
    """Return what logs tell no job, of a host where bpdm told of jobs in the logs of these numbers while both listened."""

    def answer(*log_ids, bptm=("18:00", "23:00")):
        both = {"bpdm": [(clock("18:00"), clock("23:00"))], "bptm": [tuple(clock(time) for time in bptm)]}
        windows = Windows(of_log={("media1", "bpdm"): both}, names={1: "bpdm", 2: "bptm"})
        rows = [
            {"host": "media1", "daemon": "bpdm", "log_id": log_id, "job_id": 800 + n, "time": clock("19:00")}
            for n, log_id in enumerate(log_ids)
        ]
        schema = {"host": pl.String, "daemon": pl.String, "log_id": pl.UInt32, "job_id": pl.Int64, "time": TIME}
        return logs_without_jobs(pl.DataFrame(rows, schema=schema), windows)

    return answer


def test_a_log_that_tells_of_none_of_many_jobs(told):
    """All jobs are told in bpdm while bptm listens: bptm is of other work."""
    assert told(1, 1, 1, 1, 1) == {"bpdm": {"bptm"}}


def test_a_log_that_tells_of_one_job(told):
    """One job in bptm is enough: it may be where the next one is told, too."""
    assert told(1, 1, 1, 1, 1, 2) == {}


def test_few_jobs_tell_nothing(told):
    """Of few jobs, or where the log did not listen to them, nobody knows what it tells."""
    assert told(1, 1, 1, 1) == {}
    assert told(1, 1, 1, 1, 1, bptm=("20:00", "23:00")) == {}
    assert told() == {}
