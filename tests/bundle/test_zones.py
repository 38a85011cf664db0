"""Zones: each log has one, it is said where from, and mistakes are explained."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from nbtrace.bundle.zones import parse_zone, with_dates, with_matched
from nbtrace.errors import InputError
from nbtrace.tables import WRONG_DATES

FILES = {
    "m1/bpdm/root.112026_00001.log": "legacy",
    "m2/bpdm/root.112026_00001.log": "legacy",
    "m2/51216-222-99-261120-0000000000.log": "unified",
}


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("UTC", "UTC"),
        ("utc", "UTC"),
        ("Z", "UTC"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("+02:00", "+02:00"),
        ("-0530", "-05:30"),
        ("+9", "+09:00"),
        ("UTC+2", "+02:00"),
        ("+00:00", "UTC"),
        ("-14:00", "-14:00"),
    ],
)
def test_zones_are_names_or_offsets(text, zone):
    """IANA names in any case and offsets in their usual forms are accepted and written in one way."""
    assert parse_zone(text) == zone


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Europe/Berln", "did you mean Europe/Berlin"),
        ("+15:00", "offsets go up to 14:00"),
        ("+02:75", "no known time zone"),
        ("", "no known time zone"),
        ("../../etc/passwd", "no known time zone"),
    ],
)
def test_a_wrong_zone_is_explained(text, message):
    """What is no zone is refused, and the nearest names are offered."""
    with pytest.raises(InputError, match=message):
        parse_zone(text)


def _zones(bundle):
    return {
        path: (zone, source) for path, zone, source in bundle.logs.select("path", "zone", "zone_source").iter_rows()
    }


def test_without_options_utc_is_assumed(read):
    """Local times are read as UTC, and that is said; epochs need no zone."""
    found = _zones(read(FILES))
    assert found["m1/bpdm/root.112026_00001.log"] == ("UTC", "assumed")
    assert found["m2/51216-222-99-261120-0000000000.log"] == ("UTC", "epoch")


def test_an_option_is_for_all_hosts(read):
    """The general zone is that of every local time."""
    found = _zones(read(FILES, tz="Europe/Berlin"))
    assert found["m1/bpdm/root.112026_00001.log"] == ("Europe/Berlin", "option")
    assert found["m2/bpdm/root.112026_00001.log"] == ("Europe/Berlin", "option")
    assert found["m2/51216-222-99-261120-0000000000.log"] == ("UTC", "epoch")


def test_the_option_of_a_host_beats_the_general_one(read):
    """A host's own zone counts for that host only; of two, the last one."""
    found = _zones(read(FILES, tz="Europe/Berlin", host_tz=["m2=UTC", "m2=-05:00"]))
    assert found["m1/bpdm/root.112026_00001.log"] == ("Europe/Berlin", "option")
    assert found["m2/bpdm/root.112026_00001.log"] == ("-05:00", "host option")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"host_tz": ["m1"]}, "not of the form HOST=ZONE"),
        ({"host_tz": ["m11=UTC"]}, "There is no host 'm11' in the bundle: did you mean m1"),
        ({"host_tz": ["elsewhere=UTC"]}, "its hosts are m1, m2"),
        ({"host_tz": ["m1=Europe/Berln"]}, "did you mean Europe/Berlin"),
        ({"tz": "nowhere"}, "no known time zone"),
    ],
)
def test_wrong_options_are_explained(read, options, message):
    """An option of the wrong form, for an unknown host or with an unknown zone ends the work with help."""
    with pytest.raises(InputError, match=message):
        read(FILES, **options)


def test_found_zones_and_dates_fill_what_is_open(read):
    """A zone that was found counts where no option of the host gives one, also for its other formats; dates likewise."""
    logs = read(FILES, host_tz=["m2=+02:00"]).logs
    zones = pl.DataFrame({"host": ["m1", "m2"], "format": ["vxlogview", "legacy"], "zone": ["-05:00", "+09:00"]})
    found = with_matched(logs, zones)
    assert dict(zip(found["path"], found.select("zone", "zone_source").iter_rows(), strict=True)) == {
        "m1/bpdm/root.112026_00001.log": ("-05:00", "matched"),
        "m2/bpdm/root.112026_00001.log": ("+02:00", "host option"),
        "m2/51216-222-99-261120-0000000000.log": ("UTC", "epoch"),
    }
    open_ = found.with_columns(date=pl.when(pl.col("log_id") > 0).then("date"))
    dates = WRONG_DATES.shape(pl.DataFrame({"log_id": [0, 1], "date": [date(2026, 1, 2)] * 2}))
    assert with_dates(open_, dates)["date"].to_list() == [date(2026, 1, 2), *open_["date"][1:]]
