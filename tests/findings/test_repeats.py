"""Several attempts: how many, how each ended, and whether anything changed between them."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from nbtrace.findings.repeats import repeated
from nbtrace.flows import load
from nbtrace.tables import EVIDENCE, STEPS

IMAGE = {"image_id": "a_1700000000", "verdict": "failed", "step_states": "DDDDDF--", "job_ids": [7, 815], "attempts": 2}


def record(attempt, code, *, bound="named", second=0, night):
    """Return a record that says a failure."""
    return {
        "image_id": IMAGE["image_id"], "attempt": attempt, "step": 6, "outcome": "failed", "bound": bound,
        "time": night.replace(second=second), "status_code": code,
    }  # fmt: skip


@pytest.fixture
def twice(make_case, night):
    """Return a maker of cases with two attempts whose records have these codes, and that stopped at these steps."""

    def make(codes, steps=(6, 6), verdict="failed"):
        case = make_case(
            IMAGE | {"verdict": verdict},
            evidence=[
                record(*code, night=night) if isinstance(code, tuple) else record(n, code, night=night)
                for n, code in enumerate(codes, 1)
            ],
        )
        rows = []
        for attempt, stop in enumerate(steps, 1):
            for step in load().step:
                state = "done" if step.number < stop else "failed" if step.number == stop else "unreached"
                rows.append(
                    {
                        "image_id": IMAGE["image_id"],
                        "attempt": attempt,
                        "job_id": (7, 815)[attempt - 1],
                        "step": step.number,
                        "name": step.name,
                        "state": state,
                        "start_time": night if step.number <= stop else None,
                    }
                )
        return replace(case, steps=STEPS.shape(pl.DataFrame(rows, infer_schema_length=None)))

    return make


@pytest.mark.parametrize(
    ("verdict", "severity", "words"),
    [("imported", "info", "the last one imported it"), ("failed", "", "none of them imported it")],
)
def test_several_attempts_are_worth_a_word(twice, make_case, verdict, severity, words):
    """Several attempts are named with their jobs, as a warning where none succeeded; a single one is not."""
    (found,) = repeated(twice([2074, 83], verdict=verdict))

    assert (found.code, found.severity, found.job_id) == ("NBT105", severity, 815)
    assert found.detail.startswith(f"2 attempts (jobs 7, 815); {words}.")
    assert list(repeated(make_case(IMAGE | {"attempts": 1, "job_ids": [7]}))) == []


def test_each_attempt_has_its_own_end(twice):
    """The detail tells step and status of each attempt."""
    (found,) = repeated(twice([2074, 83], steps=(6, 7)))
    assert "Attempt 1 failed at step 6 (resources) with status 2074" in found.detail
    assert "Attempt 2 failed at step 7 (catalog) with status 83" in found.detail
    assert found.title == ""


def test_attempts_that_end_alike_say_so(twice):
    """Where step and status are the same, the title says it and the remedy is to remove the cause first."""
    (found,) = repeated(twice([2074, 2074]))
    assert found.title == "2 attempts failed in the same way"
    assert found.remedy.startswith("Nothing changed between the attempts")
    for other in (twice([2074, 2106]), twice([2074, 2074], steps=(6, 7))):
        (found,) = repeated(other)
        assert found.title == ""


def test_a_sum_is_no_end(twice, night):
    """191 and 800 only sum up: the status beside them is told, wherever it stands."""
    case = twice([191, 83])
    more = [record(1, 2074, bound="job", second=9, night=night), record(2, 1, second=1, night=night)]
    evidence = pl.concat([case.evidence, EVIDENCE.shape(pl.DataFrame(more, infer_schema_length=None))])
    (found,) = repeated(replace(case, evidence=evidence))
    assert "Attempt 1 failed at step 6 (resources) with status 2074" in found.detail
    assert "Attempt 2 failed at step 6 (resources) with status 83" in found.detail
