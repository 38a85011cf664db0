"""Entries → what they name: backup ids and jobs first, and for those that matter SLP, storage and status codes."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.grammar.columns import find, find_all
from nbtrace.knowledge.codes import is_resource_detail, is_summary, status, statuses
from nbtrace.tracing.words import ID, SPACED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbtrace.grammar.library import Grammar
    from nbtrace.grammar.lowering import Lowered

__all__ = ["backup_time", "describe", "identify", "identify_text"]

# What an entry names beside images and jobs, and the grammar fields that fill these columns, the most exact first.
_COLUMNS: Final = {
    "parent_job_id": ("parent_job_id",),
    "request_id": ("request_id",),
    "slp": ("slp_name", "slp_word"),
    "storage_server": ("storage_server",),
    "disk_volume": ("disk_volume",),
    "media_server": ("media_server",),
    "source_primary": ("source_primary",),
    "media_id": ("media_id",),
}
_HIGHEST_CODE: Final = 99_999  # more digits are no status code
_DATED: Final = "_[0-9]{10}"  # where a backup id can be
_BACKUP_ID: Final = r"^(.*_[0-9]{10})(?:_C[0-9]+_[A-Z0-9]+)?$"  # exactly ten digits; the object's tail is cut off
_AS_IT_STANDS: Final = rf"^[^/\\].*{_DATED}$"  # a backup id with nothing around it
_IN_A_PATH: Final = r"^[/\\]"
_ODD_ID: Final = r"(?i)job[^\s]*_[0-9]{10}"  # of a client whose name looks like a job
_OF_A_NAME: Final = r"\.[A-Za-z][^0-9]*$"
_BARE: Final = r"(?i)[(\[:][ ]?[0-9]{2}|return[a-z]+ [0-9]{2}"  # the sieve of the rules for bare numbers
_OF_AN_OBJECT: Final = r"_C[0-9]+_[A-Z0-9]+$"


def identify(entries: pl.DataFrame, identifiers: Iterable[Grammar]) -> pl.DataFrame:
    """Add to each entry which images and which job it names, by the identifier grammars.

    Adds ``images`` (list of backup ids, empty for none) and ``job_id`` (Int64).
    """
    rules = _rules(identifiers)
    with_job = entries.with_columns(
        job_id=pl.coalesce(_job(pl.col("context"), rules), _job(_without_ids("message"), rules))
    ).with_row_index("entry")
    named = with_job.join(_images(_dated(with_job), rules), on="entry", how="left", maintain_order="left").drop("entry")
    return named.with_columns(pl.col("images").fill_null([]))


def identify_text(rows: pl.DataFrame, identifiers: Iterable[Grammar]) -> pl.DataFrame:
    """Add the same to records of which only the whole ``text`` is known.

    A context stands before its message, so that the first job is the same. In a function between them or behind them
    more may be found than in the entry.
    """
    rules = _rules(identifiers)
    texts = rows.select(message="text").with_row_index("entry")
    dated = _dated(texts)
    named = texts.select("entry").join(_images(dated, rules), on="entry", how="left", maintain_order="left")
    # A name that looks like a job has to be left out first, which the others need not pay for.
    odd = dated.filter(pl.col("message").str.contains(_ODD_ID))["entry"]
    return rows.with_columns(named["images"].fill_null([]), _jobs(rows["text"], odd, rules))


def backup_time() -> pl.Expr:
    """Return when the backup of ``image_id`` was made (UTC): its id ends with the epoch in seconds."""
    seconds = pl.col("image_id").str.extract(r"_([0-9]{10})$", 1).cast(pl.Int64)
    return pl.from_epoch(seconds * 1000, "ms").dt.replace_time_zone("UTC")


def describe(rows: pl.DataFrame, identifiers: Iterable[Grammar]) -> pl.DataFrame:
    """Add to each entry what else it names: the columns above (String; ``parent_job_id`` Int64), and its codes.

    ``status_code`` is the one that tells most of those it states, ``closing_code`` the number at its very end (Int32),
    ``bare_code`` one that stands where a status may (Int64) though nothing says that it is one.
    ``rows`` need ``entry``, the number of each.
    """
    rules = _rules(identifiers)
    both = pl.col("context") + " " + pl.col("message")
    described = rows.with_columns(
        *(_first(both, rules, fields).alias(column) for column, fields in _COLUMNS.items()),
        closing_code=_first(_without_ids("message") + "\n", rules, ("closing_code",)).cast(pl.Int32, strict=False),
    ).with_columns(pl.col("parent_job_id").cast(pl.Int64, strict=False))
    for found in (_statuses(described, rules), _bare(described, rules)):
        described = described.join(found, on="entry", how="left", maintain_order="left")
    return described


def _rules(identifiers: Iterable[Grammar]) -> dict[str, list[Lowered]]:
    """Return the lowered rules by each field that they fill."""
    rules: dict[str, list[Lowered]] = {}
    for grammar in identifiers:
        for start in grammar.starts:
            lowered = grammar.lowered(start)
            for field in lowered.fields:
                rules.setdefault(field, []).append(lowered)
    return rules


def _first(text: pl.Expr, rules: dict[str, list[Lowered]], fields: Iterable[str]) -> pl.Expr:
    """Return the first value of any of the fields in the text."""
    found = [find(text, lowered).struct.field(field) for field in fields for lowered in rules.get(field, ())]
    return pl.coalesce(*found) if found else pl.lit(None, pl.String)


def _without_ids(name: str) -> pl.Expr:
    """Return the text without backup ids: a client may be called `job-7` or `status41.example`."""
    return pl.col(name).str.replace_all(ID, "#").str.replace_all(SPACED, "# -")


def _job(text: pl.Expr, rules: dict[str, list[Lowered]]) -> pl.Expr:
    """Return the first job id in the text that is not said to be the parent's."""
    found = [
        find_all(text, lowered)
        .list.eval(pl.element().filter(~pl.element().str.contains("(?i)^parent")))
        .list.first()
        .str.extract(r"([0-9]+)$", 1)
        for lowered in rules.get("job_id", ())
    ]
    number = pl.coalesce(*found).cast(pl.Int64, strict=False)
    return pl.when(number > 0).then(number)


