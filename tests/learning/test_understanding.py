"""What is understood is counted, and what is not is shown once for all that says the same."""

from __future__ import annotations

import polars as pl

from nbtrace.learning import understanding, unknown
from nbtrace.tables import EVIDENCE, SHAPES, UNDERSTANDING

KEYS = ("image_id", "step", "strength", "outcome", "status_code", "line", "message")


def evidence(*rows):
    """Return the evidence of bpdm: rows of the keys above."""
    return EVIDENCE.shape(
        pl.DataFrame(rows, schema=KEYS, orient="row", infer_schema_length=None).with_columns(
            daemon=pl.lit("bpdm"), path=pl.lit("bpdm.log"), job_id=pl.lit(815)
        )
    )


ROWS = evidence(
    ("a", 6, "strong", "progress", None, 1, "granted"),
    ("a", 7, "weak", "progress", None, 2, "tx a_1795188184"),
    ("b", 7, "weak", "progress", None, 3, "tx b_1795188185"),
    ("a", None, None, "progress", None, 4, "hello 12"),
    ("b", None, None, "progress", None, 4, "hello 12"),
    ("a", None, None, "failed", None, 5, "broken"),
    ("a", None, None, "done", 0, 6, "rc=0"),
)


def test_lines_are_counted_once():
    """A line of many images counts once; failures and statuses are understood, lines without a step are not."""
    assert UNDERSTANDING.check(understanding(ROWS)).rows() == [("bpdm", 6, 3, 2, 1)]


def test_a_line_that_is_understood_for_one_image_is_understood():
    """What proves a step of one image strongly is no unknown line, though it proves less of another."""
    rows = evidence(("a", 3, "strong", "progress", None, 1, "x"), ("b", 3, "weak", "progress", None, 1, "x"))
    assert understanding(rows).rows() == [("bpdm", 1, 1, 0, 0)]
    assert unknown(rows, []).is_empty()


def test_what_is_unknown_is_grouped():
    """Messages that say the same are one row, with lines, images and the first as an example; those without a step first."""
    found = SHAPES.check(unknown(ROWS, [])).select("step", "shape", "lines", "images", "line", "message")
    assert found.rows() == [
        (None, "hello <number>", 1, 2, 4, "hello 12"),
        (7, "tx <image>", 2, 2, 2, "tx a_1795188184"),
    ]


def test_nothing_said_is_nothing_unknown():
    """Without evidence both tables are empty, and keep to their descriptions."""
    assert UNDERSTANDING.check(understanding(EVIDENCE.empty())).is_empty()
    assert SHAPES.check(unknown(EVIDENCE.empty(), [])).is_empty()


def test_very_long_messages_are_shown_by_their_beginning():
    """What is too long for a shape is grouped by its first characters."""
    long = "x " * 2000
    rows = evidence(("a", None, None, "progress", None, 1, long), ("a", None, None, "progress", None, 2, long + "y"))
    assert unknown(rows, []).select("shape", "lines").rows() == [(long[:200], 2)]
