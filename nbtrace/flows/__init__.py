"""The declared process models, and their loader."""

from nbtrace.flows.model import Evidence, Flow, Speaker, Step, load, parse

__all__ = ["Evidence", "Flow", "Speaker", "Step", "load", "parse"]
