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

__all__ = ["ID", "OUTCOME_RULES", "SPACED", "rules_of", "says", "unquoted", "with_words"]

Frame = TypeVar("Frame", pl.DataFrame, pl.LazyFrame)

# Rules that the engine itself asks for: how it went, and whose work it is. A flow names those of its steps.
OUTCOME_RULES: Final = ("failed", "negated", "harmless", "retry", "succeeded", "intended", "ended")
_KIND_RULES: Final = ("importing", "other_work", "manual")

# Names that somebody chose are no words: a client `import01`, a policy "delete me", a volume that is called error.
# What client names hold: log-formats.md §8, M; letters of other alphabets: I.
_LETTERS: Final = "A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u1fff\u3040-\ud7af"
ID: Final = rf"[{_LETTERS}_.-]+_[0-9]{{10}}"
_KEYS: Final = "policy|client|class|schedule|slp|lifecycle|server|host|pool|volume|path|stunit|dv|dp|ss|ms"
_VALUE: Final = r"""("[^"\n]*"|'[^'\n]*'|[^\s;,"')\]]+)"""
_KEYED: Final = (
    rf"(?i)((?:{_KEYS})[ _-]?(?:name)?[ ]?[=:][ ]?|(?:policy|client)[ ]+|-(?:c|p|stunit|clientname|pt)[ ]+){_VALUE}"
)
# Names with blanks, of virtual machines for example, end at their id or at the next option.
SPACED: Final = (
    r"(?i)((?:backup[ _-]?id[ ]?[=:][ ]?|-b[ ]+)(?:[^\s#=]+[ ]){1,4}#|-(?:c|p|client)[ ]+(?:[^\s-]\S*[ ]+){2,4}-)"
)
# A single word in quotation marks is a name and stays (the group); of a phrase the words are somebody else's.
_QUOTED: Final = r"""("[^"\s]*"|[\s=(\[,:]'[^'\s]*')|"[^"\n]*"|[\s=(\[,:]'[^'\n]*'"""


def says(rule: str) -> pl.Expr:
    """Return the column that tells whether a record's words match this rule (Boolean)."""
    return pl.col(f"says_{rule}")


def rules_of(flow: Flow) -> list[str]:
    """Return the names of all word rules that the flow or the engine asks for."""
    return sorted({*flow.words(), *OUTCOME_RULES, *_KIND_RULES})


def unquoted(message: pl.Expr) -> pl.Expr:
    """Return the message without phrases in quotation marks: they may be what a client sent."""
    return message.str.replace_all(_QUOTED, "${1} ")


def with_words(
    rows: Frame, grammars: Iterable[Grammar], wanted: Iterable[str], whole: Mapping[str, Collection[str]] | None = None
) -> Frame:
    """Add one Boolean column ``says_RULE`` for each wanted rule.

    Rules of the same name in several grammars add up. What a record is about is read from its function as well; how it
    went, from its message only; whose work it is, from neither names nor quotations. Each text stands between two
    blanks, so that a rule can ask for the end of a word. ``whole`` names rules that stand for several others, of which
    one must match the message from its beginning to its end. ``FlowError`` where no grammar has a rule of the name.
    """
    whole = whole or {}
    rules: dict[str, list[pl.Expr]] = {rule: [] for rule in wanted}
    for grammar in grammars:
        for start in grammar.starts:
            if start in rules and start not in whole:
                rules[start].append(has(pl.col(_text_of(start)), grammar.lowered(start)))
        for rule, names in whole.items():
            lowered = [grammar.lowered(name) for name in names if name in grammar.starts]
            rules[rule] += matches(pl.col("message"), lowered)
    if absent := [rule for rule, found in rules.items() if not found]:
        raise FlowError(f"no evidence grammar has the rule '{absent[0]}'", file="evidence", where="words")
    return (
        rows.with_columns(_texts({_text_of(rule) for rule in rules}))
        .with_columns(pl.any_horizontal(found).alias(f"says_{rule}") for rule, found in rules.items())
        .drop(_TEXTS, strict=False)
    )


_TEXTS: Final = ("text_how", "text_what", "text_whose")


def _text_of(rule: str) -> str:
    """Return the column in which the words of a rule are searched."""
    return _TEXTS[0] if rule in OUTCOME_RULES else _TEXTS[2] if rule in _KIND_RULES else _TEXTS[1]


def _texts(wanted: set[str]) -> list[pl.Expr]:
    """Return the wanted columns of text: how it went, what it is about, whose work it is."""
    message = pl.col("message").str.replace_all(ID, "#")
    function = pl.col("function").fill_null("")
    own = unquoted(message).str.replace_all(SPACED, "# -").str.replace_all(_KEYED, "${1}#")
    texts = {
        "text_how": " " + message + " ",
        "text_what": " " + function + ": " + message + " ",
        "text_whose": " " + function.str.replace_all("_", " ", literal=True) + ": " + own + " ",
    }
    return [text.alias(name) for name, text in texts.items() if name in wanted]
