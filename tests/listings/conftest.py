"""Output of commands as text, made of a few facts: hosts, images and jobs are invented, shapes are those of the sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from nbtrace.analysis import Options, analyze

NIGHT = datetime(2026, 11, 20, tzinfo=UTC)


def at(clock):
    """Return epoch seconds of a time of the night; hours from 24 on are those of the next day."""
    hours, minutes, *seconds = map(int, clock.split(":"))
    return int((NIGHT + timedelta(hours=hours, minutes=minutes, seconds=(seconds or [0])[0])).timestamp())


def image(client, clock):
    """Return the backup id of a client's backup."""
    return f"{client}_{at(clock)}"


def escaped(text):
    """Return a cell as bpdbjobs writes it."""
    return str(text).replace("\\", "\\\\").replace(",", "\\,")


def job(
    number,
    images=(),
    *,
    start=None,
    end=None,
    status="",
    state=3,
    kind=21,
    tries=1,
    details=(),
    server="drmedia1",
    primary="drprimary1",
    tail=21,
):
    """Return one row of `bpdbjobs -report -all_columns`."""
    began, ended = (f"{at(time) if time else 0:010d}" for time in (start, end))
    cells = [
        number,
        kind,
        state,
        status,
        "SLP_air_gold",
        "-",
        "",
        server,
        began,
        "0000000042",
        ended,
        "stu1",
        tries,
        12,
    ]
    cells += ["", "", "", 100, 4711, "root", 0, 0, 0, 0, "", primary, 1, 2, 0, 0, 0, len(images), *images, tries]
    for _ in range(tries):
        cells += [
            4712,
            "stu1",
            server,
            began,
            "0000000042",
            ended,
            status,
            "its description, with a comma",
            len(details),
            *details,
            0,
            0,
        ]
    return ",".join(map(escaped, [*cells, *[0] * tail]))


def jobs(*rows, prompt="bpdbjobs -report -all_columns"):
    """Return the output of bpdbjobs behind the line that names the command; other work of the evening first."""
    other = [job(700 + n, kind=0, start=f"{16 + n}:00", end=f"{16 + n}:10", status=0) for n in range(2)]
    return "\n".join([*([prompt] if prompt else []), *other, *rows]) + "\n"


def pending(*images, since=None, primary="drprimary1", origin="prodprimary1"):
    """Return the output of `nbstlutil pendimplist -U`."""
    stamp = f"{at(since)} (some local time)" if since else "0 (Thu Jan  1 00:00:00 1970)"
    return "".join(
        f"""
 Master Server            : {primary}
 Backup ID                : {name}
 Client                   : {name.rpartition("_")[0]}
 Backup Time              : {name.rpartition("_")[2]} (some local time)
 Policy                   : (none specified)
 Storage Lifecycle Policy : (none specified)
 Storage Lifecycle State  : 1 (NOT_STARTED)
 Time In Process          : {stamp}
 OriginMasterServer       : {origin}
 OriginMasterServerID     : 00000000-0000-0000-0000-000000000000
 Import From Replica Time : 0 (Thu Jan  1 00:00:00 1970)
"""
        for name in images
    )


def catalog(*images, origin="prodprimary1", copied=None, kind=0):
    """Return the output of `bpimagelist -l`; an origin of None is an image that was made here."""
    guid = "12345678-1234-1234-1234-123456789abc" if origin else "*NULL*"
    lines = []
    for name in images:
        client, _, made = name.rpartition("_")
        lines.append(
            f"IMAGE {client} 0 0 16 {name} pol1 0 *NULL* root full 0 3 {made} 61 1797793200 0 0 1024 10 2 1 0 {name}.f "
            f"10.3 *NULL* 0 1 {kind} 0 0 *NULL* 0 0 0 0 0 0 0 *NULL* 0 0 0 0 812 0 0 0 0 0 *NULL* air_gold 3 0 1 0 "
            f"{origin or '*NULL*'} {guid} 0"
        )
        lines.append("HISTO -1 -1 -1 -1 -1 -1 -1 -1 -1 -1")
        lines.append(
            f"FRAG 1 1 1024 0 0 0 0 @aaaab drmedia1 262144 0 0 0 0 *NULL* 1797793200 0 3 0 0 1 0 0 {at(copied) if copied else 0} 1"
        )
    return "\n".join(lines) + "\n"


def policy(name, *operations, classification="*NULL*"):
    """Return a policy of `nbstl -l`; an operation is (use for, retention type, target primary, target policy)."""
    lines = [f"{name} {classification} 0 0x0 0"]
    for number, (use, retention, primary, partner) in enumerate(operations, 1):
        lines.append(
            f"    {use} stu1 *NULL* *NULL* {retention} 1 *NULL* 0 0x0 0 0 *NULL* {number} Default_24x7_Window {primary} {partner}"
        )
    return "\n".join(lines) + "\n"


@pytest.fixture
def make():
    """Return the makers of listings."""
    return SimpleNamespace(at=at, image=image, job=job, jobs=jobs, pending=pending, catalog=catalog, policy=policy)


@pytest.fixture
def analysed(tmp_path):
    """Return a maker of results: a bundle of files by name (text or bytes) in, what is found out."""

    def run(files, **options):
        for name, text in files.items():
            path = tmp_path / "bundle" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return analyze([tmp_path / "bundle"], Options(**options))

    return run
