"""Lark grammars, made fast: one grammar is one regular expression for polars, and the Lark parser that proves it."""
