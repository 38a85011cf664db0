"""What a message says, by the lexicon of the evidence grammars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from nbtrace.errors import FlowError
from nbtrace.grammar.columns import has

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbtrace.flows import Flow
    from nbtrace.grammar.library import Grammar

__all__ = ["OUTCOME_RULES", "says", "with_words"]

# Rules that the engine itself asks for: how it went, and whose work it is. A flow names those of its steps.
OUTCOME_RULES: Final = ("failed", "harmless", "retry", "succeeded", "ended")
_KIND_RULES: Final = ("importing", "other_work", "manual")


def says(rule: str) -> pl.Expr:
    """Return the column that tells whether a record's words match this rule (Boolean)."""
    return pl.col(f"says_{rule}")


def with_words(rows: pl.DataFrame, flow: Flow, grammars: Iterable[Grammar]) -> pl.DataFrame:
    """Add one Boolean column ``says_RULE`` for each rule that the flow or the engine asks for.

    Rules of the same name in several grammars add up. What a record is about is read from its function as well; how it
    went, from its message only. ``FlowError`` where no grammar has a rule of the name.
    """
    rules: dict[str, list[pl.Expr]] = {rule: [] for rule in sorted({*flow.words(), *OUTCOME_RULES, *_KIND_RULES})}
    message = pl.col("message")
    whole = pl.col("function").fill_null("") + ": " + message
    for grammar in grammars:
        for start in grammar.starts:
            if start in rules:
                rules[start].append(has(message if start in OUTCOME_RULES else whole, grammar.lowered(start)))
    if absent := [rule for rule, found in rules.items() if not found]:
        raise FlowError(f"no evidence grammar has the rule '{absent[0]}'", file=f"{flow.name}.toml", where="words")
    return rows.with_columns(pl.any_horizontal(found).alias(f"says_{rule}") for rule, found in rules.items())
