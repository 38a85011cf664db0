"""Logs → entries: one reader, driven by the record grammars, at two speeds."""

from nbtrace.records.chunks import Source
from nbtrace.records.entries import CLOCKS
from nbtrace.records.look import Look, Skimmed, skim
from nbtrace.records.many import is_plain, of_many, read_many
from nbtrace.records.places import read_places, read_processes
from nbtrace.records.reader import LogRead, read_log

__all__ = [
    "CLOCKS",
    "LogRead",
    "Look",
    "Skimmed",
    "Source",
    "is_plain",
    "of_many",
    "read_log",
    "read_many",
    "read_places",
    "read_processes",
    "skim",
]
