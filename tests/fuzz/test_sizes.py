"""One hostile file does not take the machine: memory stays below 1 GB, and the records around it are read."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MOST = 1000  # MB
MB = 1 << 20
LEGACY = b"13:00:00.000 [1] <2> bpimport: INITIATING -jobid 5 -b web5_1795205555"
RAW = b"0,51216,117,117,1,1795205555000,1,1,0:,4:text,0:,1"
ADMIN = "h1/usr/openv/netbackup/logs/admin/root.112026_00001.log"
NBJM = "h1/usr/openv/logs/nbjm/51216-117-331242250-261120-0000000000.log"
CASES = {
    "a line of 50 MB": (ADMIN, LEGACY, LEGACY + b"x" * (50 * MB)),
    "a raw record of 50 MB": (NBJM, RAW, RAW[:-10] + b"%d:" % (50 * MB) + b"x" * (50 * MB) + b",0:,1"),
    "a count that wants 999 MB": (NBJM, RAW, RAW[:-10] + b"999999999:jobid=5,0:,1"),
    "a million empty lines": (ADMIN, LEGACY, b"\n" * 1_000_000),
    "a million lines that belong to one record": (ADMIN, LEGACY, b"x y\n" * 1_000_000),
    "a million ends of line of old Macs": (ADMIN, LEGACY, b"x\r" * 1_000_000),
    "300,000 lines that name one image": (ADMIN, LEGACY, b"13:00:01.000 [1] <2> f: web5_1795205555\n" * 300_000),
    "10,000 images of one job": (
        ADMIN,
        LEGACY,
        "\n".join(
            f"13:00:01.000 [{n}] <2> bpimport: import of web5{n}_1795205555 jobid=5" for n in range(10_000)
        ).encode(),
    ),
    "a line with 5,000 images of one job": (
        ADMIN,
        LEGACY,
        b"13:00:01.000 [1] <2> f: importing jobid=5 " + b" ".join(b"web5%d_1795205555" % n for n in range(5_000)),
    ),
    "30 lines with 20,000 images of one job": (
        ADMIN,
        LEGACY,
        b"\n".join(
            [b"13:00:01.000 [1] <2> f: importing jobid=5 " + b" ".join(b"web5%d_1795205555" % n for n in range(20_000))]
            * 30
        ),
    ),
    "10 MB of zeros": (ADMIN, LEGACY, b"\0" * (10 * MB)),
    "5 MB that are no UTF-8": (ADMIN, LEGACY, b"\xff" * (5 * MB)),
    "5 MB of digits": (ADMIN, LEGACY, b"9" * (5 * MB)),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("command", ["analyze", "redact"])
def test_one_file(case, command, tmp_path):
    """A file with something huge between two records is gone through in bounded memory, and both records are found."""
    path, record, middle = CASES[case]
    log = tmp_path / "bundle" / path
    log.parent.mkdir(parents=True)
    log.write_bytes(record + b"\n" + middle + b"\n" + record + b"\n")
    words = ["analyze", str(tmp_path / "bundle"), "--no-cache", "--csv", str(tmp_path / "csv")]
    if command == "redact":
        words = ["redact", str(tmp_path / "bundle"), str(tmp_path / "copy")]
    status, peak, _, told = _measured(words, tmp_path / "told")
    assert status in {0, 1, 4}, told
    assert peak < MOST
    if command == "analyze":
        coverage = (tmp_path / "csv" / "coverage.csv").read_text().splitlines()
        entries, unparsed = map(int, re.search(r",(\d+),(\d+),\d*,(?:UTC|\+)", coverage[1]).groups())
        assert entries >= 2
        assert unparsed <= middle.count(b"\n") + 1
    else:
        (copy,) = (path for path in (tmp_path / "copy").rglob("*") if path.is_file())
        text = copy.read_bytes()
        first, last = record[:10], text.splitlines()[-1]
        assert text.startswith(first)
        assert last.startswith(first)
        assert len(last) == len(record)
        assert b"web5" not in text


def test_an_image_of_very_many_jobs(tmp_path):
    """The time that a report takes grows with the attempts of an image, not with their square."""
    log = tmp_path / "bundle" / ADMIN
    log.parent.mkdir(parents=True)
    said = ("INITIATING -jobid {0} -b web5_1795205555", "import of web5_1795205555 jobid={0} failed, status 191")
    lines = [
        f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}.000 [{n}] <16> bpimport: {text.format(n)}\n"
        for n in range(1, 8_001)
        for text in said
    ]
    took = []
    for part in (2_000, 16_000):
        log.write_text("".join(lines[:part]))
        status, *_, cpu, told = _measured(["analyze", str(tmp_path / "bundle"), "--no-cache"], tmp_path / "told")
        assert status in {0, 1, 4}, told
        took.append(cpu)
    assert took[1] < 8 * took[0]  # the square would be 64 times as much


def _measured(words, told):
    """Run nbtrace; return its status, the most memory (MB) and the seconds of the processor it took, and what it said."""
    launcher = [sys.executable, "-I", "-S", ROOT / "benchmarks" / "measure.py", told]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    command = [*launcher, sys.executable, "-m", "nbtrace", *words]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    taken = json.loads(ended.stdout)
    return taken["status"], taken["peak_mb"], taken["cpu_s"], told.read_text(errors="replace") + ended.stderr
