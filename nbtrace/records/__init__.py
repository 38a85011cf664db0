"""Logs → entries: one reader, driven by the record grammars."""

from nbtrace.records.chunks import Source
from nbtrace.records.reader import LogRead, Wanted, read_log

__all__ = ["LogRead", "Source", "Wanted", "read_log"]
