"""A night of imports as a Result, small enough to read: every verdict, a second attempt, a batch and hostile text."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from nbtrace.tables import (
    COVERAGE,
    EVIDENCE,
    FINDINGS,
    IGNORED,
    IMAGES,
    JOBS,
    LOGS,
    STATE_LETTERS,
    STEPS,
    UNDERSTANDING,
    Result,
)

SINCE = datetime(2026, 11, 20, 18, 0, 2, tzinfo=UTC)
UNTIL = datetime(2026, 11, 21, 3, 30, tzinfo=UTC)
PRIMARY, MEDIA = "nbu-primary.dr.example.com", "media1.dr.example.com"

# Of each step: name, host, daemon, seconds from the step before, seconds at work.
FLOW = (
    ("event", MEDIA, "nbrmms", 0.0, 0.4),
    ("insert", PRIMARY, "nbstserv", 0.8, 0.3),
    ("batch", PRIMARY, "nbpem", 181.0, 12.5),
    ("start", PRIMARY, "nbjm", 1.5, 2.0),
    ("mover", PRIMARY, "bpimport", 3.0, 4.0),
    ("resources", MEDIA, "bpdm", 0.5, 42.0),
    ("catalog", MEDIA, "bpdm", 1.0, 95.0),
    ("validate", PRIMARY, "bpdbm", 0.2, 6.0),
)
STATES = {letter: state for state, letter in STATE_LETTERS.items()}
PATHS = {
    "nbrmms": "media1/usr/openv/logs/nbrmms/51216-222-167837953-261120-0000000000.log",
    "nbstserv": "primary/usr/openv/logs/nbstserv/51216-226-167837952-261120-0000000000.log",
    "nbpem": "primary/usr/openv/logs/nbpem/51216-116-167837952-261120-0000000000.log",
    "nbjm": "primary/usr/openv/logs/nbjm/51216-117-167837952-261120-0000000000.log",
    "bpimport": "primary/usr/openv/netbackup/logs/admin/root.112026_00001.log",
    "bpdm": "media1/usr/openv/netbackup/logs/bpdm/root.112026_00001.log",
    "bpdbm": "primary/usr/openv/netbackup/logs/bpdbm/root.112026_00001.log",
}
TITLES = {
    "NBT102": "The next step is overdue",
    "NBT201": "The import ended with a status code",
    "NBT202": "The SLP does not exist in the target domain",
    "NBT206": "Resources are not available",
}
REMEDIES = {
    "NBT102": "On the primary, look for pending imports: nbstlutil pendimplist -U. Is the window of the SLP open?",
    "NBT201": "Look the status code up, and read the lines that are given as evidence.",
    "NBT202": "Create an SLP of exactly this name with Import as its first operation; show both sides with nbstl NAME -L.",
    "NBT206": "Bring the disk volume up, then wait for the next attempt.",
}
HOSTILE = "could not \x1b[31mread\x1b[0m [red]the[/red] \u202eegami\u202c\nDone.\r\x9b2J all fine\u200b"


def trail(image_id, letters, start, *, attempt=1, job=815):
    """Return the eight step rows of one attempt: the letters are their states, the times follow FLOW."""
    rows, now = [], start
    for number, (letter, (name, host, daemon, wait, work)) in enumerate(zip(letters, FLOW, strict=True), 1):
        now += timedelta(seconds=wait)
        row = {"image_id": image_id, "attempt": attempt, "job_id": job, "step": number, "name": name}
        row |= {"state": STATES[letter.upper()], "host": host, "daemon": daemon, "strength": "", "evidence_count": 0}
        if letter == "d":
            row["strength"] = "implied"
        elif letter in "DF":
            end = now + timedelta(seconds=work)
            row |= {"strength": "strong", "start_time": now, "end_time": end, "duration_s": work, "pid": 4000 + number}
            row |= {
                "wait_s": wait if number > 1 else None,
                "evidence_count": 1,
                "source": PATHS[daemon],
                "line": 100 + number,
            }
            now = end
        rows.append(row)
    return rows


def image(steps, verdict, *, code=None, status=None, slp="air_gold_import"):
    """Return the image row that fits the last of its attempts."""
    image_id = steps[0]["image_id"]
    last = [row for row in steps if row["attempt"] == steps[-1]["attempt"]]
    done = [row["step"] for row in last if row["state"] == "done"]
    stop = [row["step"] for row in last if row["state"] in {"failed", "overdue"}]
    times = [row[name] for row in steps for name in ("start_time", "end_time") if name in row]
    return {
        "image_id": image_id, "client": image_id.rpartition("_")[0], "slp": slp,
        "backup_time": datetime.fromtimestamp(int(image_id[-10:]), UTC),
        "source_primary": "prod-primary.example.com", "primary": PRIMARY, "media_server": MEDIA,
        "job_ids": sorted({row["job_id"] for row in steps if row["job_id"]}), "attempts": steps[-1]["attempt"],
        "verdict": verdict, "last_step": max(done, default=0), "failed_step": stop[0] if stop else None,
        "status_code": status, "cause": code, "first_time": min(times), "last_time": max(times),
        "elapsed_s": (max(times) - min(times)).total_seconds() if verdict == "imported" else None,
        "step_states": "".join(STATE_LETTERS[row["state"]] for row in last),
        "evidence_count": sum(row["evidence_count"] for row in steps),
    }  # fmt: skip


def finding(code, found, detail, *, severity="error"):
    """Return the finding that explains the verdict of an image, with its last known line as evidence."""
    step = found["failed_step"]
    name = FLOW[(step or 1) - 1]
    return {
        "code": code, "severity": severity, "image_id": found["image_id"], "step": step, "host": name[1],
        "job_id": (found["job_ids"] or [None])[-1], "time": found["last_time"], "title": TITLES[code], "detail": detail,
        "remedy": REMEDIES[code], "evidence": [f"{PATHS[name[2]]}:{100 + (step or 1)}"],
    }  # fmt: skip


def proofs(steps):
    """Return one evidence row for each step that was seen; a failed one carries a hostile message."""
    return [
        {
            "flow": "import", "image_id": row["image_id"], "attempt": row["attempt"], "job_id": row["job_id"],
            "step": row["step"], "outcome": "failed" if row["state"] == "failed" else "done", "strength": "strong",
            "rule": f"{row['name']}_seen", "bound": "named" if row["step"] in {1, 2, 7} else "job",
            "time": row["start_time"], "host": row["host"], "daemon": row["daemon"], "pid": row["pid"], "severity": 4,
            "status_code": 2074 if row["state"] == "failed" else None, "path": row["source"], "line": row["line"],
            "message": HOSTILE if row["state"] == "failed" else f"{row['name']} of {row['image_id']} is complete",
        }
        for row in steps
        if row["evidence_count"]
    ]  # fmt: skip


def blind(code, title, detail, remedy, *, host, severity="warning", evidence=()):
    """Return a finding about what could not be seen."""
    return {
        "code": code, "severity": severity, "host": host, "title": title, "detail": detail, "remedy": remedy,
        "evidence": list(evidence),
    }  # fmt: skip


def frame(table, rows):
    """Return the rows as the table, checked."""
    return table.check(table.shape(pl.DataFrame(rows, infer_schema_length=None)) if rows else table.empty())


def at(clock):
    """Return the time of day within the night."""
    time = datetime.fromisoformat(f"2026-11-20T{clock}+00:00")
    return time if time >= SINCE else time + timedelta(days=1)


def logs():
    """Return one log file for each path, the primary's zone given, the media server's assumed."""
    rows = []
    for number, (daemon, path) in enumerate(PATHS.items()):
        primary, unified = path.startswith("primary"), "51216" in path
        zone = ("UTC", "epoch") if unified else ("Europe/Berlin", "host option") if primary else ("UTC", "assumed")
        rows.append({
            "log_id": number, "path": path, "host": PRIMARY if primary else MEDIA, "host_source": "path",
            "role": "primary" if primary else "media", "format": "unified" if unified else "legacy",
            "log": "admin" if daemon == "bpimport" else daemon, "bytes": 81_234, "zone": zone[0], "zone_source": zone[1],
        })  # fmt: skip
    return frame(LOGS, rows)


def coverage():
    """Return the logs' coverage: bpdm is silent for two hours, bpdbm ends early, one line was not understood."""
    rows = []
    for row in logs().iter_rows(named=True):
        spans = [(SINCE, UNTIL)]
        if row["log"] == "bpdm":
            spans = [(SINCE, at("21:00:00")), (at("23:00:00"), UNTIL)]
        elif row["log"] == "bpdbm":
            spans = [(SINCE, at("23:10:00"))]
        rows.append({
            **{name: row[name] for name in ("host", "role", "log", "format", "zone", "zone_source")}, "files": 1,
            "first_time": SINCE, "last_time": spans[-1][1], "entries": 12_031, "unparsed": int(row["log"] == "admin"),
            "windows": [{"from": first, "to": last} for first, last in spans],
        })  # fmt: skip
    return frame(COVERAGE, rows)


