"""Logs → entries: one reader, driven by the record grammars."""

from nbtrace.records.reader import LogRead, read_log

__all__ = ["LogRead", "read_log"]
