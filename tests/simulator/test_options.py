"""Options: what cannot be simulated is refused in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from nbtrace.errors import InputError
from nbtrace.simulator import Options


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"images": 0}, "at least one image"),
        ({"hours": 2}, "at least 4 hours"),
        ({"noise": -1}, "cannot be negative"),
        ({"zones": ("UTC", "UTC")}, "one zone for all hosts, or three"),
        ({"zones": ("Europe/Bärlin",)}, "not a time zone"),
        ({"zones": ("../etc",)}, "not a time zone"),
        ({"start": datetime(2026, 1, 1)}, "needs a time zone"),  # noqa: DTZ001 - the mistake under test
    ],
)
def test_refused(options, why):
    """Every impossible option is an input error that says what is wrong."""
    with pytest.raises(InputError, match=why):
        Options(**options)


def test_the_night():
    """A night's borders are milliseconds since the epoch."""
    options = Options(start=datetime(2026, 11, 20, 18, tzinfo=UTC), hours=5)

    assert (options.start_ms, options.end_ms) == (1_795_197_600_000, 1_795_215_600_000)