def understanding():
    """Return what is understood of each daemon: all of nbpem, most of bpdm, nothing of the import manager."""
    rows = [("bpdm", 2130, 1870, 204, 56), ("import manager", 96, 0, 96, 0), ("nbpem", 1186, 1186, 0, 0)]
    return [dict(zip(("daemon", "lines", "strong", "weak", "unknown"), row, strict=True)) for row in rows]


@pytest.fixture
def night():
    """A night with every verdict; seven images and one host name that means harm."""
    fine = trail("vmhost1_1795197600", "DDDDDDDD", at("18:05:00"), job=811)
    down = trail("vmhost7_1795201200", "DDDDDF--", at("19:10:05"), job=812)
    down += trail("vmhost7_1795201200", "DDDDDF--", at("22:14:05"), attempt=2, job=816)
    batch = trail("sqlserver-with-a-long-name.prod.example.com_1795202222", "DDDDDF--", at("22:14:09"), job=816)
    slp = trail("filer2_1795201999", "DF------", at("20:00:00"), job=None)
    stuck = trail("exchange3_1795203333", "DDO-----", at("23:58:59"), job=None)
    running = trail("vmhost9_1795215555", "DDDDDW--", at("03:21:11"), job=820)
    dark = trail("oracle4_1795204444", "DDDDDUUU", at("20:40:00"), job=818)
    mended = trail("[bold]web5[/bold]_1795205555", "DDDDDF--", at("21:00:00"), job=817)
    mended += trail("[bold]web5[/bold]_1795205555", "DdDMDDDD", at("22:30:00"), attempt=2, job=819)
    images = [
        image(fine, "imported"),
        image(down, "failed", code="NBT206", status=2074),
        image(batch, "failed", code="NBT206", status=2074),
        image(slp, "failed", code="NBT202", status=1532, slp="air_silver_import"),
        image(stuck, "stalled", code="NBT102"),
        image(running, "in_progress"),
        image(dark, "undetermined"),
        image(mended, "imported"),
    ]
    findings = [
        finding("NBT206", images[1], "bpdm on media1 asked for disk volume dv1 and got status 2074: disk volume is down"),
        finding("NBT206", images[2], "bpdm on media1 asked for disk volume dv1 and got status 2074: disk volume is down"),
        finding("NBT202", images[3], "the import manager refused the image with status 1532: no SLP 'air_silver_import'"),
        finding("NBT102", images[4], "inserted at 23:59:00, not batched since; nbstserv wrote on until the logs ended"),
        {**finding("NBT201", images[7], ""), "code": "NBT105", "severity": "warning", "title": "Several attempts were needed",
         "detail": "2 attempts: jobs 817, 819"},
        blind("NBT303", "A log ends before the others", "bpdbm ends at 23:10:00", "Fetch its later files: nbcplogs.", host=PRIMARY),
        blind("NBT304", "Some records were not understood", "1 line of admin", "Send the line to us.", host=PRIMARY,
              severity="info", evidence=[f"{PATHS['bpimport']}:77"]),
        blind("NBT402", "A time zone was assumed", "no zone is known for evil\x1b]0;host", "Say it: --host-tz HOST=ZONE.",
              host="evil\x1b]0;host", severity="info"),
    ]  # fmt: skip
    trails = [fine, down, batch, slp, stuck, running, dark, mended]
    times = {812: ("19:13:30", "19:14:12"), 816: ("22:17:31", "22:18:13")}
    jobs = [
        {"job_id": job, "type": "import", "attempt": 1, "state": "done", "status_code": status, "images": ids,
         "start_time": at(times.get(job, ("21:00:00",) * 2)[0]), "end_time": at(times.get(job, ("21:03:20",) * 2)[1]),
         "elapsed_s": 42.0, "media_server": MEDIA, "storage_server": "stsrv-b.dr.example.com", "disk_volume": "PureDiskVolume",
         "slp": "air_gold_import"}
        for job, status, ids in (
            (811, 0, [fine[0]["image_id"]]),
            (812, 800, [down[0]["image_id"]]),
            (816, 800, [down[0]["image_id"], batch[0]["image_id"]]),
            (817, 800, [mended[0]["image_id"]]),
            (819, 0, [mended[0]["image_id"]]),
        )
    ]  # fmt: skip
    return Result(
        bundle="dr-night",
        logs=logs(),
        ignored=frame(IGNORED, [{"path": "README.txt", "reason": "no log", "lost": False}]),
        coverage=coverage(),
        images=frame(IMAGES, images),
        jobs=frame(JOBS, jobs),
        steps=frame(STEPS, [row for rows in trails for row in rows]),
        evidence=frame(EVIDENCE, [row for rows in trails for row in proofs(rows)]),
        findings=frame(FINDINGS, findings),
        understanding=frame(UNDERSTANDING, understanding()),
        since=SINCE,
        until=UNTIL,
    )


@pytest.fixture
def empty(night):
    """A bundle of the media server alone in which no import was seen."""
    media = pl.col("host") == MEDIA
    none = {t.name: t.empty() for t in (IMAGES, JOBS, STEPS, EVIDENCE, FINDINGS, UNDERSTANDING)}
    return replace(night, logs=night.logs.filter(media), coverage=night.coverage.filter(media), **none)
