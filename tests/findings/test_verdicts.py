"""Findings that explain a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from nbtrace.findings import find, verdicts, with_causes
from nbtrace.findings.requests import requests
from nbtrace.knowledge.codes import status
from nbtrace.listed import LISTED
from nbtrace.tables import STEPS

FAILED = {"image_id": "a_1", "verdict": "failed", "step_states": "DDDDDDF-", "failed_step": 7, "job_ids": [815]}
SAID = {"image_id": "a_1", "outcome": "failed", "path": "media1/bpdm.log", "message": "cannot read\nmore of it"}


def test_a_failure_is_explained(make_case):
    """A failed image has its code's finding, the line that says so, its place first, and the code's meaning as title."""
    case = make_case(FAILED | {"status_code": 85}, evidence=[SAID | {"line": 7}, SAID | {"line": 9}])
    (found,) = verdicts.failures(case)

    assert (found.code, found.image_id, found.job_id, found.step) == ("NBT207", "a_1", 815, 7)
    assert found.title == status(85).name
    assert found.detail.startswith('bpdm on media1 said: "cannot read"')
    assert found.detail.endswith(status(85).cause)
    assert found.evidence == ("media1/bpdm.log:7", "media1/bpdm.log:9")
    assert found.remedy


@pytest.mark.parametrize(("code", "words"), [(None, "No status code"), (54321, "not known")])
def test_a_failure_without_a_known_code(make_case, code, words):
    """A failure whose code is missing or not known says just that."""
    (found,) = verdicts.failures(make_case(FAILED | {"status_code": code}))

    assert found.code == "NBT201"
    assert words in found.detail


def test_a_failure_without_a_record(make_case):
    """A failed image of which no record tells the failure names no place as its proof."""
    case = make_case(FAILED | {"status_code": 85})
    (found,) = verdicts.failures(replace(case, steps=case.steps.with_columns(source=pl.lit(None, pl.String))))

    assert found.evidence == ()


def test_a_special_finding_has_its_own_remedy(make_case):
    """A finding of one code has its own remedy, one of a few codes that of the code and its own, one of many the code's."""
    one, few, many = (next(verdicts.failures(make_case(FAILED | {"status_code": code}))) for code in (1532, 83, 2074))

    assert (one.code, few.code, many.code) == ("NBT202", "NBT207", "NBT206")
    assert one.remedy == verdicts.text("NBT202").remedy
    assert few.remedy == f"{status(83).remedy} {verdicts.text('NBT207').remedy}"
    assert many.remedy == status(2074).remedy


def test_overdue(make_case, night):
    """A stalled image names the step that did not come, since when, and the log that was listening."""
    image = {"image_id": "a_1", "verdict": "stalled", "step_states": "DDO-----", "failed_step": 3}
    (found,) = verdicts.overdue(make_case(image))

    assert (found.code, found.step, found.job_id) == ("NBT102", 3, None)
    assert "was due within 40 minutes" in found.detail
    assert "nbstserv covers that time" in found.detail
    assert found.detail.startswith(f"Step 2 (insert) was last seen at {night:%Y-%m-%d} 18:02:00 UTC on media1.")
    assert found.evidence == ("media1/bpdm.log:2",)


def test_what_a_listing_shows_is_not_asked_for(make_case):
    """Whether an image is pending is to be looked up where no listing of the target says that it is."""
    image = {"image_id": "a_1", "verdict": "stalled", "step_states": "DDO-----", "failed_step": 3}
    facts = pl.DataFrame({"image_id": ["a_1"], "fact": ["pending"], "side": ["target"]})
    case = make_case(image)
    (asked,), (told,) = (
        verdicts.overdue(each)
        for each in (case, replace(case, facts=LISTED.shape(facts).with_columns(who=pl.lit(None, pl.String))))
    )

    assert asked.remedy == f"{told.remedy} See with `nbstlutil pendimplist -U` whether the image is pending."


def test_long_times_are_told_in_hours():
    """A span of two hours and more is told in hours."""
    assert [verdicts._span(seconds) for seconds in (300, 7199, 7200)] == ["5 minutes", "119 minutes", "2 hours"]


def test_undetermined_without_the_log(make_case):
    """An image that nobody can judge names the log that is not in the bundle and would tell."""
    image = {"image_id": "a_1", "verdict": "undetermined", "step_states": "DUUUUUUU"}
    (found,) = verdicts.undetermined(make_case(image, absent=["import manager"]))

    assert (found.code, found.step) == ("NBT301", 2)
    assert "The log of import manager on primary1 is not in the bundle" in found.detail


