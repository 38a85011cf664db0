"""The storage lifecycle policies of both domains against each other, where both are listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from nbtrace.findings.common import Case, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["pairs"]

_REPLICATION: Final = 3  # what an operation is for (M: NBUCLI)
_IMPORT: Final = 4
_FIXED: Final = 0  # V: a fixed retention; the number of Target retention is not known, but it is another
_HALTING: Final = ("NBT202", "NBT203", "NBT204")  # an image of such a pair is not even batched (D)
_ONE: Final = 1  # a list with one policy only may have been asked for that one

# The four ways to get the pair wrong: import-flow.md §3.1, 1531 to 1534 (D).


def pairs(case: Case) -> Iterator[Finding]:
    """Check for every policy that replicates that the target has its partner: name, classification, operation, retention.

    The policies of a target are those of a host that lists one with an import, or from which other listings come that
    only a target can print. Nothing is claimed where only one side is listed.
    """
    policies = [_policy(group) for _, group in case.policies.group_by("path", "line", maintain_order=True)]
    targets = {policy["host"] for policy in policies if _IMPORT in policy["uses"]}
    targets |= set(case.facts.filter(pl.col("side") == "target")["host"]) & {policy["host"] for policy in policies}
    sources = [policy for policy in policies if _REPLICATION in policy["uses"] and _IMPORT not in policy["uses"][:1]]
    for source in sources:
        there = [policy for policy in policies if policy["host"] in targets and policy is not source]
        if source["host"] in targets:  # both lists came from one place: those that replicate themselves are no partners
            there = [policy for policy in there if policy not in sources]
        if there:
            yield from _pair(case, source, there)


def _policy(group: pl.DataFrame) -> dict[str, Any]:
    """Return one policy with what its operations are for, in their order."""
    rows = group.sort("operation")
    return (
        rows.row(0, named=True)
        | {"uses": rows["use_for"].to_list(), "retentions": rows["retention_type"].to_list()}
        | {"partners": rows.filter(pl.col("use_for") == _REPLICATION)["target_slp"].to_list()}
    )


def _pair(case: Case, source: dict[str, Any], there: list[dict[str, Any]]) -> Iterator[Finding]:
    """Compare one policy of a source with its partner among those of the target."""
    for name in dict.fromkeys(partner or source["slp"] for partner in source["partners"]):
        found = next((policy for policy in there if policy["slp"] == name), None)
        if found is None:
            near = next((policy for policy in there if policy["slp"].casefold() == name.casefold()), None)
            hint = f"; only '{near['slp']}' is there" if near else ""
            said = f"'{source['slp']}' of {source['host']} replicates for '{name}', which {there[0]['host']} does not list{hint}."
            yield from _told(
                case, "NBT202", name, said, (source, near or there[0]), sure=len(there) > _ONE or near is not None
            )
            continue
        if (source["classification"] or "").casefold() != (found["classification"] or "").casefold():
            both = " and ".join(
                f"'{policy['classification'] or 'none'}' on {policy['host']}" for policy in (source, found)
            )
            yield from _told(case, "NBT203", name, f"The data classification of '{name}' is {both}.", (source, found))
        if found["uses"][0] != _IMPORT:
            later = (
                "its import is not the first operation" if _IMPORT in found["uses"] else "it has no import operation"
            )
            yield from _told(case, "NBT204", name, f"'{name}' is on {found['host']}, but {later}.", (found,))
        elif all(kind == _FIXED for kind in found["retentions"]):
            said = f"All operations of '{name}' on {found['host']} have a fixed retention; one must have that of the source."
            yield from _told(case, "NBT211", name, said, (found,))


def _told(
    case: Case, code: str, slp: str, said: str, policies: tuple[dict[str, Any], ...], *, sure: bool = True
) -> Iterator[Finding]:
    """Yield the finding for each image of the policy that came into no job, else once for the policy itself.

    Where images of the policy were imported in spite of it, the list may be younger than they are: that is a warning.
    """
    proof = tuple(f"{policy['path']}:{policy['line']}" for policy in policies)
    images = case.images.filter(pl.col("slp") == slp)
    open_ones = pl.col("verdict").is_in(["stalled", "undetermined"]) & (pl.col("job_ids").list.len() == 0)
    halted = images.filter(open_ones)["image_id"].to_list() if code in _HALTING else []
    severity = "" if sure and (halted or images.is_empty()) else "warning"
    for image in halted or [None]:
        yield Finding(code, said, severity=severity, image_id=image, host=policies[-1]["host"], evidence=proof)
