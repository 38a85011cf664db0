"""Entries → one trace per image."""

from nbtrace.tracing.select import Selection, select
from nbtrace.tracing.trace import Trace, trace

__all__ = ["Selection", "Trace", "select", "trace"]
