"""What people see of a bundle that holds listings only, as golden files; ``NBTRACE_GOLDEN=write`` writes them anew."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest

from nbtrace.report.terminal import View, console, show

GOLDEN = Path(__file__).with_name("golden")


@pytest.fixture
def night(analysed, make):
    """Return a night in listings: imported, failed, waiting without a job, done and not in the catalog, sent and not here."""
    good, bad, web, gone, sent = (make.image(name, "18:00") for name in ("app1", "db1", "web5", "mail2", "file3"))
    early, later = make.image("mail2", "17:00"), make.image("app1", "18:20")
    lines = [
        "11/20/2026 13:20:00 - begin Import",
        "11/20/2026 13:20:01 - Info bpimport(pid=4001) started",
        "11/20/2026 13:20:02 - Info bpdm(pid=5001) started",
        "11/20/2026 13:20:20 - Error bpdm(pid=5001) \x1b[31mvolume v1 is down\x1b[0m (2074)",
    ]
    rows = [
        make.job(815, [good, gone, later], start="19:00", end="19:01", status=0),
        make.job(816, [bad], start="19:20", end="19:21", status=191, details=lines),
    ]
    waiting = (
        f"Image {sent} for Lifecycle air_gold is IN_PROCESS\n  Copy to stu_r of type REPLICATION is IMPORT_PENDING\n"
    )
    return analysed({
        "dr/NBU_jobs.txt": make.jobs(*rows),
        "dr/pendimplist.txt": make.pending(web, since="18:30"),
        "dr/images.txt": make.catalog(early, good, later),
        "prod/stlilist.txt": waiting,
        "prod/slp.txt": make.policy("air_gold", (0, 0, "*NULL*", "*NULL*"), (3, 0, "drprimary1", "air_gold")),
        "dr/slp.txt": make.policy("air_gold", (4, 0, "*NULL*", "*NULL*")) + make.policy("other", (4, 4, "*NULL*", "*NULL*")),
    }), bad  # fmt: skip


@pytest.mark.parametrize("view", ["night", "image", "job"])
def test_golden(night, view, monkeypatch):
    """The night, one image and one job are shown with the listings as evidence, and nothing steers the terminal."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    result, bad = night
    file = io.StringIO()
    views = {"night": View(), "image": View(image=bad), "job": View(job=816)}
    show(result, console(color=False, file=file, width=80), views[view])
    text = file.getvalue()
    assert "\x1b" not in text
    assert max(len(line) for line in text.splitlines() if not re.search(r"\S{40}", line)) <= 80
    path = GOLDEN / f"{view}-80.txt"
    if os.environ.get("NBTRACE_GOLDEN") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