def _jobs(text: pl.Series, odd: pl.Series, rules: dict[str, list[Lowered]]) -> pl.Series:
    """Return the same as ``_job``, as a whole column: to look at all mentions is left to odd texts, and to those that name a parent."""
    said = pl.col(text.name)
    found = [find(said, lowered).struct for lowered in rules.get("job_id", ())]
    parents = [
        struct.field("parent").is_not_null()
        for struct, lowered in zip(found, rules.get("job_id", ()), strict=True)
        if "parent" in lowered.fields
    ]
    number = pl.coalesce(*(struct.field("job_id") for struct in found), pl.lit(None, pl.String)).cast(
        pl.Int64, strict=False
    )
    quick = text.to_frame().select(
        job_id=pl.when(number > 0).then(number), with_parent=pl.any_horizontal(pl.lit(value=False), *parents)
    )
    odd = pl.concat([odd, quick["with_parent"].arg_true()]).unique()
    if odd.is_empty():
        return quick["job_id"]
    return quick["job_id"].scatter(
        odd, text.gather(odd).to_frame().select(_job(_without_ids(text.name), rules)).to_series()
    )


def _dated(rows: pl.DataFrame) -> pl.DataFrame:
    """Return ``entry`` and ``message`` of those entries that can name an image."""
    return rows.filter(pl.col("message").str.contains(_DATED)).select("entry", "message")


def _images(dated: pl.DataFrame, rules: dict[str, list[Lowered]]) -> pl.DataFrame:
    """Return ``entry`` and ``images``: the backup ids that each entry names, in the order of the text.

    What follows a path separator is an id only as a storage object: a folder may end in ten digits as well.
    """
    found = [find_all(pl.col("message"), lowered) for lowered in rules["backup_id"]]
    ids = dated.select("entry", images=reduce(lambda left, right: left.list.concat(right), found)).explode("images")
    text = pl.col("images")
    odd = ids.select(~text.str.contains(_AS_IT_STANDS)).to_series().arg_true()
    if odd.len():
        of_a_path = text.str.contains(_IN_A_PATH) & ~text.str.contains(_OF_AN_OBJECT)
        bare = pl.when(~of_a_path).then(text.str.strip_chars_start("/\\").str.extract(_BACKUP_ID, 1))
        ids = ids.with_columns(ids["images"].scatter(odd, ids[odd].select(bare).to_series()))
    return ids.drop_nulls().group_by("entry", maintain_order=True).agg(text.unique(maintain_order=True))


