"""The whole night on one report: bundle, outcome, causes, timelines, blind spots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.listed import LISTING
from nbtrace.report import causes, coverage, timeline, verdict, words
from nbtrace.report.text import count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbtrace.report.page import Page
    from nbtrace.tables import Result

__all__ = ["attempts", "causes_of", "outcome", "show", "statuses"]

# The logs of the import flow, by short name; any of a group shows the same (import-flow.md §0, D; bptm for bpdm §7, I).
FLOW_LOGS: Final = (("nbrmms",), ("nbstserv",), ("nbpem",), ("nbjm",), ("admin",), ("bpdm", "bptm"), ("bpdbm",))
_IGNORED: Final = 3  # files that are named before the rest is counted
# Names of hosts that nobody gave them: worth a word, so that they are not taken for real ones.
HOST_SOURCES: Final = {"folder": "named after its folder", "id": "named after the id in its files' names"}
ZONE_SOURCES: Final = {"host option": "--host-tz", "option": "--tz"}


def show(page: Page, result: Result, limit: int | None) -> None:
    """Write the report from the bundle down to what could not be seen; `limit` bounds each list."""
    _bundle(page, result, limit)
    page.line()
    outcome(page, result)
    if result.images.is_empty() and not result.traced:
        _nothing(page, result)
    causes.failures(page, result.findings, result.images, limit)
    _timelines(page, result, limit)
    causes.noted(page, result.findings, limit)
    page.heading("What could not be seen")
    if not causes.unseen(page, result.findings, limit):
        page.prose("No finding is about the logs themselves.", indent=2)
    words.summary(page, result)
    coverage.show(page, result, limit)


def outcome(page: Page, result: Result) -> None:
    """Write the outcome of all images in one line."""
    if result.images.is_empty():
        where = "within the chosen time" if result.traced else "in these logs"
        page.prose(("0 images", "bold"), f": no import was seen {where}")
    else:
        left_out = result.traced - result.images.height
        outside = f" ({count(left_out, 'image')} outside the chosen time)" if left_out > 0 else ""
        page.prose(*verdict.outcome(result.images), outside)


def attempts(page: Page, steps: pl.DataFrame, status: Mapping[int, int | None]) -> list[str]:
    """Return each attempt of one image in a sentence, in order; `status` is the status code of each job."""
    parts = timeline.own(steps).sort("attempt", "step", maintain_order=True).partition_by("attempt")
    return [_attempt(page, part, status) for part in parts]


def causes_of(findings: pl.DataFrame, images: pl.DataFrame, *, full: bool = False) -> dict[str, str]:
    """Return for each image the finding that explains its verdict: its title, and where `full` its detail.

    An image without such a finding is left out.
    """
    found = findings.join(images, left_on=["image_id", "code"], right_on=["image_id", "cause"], how="semi")
    rows = found.unique("image_id", keep="first", maintain_order=True).iter_rows(named=True)
    return {
        row["image_id"]: f"{row['code']}  {row['title'] or ''}"
        + (f". {row['detail']}" if full and row["detail"] else "")
        for row in rows
    }


def statuses(jobs: pl.DataFrame) -> dict[int, int | None]:
    """Return the status code of each job."""
    return dict(jobs.select("job_id", "status_code").iter_rows())


def _bundle(page: Page, result: Result, limit: int | None) -> None:
    window = page.span(result.since, result.until)
    page.prose(("nbtrace", "bold"), " ", result.bundle, f", {window} {page.zone}" if window else "")
    entries, unparsed = int(result.coverage["entries"].sum()), int(result.coverage["unparsed"].sum())
    listings = result.logs.filter(pl.col("format") == LISTING).height
    parts = [count(result.logs.height - listings, "log file")] if result.logs.height > listings or not listings else []
    parts += [count(listings, "file") + " of listings"] if listings else []
    parts += [count(entries, "record")]
    parts += [f"{count(unparsed, 'line')} not understood"] if unparsed else ["every line understood"]
    ignored = result.ignored.filter(~pl.col("lost"))
    parts += [f"{count(ignored.height, 'other file')} ignored"] if ignored.height else []
    page.prose(
        ", ".join(parts), *([(f", {result.unreadable:,} unreadable", "bold yellow")] if result.unreadable else [])
    )
    for path, reason in ignored.select("path", "reason").head(_IGNORED if limit else ignored.height).iter_rows():
        page.prose(("ignored  ", "dim"), f"{path}: {reason}", indent=2, hang=9)
    page.more(ignored.height - _IGNORED if limit else 0, "ignored file")
    hosts = _hosts(result.logs)
    shown = hosts.head(limit or hosts.height)
    wrong = result.findings.filter((pl.col("code") == "NBT402") & (pl.col("severity") == "warning"))["host"].to_list()
    for host in shown.iter_rows(named=True):
        zone = _zone(host) + (", contradicted by its logs: NBT402" if host["host"] in wrong else "")
        doubted = "yellow" if zone.endswith(("(assumed)", "NBT402")) else ""
        named = f", {told}" if (told := HOST_SOURCES.get(host["named_by"])) else ""
        page.prose(
            (host["host"], "bold"), f"  {host['roles'] or 'role unknown'}, ", (zone, doubted), named, indent=2, hang=2
        )
        page.prose((" ".join(host["logs"]), "dim"), indent=4)
    page.more(hosts.height - shown.height, "host")


def _hosts(logs: pl.DataFrame) -> pl.DataFrame:
    local = pl.col("zone_source") != "epoch"
    return (
        logs.group_by("host")
        .agg(
            roles=pl.col("role").filter(pl.col("role") != "").unique().sort().str.join(", "),
            logs=pl.col("log").drop_nulls().unique().sort(),
            zones=pl.col("zone").filter(local).drop_nulls().unique().sort(),
            named_by=pl.when(pl.col("host").str.starts_with("host-")).then(pl.lit("id")).otherwise("host_source").max(),
            sources=pl.col("zone_source").filter(local).drop_nulls().unique().sort(),
        )
        .sort(pl.col("roles") != "primary", "host")
        .with_columns(pl.col("host").fill_null("unknown host"))
    )


def _zone(host: dict[str, Any]) -> str:
    if not host["zones"]:
        return "no zone needed"
    return f"{', '.join(host['zones'])} ({', '.join(ZONE_SOURCES.get(source, source) for source in host['sources'])})"


def _nothing(page: Page, result: Result) -> None:
    logs = set(result.logs["log"].drop_nulls())
    here = [" or ".join(names) for names in FLOW_LOGS if logs & set(names)]
    absent = [" or ".join(names) for names in FLOW_LOGS if not logs & set(names)]
    page.prose("Nothing was replicated here in this time, or the logs that would tell are not in the bundle.", indent=2)
    page.prose(f"Logs of the import flow that are here: {', '.join(here) or 'none'}.", indent=2)
    page.prose(f"Not here: {', '.join(absent) or 'none is missing'}.", indent=2)


def _timelines(page: Page, result: Result, limit: int | None) -> None:
    images = verdict.by_urgency(result.images.filter(pl.col("verdict") != "imported"))
    if images.is_empty():
        return
    page.heading(f"Images that are not imported (times are {page.zone})")
    shown = images.head(limit or images.height)
    steps = result.steps.join(shown, on="image_id", how="semi").partition_by("image_id", as_dict=True)
    found, status = causes_of(result.findings, shown), statuses(result.jobs)
    for number, image in enumerate(shown.iter_rows(named=True)):
        verdict.heading(page, image)
        mine = steps.get((image["image_id"],), result.steps.clear())
        page.prose(*verdict.sentence(page, image, result.until, verdict.decided(mine)), indent=2)
        if cause := found.get(image["image_id"]):
            page.prose(cause, indent=2)
        last = pl.col("attempt") == pl.col("attempt").max()
        said = attempts(page, mine, status)
        for sentence in said if len(said) > 1 else ():  # the timeline is that of the last
            page.prose((sentence, "dim"), indent=2)
        timeline.draw(page, timeline.lanes(timeline.own(mine).filter(last)), result.until)
        if number == 0:
            timeline.legend(page)
    page.more(images.height - shown.height, "image")


def _attempt(page: Page, steps: pl.DataFrame, status: Mapping[int, int | None]) -> str:
    job, attempt = steps["job_id"].drop_nulls(), steps["attempt"][0]
    named = f", job {job[0]}" if len(job) else ""
    stop = steps.filter(pl.col("state").is_in(["failed", "overdue", "waiting"])).head(1)
    dark = steps.filter(pl.col("state") == "unseen").filter(pl.lit(steps["state"][-1] == "unseen")).head(1)
    ended = f"unseen from {page.step(dark['step'][0])} on" if dark.height else "passed"
    ended = f"{stop['state'][0]} at {page.step(stop['step'][0])}" if stop.height else ended
    code = status.get(job[0]) if len(job) else None
    with_status = "" if code is None else f", job status {code}"
    when = page.span(steps["start_time"].min(), steps["end_time"].max())  # type: ignore[arg-type]  # polars: any scalar
    return f"attempt {attempt}{named}: {ended}{with_status}" + (f", {when}" if when else "")
