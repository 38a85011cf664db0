"""Records that a line of their own text tore apart are one again, and nothing else is joined."""

from __future__ import annotations

import polars as pl
import pytest

from nbtrace.records.counted import cut_column
from nbtrace.records.torn import mend


def mended(*texts, records=None):
    """Return what is left of pieces after those that belong together were joined, as messages."""
    places = list(range(len(texts)) if records is None else records)
    series = pl.Series([texts[place].removeprefix("#") for place in places])
    parts, taken = mend(cut_column(series), series, pl.Series(places, dtype=pl.UInt32), pl.Series(texts))
    return [message for place, message in zip(places, parts["message"], strict=True) if place not in taken], taken


def test_torn_records_are_joined():
    """A record whose counts want more text is joined with the records of its own text."""
    assert mended("#0:,1:a,0:,1", "#0:,17:x\n#0:,1:a,0:,1\ny", "#0:,15:x", "#0:,1:a,0:,1", "#0:,1:b,0:,1") == (
        ["a", "0:,17:x\n#0:,1:a,0:,1\ny", "0:,15:x", "a", "b"],
        [],
    )
    whole = "x\n#0:,1:a,0:,1\n#0:,1:b,0:,1\ny"
    torn = f"#0:,{len(whole)}:{whole},0:,1".split("\n")
    assert mended("#0:,1:a,0:,1", *torn, "#0:,1:z,0:,1", records=[0, 1, 2, 3, 5]) == (["a", whole, "z"], [2, 3, 4])


def test_torn_records_may_count_crlf():
    """Records that count two bytes for each line break are joined as well."""
    whole = "x\n#0:,1:a,0:,1\ny"
    torn = f"#0:,{len(whole) + 2}:{whole},0:,1".split("\n")
    assert mended(*torn, records=[0, 1])[0] == [whole.replace("\n", "\r\n")]


def test_torn_numbered_messages_are_joined():
    """An argument of a numbered message may hold a line that looks like the start of a record."""
    assert mended("#0:,2,(998|A14:x", "#0:,1:a,0:,1|A1:b|),0:,1") == (["x\n#0:,1:a,0:,1 b"], [1])


@pytest.mark.parametrize(
    "texts",
    [
        ["#0:,99:x", "#0:,1:a,0:,1"],
        ["#0:,14:x", "#0:,1:a,0:,1"],
        ["#0:,999999999:x", "#0:,1:a,0:,1"],
        ["#0:,14:x", "#0:,1:a,0:,1,0:,1\nmore"],
        ["#0:,99:x"],
        ["#0:,14:x"] + ["#0:,1:a,0:,1"] * 3,
    ],
)
def test_what_does_not_fit_is_left_alone(texts):
    """Where joining does not make the counts fit, every record stays its own."""
    messages, taken = mended(*texts)
    assert len(messages) == len(texts)
    assert taken == []


def test_joining_is_bounded():
    """A record is joined of a few dozen pieces at most."""
    whole = "\n".join(["x", *["#0:,1:a,0:,1"] * 100, "y"])
    torn = f"#0:,{len(whole)}:{whole},0:,1".split("\n")
    assert mended(*torn, records=range(len(torn) - 1))[1] == []


def test_joining_is_given_up():
    """Where joining fails again and again the counts mean something else, and the rest is left as it is."""
    whole = "x\n#0:,1:a,0:,1\ny"
    torn = f"#0:,{len(whole)}:{whole},0:,1".split("\n")
    lines = ["#0:,14:x", "#0:,1:a,0:,1"]
    assert mended(*lines * 999, *torn, records=[*range(1998), 1998, 1999])[1] == [1999, 2000]
    assert mended(*lines * 1000, *torn, records=[*range(2000), 2000, 2001])[1] == []
