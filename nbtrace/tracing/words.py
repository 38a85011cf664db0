"""What a message says, by the lexicon of the evidence grammars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import polars as pl

from nbtrace.errors import FlowError
from nbtrace.grammar.columns import has, matches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["OUTCOME_RULES", "rules_of", "says", "with_words"]

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

# Rules that the engine itself asks for: how it went, and whose work it is. A flow names those of its steps.
OUTCOME_RULES: Final = ("failed", "harmless", "retry", "succeeded", "ended")
_KIND_RULES: Final = ("importing", "other_work", "manual")


def says(rule: str) -> pl.Expr:
    """Return the column that tells whether a record's words match this rule (Boolean)."""
    return pl.col(f"says_{rule}")


def rules_of(flow: Flow) -> list[str]:
    """Return the names of all word rules that the flow or the engine asks for."""
    return sorted({*flow.words(), *OUTCOME_RULES, *_KIND_RULES})


def with_words(
    rows: Frame, grammars: Iterable[Grammar], wanted: Iterable[str], whole: Mapping[str, Collection[str]] | None = None
) -> Frame:
    """Add one Boolean column ``says_RULE`` for each wanted rule.

    Rules of the same name in several grammars add up. What a record is about is read from its function as well; how it
    went, from its message only. ``whole`` names rules that stand for several others, of which one must match the message
    from its beginning to its end.
    ``FlowError`` where no grammar has a rule of the name.
    """
    whole = whole or {}
    rules: dict[str, list[pl.Expr]] = {rule: [] for rule in wanted}
    message = pl.col("message")
    spoken = pl.col("function").fill_null("") + ": " + message
    for grammar in grammars:
        for start in grammar.starts:
            if start in rules and start not in whole:
                rules[start].append(has(message if start in OUTCOME_RULES else spoken, grammar.lowered(start)))
        for rule, names in whole.items():
            lowered = [grammar.lowered(name) for name in names if name in grammar.starts]
            rules[rule] += matches(message, lowered)
    if absent := [rule for rule, found in rules.items() if not found]:
        raise FlowError(f"no evidence grammar has the rule '{absent[0]}'", file="evidence", where="words")
    return rows.with_columns(pl.any_horizontal(found).alias(f"says_{rule}") for rule, found in rules.items())
