"""Entries → one trace per image."""

from nbtrace.tracing.trace import Trace, trace

__all__ = ["Trace", "trace"]