def _statuses(named: pl.DataFrame, rules: dict[str, list[Lowered]]) -> pl.DataFrame:
    """Return ``entry`` and ``status_code``: of all codes that an entry states, the one that tells most."""
    # Short words such as `rc` count only behind another character, so that they are no end of a longer word.
    rows = named.filter(pl.col("message").str.contains("[0-9]")).select(
        "entry", message=" " + _without_ids("message") + "\n"
    )
    code = pl.col("status_code")
    stated = _codes(rows, rules, "status_code")
    # Where a status is stated that needs a detail, any number that is one is taken for it.
    open_ = [number for number in stated["status_code"].unique() if is_summary(number, beside=statuses())]
    summing = rows.join(stated.filter(code.is_in(open_)), on="entry", how="semi")
    details = pl.concat([_codes(rows, rules, "detail_code"), _codes(summing, rules, "beside_code")])
    known = [number for number in details["status_code"].unique() if is_resource_detail(number)]
    table = pl.concat([stated, details.filter(code.is_in(known))])
    weight = code.replace_strict(
        {number: _weight(number) for number in table["status_code"].unique()}, default=0, return_dtype=pl.Int32
    )
    return (
        table.with_columns(weight=weight)
        .sort("entry", "weight", descending=[False, True], maintain_order=True)
        .group_by("entry", maintain_order=True)
        .agg(code.first())
    )


def _codes(rows: pl.DataFrame, rules: dict[str, list[Lowered]], field: str) -> pl.DataFrame:
    """Return ``entry`` and ``status_code`` (Int32): the numbers at the end of what the rules of a field find."""
    code = pl.col("status_code")
    found = [
        rows.select("entry", status_code=find_all(pl.col("message"), lowered)).explode("status_code")
        for lowered in rules.get(field, ())
    ]
    empty = pl.DataFrame(schema={"entry": rows.schema["entry"], "status_code": pl.String})
    number = code.str.extract(r"([0-9]+)[^0-9]*$", 1).cast(pl.Int32, strict=False)
    numbers = pl.concat([empty, *found]).filter(~code.str.contains(_OF_A_NAME)).with_columns(number)
    return numbers.filter(code.is_not_null() & (code <= _HIGHEST_CODE))


def _bare(named: pl.DataFrame, rules: dict[str, list[Lowered]]) -> pl.DataFrame:
    """Return ``entry`` and ``bare_code``: of the numbers in the place of a status the last that imports end with, or the last."""
    text, code = pl.col("text"), pl.col("bare_code")
    message = "\n" + _without_ids("message") + "\n"
    rows = named.filter(pl.col("message").str.contains(_BARE)).select("entry", message=message)
    found = [
        rows.select("entry", text=find_all(pl.col("message"), lowered))
        .explode("text")
        .filter(text.is_not_null())
        .select("entry", find(text, lowered).struct.unnest())
        .filter(
            pl.all_horizontal(pl.lit(value=True), *(pl.col(name).is_null() for name in lowered.fields if name != field))
        )
        .select("entry", bare_code=field)
        for field in ("bare_code", "short_code")
        for lowered in rules.get(field, ())
    ]
    empty = pl.DataFrame(schema={"entry": named.schema["entry"], "bare_code": pl.String})
    ours = pl.Series([number for number, known in statuses().items() if known.steps], dtype=pl.Int64)
    return (
        pl.concat([empty, *found])
        .select("entry", code.cast(pl.Int64, strict=False))
        .drop_nulls()
        .sort("entry", code.is_in(ours.implode()), maintain_order=True)
        .group_by("entry", maintain_order=True)
        .agg(code.last())
    )


def _weight(code: int) -> int:
    """Tell how much a code says about the cause: an import's own code most, a sum little, zero nothing."""
    if code == 0:
        return 0
    if is_summary(code, beside=statuses().keys()):
        return 1
    known = status(code)
    return 2 if known is None else 4 if known.steps else 3