def test_undetermined_with_a_log_that_ends_early(make_case):
    """Where the log is there but does not cover the time, this is said instead."""
    image = {"image_id": "a_1", "verdict": "undetermined", "step_states": "UUUUUUUU"}
    (found,) = verdicts.undetermined(make_case(image))

    assert (found.code, found.step, found.evidence) == ("NBT303", 1, ())
    assert found.detail.startswith(
        "No step is known to be done. The log of nbrmms does not tell of the time after that"
    )


def test_undetermined_with_a_log_that_nobody_understands(make_case, night):
    """A log that is there and covers the time is not asked for again: its words are what is not known."""
    image = {"image_id": "a_1", "verdict": "undetermined", "step_states": "DUUUUUUU", "primary": "primary1"}
    image["last_time"] = night + timedelta(minutes=5)
    heard = {"host": "primary1", "role": "primary", "log": "import manager", "last_time": night + timedelta(hours=9)}

    def found(hours):
        window = {"from": night, "to": night + timedelta(hours=hours)}
        case = make_case(image, absent=["import manager"], coverage=[heard | {"windows": [window]}])
        asked = requests(case).filter(pl.col("log") == "import manager")["need"].to_list()
        (told,) = verdicts.undetermined(case)
        return told.detail, told.remedy, asked

    detail, remedy, asked = found(9)
    assert "The log of import manager on primary1 covers the time after that, but" in detail
    assert "grammars unknown" in remedy
    assert asked == ["level"]
    detail, remedy, asked = found(0.1)
    assert "does not tell of the time after that" in detail
    assert remedy.startswith("Fetch the log of import manager")
    assert asked == ["time"]


def test_undetermined_at_the_end(make_case):
    """An image whose steps are all known and whose end is not has the last step in question."""
    image = {"image_id": "a_1", "verdict": "undetermined", "step_states": "DDDDDDDD"}
    (found,) = verdicts.undetermined(make_case(image))

    assert found.step == 8


def test_gaps(make_case):
    """A missing step of the last attempt is named with the log that covers it; an unseen step is none."""
    missing = {"image_id": "a_1", "verdict": "imported", "step_states": "DMDDDDDD"}
    (found,) = verdicts.gaps(make_case(missing))

    assert (found.code, found.step, found.image_id) == ("NBT101", 2, "a_1")
    assert list(verdicts.gaps(make_case(missing | {"step_states": "DUDDDDDD"}))) == []


def test_the_attempt_that_decides_explains(make_case):
    """Where a later attempt says nothing of the verdict, the failure is explained by the attempt that decided it."""
    case = make_case(FAILED | {"status_code": 85}, evidence=[SAID | {"line": 7}])
    later = case.steps.with_columns(
        attempt=pl.lit(2, pl.Int32),
        state=pl.lit("unseen"),
        source=pl.lit(None, pl.String),
        host=pl.lit(None, pl.String),
    )
    images = case.images.with_columns(attempts=pl.lit(2, pl.Int32))
    (found,) = verdicts.failures(replace(case, images=images, steps=pl.concat([case.steps, later])))

    assert (found.host, found.evidence[0]) == ("media1", "media1/bpdm.log:7")


@pytest.fixture
def perhaps_retried(make_case):
    """Return a case with an image whose job failed, and of which nobody can tell whether it is tried again."""
    failed = make_case(FAILED | {"status_code": 2074}, absent=["nbstserv"], evidence=[SAID | {"line": 7}])
    later = failed.steps.with_columns(
        attempt=pl.lit(2, pl.Int32), state=pl.lit("unseen"), job_id=pl.lit(None, pl.Int64),
        source=pl.lit(None, pl.String), host=pl.lit(None, pl.String), end_time=None, start_time=None,
    )  # fmt: skip
    images = failed.images.with_columns(
        verdict=pl.lit("undetermined"), step_states=pl.lit("U" * 8), last_step=pl.lit(2, pl.Int8)
    )
    steps = pl.concat([failed.steps, STEPS.shape(later)])
    return replace(failed, images=images, steps=steps)


def test_a_failure_before_an_unseen_retry_is_explained(perhaps_retried):
    """It has its own finding with place and remedy, and beside it the log that would tell of a retry."""
    (failure,) = verdicts.failures(perhaps_retried)
    (unseen,) = verdicts.undetermined(perhaps_retried)

    assert (failure.code, failure.step, failure.job_id) == ("NBT206", 7, 815)
    assert failure.remedy == status(2074).remedy
    assert failure.evidence == ("media1/bpdm.log:7",)
    assert (unseen.code, unseen.step) == ("NBT301", 3)
    assert "tried again" in unseen.title


def test_the_failure_is_the_cause(perhaps_retried):
    """The cause of such an image is that of its failure, and not the log that is not there."""
    findings = find(perhaps_retried)

    assert with_causes(perhaps_retried.images, findings)["cause"].to_list() == ["NBT206"]
